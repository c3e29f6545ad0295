//! The books of a scope: which generators were handed over, and what became of them.

use core::panic::Location;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::task::Waker;
use std::collections::BTreeMap;
use std::string::String;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ::tokio::runtime::Handle;
use ::tokio::task::AbortHandle;

use super::report::{Aborted, Panicked, Report, Straggler};
use crate::hooks::{CleanUpError, Unraisable, raise_no_further};

/// The books of one scope.
///
/// A generator that is handed over is entered here and in the books of all scopes around, since all of them wait for
/// it. Its end is reported by the innermost scope that is still open then: once.
#[derive(Default)]
pub(super) struct Registry {
    pub(super) surroundings: OnceLock<Surroundings>,
    books: Mutex<Books>,
}

/// Where a scope is, known from its first poll on.
pub(super) struct Surroundings {
    /// The scope around it, or one around that, if it is finished.
    outer: Mutex<Option<Arc<Registry>>>,
    /// Its runtime.
    pub(super) runtime: Option<Handle>,
}

impl Surroundings {
    pub(super) fn new(outer: Option<Arc<Registry>>, runtime: Option<Handle>) -> Self {
        Self { outer: Mutex::new(outer), runtime }
    }

    fn outer(&self) -> MutexGuard<'_, Option<Arc<Registry>>> {
        self.outer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Books {
    /// Those being closed, by number.
    open: BTreeMap<u64, Straggler>,
    report: Report,
    /// The scope's task, if it waits.
    waiting: Option<Waker>,
    /// The report was given away, or nobody waits for it any more.
    finished: bool,
}

/// How a closing ended.
pub(super) enum Outcome {
    Closed(Result<(), CleanUpError>),
    Panicked(Panicked),
    Aborted(Aborted),
}

impl Registry {
    /// The books are consistent whenever they are not locked, also when somebody panicked.
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_finished(&self) -> bool {
        self.books().finished
    }

    /// The innermost scope around this that is not finished. Those that are finished are let go of, so that scopes which
    /// start one another do not become a longer and longer chain.
    fn outer(&self) -> Option<Arc<Self>> {
        let mut outer = self.surroundings.get()?.outer();
        while let Some(finished) = outer.take_if(|scope| scope.is_finished()) {
            *outer = finished.surroundings.get().and_then(|surroundings| surroundings.outer().clone());
        }
        outer.clone()
    }

    /// The scopes around this that are not finished.
    fn around(&self) -> impl Iterator<Item = Arc<Self>> {
        core::iter::successors(self.outer(), |scope| scope.outer())
    }

    /// This scope, and those around it, unless they are finished.
    fn chain(self: &Arc<Self>) -> impl Iterator<Item = Arc<Self>> {
        let this = (!self.is_finished()).then(|| Arc::clone(self));
        this.into_iter().chain(self.around())
    }

    pub(super) fn runtime(&self) -> Option<&Handle> {
        self.surroundings.get()?.runtime.as_ref()
    }

    /// A generator has made its first step in this scope.
    fn hold(self: &Arc<Self>) {
        for scope in self.chain() {
            scope.books().report.held += 1;
        }
    }

    /// It has ended, or was handed over.
    fn let_go(self: &Arc<Self>) {
        for scope in self.chain() {
            let mut books = scope.books();
            books.report.held = books.report.held.saturating_sub(1);
        }
    }

    /// Is nothing open any more? If so, the scope is finished, and this is its report. Else `waker` is woken when it is
    /// worth asking again.
    pub(super) fn finish_if_idle(&self, waker: &Waker) -> Option<Report> {
        // Of a waker of the user's own, no code runs in the lock.
        let waker = waker.clone();
        let mut books = self.books();
        let (report, before) = if books.open.is_empty() {
            (Some(books.finish(true)), books.waiting.take())
        } else {
            (None, books.waiting.replace(waker))
        };
        drop(books);
        drop(before);
        report
    }

    /// A report that nobody gets: it is added to that of the scope around, or else told to the hook.
    pub(super) fn pass_on(self: &Arc<Self>, report: Report) {
        for scope in self.around() {
            let mut books = scope.books();
            if !books.finished {
                books.report.add(report);
                return;
            }
        }
        for error in &report.errors {
            raise_no_further(&Unraisable::CleanUpError(error));
        }
        for Panicked { created, message } in &report.panicked {
            raise_no_further(&Unraisable::CleanUpPanicked { created, message });
        }
    }

    /// Finishes the scope, whatever is still open. Is the report given to whoever waits for the scope?
    pub(super) fn finish(&self, is_given: bool) -> Report {
        let mut books = self.books();
        let waiting = books.waiting.take();
        let report = books.finish(is_given);
        drop(books);
        drop(waiting);
        report
    }
}

impl Books {
    fn finish(&mut self, is_given: bool) -> Report {
        self.finished = true;
        let held = self.report.held;
        let mut report = core::mem::take(&mut self.report);
        self.report.held = held;
        for straggler in core::mem::take(&mut self.open).into_values() {
            // Those that an inner scope has reported are waited for, and no more.
            if !straggler.is_reported.fetch_or(is_given, Ordering::Relaxed) {
                report.unfinished.push(straggler);
            }
        }
        report
    }
}

/// Not recursively: however many finished scopes are around each other, each is let go of in turn.
impl Drop for Registry {
    fn drop(&mut self) {
        let mut next = self.surroundings.get().and_then(|surroundings| surroundings.outer().take());
        while let Some(scope) = next.and_then(Arc::into_inner) {
            next = scope.surroundings.get().and_then(|surroundings| surroundings.outer().take());
        }
    }
}

/// One generator that has made its first step in a scope, and that somebody owns.
pub(super) struct Held(Arc<Registry>);

impl Held {
    pub(super) fn new(scope: Arc<Registry>) -> Self {
        scope.hold();
        Self(scope)
    }

    pub(super) fn scope(&self) -> &Arc<Registry> {
        &self.0
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.let_go();
    }
}

/// One generator that was handed over, and is not yet settled.
pub(super) struct Ticket {
    /// The scope that it belongs to; none if no scope is there.
    scope: Option<Arc<Registry>>,
    number: u64,
    created: &'static Location<'static>,
    /// It is in a report already, as a straggler.
    is_reported: Arc<AtomicBool>,
    settled: bool,
}

/// Numbers the tickets of the process, so that one is the same in the books of all scopes.
static NEXT: AtomicU64 = AtomicU64::new(0);

impl Ticket {
    pub(super) fn new(scope: Option<Arc<Registry>>, created: &'static Location<'static>) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let is_reported = Arc::<AtomicBool>::default();
        for scope in scope.iter().flat_map(Registry::chain) {
            let mut books = scope.books();
            if !books.finished {
                let is_reported = Arc::clone(&is_reported);
                books.open.insert(number, Straggler { created, task: None, is_reported });
            }
        }
        Self { scope, number, created, is_reported, settled: false }
    }

    pub(super) fn created(&self) -> &'static Location<'static> {
        self.created
    }

    pub(super) fn scope(&self) -> Option<&Arc<Registry>> {
        self.scope.as_ref()
    }

    /// What names this ticket while the closing itself has it.
    pub(super) fn stub(&self) -> Stub {
        Stub { scope: self.scope.clone(), number: self.number }
    }

    /// Enters what became of it: in the innermost scope that is still open.
    pub(super) fn settle(mut self, outcome: Outcome) {
        self.settle_once(outcome);
    }

    fn settle_once(&mut self, outcome: Outcome) {
        self.settled = true;
        let mut outcome = Some(outcome);
        for scope in self.scope.iter().flat_map(Registry::chain) {
            let mut books = scope.books();
            let was_open = books.open.remove(&self.number).is_some();
            // Read here: what finishes an inner scope has happened before.
            if let Some(outcome) = outcome.take_if(|_| was_open && !self.is_reported.load(Ordering::Relaxed)) {
                books.report.enter(outcome);
            }
            let waiting = if books.open.is_empty() { books.waiting.take() } else { None };
            drop(books);
            if let Some(waiting) = waiting {
                waiting.wake();
            }
        }
        match outcome {
            Some(Outcome::Closed(Err(error))) => raise_no_further(&Unraisable::CleanUpError(&error)),
            Some(Outcome::Panicked(Panicked { created, message })) => {
                raise_no_further(&Unraisable::CleanUpPanicked { created, message: &message });
            }
            // A body that was aborted has reported itself when it was dropped, if there was anything to report.
            None | Some(Outcome::Closed(Ok(())) | Outcome::Aborted(_)) => {}
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.settled {
            self.settle_once(Outcome::Aborted(Aborted { created: self.created }));
        }
    }
}

/// Names a [`Ticket`] that is elsewhere.
pub(super) struct Stub {
    scope: Option<Arc<Registry>>,
    number: u64,
}

impl Stub {
    /// Enters the task that is closing it.
    pub(super) fn task(self, task: &AbortHandle) {
        for scope in self.scope.iter().flat_map(Registry::chain) {
            if let Some(straggler) = scope.books().open.get_mut(&self.number) {
                straggler.task = Some(task.clone());
            }
        }
    }
}

impl Report {
    /// Adds what became of the generators of another scope. Those that are still open, or held, are in the books of
    /// both.
    fn add(&mut self, other: Self) {
        self.closed += other.closed;
        self.errors.extend(other.errors);
        self.panicked.extend(other.panicked);
        self.aborted.extend(other.aborted);
    }

    fn enter(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Closed(Ok(())) => self.closed += 1,
            Outcome::Closed(Err(error)) => self.errors.push(error),
            Outcome::Panicked(panicked) => self.panicked.push(panicked),
            Outcome::Aborted(aborted) => self.aborted.push(aborted),
        }
    }
}

/// What a panic said, if it was text.
pub(super) fn message(panic: &(dyn core::any::Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).into(),
        (_, Some(text)) => text.clone(),
        (None, None) => "not a text".into(),
    }
}
