//! What happens at a generator's first step, and when one is dropped before its end (contract clause C22, PEP 525
//! "Finalization", Python's `sys.set_asyncgen_hooks`).
//!
//! An [owned](crate::OwnedExt) generator keeps the hooks that are set on the thread when its first step begins. When it
//! is dropped suspended, or in the middle of a step, it is given to the finalizer among them, as an [`Unfinished`]
//! that can be closed: by any executor, at any time, on any thread.
//!
//! With the feature `tokio`, a generator whose first step is made on a runtime, with no finalizer set on the thread, is
//! closed by a task on that runtime: nothing has to be set.
//!
//! An executor in a few lines:
//!
//! ```
//! use std::{cell::RefCell, rc::Rc, sync::mpsc};
//! use asyncgen::{generator, hooks, AsyncGeneratorExt, OwnedExt, Yielder};
//! use asyncgen::hooks::{Finalizer, Hooks, Unfinished};
//!
//! fn run<T>(main: impl Future<Output = T>) -> T {
//!     let (sender, abandoned) = mpsc::channel::<Unfinished>();
//!     let finalizer = Finalizer::new(move |generator| { let _ = sender.send(generator); });
//!     let before = hooks::set(Hooks { finalizer: Some(finalizer), ..hooks::get() });
//!     let value = async_io::block_on(main);
//!     hooks::set(before);
//!     // Until nobody is left who could abandon another one.
//!     for generator in abandoned {
//!         async_io::block_on(generator.close()).unwrap();
//!     }
//!     value
//! }
//!
//! use std::sync::{Arc, Mutex};
//! let log = Arc::new(Mutex::new(Vec::new()));
//! let (in_body, in_main) = (log.clone(), log.clone());
//! let numbers = generator!(|y: Yielder<'_, u32>| {
//!     y.finally(
//!         async |mut y| { for n in 1.. { y.yield_(n).await; } Ok(()) },
//!         async |_| {
//!             async_io::Timer::after(std::time::Duration::from_millis(1)).await;
//!             in_body.lock().unwrap().push("cleaned up");
//!             Ok(())
//!         },
//!     ).await
//! });
//! run(async {
//!     let mut numbers = numbers.boxed();
//!     assert_eq!(numbers.anext().await, Ok(1));
//!     drop(numbers);
//!     in_main.lock().unwrap().push("dropped");
//! });
//! assert_eq!(*log.lock().unwrap(), ["dropped", "cleaned up"]);
//! ```

mod finalizer;
mod inherit;
mod unraisable;

use core::cell::RefCell;
use core::fmt;
use core::panic::Location;
use std::sync::Arc;

pub use crate::owned::{CleanUpError, CleanUpErrorKind, Closing, LocalClosing, LocalUnfinished, Unfinished};
pub use finalizer::{Finalize, Finalizer, LocalFinalizer};
pub use inherit::{Inherit, inherit};
pub use unraisable::{MissedCleanUp, Unraisable, UnraisableHook, set_unraisable};

#[cfg(feature = "tracing")]
pub(crate) use unraisable::body_name;
#[cfg(debug_assertions)]
pub(crate) use unraisable::yield_was_polled;
pub(crate) use unraisable::{Dropping, dropping, raise_no_further, try_block_abandoned, without_panic};

/// The hooks of a thread: see [`set`].
#[derive(Clone, Default, Debug)]
pub struct Hooks {
    /// Called when a generator's first step begins, before its body runs.
    pub first_iter: Option<FirstIter>,
    /// Given the generators that are dropped before their end.
    pub finalizer: Option<Finalizer>,
    /// The same for generators that can't leave their thread: those of [`boxed_local`](crate::OwnedExt::boxed_local).
    pub local_finalizer: Option<LocalFinalizer>,
}

/// What is called when an owned generator makes its first step.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use asyncgen::{generator, hooks, AsyncGeneratorExt, OwnedExt, Yielder};
/// use asyncgen::hooks::{FirstIter, Hooks};
///
/// let lines = Arc::new(Mutex::new(Vec::new()));
/// let in_hook = lines.clone();
/// let first_iter = FirstIter::new(move |created| in_hook.lock().unwrap().push(created.line()));
/// let before = hooks::set(Hooks { first_iter: Some(first_iter), ..hooks::get() });
///
/// let mut numbers = generator!(|y: Yielder<'_, u32>| { y.yield_(1).await; y.yield_(2).await; }).boxed();
/// assert!(lines.lock().unwrap().is_empty());
/// # async_io::block_on(async {
/// assert_eq!(numbers.anext().await, Ok(1));
/// assert_eq!(numbers.anext().await, Ok(2));
/// # });
/// assert_eq!(lines.lock().unwrap().len(), 1);
/// # hooks::set(before);
/// ```
#[derive(Clone)]
pub struct FirstIter(Arc<dyn Fn(&'static Location<'static>) + Send + Sync>);

impl FirstIter {
    /// A hook that is called with the place where the generator's owner was made.
    pub fn new(hook: impl Fn(&'static Location<'static>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    pub(crate) fn call(&self, created: &'static Location<'static>) {
        (self.0)(created);
    }
}

impl fmt::Debug for FirstIter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstIter").finish_non_exhaustive()
    }
}

std::thread_local! {
    static HOOKS: RefCell<Hooks> = const { RefCell::new(Hooks { first_iter: None, finalizer: None, local_finalizer: None }) };
}

/// The hooks of this thread, as Python's `sys.get_asyncgen_hooks`.
///
/// ```
/// use asyncgen::hooks;
///
/// assert!(hooks::get().finalizer.is_none());
/// ```
#[must_use]
pub fn get() -> Hooks {
    // A thread that is ending has no hooks any more.
    HOOKS.try_with(|hooks| hooks.borrow().clone()).unwrap_or_default()
}

/// Sets the hooks of this thread, as Python's `sys.set_asyncgen_hooks`; returns those that were set before.
///
/// Generators that have made their first step keep the hooks that they had then. What is set in a future that brings hooks
/// of its own ([`inherit`], a scope of the feature `tokio`) lasts until the end of that poll. To set one hook and leave the others:
/// `Hooks { finalizer: Some(finalizer), ..hooks::get() }`.
///
/// ```
/// use asyncgen::hooks::{self, Finalizer, Hooks};
///
/// let before = hooks::set(Hooks { finalizer: Some(Finalizer::new(drop)), ..hooks::get() });
/// assert!(hooks::get().finalizer.is_some());
/// hooks::set(before);
/// assert!(hooks::get().finalizer.is_none());
/// ```
#[expect(clippy::must_use_candidate, reason = "whoever sets hooks for good does not need those before")]
pub fn set(hooks: Hooks) -> Hooks {
    // What is replaced is dropped by the caller, outside of the borrow: its destructor may come back here.
    HOOKS.try_with(|current| current.replace(hooks)).unwrap_or_default()
}

/// Hooks that are set while this lives.
pub(crate) struct While(Hooks);

impl While {
    /// Sets what `change` makes of the current hooks.
    pub(crate) fn changed(change: impl FnOnce(&mut Hooks)) -> Self {
        let mut hooks = get();
        change(&mut hooks);
        Self(set(hooks))
    }
}

impl Drop for While {
    fn drop(&mut self) {
        set(core::mem::take(&mut self.0));
    }
}
