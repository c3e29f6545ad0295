//! What can go wrong between consumer and worker.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// What went wrong on the way between a consumer and its generator's body. It ends the generator.
///
/// The generator's own error type takes it by [`From`], so that it arrives where all errors do: as
/// [`StepError::Raised`](asyncgen::StepError::Raised) of a step, or [`CloseError::Raised`](asyncgen::CloseError::Raised)
/// of a closing. A generator that raises no errors of its own can have this as its error type.
///
/// ```
/// use asyncgen_remote::RemoteError;
///
/// #[derive(Debug, serde::Serialize, serde::Deserialize)]
/// enum SearchError {
///     TooFast,
///     Remote(String),
/// }
///
/// impl From<RemoteError> for SearchError {
///     fn from(error: RemoteError) -> Self {
///         Self::Remote(error.to_string())
///     }
/// }
///
/// let error = SearchError::from(RemoteError::NobodyServes { name: "search".into() });
/// assert!(matches!(error, SearchError::Remote(text) if text == "nobody serves \"search\""));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RemoteError {
    /// No worker serves generators by this name, or none that can be reached.
    NobodyServes {
        /// The name that was asked for.
        name: String,
    },
    /// Nothing was heard of the other side for as long as the lease is, or the connection has ended, or the other side
    /// has lost this session in this way.
    Lost {
        /// Who: the worker's name.
        who: String,
        /// When something was heard of it last.
        since: SystemTime,
    },
    /// The worker shuts down, and has closed the generator.
    ShuttingDown {
        /// Who: the worker's name.
        who: String,
    },
    /// The worker has as many sessions as it may have.
    Busy {
        /// Who: the worker's name.
        who: String,
    },
    /// A value, with all that belongs to it, is larger than a frame may be.
    TooLarge {
        /// How many bytes it has.
        size: usize,
        /// How many it may have.
        limit: usize,
    },
    /// What arrived, or was to be sent, is not what it should be: a value is not of the type that is expected, a frame is
    /// not one of the protocol.
    Garbled {
        /// What is wrong with it.
        what: String,
    },
    /// The other side speaks another version of the protocol.
    OtherVersion {
        /// Its version.
        theirs: u8,
        /// The version of this crate.
        ours: u8,
    },
    /// The generator's body panicked.
    Panicked {
        /// What the panic said, if it was text.
        message: String,
    },
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NobodyServes { name } => write!(f, "nobody serves {name:?}"),
            Self::Lost { who, since } => {
                let silent = SystemTime::now().duration_since(*since).unwrap_or(Duration::ZERO);
                write!(f, "{who} is lost: nothing was heard of it for {:.1} s", silent.as_secs_f64())
            }
            Self::ShuttingDown { who } => write!(f, "{who} is shutting down"),
            Self::Busy { who } => write!(f, "{who} has as many sessions as it may have"),
            Self::TooLarge { size, limit } => write!(f, "a frame of {size} bytes is too large: {limit} are allowed"),
            Self::Garbled { what } => write!(f, "garbled: {what}"),
            Self::OtherVersion { theirs, ours } => {
                write!(f, "the other side speaks version {theirs} of the protocol, and this one version {ours}")
            }
            Self::Panicked { message } => write!(f, "the generator's body panicked: {message}"),
        }
    }
}

impl std::error::Error for RemoteError {}
