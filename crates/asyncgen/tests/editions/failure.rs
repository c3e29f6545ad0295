//! What the bodies raise.

use std::num::ParseIntError;

/// What the bodies raise.
#[derive(Debug, PartialEq)]
pub enum Failure {
    /// What is no number.
    Parse(ParseIntError),
    /// With a reason.
    Reason {
        /// The reason.
        text: String,
    },
}

impl From<ParseIntError> for Failure {
    fn from(error: ParseIntError) -> Self {
        Self::Parse(error)
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Self {
        Self::Reason { text: text.to_string() }
    }
}
