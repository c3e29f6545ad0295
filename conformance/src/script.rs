//! The consumer: plays a script on a generator, and keeps the trace.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, ReturningGenerator, StepError};

use crate::program::{Call, Cut, Kind, Op};
use crate::trace::{Outcome, Refusal, State, Step, Trace};

/// A program's generator that ends without a value.
pub type Boxed<'w, E> = Pin<Box<dyn AsyncGenerator<Yield = i64, Sent = Option<i64>, Error = E> + 'w>>;

/// One that ends with a value.
pub type BoxedReturning<'w, E, R> =
    Pin<Box<dyn ReturningGenerator<Yield = i64, Sent = Option<i64>, Error = E, Return = R> + 'w>>;

/// What a body has ended with: a value, or Python's `None`.
type AtTheEnd = Option<i64>;

/// A program's generator.
#[expect(missing_debug_implementations, reason = "it is a generator, of which nothing can be said")]
pub enum Made<'w, E> {
    /// It ends without a value.
    Plain(Boxed<'w, E>),
    /// It ends with a value or, as Python's functions, with `None`.
    Sometimes(BoxedReturning<'w, E, Option<i64>>),
    /// It ends with a value, whichever way.
    Always(BoxedReturning<'w, E, i64>),
}

/// An error of a body that knows nothing of Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// `None` is Python's `RuntimeError`, which no program raises by itself.
    pub kind: Option<Kind>,
    /// What Python's `str` gives.
    pub message: String,
}

/// What bodies have done, as words.
#[derive(Debug, Default)]
pub struct Log {
    words: RefCell<Vec<String>>,
    count: Cell<usize>,
}

/// More than any case of the oracle has: the engine runs in a circle.
const TOO_MANY_EVENTS: usize = 10_000;
const TOO_MANY_POLLS: usize = 10_000;

impl Log {
    /// One more word.
    ///
    /// # Panics
    ///
    /// If there are more than any case has.
    pub fn add(&self, word: String) {
        self.count.set(self.count.get() + 1);
        assert!(self.count.get() < TOO_MANY_EVENTS, "the body does not end");
        self.words.borrow_mut().push(word);
    }

    /// The words since this was last asked.
    pub fn words(&self) -> String {
        self.words.take().join(" ")
    }
}

/// What was sent, as Python writes it.
pub fn in_python(sent: Option<i64>) -> String {
    sent.map_or("None".into(), |number| number.to_string())
}

/// Pending at its first poll. It wakes nobody: whoever drives it polls again.
#[derive(Debug, Default)]
pub struct Pause {
    polled: bool,
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.polled, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Plays a script. `words` is asked after each operation what the bodies have done. Where the engine panics, that is the
/// outcome.
pub fn play(script: &[Op], generator: Made<'_, Error>, words: impl FnMut() -> String) -> Trace {
    match generator {
        Made::Plain(generator) => play_on(script, generator, words, |_| None),
        Made::Sometimes(generator) => play_on(script, generator, words, AsyncGeneratorExt::return_value),
        Made::Always(generator) => play_on(script, generator, words, |generator| generator.return_value().map(Some)),
    }
}

/// `value` takes the value that the body has ended with, if it is there: after each operation, twice.
fn play_on<G>(
    script: &[Op],
    generator: G,
    mut words: impl FnMut() -> String,
    value: impl Fn(&mut G) -> Option<AtTheEnd>,
) -> Trace
where
    G: AsyncGenerator<Yield = i64, Sent = Option<i64>, Error = Error> + Unpin,
{
    let mut trace = Trace::new();
    let mut generator = Some(generator);
    for (number, op) in script.iter().enumerate() {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let outcome = operation(&mut generator, number, op);
            let Some(generator) = &mut generator else { return outcome };
            let first = value(generator);
            assert_eq!(value(generator), None, "the value was given twice");
            with_value(outcome, op, first)
        }))
        .unwrap_or_else(|panic| Outcome::Raised("panic".into(), message(&*panic)));
        let state = generator.as_ref().map_or(State::Dropped, |generator| generator.state().into());
        trace.push(Step(outcome, state, words(), Vec::new()));
        if state == State::Dropped {
            break;
        }
    }
    trace
}

/// What an operation gave back, and the value that was there after it.
///
/// # Panics
///
/// If a value is there besides an outcome that has no place for it.
pub fn with_value(outcome: Outcome, op: &Op, value: Option<AtTheEnd>) -> Outcome {
    match (outcome, value) {
        (Outcome::Stop, Some(Some(value))) => Outcome::Returned(value),
        (outcome, None) | (outcome @ Outcome::Stop, Some(None)) => outcome,
        // An ordinary step, which an error has made of a closing: whoever awaits that gets no value.
        (Outcome::None, Some(_)) if op.call == Call::Aclose && op.cut.is_some_and(|Cut(_, kind)| kind.is_some()) => {
            Outcome::None
        }
        (outcome, Some(value)) => panic!("{value:?} is there, besides: {outcome}"),
    }
}

fn operation<G>(generator: &mut Option<G>, number: usize, op: &Op) -> Outcome
where
    G: AsyncGenerator<Yield = i64, Sent = Option<i64>, Error = Error> + Unpin,
{
    let Some(g) = generator else { return Outcome::Dropped };
    let polls = op.cut.map(|Cut(polls, _)| polls);
    let message = || format!("t{number}");
    let outcome = match op.call {
        Call::Anext => poll(g.anext(), polls).map(|result| outcome(result, |never| match never {})),
        Call::Asend(value) => poll(g.asend(value), polls).map(|result| outcome(result, |_| ())),
        Call::Athrow(kind) => poll(g.athrow(exception(kind, message)), polls).map(thrown),
        Call::Aclose => poll(g.aclose(), polls).map(closed),
        Call::State => Some(Outcome::State),
        Call::Drop => {
            *generator = None;
            return Outcome::Dropped;
        }
    };
    match (outcome, op.cut) {
        (Some(outcome), _) => outcome,
        // A cancelled task: its future is dropped, and the error is raised where it stood.
        (None, Some(Cut(_, Some(kind)))) => {
            let outcome = poll(g.athrow(exception(kind, message)), None).map(thrown).expect("it was not cut");
            if op.call == Call::Aclose { as_closed(outcome) } else { outcome }
        }
        (None, _) => Outcome::Abandoned,
    }
}

fn exception(kind: Kind, message: impl FnOnce() -> String) -> Exception<Error> {
    match kind {
        Kind::Exit => Exception::GeneratorExit,
        kind => Exception::Error(Error { kind: Some(kind), message: message() }),
    }
}

/// Polls a future to its end, or at most so many times.
fn poll<F: Future>(future: F, polls: Option<u8>) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..polls.map_or(TOO_MANY_POLLS, usize::from) {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(output);
        }
    }
    assert!(polls.is_some(), "the step does not end");
    None
}

fn outcome<R>(result: Result<i64, StepError<Error, R>>, refused: impl FnOnce(R)) -> Outcome {
    match result {
        Ok(value) => Outcome::Value(value),
        Err(StepError::StopAsyncIteration) => Outcome::Stop,
        Err(StepError::Raised(exception)) => raised(&exception),
        Err(StepError::JustStarted(given_back)) => {
            refused(given_back);
            Outcome::Refused(Refusal::JustStarted)
        }
        Err(StepError::AlreadyRunning(given_back)) => {
            refused(given_back);
            Outcome::Refused(Refusal::AlreadyRunning)
        }
    }
}

fn raised(exception: &Exception<Error>) -> Outcome {
    match exception {
        Exception::GeneratorExit => Outcome::Raised(Kind::in_python(Some(Kind::Exit)).into(), String::new()),
        Exception::Error(error) => Outcome::Raised(Kind::in_python(error.kind).into(), error.message.clone()),
    }
}

fn thrown(result: Result<Option<i64>, StepError<Error, Exception<Error>>>) -> Outcome {
    match result {
        Ok(None) => Outcome::None,
        Ok(Some(value)) => Outcome::Value(value),
        Err(error) => outcome(Err(error), drop),
    }
}

fn closed(result: Result<(), CloseError<i64, Error>>) -> Outcome {
    match result {
        Ok(()) => Outcome::None,
        Err(CloseError::IgnoredGeneratorExit(value)) => Outcome::Ignored(value),
        Err(CloseError::Raised(error)) => raised(&Exception::Error(error)),
    }
}

/// What whoever awaits `aclose` sees, if something was thrown in meanwhile.
fn as_closed(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Value(value) => Outcome::Ignored(value),
        Outcome::Stop => Outcome::None,
        Outcome::Raised(kind, _) if kind == "GeneratorExit" => Outcome::None,
        outcome => outcome,
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().map(|text| (*text).into()).or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "of unknown type".into())
}

impl From<asyncgen::State> for State {
    fn from(state: asyncgen::State) -> Self {
        match state {
            asyncgen::State::Created => State::Created,
            asyncgen::State::Running => State::Running,
            asyncgen::State::Suspended => State::Suspended,
            asyncgen::State::Closed => State::Closed,
        }
    }
}
