//! What the bodies of a run share: the trace, the counters, and the values that they pass.

use std::fmt;
use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use asyncgen::hooks::Unfinished;
use asyncgen::{AsyncGenerator, BoxGenerator, Exception, OwnedExt};

use crate::closure::closure;
use crate::program::Program;

static ALIVE: AtomicI64 = AtomicI64::new(0);
static LEAKED: AtomicI64 = AtomicI64::new(0);

/// A value on the heap, so that a sanitizer sees when it is used too late, and counted.
pub(crate) struct Token {
    number: u8,
    heap: Box<u64>,
}

impl Token {
    const MARK: u64 = 0x5afe_0000;

    pub(crate) fn new(number: u8) -> Self {
        ALIVE.fetch_add(1, SeqCst);
        Self { number, heap: Box::new(Self::MARK + u64::from(number)) }
    }

    /// How many there are.
    pub(crate) fn alive() -> i64 {
        ALIVE.load(SeqCst)
    }

    /// One more may be leaked: a delegation that is leaked takes along the error that it has set aside.
    pub(crate) fn may_leak_one() {
        LEAKED.fetch_add(1, SeqCst);
    }

    /// How many may be leaked.
    pub(crate) fn leaked() -> i64 {
        LEAKED.load(SeqCst)
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        assert_eq!(*self.heap, Self::MARK + u64::from(self.number), "dropped twice");
        *self.heap = 0xdead;
        ALIVE.fetch_sub(1, SeqCst);
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}", self.number)
    }
}

pub(crate) type Boxed = Pin<Box<dyn AsyncGenerator<Yield = Token, Sent = Option<Token>, Error = Token> + Send>>;
pub(crate) type Owned = BoxGenerator<Token, Option<Token>, Token>;

/// In which forms the generators of a run are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forms {
    /// Closures that delegate level by level.
    ByLevels,
    /// For each generator, by its bits: closures that delegate directly, or the keyword form.
    Mixed(u32),
}

/// A run.
#[derive(Clone)]
pub(crate) struct World(Arc<Inner>);

struct Inner {
    forms: Forms,
    trace: Mutex<Vec<String>>,
    abandoned: Mutex<Vec<Unfinished>>,
    counts: Counts,
}

/// What was counted.
#[derive(Default)]
pub(crate) struct Counts {
    /// `finally` blocks that have begun, and their clean-up, which has begun, and has ended.
    pub(crate) entered: AtomicU64,
    pub(crate) begun: AtomicU64,
    pub(crate) ended: AtomicU64,
    pub(crate) polls: AtomicU64,
    /// Generators in the keyword form.
    pub(crate) keywords: AtomicU64,
}

/// Says when it is dropped.
pub(crate) struct Guard(World, &'static str);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.log(format!("drop {}", self.1));
    }
}

impl World {
    pub(crate) fn new(forms: Forms) -> Self {
        Self(Arc::new(Inner { forms, trace: Mutex::default(), abandoned: Mutex::default(), counts: Counts::default() }))
    }

    pub(crate) fn forms(&self) -> Forms {
        self.0.forms
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.0.counts
    }

    pub(crate) fn log(&self, line: impl Into<String>) {
        self.0.trace.lock().unwrap_or_else(PoisonError::into_inner).push(line.into());
    }

    pub(crate) fn take_trace(&self) -> Vec<String> {
        std::mem::take(&mut self.0.trace.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn abandon(&self, unfinished: Unfinished) {
        self.log("handed over");
        self.0.abandoned.lock().unwrap_or_else(PoisonError::into_inner).push(unfinished);
    }

    pub(crate) fn take_abandoned(&self) -> Option<Unfinished> {
        self.0.abandoned.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    pub(crate) fn sent(&self, number: u8, sent: Option<&Token>) {
        self.log(format!("yield {number} got {sent:?}"));
    }

    pub(crate) fn caught(&self, exception: &Exception<Token>) {
        self.log(format!("caught {exception:?}"));
    }

    pub(crate) fn guard(&self, name: &'static str) -> Guard {
        Guard(self.clone(), name)
    }

    pub(crate) fn entered(&self) {
        self.0.counts.entered.fetch_add(1, SeqCst);
        self.log("entered");
    }

    pub(crate) fn begun(&self) {
        self.0.counts.begun.fetch_add(1, SeqCst);
        self.log("clean-up");
    }

    pub(crate) fn ended(&self) {
        self.0.counts.ended.fetch_add(1, SeqCst);
        self.log("cleaned up");
    }

    /// What a body panics with; the trace says where.
    pub(crate) fn panic(&self, from: &str) {
        self.log(format!("panic {from}"));
        resume_unwind(Box::new("expected"));
    }

    /// An await that is pending so often, and asks to be woken.
    pub(crate) async fn pause(&self, polls: u8) {
        let _guard = self.guard("pause");
        let mut left = polls;
        poll_fn(|cx: &mut Context<'_>| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    pub(crate) fn make(&self, program: &Arc<Program>) -> Boxed {
        if self.is_keyword(program) {
            return Box::pin(crate::keyword::keyword(Arc::clone(program), self.clone()));
        }
        Box::pin(closure(Arc::clone(program), self.clone()))
    }

    pub(crate) fn own(&self, program: &Arc<Program>) -> Owned {
        if self.is_keyword(program) {
            return crate::keyword::keyword(Arc::clone(program), self.clone()).boxed();
        }
        closure(Arc::clone(program), self.clone()).boxed()
    }

    /// A part of the generators is in the keyword form, which not all statements have.
    fn is_keyword(&self, program: &Program) -> bool {
        let Forms::Mixed(forms) = self.forms() else { return false };
        let is_keyword = (program.bits ^ forms) & 3 != 0 && program.is_for_keywords();
        self.counts().keywords.fetch_add(u64::from(is_keyword), SeqCst);
        is_keyword
    }
}
