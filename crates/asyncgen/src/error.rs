//! How an operation of the consumer can fail.

use core::convert::Infallible;
use core::error::Error;
use core::fmt;

use crate::Exception;

/// Why a step gave no value. `E` is the generator's error, `R` what is given back of a call that was refused.
///
/// For [`anext`](crate::AsyncGeneratorExt::anext), which is never refused, `R` is [`Infallible`], and a `match` needs
/// only the first two arms:
///
/// ```
/// use asyncgen::{Exception, StepError};
///
/// fn say(error: StepError<std::io::Error>) -> String {
///     match error {
///         StepError::StopAsyncIteration => "the end".into(),
///         StepError::Raised(Exception::Error(error)) => format!("failed: {error}"),
///         StepError::Raised(Exception::GeneratorExit) => "closed itself".into(),
///     }
/// }
/// assert_eq!(say(StepError::StopAsyncIteration), "the end");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepError<E, R = Infallible> {
    /// The generator has ended: there are no more values (contract clause C6).
    StopAsyncIteration,
    /// The body let this exception out, and is closed (C7, C9).
    Raised(Exception<E>),
    /// A value was sent to a generator that was not started yet. Here it is; the generator can still be started (C3).
    JustStarted(R),
    /// A step is in flight whose future was dropped half-way, and this can't be delivered meanwhile: carry on with
    /// that step first (C18).
    AlreadyRunning(R),
}

/// Why [`start`](crate::AsyncGeneratorExt::start) gave no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartError<E> {
    /// The generator has ended: there are no more values (contract clause C6).
    StopAsyncIteration,
    /// The body let this exception out, and is closed (C7).
    Raised(Exception<E>),
    /// The generator was started before, and waits for a value: use `asend`.
    AlreadyStarted,
}

/// Why a generator could not be closed in an orderly way.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseError<Y, E> {
    /// The body yielded this value instead of ending (contract clause C15). The generator is suspended at that
    /// `yield`, and can be closed again.
    IgnoredGeneratorExit(Y),
    /// The body raised this error while it was closed (C14). The generator is closed.
    Raised(E),
}

const STOP: &str = "asynchronous generator has ended (StopAsyncIteration)";

impl<E: fmt::Display, R> fmt::Display for StepError<E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StopAsyncIteration => STOP,
            Self::Raised(exception) => return exception.fmt(f),
            Self::JustStarted(_) => "can't send a value to a just-started async generator",
            Self::AlreadyRunning(_) => "asynchronous generator is already running",
        })
    }
}

impl<E: fmt::Display> fmt::Display for StartError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StopAsyncIteration => STOP,
            Self::Raised(exception) => return exception.fmt(f),
            Self::AlreadyStarted => "asynchronous generator is started already, and waits for a value",
        })
    }
}

impl<Y, E: fmt::Display> fmt::Display for CloseError<Y, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IgnoredGeneratorExit(_) => f.write_str("async generator ignored GeneratorExit"),
            Self::Raised(error) => error.fmt(f),
        }
    }
}

impl<E: Error, R: fmt::Debug> Error for StepError<E, R> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Raised(exception) => exception.source(),
            _ => None,
        }
    }
}

impl<E: Error> Error for StartError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Raised(exception) => exception.source(),
            _ => None,
        }
    }
}

/// Without the value, so that every close error is an [`Error`], whatever is yielded.
impl<Y, E: fmt::Debug> fmt::Debug for CloseError<Y, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IgnoredGeneratorExit(_) => f.write_str("IgnoredGeneratorExit(..)"),
            Self::Raised(error) => f.debug_tuple("Raised").field(error).finish(),
        }
    }
}

impl<Y, E: Error> Error for CloseError<Y, E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::IgnoredGeneratorExit(_) => None,
            Self::Raised(error) => error.source(),
        }
    }
}
