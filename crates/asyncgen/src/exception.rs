//! What can be raised in a body.

use core::error::Error;
use core::fmt;

/// What can be thrown into a generator, and raised by its body.
///
/// Python's generators know every exception, among them `GeneratorExit`, which is what closing raises; a Rust
/// generator knows its own error type, and `GeneratorExit`.
///
/// ```
/// use asyncgen::Exception;
///
/// // `athrow` takes either, by `Into`.
/// assert_eq!(Exception::from("stop it"), Exception::Error("stop it"));
/// assert_eq!(Exception::<&str>::GeneratorExit.to_string(), "GeneratorExit");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exception<E> {
    /// The generator is asked to end (contract clause C12).
    GeneratorExit,
    /// An error of the generator's own type.
    Error(E),
}

impl<E> Exception<E> {
    /// The error, unless this is `GeneratorExit`.
    ///
    /// ```
    /// use asyncgen::Exception;
    ///
    /// assert_eq!(Exception::Error(7).error(), Some(7));
    /// assert_eq!(Exception::<u32>::GeneratorExit.error(), None);
    /// ```
    pub fn error(self) -> Option<E> {
        match self {
            Self::GeneratorExit => None,
            Self::Error(error) => Some(error),
        }
    }

    /// The same exception, its error converted by `f`.
    ///
    /// ```
    /// use asyncgen::Exception;
    ///
    /// assert_eq!(Exception::Error(7).map(|n| n + 1), Exception::Error(8));
    /// ```
    pub fn map<T>(self, f: impl FnOnce(E) -> T) -> Exception<T> {
        match self {
            Self::GeneratorExit => Exception::GeneratorExit,
            Self::Error(error) => Exception::Error(f(error)),
        }
    }
}

impl<E> From<E> for Exception<E> {
    fn from(error: E) -> Self {
        Self::Error(error)
    }
}

impl<E: fmt::Display> fmt::Display for Exception<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GeneratorExit => f.write_str("GeneratorExit"),
            Self::Error(error) => error.fmt(f),
        }
    }
}

impl<E: Error> Error for Exception<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::GeneratorExit => None,
            Self::Error(error) => error.source(),
        }
    }
}
