//! What goes over the wire. The Python worker has the same as dictionaries.

use std::fmt;

use asyncgen_remote::RemoteError;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Prompt {
    pub(crate) prompt: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) worker: String,
}

/// Why there are no more tokens.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum FarmError {
    /// An exception of a Python worker.
    Python { exception: String, text: String },
    /// Anything else.
    Text(String),
}

impl From<RemoteError> for FarmError {
    fn from(error: RemoteError) -> Self {
        Self::Text(error.to_string())
    }
}

impl fmt::Display for FarmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Python { exception, text } => write!(f, "{exception}: {text}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for FarmError {}
