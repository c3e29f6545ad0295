//! What can go wrong, and what can be thrown into the generator.

use std::path::{Path, PathBuf};
use std::{fmt, io};

/// The generator's error type.
#[derive(Debug)]
pub enum TourError {
    /// A file could not be opened, read or written.
    File { what: &'static str, path: PathBuf, error: io::Error },
    /// The command `throw`.
    Thrown(String),
}

impl TourError {
    /// For `map_err`: says what was done to which file.
    pub fn file(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::File { what, path: path.to_owned(), error }
    }
}

impl fmt::Display for TourError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { what, path, error } => write!(f, "can't {what} {}: {error}", path.display()),
            Self::Thrown(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for TourError {}
