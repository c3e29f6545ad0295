//! CPython's recorded answers, given through a wire: no difference but those in `PROTOCOL.md`. And through a task of their own
//! (`asyncgen::tokio::spawned`), where the harness is the same.

#[cfg(feature = "nats")]
#[path = "support/nats.rs"]
mod server;
#[path = "support/stage.rs"]
mod stage;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use asyncgen::tokio::spawned;
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, BoxGenerator, CloseError, Exception, StepError};
use asyncgen_remote::{Remote, connect, serve};
use conformance::compare::{Mismatch, compare};
use conformance::corpus::{Part, Recorded, read, read_all};
use conformance::interpret::Delegation;
use conformance::program::{Call, Case, Cut, Kind, Op};
use conformance::script::with_value;
use conformance::trace::{Outcome, Refusal, State, Step, Trace};
use stage::{AtTheEnd, Play, Plays, WireError};
use tokio::time::timeout;

/// The end that the consumer has.
trait Near: AsyncGenerator<Yield = i64, Sent = Option<i64>, Error = WireError> + Unpin {
    /// Says, whenever it is called, how to wait until what the consumer has begun has come to the generator.
    fn arrival(&self) -> impl Fn() -> Arrival + 'static;

    /// What the body has ended with, once.
    fn value(&mut self) -> Option<AtTheEnd>;
}

enum Arrival {
    /// So many operations have come there.
    Operations(u64),
    /// The task has had its turn.
    Turns,
}

impl Arrival {
    async fn wait(self, play: &Play) {
        match self {
            Self::Operations(operations) => play.until_begun(operations).await,
            Self::Turns => {
                for _ in 0..8 {
                    tokio::task::yield_now().await;
                }
            }
        }
    }
}

impl Near for Remote<i64, Option<i64>, WireError, AtTheEnd> {
    fn arrival(&self) -> impl Fn() -> Arrival + 'static {
        let operations = self.operations();
        move || Arrival::Operations(operations())
    }

    fn value(&mut self) -> Option<AtTheEnd> {
        self.return_value()
    }
}

impl Near for BoxGenerator<i64, Option<i64>, WireError> {
    fn arrival(&self) -> impl Fn() -> Arrival + 'static {
        || Arrival::Turns
    }

    fn value(&mut self) -> Option<AtTheEnd> {
        None
    }
}

/// How an operation's future went.
enum Went<T> {
    Ready(T),
    GivenUp,
}

/// Polls an operation as often as the script says. Each poll lets the body be polled once.
async fn in_step<F: Future>(
    future: F,
    polls: Option<u8>,
    arrival: impl Fn() -> Arrival,
    play: &Play,
) -> Went<F::Output> {
    let mut future = pin!(future);
    let mut left = polls.map_or(u64::MAX, u64::from);
    while left > 0 {
        left -= 1;
        if let Poll::Ready(output) = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await {
            return Went::Ready(output);
        }
        arrival().wait(play).await;
        if play.poll_once().await {
            return Went::Ready(future.await);
        }
    }
    Went::GivenUp
}

async fn operation<G: Near>(g: &mut Option<G>, number: usize, op: &Op, play: &Play) -> Outcome {
    let Some(far) = g else { return Outcome::Dropped };
    let arrival = far.arrival();
    let polls = op.cut.map(|Cut(polls, _)| polls);
    let message = || format!("t{number}");
    let outcome = match op.call {
        Call::Anext => in_step(far.anext(), polls, &arrival, play).await.map(stepped),
        Call::Asend(value) => in_step(far.asend(value), polls, &arrival, play).await.map(stepped),
        Call::Athrow(kind) => in_step(far.athrow(exception(kind, message())), polls, &arrival, play).await.map(thrown),
        Call::Aclose => in_step(far.aclose(), polls, &arrival, play).await.map(closed),
        Call::State => return Outcome::State,
        Call::Drop => {
            *g = None;
            return Outcome::Dropped;
        }
    };
    match (outcome, op.cut) {
        (Went::Ready(outcome), _) => outcome,
        (Went::GivenUp, Some(Cut(_, Some(kind)))) => {
            let thrown = in_step(far.athrow(exception(kind, message())), None, &arrival, play).await.map(thrown);
            let Went::Ready(outcome) = thrown else { panic!("it was not cut") };
            if op.call == Call::Aclose { as_closed(outcome) } else { outcome }
        }
        (Went::GivenUp, _) => Outcome::Abandoned,
    }
}

impl<T> Went<T> {
    fn map<U>(self, f: impl FnOnce(T) -> U) -> Went<U> {
        match self {
            Self::Ready(value) => Went::Ready(f(value)),
            Self::GivenUp => Went::GivenUp,
        }
    }
}

fn exception(kind: Kind, message: String) -> Exception<WireError> {
    match kind {
        Kind::Exit => Exception::GeneratorExit,
        kind => Exception::Error(WireError { kind: Some(kind), message }),
    }
}

fn stepped<R>(result: Result<i64, StepError<WireError, R>>) -> Outcome {
    match result {
        Ok(value) => Outcome::Value(value),
        Err(StepError::StopAsyncIteration) => Outcome::Stop,
        Err(StepError::Raised(exception)) => raised(exception),
        Err(StepError::JustStarted(_)) => Outcome::Refused(Refusal::JustStarted),
        Err(StepError::AlreadyRunning(_)) => Outcome::Refused(Refusal::AlreadyRunning),
    }
}

fn raised(exception: Exception<WireError>) -> Outcome {
    match exception {
        Exception::GeneratorExit => Outcome::Raised("GeneratorExit".into(), String::new()),
        Exception::Error(error) => Outcome::Raised(Kind::in_python(error.kind).into(), error.message),
    }
}

fn thrown<R>(result: Result<Option<i64>, StepError<WireError, R>>) -> Outcome {
    match result {
        Ok(None) => Outcome::None,
        Ok(Some(value)) => Outcome::Value(value),
        Err(error) => stepped(Err(error)),
    }
}

fn closed(result: Result<(), CloseError<i64, WireError>>) -> Outcome {
    match result {
        Ok(()) => Outcome::None,
        Err(CloseError::IgnoredGeneratorExit(value)) => Outcome::Ignored(value),
        Err(CloseError::Raised(error)) => raised(Exception::Error(error)),
    }
}

fn as_closed(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Value(value) => Outcome::Ignored(value),
        Outcome::Stop => Outcome::None,
        Outcome::Raised(kind, _) if kind == "GeneratorExit" => Outcome::None,
        outcome => outcome,
    }
}

/// Plays a case through the wire. `upto` operations of it.
async fn run<G: Near>(case: &Case, upto: usize, far: G, play: &Arc<Play>) -> Trace {
    let mut trace = Trace::new();
    let mut g = Some(far);
    for (number, op) in case.script.iter().enumerate().take(upto) {
        let outcome = operation(&mut g, number, op, play).await;
        let outcome = match &mut g {
            Some(g) => {
                let value = g.value();
                assert_eq!(g.value(), None, "the value was given twice");
                with_value(outcome, op, value)
            }
            None => outcome,
        };
        let state = g.as_ref().map_or(State::Dropped, |g| g.state().into());
        trace.push(Step(outcome, state, play.words(), Vec::new()));
        if state == State::Dropped {
            break;
        }
    }
    trace
}

/// R1 of the table: the operation at which a second error is refused without a wire, and waits with one.
fn second_error(recorded: &Recorded) -> Option<usize> {
    recorded.trace.iter().position(|step| {
        matches!(&step.0, Outcome::Raised(kind, message)
            if kind == "RuntimeError" && message == "athrow(): asynchronous generator is already running")
    })
}

/// Compares all of the corpus, and says how many were compared as far as R1 only.
async fn all<G: Near>(
    corpus: &[Recorded],
    plays: &Plays,
    r1: fn(&Recorded) -> Option<usize>,
    open: impl Fn(u64) -> G,
) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::from([("whole", 0), ("up to R1", 0)]);
    let mut wrong = Vec::new();
    for (index, recorded) in corpus.iter().enumerate() {
        for (way, delegation) in Delegation::BOTH.into_iter().enumerate() {
            let number = u64::try_from(index * 2 + way).unwrap();
            let play = Play::start(recorded.case.clone(), delegation);
            plays.add(number, play.clone());
            let r1 = r1(recorded);
            let upto = r1.unwrap_or(usize::MAX);
            let trace = timeout(Duration::from_secs(20), run(&recorded.case, upto, open(number), &play)).await;
            play.finish();
            let Ok(trace) = trace else {
                panic!("it hangs: {}", serde_json::to_string(&recorded.case).unwrap());
            };
            let expected = recorded.trace[..upto.min(recorded.trace.len())].to_vec();
            *counts.get_mut(if r1.is_some() { "up to R1" } else { "whole" }).unwrap() += 1;
            if let Err(mismatch) = compare(&recorded.case, &trace, &expected) {
                wrong.push((recorded, mismatch, trace));
            }
        }
    }
    if let Some((recorded, mismatch, trace)) = wrong.first() {
        let step = if let Mismatch::Step(step) = mismatch { *step } else { 0 };
        panic!(
            "{} of {} differ. The first: {mismatch}\nhere: {}\nCPython: {}\n{}",
            wrong.len(),
            corpus.len() * 2,
            trace.get(step).map_or(String::new(), ToString::to_string),
            recorded.trace.get(step).map_or(String::new(), ToString::to_string),
            serde_json::to_string(&recorded.case).unwrap(),
        );
    }
    counts
}

#[tokio::test]
async fn cpythons_answers_come_through_a_byte_stream() {
    let corpus = read_all().unwrap();
    let plays = Plays::default();
    let (here, there) = tokio::io::duplex(4096);
    serve(there, plays.handler());
    let connection = connect(here);
    let counts = all(&corpus, &plays, second_error, |number| connection.open(&number).returning()).await;
    println!("{counts:?}");
    assert!(counts["whole"] >= 10_300, "{counts:?}");
}

#[tokio::test]
async fn cpythons_answers_come_from_a_task() {
    // (The values at the end are hidden.)
    let corpus: Vec<_> = [Part::Chosen, Part::Found].into_iter().flat_map(|part| read(part).unwrap()).collect();
    let plays = Plays::default();
    let counts = all(&corpus, &plays, |_| None, |number| spawned(plays.take(number))).await;
    println!("{counts:?}");
    assert!(counts["whole"] >= 8_000 && counts["up to R1"] == 0, "{counts:?}");
}

#[cfg(feature = "nats")]
#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn cpythons_answers_come_through_nats() {
    let corpus = read_all().unwrap();
    let plays = Plays::default();
    let nats_server = server::NatsServer::start().await;
    let worker = nats_server.client().await;
    asyncgen_remote::nats::serve(&worker, "plays", plays.handler()).await.unwrap();
    let client = nats_server.client().await;
    let counts =
        all(&corpus, &plays, second_error, |number| asyncgen_remote::nats::open(&client, "plays", &number).returning())
            .await;
    println!("{counts:?}");
    assert!(counts["whole"] >= 10_300, "{counts:?}");
}
