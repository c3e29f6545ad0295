//! A generator that was dropped before its end, on its way to somebody who closes it.

use core::any::Any;
use core::fmt;
use core::panic::Location;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::boxed::Box;

use super::{CleanUpError, CleanUpErrorKind};
use crate::{AsyncGenerator, Exception, Refused, Resume, Step, hooks};

/// A generator whose types are forgotten: it is good for nothing but being closed.
trait Close {
    /// Begins the closing. If one is in flight, it is carried on with (contract clause C20).
    fn begin_close(&mut self);
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>>;
}

/// Why a closing failed, and the error itself, if it can be on any thread.
type Failure = (CleanUpErrorKind, Option<Box<dyn Any + Send>>);

/// A generator, and how its error is kept.
struct Erased<G: ?Sized, K> {
    generator: Pin<Box<G>>,
    keep: K,
}

impl<G, K> Close for Erased<G, K>
where
    G: AsyncGenerator<Error: fmt::Debug> + ?Sized,
    K: Fn(G::Error) -> Option<Box<dyn Any + Send>>,
{
    fn begin_close(&mut self) {
        // Refused by nobody who has not ended.
        let _: Result<(), Refused<_, _>> = self.generator.as_mut().begin(Resume::Close);
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(match ready!(self.generator.as_mut().poll_step(cx)) {
            Step::Returned | Step::Raised(Exception::GeneratorExit) => Ok(()),
            Step::Raised(Exception::Error(error)) => {
                Err((CleanUpErrorKind::Raised(std::format!("{error:?}")), (self.keep)(error)))
            }
            Step::Yielded(_) => Err((CleanUpErrorKind::IgnoredGeneratorExit, None)),
        })
    }
}

macro_rules! unfinished {
    ($(#[$attribute:meta])* $name:ident, $closing:ident, [$($bound:tt)*], |$generator:ident| $keep:expr, [$($error:tt)*]) => {
        $(#[$attribute])*
        #[must_use = "the generator's clean-up runs only if it is closed"]
        pub struct $name {
            // `None` only while this is taken apart or dropped.
            generator: Option<Box<dyn Close $($bound)*>>,
            created: &'static Location<'static>,
        }

        impl $name {
            pub(super) fn new<G>(generator: Pin<Box<G>>, created: &'static Location<'static>) -> Self
            where
                G: AsyncGenerator<Error: fmt::Debug $($error)*> + ?Sized $($bound)* + 'static,
            {
                Self { generator: Some(Box::new(Erased { generator, keep: $keep })), created }
            }

            /// Where the generator's owner was made.
            #[must_use]
            pub fn created(&self) -> &'static Location<'static> {
                self.created
            }

            /// Closes the generator (contract clause C12). A closing that was in flight when the generator was dropped
            /// is carried on with (C20).
            ///
            /// # Errors
            ///
            /// [`CleanUpError`] if the body raises an error meanwhile (C14), or yields (C15).
            pub fn close(mut self) -> $closing {
                $closing { generator: self.generator.take(), created: self.created, begun: false }
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                hooks::dropping(self.created, self.generator.take());
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("created", &format_args!("{}", self.created)).finish()
            }
        }

        #[doc = concat!("The future of [`", stringify!($name), "::close`].")]
        ///
        /// Once it is ready, it stays pending for ever.
        #[must_use = "the generator's clean-up runs only while this is polled"]
        pub struct $closing {
            generator: Option<Box<dyn Close $($bound)*>>,
            created: &'static Location<'static>,
            begun: bool,
        }

        impl $closing {
            /// Where the generator's owner was made.
            #[must_use]
            pub fn created(&self) -> &'static Location<'static> {
                self.created
            }
        }

        impl Future for $closing {
            type Output = Result<(), CleanUpError>;

            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                let this = &mut *self;
                let Some(generator) = &mut this.generator else { return Poll::Pending };
                if !this.begun {
                    this.begun = true;
                    generator.begin_close();
                }
                let result = ready!(generator.poll_close(cx));
                let created = this.created;
                hooks::dropping(created, this.generator.take());
                Poll::Ready(result.map_err(|(kind, error)| CleanUpError { created, kind, error }))
            }
        }

        impl Drop for $closing {
            fn drop(&mut self) {
                hooks::dropping(self.created, self.generator.take());
            }
        }

        impl fmt::Debug for $closing {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($closing)).field("created", &format_args!("{}", self.created)).finish()
            }
        }
    };
}

unfinished! {
    /// A generator that was dropped before its end, as a [`Finalizer`](crate::hooks::Finalizer) gets it.
    ///
    /// If it is dropped instead of closed, its clean-up does not run, and is reported as
    /// [`Unraisable::MissedCleanUp`](crate::hooks::Unraisable::MissedCleanUp).
    Unfinished, Closing, [+ Send], |generator| |error: G::Error| Some(Box::new(error) as Box<dyn Any + Send>), [+ Send]
}

unfinished! {
    /// A generator that was dropped before its end, and can't leave its thread: what a
    /// [`LocalFinalizer`](crate::hooks::LocalFinalizer) gets.
    LocalUnfinished, LocalClosing, [], |generator| |_: G::Error| None, []
}
