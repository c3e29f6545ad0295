//! Who is given the generators that were dropped before their end.

use core::fmt;
use std::rc::Rc;
use std::sync::Arc;

use super::{LocalUnfinished, Unfinished};

/// Closes generators that were dropped before their end: one of the [`Hooks`](super::Hooks).
///
/// It is called from the destructor of the generator's owner: it should hand the generator on (to a task, a channel),
/// and return. If it panics, the generator is dropped, and the panic is reported as
/// [`Unraisable::FinalizerPanicked`](super::Unraisable::FinalizerPanicked).
#[derive(Clone)]
pub struct Finalizer(Kind);

#[derive(Clone)]
enum Kind {
    Call(Arc<dyn Fn(Unfinished) + Send + Sync>),
    #[cfg(feature = "tokio")]
    Scope(crate::tokio::ScopeFinalizer),
}

impl Finalizer {
    /// A finalizer that is this function.
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use asyncgen::{generator, hooks, AsyncGeneratorExt, OwnedExt, Yielder};
    /// use asyncgen::hooks::{Finalizer, Hooks};
    ///
    /// let (sender, abandoned) = mpsc::channel();
    /// let finalizer = Finalizer::new(move |generator| sender.send(generator).unwrap());
    /// let before = hooks::set(Hooks { finalizer: Some(finalizer), ..hooks::get() });
    ///
    /// # async_io::block_on(async {
    /// let mut numbers = generator!(|y: Yielder<'_, u32>| { y.yield_(1).await; }).boxed();
    /// assert_eq!(numbers.anext().await, Ok(1));
    /// drop(numbers);
    /// assert!(abandoned.recv().unwrap().close().await.is_ok());
    /// # });
    /// # hooks::set(before);
    /// ```
    pub fn new(finalize: impl Fn(Unfinished) + Send + Sync + 'static) -> Self {
        Self(Kind::Call(Arc::new(finalize)))
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn scope(scope: crate::tokio::ScopeFinalizer) -> Self {
        Self(Kind::Scope(scope))
    }

    /// The scope that this belongs to.
    #[cfg(feature = "tokio")]
    pub(crate) fn as_scope(&self) -> Option<&crate::tokio::ScopeFinalizer> {
        match &self.0 {
            Kind::Scope(scope) => Some(scope),
            Kind::Call(_) => None,
        }
    }
}

impl fmt::Debug for Finalizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finalizer").finish_non_exhaustive()
    }
}

/// A [`Finalizer`] for generators that can't leave their thread.
///
/// ```
/// use std::{cell::RefCell, rc::Rc};
/// use asyncgen::{generator, hooks, AsyncGeneratorExt, OwnedExt, Yielder};
/// use asyncgen::hooks::{Hooks, LocalFinalizer};
///
/// let abandoned = Rc::new(RefCell::new(Vec::new()));
/// let in_hook = abandoned.clone();
/// let finalizer = LocalFinalizer::new(move |generator| in_hook.borrow_mut().push(generator));
/// let before = hooks::set(Hooks { local_finalizer: Some(finalizer), ..hooks::get() });
///
/// let not_send = Rc::new(1);
/// # async_io::block_on(async {
/// let mut numbers = generator!(|y: Yielder<'_, u32>| { y.yield_(*not_send).await; }).boxed_local();
/// assert_eq!(numbers.anext().await, Ok(1));
/// drop(numbers);
/// let generator = abandoned.borrow_mut().pop().unwrap();
/// assert!(generator.close().await.is_ok());
/// # });
/// # hooks::set(before);
/// ```
#[derive(Clone)]
pub struct LocalFinalizer(Rc<dyn Fn(LocalUnfinished)>);

impl LocalFinalizer {
    /// A finalizer that is this function.
    pub fn new(finalize: impl Fn(LocalUnfinished) + 'static) -> Self {
        Self(Rc::new(finalize))
    }
}

impl fmt::Debug for LocalFinalizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalFinalizer").finish_non_exhaustive()
    }
}

/// The two kinds of finalizers: [`Finalizer`] and [`LocalFinalizer`].
///
/// It is what tells an owner of generators that may change threads from one of generators that may not. No other type
/// implements it.
pub trait Finalize: sealed::Finalize {}

impl Finalize for Finalizer {}
impl Finalize for LocalFinalizer {}

/// A finalizer as it was when a generator made its first step, with what it needed of that moment.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub enum Bound {
    Call(Arc<dyn Fn(Unfinished) + Send + Sync>),
    #[cfg(feature = "tokio")]
    Tokio(crate::tokio::Home),
}

pub(crate) mod sealed {
    /// What an owner does with its kind of finalizer.
    pub trait Finalize {
        /// What this finalizer is given.
        type Unfinished;
        /// What is kept of it from the first step on.
        type Bound;

        /// What to keep of the finalizer of this moment.
        fn bind() -> Option<Self::Bound>;
        /// Gives a generator to it.
        fn finalize(bound: Self::Bound, unfinished: Self::Unfinished);
    }
}

impl sealed::Finalize for Finalizer {
    type Unfinished = Unfinished;
    type Bound = Bound;

    fn bind() -> Option<Bound> {
        match super::get().finalizer.map(|finalizer| finalizer.0) {
            Some(Kind::Call(finalize)) => Some(Bound::Call(finalize)),
            #[cfg(feature = "tokio")]
            Some(Kind::Scope(scope)) => Some(Bound::Tokio(scope.bind())),
            #[cfg(feature = "tokio")]
            None => crate::tokio::Home::of_this_runtime().map(Bound::Tokio),
            #[cfg(not(feature = "tokio"))]
            None => None,
        }
    }

    fn finalize(bound: Bound, unfinished: Unfinished) {
        match bound {
            Bound::Call(finalize) => finalize(unfinished),
            #[cfg(feature = "tokio")]
            Bound::Tokio(home) => home.spawn(unfinished),
        }
    }
}

impl sealed::Finalize for LocalFinalizer {
    type Unfinished = LocalUnfinished;
    type Bound = Self;

    fn bind() -> Option<Self> {
        super::get().local_finalizer
    }

    fn finalize(bound: Self, unfinished: LocalUnfinished) {
        (bound.0)(unfinished);
    }
}
