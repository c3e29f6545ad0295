//! What the runs have shown.

use core::error::Error;
use core::fmt;
use core::time::Duration;
use std::string::String;
use std::vec::Vec;

/// A way to interrupt a generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Way {
    /// By [`athrow`](crate::AsyncGeneratorExt::athrow).
    Throw,
    /// By [`aclose`](crate::AsyncGeneratorExt::aclose).
    Close,
    /// By dropping its owner. A finalizer closes it.
    Drop,
    /// By dropping the future of its step, or of its closing, which is then carried on with.
    Cancel,
}

/// Where and how a generator was interrupted.
///
/// ```
/// use asyncgen::{async_gen, testing::{interrupt_everywhere, Way}};
///
/// # async fn query() { tokio::task::yield_now().await; }
/// let rows = || async_gen! {
///     type Yield = u32; type Sent = (); type Error = String;
///     yield 1;
///     query().await;
///     yield 2;
/// };
/// # async_io::block_on(async {
/// let mut seen = Vec::new();
/// interrupt_everywhere(rows).checking(|run| seen.extend(run.interruption().cloned())).run().await.assert_clean();
/// let await_ = seen.iter().find(|interruption| !interruption.is_at_yield()).unwrap();
/// assert_eq!((await_.way(), await_.awaits(), await_.yields()), (Way::Close, 1, 1));
/// // Such as: closed at await 1, after yield 1, src/rows.rs:7 ..
/// assert!(await_.to_string().starts_with("closed at await 1, after yield 1"));
/// assert_eq!(seen[0].to_string(), "closed at yield 1");
/// assert_eq!(seen[0].place(), None);
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interruption {
    pub(super) way: Way,
    pub(super) awaits: usize,
    pub(super) yields: usize,
    pub(super) at_yield: bool,
    pub(super) place: Option<String>,
}

impl Interruption {
    /// How.
    #[must_use]
    pub fn way(&self) -> Way {
        self.way
    }

    /// The number of times that the generator has waited by then, this one included.
    #[must_use]
    pub fn awaits(&self) -> usize {
        self.awaits
    }

    /// The number of values that it has yielded by then.
    #[must_use]
    pub fn yields(&self) -> usize {
        self.yields
    }

    /// Was it interrupted at a `yield`, and not at another await?
    #[must_use]
    pub fn is_at_yield(&self) -> bool {
        self.at_yield
    }

    /// File and line of the await, as a backtrace says it: where there is debug information, and the future waits by its waker.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }
}

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.way {
            Way::Throw => "thrown into",
            Way::Close => "closed",
            Way::Drop => "dropped",
            Way::Cancel => "its future dropped",
        })?;
        let Self { awaits, yields, place, .. } = self;
        if self.at_yield {
            return write!(f, " at yield {yields}");
        }
        write!(f, " at await {awaits}")?;
        if *yields > 0 {
            write!(f, ", after yield {yields}")?;
        }
        match place {
            Some(place) => write!(f, ", {place}"),
            None => Ok(()),
        }
    }
}

/// A run that came to its end, as [`checking`](super::InterruptEverywhere::checking) gets to see it.
///
/// ```
/// use asyncgen::{async_gen, testing::{interrupt_everywhere, Run, Way}};
///
/// let numbers = || async_gen! {
///     type Yield = u32; type Sent = (); type Error = &'static str;
///     yield 1;
///     yield 2;
/// };
/// # async_io::block_on(async {
/// interrupt_everywhere(numbers).throwing(|| "thrown in").checking(|run: &Run| match run.interruption() {
///     None => assert_eq!((run.yielded(), run.error()), (2, None)),
///     Some(thrown) if thrown.way() == Way::Throw => assert_eq!(run.error(), Some("\"thrown in\"")),
///     Some(closed) => assert_eq!(run.yielded(), closed.yields()),
/// }).run().await.assert_clean();
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub(super) interruption: Option<Interruption>,
    pub(super) yielded: usize,
    pub(super) error: Option<String>,
}

impl Run {
    /// What it was interrupted by, if it was.
    #[must_use]
    pub fn interruption(&self) -> Option<&Interruption> {
        self.interruption.as_ref()
    }

    /// The number of values that were yielded.
    #[must_use]
    pub fn yielded(&self) -> usize {
        self.yielded
    }

    /// The error that came out at the end, as its `Debug` says it: the one that was thrown in, for example.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}

/// What failed in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Hung { limit: Duration, place: Option<String> },
    Yielded,
    Panicked(String),
    NotClosed,
    NotReached,
    Check(String),
    Reported(String),
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hung { limit, place } => {
                write!(f, "it did not come to an end within {limit:?}")?;
                place.as_ref().map_or(Ok(()), |place| write!(f, ", and waits at {place}"))
            }
            Self::Yielded => f.write_str("it yielded to whoever closed it"),
            Self::Panicked(message) => write!(f, "it panicked: {message}"),
            Self::NotClosed => f.write_str("it said that it had ended, and is not closed"),
            Self::NotReached => f.write_str("it did not come to a place that the first run came to: its runs differ"),
            Self::Check(message) => write!(f, "the check failed: {message}"),
            Self::Reported(report) => f.write_str(report),
        }
    }
}

/// A run that failed. Its `Display` says where it was interrupted, and what happened: see [`Report`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub(super) interruption: Option<Interruption>,
    pub(super) what: What,
}

impl Fault {
    /// What the run was interrupted by, if it was.
    #[must_use]
    pub fn interruption(&self) -> Option<&Interruption> {
        self.interruption.as_ref()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.interruption {
            Some(interruption) => write!(f, "{interruption}: {}", self.what),
            None => write!(f, "not interrupted: {}", self.what),
        }
    }
}

impl Error for Fault {}

/// What [`InterruptEverywhere::run`](super::InterruptEverywhere::run) found.
///
/// ```
/// use asyncgen::{async_gen, testing::interrupt_everywhere};
///
/// let stubborn = || async_gen! {
///     type Yield = u32; type Sent = (); type Error = String;
///     try { yield 1; } finally { yield 2; }
/// };
/// # async_io::block_on(async {
/// let report = interrupt_everywhere(stubborn).run().await;
/// assert!(!report.is_clean());
/// let lines = "2 of 5 runs failed\n\
///     - closed at yield 1: it yielded to whoever closed it\n\
///     - dropped at yield 1: it yielded to whoever closed it";
/// assert_eq!(report.to_string(), lines);
/// assert_eq!((report.runs(), report.faults().len()), (5, 2));
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it says whether a run failed: `report.assert_clean()`"]
pub struct Report {
    pub(super) runs: usize,
    pub(super) faults: Vec<Fault>,
}

impl Report {
    /// The number of runs.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// The runs that failed.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Did none fail?
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    /// # Panics
    ///
    /// If a run failed: the message has all that did.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.is_clean(), "{self}");
    }

    pub(super) fn has_hung(&self) -> bool {
        self.faults.iter().any(|fault| matches!(fault.what, What::Hung { .. }))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, faults } = self;
        write!(f, "{} of {runs} runs failed", faults.len())?;
        faults.iter().try_for_each(|fault| write!(f, "\n- {fault}"))
    }
}
