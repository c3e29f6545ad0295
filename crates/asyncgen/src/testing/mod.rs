//! Proves that a generator cleans up, wherever it is interrupted. (Feature `testing`, for the tests of your own generators.)
//!
//! [`interrupt_everywhere`] makes a generator again and again, and runs it. Each run is interrupted at another place, until there
//! was one for each await and each `yield`, and for each way to interrupt:
//!
//! - an error is thrown in (contract clauses C9, C19), if [`throwing`](InterruptEverywhere::throwing) says which;
//! - it is closed (C12, C19);
//! - its [owner](crate::OwnedExt) is dropped, and it is closed by a finalizer (C22);
//! - the future of its step is dropped, and the step carried on with (C18); the same of its closing (C20).
//!
//! Each run must come to an end: without a panic, within its time, with no clean-up missed, and without a value that is yielded to
//! whoever closes. What else must be true after each run, [`checking`](InterruptEverywhere::checking) says: by panicking, as
//! `assert!` does. What failed is named by its interruption: the `await`'s line (where there is debug information), or the number
//! of the `yield`.
//!
//! ```
//! use std::sync::{Arc, atomic::{AtomicI32, Ordering::Relaxed}};
//! use asyncgen::{AsyncGenerator, async_gen, testing::interrupt_everywhere};
//! # async fn query() { tokio::task::yield_now().await; }
//! # type Open = Arc<AtomicI32>;
//!
//! fn rows(open: Open) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
//!     async_gen! {
//!         open.fetch_add(1, Relaxed);
//!         try {
//!             query().await;
//!             yield 1;
//!             yield 2;
//!         } finally {
//!             query().await;
//!             open.fetch_sub(1, Relaxed);
//!         }
//!     }
//! }
//!
//! # async_io::block_on(async {
//! let open = Open::default();
//! let report = interrupt_everywhere(|| rows(open.clone()))
//!     .throwing(|| "thrown in".to_owned())
//!     .checking(|run| assert_eq!(open.load(Relaxed), 0, "still open"))
//!     .run()
//!     .await;
//! report.assert_clean();
//! // Once without, then at two awaits and two yields: thrown in, closed, dropped; and the steps at the awaits dropped.
//! assert_eq!(report.runs(), 1 + 3 * 4 + 2);
//! # });
//! ```
//!
//! A connection that is opened before the `try` is forgotten if the generator is interrupted before it gets there:
//!
//! ```
//! # use std::sync::{Arc, atomic::{AtomicI32, Ordering::Relaxed}};
//! # use asyncgen::{AsyncGenerator, async_gen, testing::interrupt_everywhere};
//! # async fn query() { tokio::task::yield_now().await; }
//! # type Open = Arc<AtomicI32>;
//! fn rows(open: Open) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
//!     async_gen! {
//!         open.fetch_add(1, Relaxed);
//!         query().await; // not in the `try`
//!         try { yield 1; } finally { open.fetch_sub(1, Relaxed); }
//!     }
//! }
//!
//! # async_io::block_on(async {
//! let open = Open::default();
//! let report = interrupt_everywhere(|| rows(open.clone())).checking(|_| assert_eq!(open.swap(0, Relaxed), 0)).run().await;
//! let first = &report.faults()[0];
//! assert!(first.to_string().starts_with("closed at await 1"), "{first}");
//! assert_eq!(first.interruption().unwrap().awaits(), 1);
//! # });
//! ```
//!
//! A run is interrupted once. Places that only an exception leads to (in a `catch`, say) are come to, and not interrupted: test a
//! generator that begins there.
//!
//! The runs need no executor of their own: whatever the generator needs to run, [`run`](InterruptEverywhere::run) needs. Generators
//! that wait for real time are faster in a test whose time is tokio's and stands still (`start_paused`).

mod clock;
mod one_run;
mod report;
mod spy;
mod watch;

use core::fmt;
use core::time::Duration;
use std::boxed::Box;
use std::vec::Vec;

pub use report::{Fault, Interruption, Report, Run, Way};
pub(crate) use watch::notice;

use crate::{AsyncGenerator, Nothing};
use clock::Clock;
use one_run::{OneRun, Places};
use watch::Watch;

/// Runs the generators that `make` makes, each interrupted at another place: see [the module](self).
///
/// ```
/// use asyncgen::{async_gen, testing::interrupt_everywhere};
///
/// let numbers = || async_gen! {
///     type Yield = u32; type Sent = (); type Error = std::convert::Infallible;
///     yield 1;
/// };
/// # async_io::block_on(async {
/// // Once without an interruption, then closed and dropped at its `yield`.
/// assert_eq!(interrupt_everywhere(numbers).run().await.runs(), 3);
/// # });
/// ```
#[must_use = "nothing runs before `run`"]
pub fn interrupt_everywhere<'t, M, G>(make: M) -> InterruptEverywhere<'t, M, G>
where
    M: FnMut() -> G,
    G: AsyncGenerator<Sent: Nothing, Error: fmt::Debug> + 'static,
{
    InterruptEverywhere { make, throw: None, check: None, steps: 100, time_limit: Duration::from_secs(10) }
}

type Check<'t> = Box<dyn FnMut(&Run) + 't>;

/// What [`interrupt_everywhere`] is to do.
#[must_use = "nothing runs before `run`"]
pub struct InterruptEverywhere<'t, M, G: AsyncGenerator> {
    make: M,
    throw: Option<Box<dyn FnMut() -> G::Error + 't>>,
    check: Option<Check<'t>>,
    steps: usize,
    time_limit: Duration,
}

impl<'t, M, G> InterruptEverywhere<'t, M, G>
where
    M: FnMut() -> G,
    G: AsyncGenerator<Sent: Nothing, Error: fmt::Debug> + 'static,
{
    /// Throws this in as well, at each place. Without it, nothing is thrown in.
    ///
    /// ```
    /// use asyncgen::{async_gen, testing::{interrupt_everywhere, Way}};
    ///
    /// let stubborn = || async_gen! {
    ///     type Yield = u32; type Sent = (); type Error = String;
    ///     try { yield 1; } catch _ { panic!("it can't deal with errors") }
    /// };
    /// # std::panic::set_hook(Box::new(|_| {}));
    /// # async_io::block_on(async {
    /// let report = interrupt_everywhere(stubborn).throwing(|| "thrown in".to_owned()).run().await;
    /// assert_eq!(report.faults()[0].to_string(), "thrown into at yield 1: it panicked: it can't deal with errors");
    /// # });
    /// ```
    pub fn throwing(mut self, error: impl FnMut() -> G::Error + 't) -> Self {
        self.throw = Some(Box::new(error));
        self
    }

    /// After each run, this must not panic: assert in it what must be true then.
    ///
    /// ```
    /// use asyncgen::{async_gen, testing::interrupt_everywhere};
    ///
    /// let numbers = || async_gen! {
    ///     type Yield = u32; type Sent = (); type Error = String;
    ///     yield 1;
    ///     yield 2;
    /// };
    /// # async_io::block_on(async {
    /// let mut most = 0;
    /// interrupt_everywhere(numbers).checking(|run| most = most.max(run.yielded())).run().await.assert_clean();
    /// assert_eq!(most, 2);
    /// # });
    /// ```
    pub fn checking(mut self, check: impl FnMut(&Run) + 't) -> Self {
        self.check = Some(Box::new(check));
        self
    }

    /// Closes the generator after so many values, if it has not ended by then: otherwise after 100.
    ///
    /// ```
    /// use asyncgen::{async_gen, testing::interrupt_everywhere};
    ///
    /// let endless = || async_gen! {
    ///     type Yield = u32; type Sent = (); type Error = String;
    ///     for n in 0.. { yield n; }
    /// };
    /// # async_io::block_on(async {
    /// let report = interrupt_everywhere(endless).steps(3).run().await;
    /// assert_eq!(report.runs(), 1 + 2 * 3);
    /// # });
    /// ```
    pub fn steps(mut self, steps: usize) -> Self {
        self.steps = steps;
        self
    }

    /// How long one run may take, in real time, before it is taken for one that never ends: otherwise 10 seconds.
    ///
    /// ```
    /// use std::{future::pending, time::Duration};
    /// use asyncgen::{async_gen, testing::interrupt_everywhere};
    ///
    /// let numbers = || async_gen! {
    ///     type Yield = u32; type Sent = (); type Error = String;
    ///     try { yield 1; } finally exception { if exception.is_some() { pending().await } }
    /// };
    /// # async_io::block_on(async {
    /// let report = interrupt_everywhere(numbers).time_limit(Duration::from_millis(50)).run().await;
    /// assert_eq!(report.faults()[0].to_string(), "closed at yield 1: it did not come to an end within 50ms");
    /// # });
    /// ```
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Runs the generators, one after another, and says what failed: one without an interruption, which shows the places, and
    /// one for each of them. It stops at a run that does not end.
    ///
    /// ```
    /// use asyncgen::{async_gen, testing::interrupt_everywhere};
    ///
    /// let never_closed = || async_gen! {
    ///     type Yield = u32; type Sent = (); type Error = String;
    ///     loop { try { yield 1; } catch GeneratorExit { } }
    /// };
    /// # async_io::block_on(async {
    /// let report = interrupt_everywhere(never_closed).steps(2).run().await;
    /// assert_eq!(report.faults()[0].to_string(), "not interrupted: it yielded to whoever closed it");
    /// assert_eq!(report.faults()[1].to_string(), "closed at yield 1: it yielded to whoever closed it");
    /// # });
    /// ```
    pub async fn run(mut self) -> Report {
        let watch = Watch::new();
        let clock = Clock::start();
        let mut report = Report { runs: 0, faults: Vec::new() };
        let places = self.one(None, &watch, &clock, &mut report).await;
        for way in [Way::Throw, Way::Close, Way::Drop, Way::Cancel] {
            if way == Way::Throw && self.throw.is_none() {
                continue;
            }
            for place in 0..places.of(way) {
                if report.has_hung() {
                    return report;
                }
                self.one(Some((way, place)), &watch, &clock, &mut report).await;
            }
        }
        report
    }

    /// Makes a generator, runs it, and says where it could have been interrupted.
    async fn one(
        &mut self,
        interrupt: Option<(Way, usize)>,
        watch: &Watch,
        clock: &Clock,
        report: &mut Report,
    ) -> Places {
        clock.set(self.time_limit);
        let mut run = OneRun::new((self.make)(), interrupt, self.steps, watch, clock);
        let ended = run.finish(&mut self.throw).await;
        let (interruption, places) = (run.interruption(), run.places());
        report.runs += 1;
        let mut fault = |what| report.faults.push(Fault { interruption: interruption.clone(), what });
        match ended {
            Ok(_) if interrupt.is_some() && interruption.is_none() => {
                fault(report::What::NotReached);
            }
            Ok(run) => {
                if let Some(check) = &mut self.check {
                    if let Err(panic) = crate::hooks::without_panic(|| check(&run)) {
                        fault(report::What::Check(watch::message(&*panic)));
                    }
                }
            }
            Err(what) => fault(what),
        }
        for missed in watch.take_reports() {
            fault(report::What::Reported(missed));
        }
        places
    }
}

impl<M, G: AsyncGenerator> fmt::Debug for InterruptEverywhere<'_, M, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { steps, time_limit, .. } = self;
        f.debug_struct("InterruptEverywhere")
            .field("steps", steps)
            .field("time_limit", time_limit)
            .finish_non_exhaustive()
    }
}
