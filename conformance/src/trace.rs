//! What a run did: one [`Step`] for each operation of the script.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a script did, operation by operation. It ends early where the generator was dropped.
pub type Trace = Vec<Step>;

/// What one operation did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step(
    /// What came back.
    pub Outcome,
    /// The state after it.
    pub State,
    /// What the body did, as words: see the README.
    pub String,
    /// CPython's side only: what in this step CPython itself does not do (D1, D2, .. of the README's table), and `C24`
    /// where a loop has closed a generator.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub Vec<String>,
);

/// What an operation gave back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// A yielded value.
    Value(i64),
    /// `StopAsyncIteration`, without a value.
    Stop,
    /// `StopAsyncIteration` with the value that the body has ended with (C26).
    Returned(i64),
    /// `None`: what `aclose` returns, and `athrow` of a closed generator.
    None,
    /// An exception: its kind, and its message.
    Raised(String, String),
    /// asyncgen's side only: the call was refused. CPython raises an exception then, see `compare`.
    Refused(Refusal),
    /// `aclose` failed, since the body yielded this value.
    Ignored(i64),
    /// The awaitable was dropped before it was ready.
    Abandoned,
    /// The state was read, and no more.
    State,
    /// The generator was dropped.
    Dropped,
}

/// Why a call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Refusal {
    /// A value for a generator that was not started (C3).
    JustStarted,
    /// A step is in flight (C16, C18).
    AlreadyRunning,
}

/// The generator's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Not started.
    Created,
    /// A step is in flight.
    Running,
    /// At a `yield`.
    Suspended,
    /// Ended.
    Closed,
    /// Not there any more.
    Dropped,
}

impl Step {
    /// The meant differences for which the oracle has made up in this step.
    pub fn differences(&self) -> impl Iterator<Item = &str> {
        self.3.iter().map(String::as_str).filter(|note| note.starts_with('D'))
    }

    /// Did CPython not do this by itself?
    pub fn is_aided(&self) -> bool {
        self.differences().next().is_some()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Value(value) => write!(f, "{value}"),
            Outcome::Stop => f.write_str("StopAsyncIteration"),
            Outcome::Returned(value) => write!(f, "StopAsyncIteration({value})"),
            Outcome::None => f.write_str("None"),
            Outcome::Raised(kind, message) => write!(f, "{kind}({message})"),
            Outcome::Refused(refusal) => write!(f, "{refusal:?}"),
            Outcome::Ignored(value) => write!(f, "ignored GeneratorExit, yielded {value}"),
            Outcome::Abandoned => f.write_str("(given up)"),
            Outcome::State | Outcome::Dropped => Ok(()),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Step(outcome, state, log, notes) = self;
        write!(f, "{outcome} [{state:?}] {log}")?;
        if notes.is_empty() { Ok(()) } else { write!(f, " ({})", notes.join(", ")) }
    }
}
