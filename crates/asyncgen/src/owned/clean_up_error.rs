//! Why an abandoned generator's clean-up failed.

use core::any::Any;
use core::error::Error;
use core::fmt;
use core::panic::Location;
use std::boxed::Box;
use std::string::String;

/// Why a generator that was dropped before its end could not be closed in an orderly way.
pub struct CleanUpError {
    pub(super) created: &'static Location<'static>,
    pub(super) kind: CleanUpErrorKind,
    /// The error itself, if it can be on any thread.
    pub(super) error: Option<Box<dyn Any + Send>>,
}

/// What went wrong in a [`CleanUpError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CleanUpErrorKind {
    /// The body yielded instead of ending (contract clause C15).
    IgnoredGeneratorExit,
    /// The body raised an error (C14); this is its `Debug` output.
    Raised(String),
}

impl CleanUpError {
    /// Where the generator's owner was made.
    #[must_use]
    pub fn created(&self) -> &'static Location<'static> {
        self.created
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &CleanUpErrorKind {
        &self.kind
    }

    /// The error that the body raised, if it is an `E`. (The error of a generator that could not leave its thread is
    /// not here, only what it says.)
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
    /// let mut g = generator!(|y: Yielder<'_, u32, (), &'static str>| {
    ///     y.finally(async |mut y| { y.yield_(1).await; Ok(()) }, async |_| Err("no connection")).await
    /// }).boxed();
    /// assert_eq!(g.anext().await, Ok(1));
    /// drop(g);
    ///
    /// let error = abandoned.recv().unwrap().close().await.unwrap_err();
    /// assert_eq!(error.raised::<&str>(), Some(&"no connection"));
    /// assert!(error.to_string().ends_with(r#": "no connection""#));
    /// # });
    /// # hooks::set(before);
    /// ```
    #[must_use]
    pub fn raised<E: 'static>(&self) -> Option<&E> {
        self.error.as_deref().and_then(|error| error.downcast_ref())
    }
}

impl fmt::Display for CleanUpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let created = self.created;
        match &self.kind {
            CleanUpErrorKind::IgnoredGeneratorExit => {
                write!(f, "the generator made at {created} ignored GeneratorExit: it yielded while it was closed")
            }
            CleanUpErrorKind::Raised(error) => {
                write!(f, "the clean-up of the generator made at {created} failed: {error}")
            }
        }
    }
}

impl fmt::Debug for CleanUpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CleanUpError")
            .field("created", &format_args!("{}", self.created))
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Error for CleanUpError {}
