//! What went wrong where nobody could be told: Python's `sys.unraisablehook`.

use core::cell::Cell;
use core::fmt;
use core::panic::{AssertUnwindSafe, Location};
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, PoisonError};

use super::CleanUpError;

/// Something that went wrong with a generator's clean-up while nobody was there to be told. See [`set_unraisable`].
///
/// With the feature `tracing`, each is a warning as well. Where there is neither a hook nor that feature, a debug build writes a
/// line to standard error.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unraisable<'a> {
    /// A generator was dropped inside a `try` block, and nobody closed it: its clean-up did not run.
    MissedCleanUp(MissedCleanUp),
    /// Clean-up that nobody waits for ended with an error.
    CleanUpError(&'a CleanUpError),
    /// Clean-up that nobody waits for panicked.
    CleanUpPanicked {
        /// Where the generator's owner was made.
        created: &'static Location<'static>,
        /// What the panic said, if it was text.
        message: &'a str,
    },
    /// A generator yielded while the `for await` loop that had gone over it closed it (contract clause C15). The value
    /// was dropped, and the generator was left as it was.
    IgnoredGeneratorExit {
        /// The generator's type, as [`core::any::type_name`] says it.
        generator: &'static str,
    },
    /// A generator raised an error while the `for await` loop over the stream that it was made into closed it: there was no
    /// item left that could have said so.
    ClosingError {
        /// The generator's type, as [`core::any::type_name`] says it.
        generator: &'static str,
        /// The error, if it can say what it is.
        error: Option<&'a dyn fmt::Debug>,
    },
    /// A generator was resumed, and its body was polled, but not the future of the `yield` at which it stands: that is in a
    /// collection which polls only what was woken, and waits for ever. (Debug builds notice it.)
    YieldNotPolled {
        /// The path of the function that the generator's body is written in, as [`core::any::type_name`] says it.
        body: &'static str,
    },
    /// A finalizer panicked when it was given a generator.
    FinalizerPanicked {
        /// Where the generator's owner was made.
        created: &'static Location<'static>,
    },
}

impl fmt::Display for Unraisable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissedCleanUp(missed) => missed.fmt(f),
            Self::CleanUpError(error) => error.fmt(f),
            Self::CleanUpPanicked { created, message } => {
                write!(f, "the clean-up of the generator made at {created} panicked: {message}")
            }
            Self::IgnoredGeneratorExit { generator } => {
                write!(f, "a generator ignored GeneratorExit: it yielded while the loop over it closed it: {generator}")
            }
            Self::ClosingError { generator, error } => {
                f.write_str("a generator raised an error while the loop over its stream closed it: ")?;
                match error {
                    Some(error) => write!(f, "{error:?}, of {generator}"),
                    None => f.write_str(generator),
                }
            }
            Self::YieldNotPolled { body } => write!(
                f,
                "a generator of `{body}` was resumed, and the future of its `yield` was not polled: a collection that polls only \
                 what was woken, as `FuturesUnordered`, leaves it waiting for ever"
            ),
            Self::FinalizerPanicked { created } => {
                write!(f, "the finalizer panicked when it was given the generator made at {created}")
            }
        }
    }
}

/// A generator that was dropped inside a `try` block, so that its clean-up did not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedCleanUp {
    body: &'static str,
    created: Option<&'static Location<'static>>,
}

impl MissedCleanUp {
    /// The path of the function that the generator's body is written in, as [`core::any::type_name`] says it.
    #[must_use]
    pub fn body(&self) -> &'static str {
        self.body
    }

    /// Where the generator was made. Known with the feature `tracing`, and else if it had an owner
    /// ([`OwnedExt`](crate::OwnedExt)): then it is where that was made.
    #[must_use]
    pub fn created(&self) -> Option<&'static Location<'static>> {
        self.created
    }
}

impl fmt::Display for MissedCleanUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a generator of `{}`", self.body)?;
        if let Some(created) = self.created {
            write!(f, ", made at {created},")?;
        }
        f.write_str(" was dropped inside a `try` block and not closed: its clean-up did not run")
    }
}

/// What is called when something went wrong that nobody else is told of.
#[derive(Clone)]
pub struct UnraisableHook(Arc<dyn Fn(&Unraisable<'_>) + Send + Sync>);

impl UnraisableHook {
    /// A hook that is this function. It is called in destructors: what it panics with is thrown away.
    pub fn new(hook: impl Fn(&Unraisable<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }
}

impl fmt::Debug for UnraisableHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnraisableHook").finish_non_exhaustive()
    }
}

static HOOK: Mutex<Option<UnraisableHook>> = Mutex::new(None);

/// Sets the hook that is told of clean-up that failed, or did not run, with nobody there to notice: Python's
/// `sys.unraisablehook`. Returns the one that was set before.
///
/// It is one hook for the whole process, as [`std::panic::set_hook`] is.
///
/// ```
/// use std::{pin::pin, sync::{Arc, Mutex}};
/// use asyncgen::{generator, hooks, AsyncGenerator, AsyncGeneratorExt, Yielder};
/// use asyncgen::hooks::UnraisableHook;
///
/// fn session() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
///     generator!(|y| {
///         y.finally(async |mut y| { y.yield_(1).await; Ok(()) }, async |_| Ok(println!("log out"))).await;
///     })
/// }
///
/// let log = Arc::new(Mutex::new(Vec::new()));
/// let in_hook = log.clone();
/// hooks::set_unraisable(Some(UnraisableHook::new(move |what| in_hook.lock().unwrap().push(what.to_string()))));
///
/// # async_io::block_on(async {
/// let mut g = pin!(session());
/// assert_eq!(g.anext().await, Ok(1));
/// # });
/// // On the stack, and not closed: nobody is left who could run the clean-up.
/// let log = log.lock().unwrap();
/// assert!(log.iter().any(|line| line.contains("session") && line.ends_with("its clean-up did not run")), "{log:?}");
/// ```
pub fn set_unraisable(hook: Option<UnraisableHook>) -> Option<UnraisableHook> {
    core::mem::replace(&mut HOOK.lock().unwrap_or_else(PoisonError::into_inner), hook)
}

/// Tells the hook of something that can't be raised anywhere.
pub(crate) fn raise_no_further(what: &Unraisable<'_>) {
    #[cfg(feature = "testing")]
    if crate::testing::notice(what) {
        return;
    }
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "asyncgen", "{what}");
    // User code runs outside of the lock, and may come back here.
    let hook = HOOK.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match hook {
        Some(hook) => drop(without_panic(|| (hook.0)(what))),
        // Whoever develops the program is to know.
        None if cfg!(all(debug_assertions, not(feature = "tracing"))) => drop(without_panic(|| {
            std::eprintln!("asyncgen: {what} (`asyncgen::hooks::set_unraisable` takes such reports)");
        })),
        None => {}
    }
}

/// Calls user code from a destructor, which may be run by a panic already.
pub(crate) fn without_panic<T>(f: impl FnOnce() -> T) -> std::thread::Result<T> {
    catch_unwind(AssertUnwindSafe(f))
}

/// Tells of a generator, whose mailbox is at `address`, that it was polled and waits for a yield that was not. Once alone, that
/// need mean nothing: tokio's `select!` polls no branch when the task is to give others a turn. Of each function it is told once.
#[cfg(debug_assertions)]
pub(crate) fn yield_was_polled(was_polled: bool, body: &'static str, address: usize) {
    std::thread_local! {
        /// The generator whose yield was not polled last.
        static LAST: Cell<usize> = const { Cell::new(0) };
    }
    static TOLD: Mutex<std::collections::BTreeSet<&'static str>> = Mutex::new(std::collections::BTreeSet::new());
    let last = LAST.try_with(Cell::get).unwrap_or_default();
    if was_polled && last != address {
        return;
    }
    let _ = LAST.try_with(|last| last.set(if was_polled { 0 } else { address }));
    if !was_polled && last == address && TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(body) {
        raise_no_further(&Unraisable::YieldNotPolled { body: body_name(body) });
    }
}

std::thread_local! {
    /// Where the owner was made whose generator is being dropped.
    static DROPPING: Cell<Option<&'static Location<'static>>> = const { Cell::new(None) };
}

/// Drops an owner's generator, whose clean-up is thereby missed.
pub(crate) fn dropping<T>(created: &'static Location<'static>, generator: T) {
    struct Restore(Option<&'static Location<'static>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            let _ = DROPPING.try_with(|dropping| dropping.set(self.0));
        }
    }
    let _restore = Restore(DROPPING.try_with(|dropping| dropping.replace(Some(created))).unwrap_or_default());
    drop(generator);
}

std::thread_local! {
    /// How many `try` blocks were dropped half-way, of the generators that are being dropped.
    static ABANDONED: Cell<usize> = const { Cell::new(0) };
}

/// A `try` block is dropped half-way: by its own body, or with its generator.
pub(crate) fn try_block_abandoned() {
    let _ = ABANDONED.try_with(|abandoned| abandoned.set(abandoned.get() + 1));
}

/// A generator's body is being dropped. If there are `try` blocks around the point where it stands, their clean-up is
/// missed, and reported: those that are futures notice it themselves, of others `missed` says it.
pub(crate) struct Dropping {
    missed: bool,
    /// Those of generators further in are theirs: they report themselves, and take back what they have counted.
    before: usize,
}

impl Dropping {
    pub(crate) fn of(missed: bool) -> Self {
        Self { missed, before: ABANDONED.try_with(Cell::get).unwrap_or_default() }
    }

    /// It was dropped. `body` is the name of its type.
    pub(crate) fn end(self, body: &'static str, created: Option<&'static Location<'static>>) {
        let after = ABANDONED.try_with(|abandoned| abandoned.replace(self.before)).unwrap_or_default();
        if self.missed || after > self.before {
            let created = created.or_else(|| DROPPING.try_with(Cell::get).ok().flatten());
            raise_no_further(&Unraisable::MissedCleanUp(MissedCleanUp { body: body_name(body), created }));
        }
    }
}

/// The function that a body is written in, from the name of the body's type.
pub(crate) fn body_name(body: &'static str) -> &'static str {
    body.trim_end_matches("::{{closure}}")
}
