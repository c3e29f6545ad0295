//! What became of the generators that were handed over in a scope.

use core::fmt;
use core::panic::Location;
use core::sync::atomic::AtomicBool;
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use ::tokio::task::AbortHandle;

use crate::hooks::CleanUpError;

/// What became of the generators that were dropped before their end in a [`scope`](super::scope()).
///
/// Each of them is in exactly one of `closed`, `errors`, `panicked`, `aborted` and `unfinished`.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// How many have run their clean-up to its end.
    pub closed: usize,
    /// Those whose clean-up failed.
    pub errors: Vec<CleanUpError>,
    /// Those whose clean-up panicked.
    pub panicked: Vec<Panicked>,
    /// Those whose clean-up was dropped half-way, or never began: their runtime was shut down before, or there was none.
    pub aborted: Vec<Aborted>,
    /// Those whose clean-up was still running when the time limit was reached. It goes on running, and a scope around
    /// this one waits for it; but no other report says what became of it. If it fails, the hook for what is
    /// [`Unraisable`](crate::hooks::Unraisable) is told.
    pub unfinished: Vec<Straggler>,
    /// How many generators that made their first step in the scope are still owned by somebody (another task, say), and
    /// neither ended nor dropped. Should they be dropped now, a scope around this one waits for them, if there is one.
    pub held: usize,
}

impl Report {
    /// How many generators were dropped before their end.
    ///
    /// ```
    /// assert_eq!(asyncgen::tokio::Report::default().handed_over(), 0);
    /// ```
    #[must_use]
    pub fn handed_over(&self) -> usize {
        self.closed + self.errors.len() + self.panicked.len() + self.aborted.len() + self.unfinished.len()
    }

    /// Has all clean-up run to its end, without an error, and is no generator left that may need some?
    ///
    /// ```
    /// assert!(asyncgen::tokio::Report::default().is_clean());
    /// ```
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.closed == self.handed_over() && self.held == 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} generators closed", self.closed)?;
        for (count, what) in [
            (self.errors.len(), "failed"),
            (self.panicked.len(), "panicked"),
            (self.aborted.len(), "aborted"),
            (self.unfinished.len(), "unfinished"),
            (self.held, "still held"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        for error in &self.errors {
            write!(f, "\n{error}")?;
        }
        for panicked in &self.panicked {
            write!(f, "\n{panicked}")?;
        }
        for aborted in &self.aborted {
            write!(f, "\n{aborted}")?;
        }
        for straggler in &self.unfinished {
            write!(f, "\n{straggler}")?;
        }
        Ok(())
    }
}

/// A generator whose clean-up panicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panicked {
    pub(super) created: &'static Location<'static>,
    pub(super) message: String,
}

impl Panicked {
    /// Where the generator's owner was made.
    #[must_use]
    pub fn created(&self) -> &'static Location<'static> {
        self.created
    }

    /// What the panic said, if it was text.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the clean-up of the generator made at {} panicked: {}", self.created, self.message)
    }
}

/// A generator whose clean-up was dropped half-way, or never began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aborted {
    pub(super) created: &'static Location<'static>,
}

impl Aborted {
    /// Where the generator's owner was made.
    #[must_use]
    pub fn created(&self) -> &'static Location<'static> {
        self.created
    }
}

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the clean-up of the generator made at {} was aborted", self.created)
    }
}

/// A generator whose clean-up was still running when the time limit was reached.
#[derive(Debug)]
pub struct Straggler {
    pub(super) created: &'static Location<'static>,
    // Not there yet if the task was being spawned at that very moment.
    pub(super) task: Option<AbortHandle>,
    pub(super) is_reported: Arc<AtomicBool>,
}

impl Straggler {
    /// Where the generator's owner was made.
    #[must_use]
    pub fn created(&self) -> &'static Location<'static> {
        self.created
    }

    /// Gives the clean-up up: drops it where it stands.
    pub fn abort(&self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl fmt::Display for Straggler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the clean-up of the generator made at {} has not ended", self.created)
    }
}
