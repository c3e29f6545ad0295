//! Plays the oracle's programs at the other end of a wire, in step with the consumer: each poll of the consumer lets the
//! body be polled once, as it is without a wire.
#![allow(unreachable_pub, reason = "it is for one test")]

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, Refused, Resume, ReturningGenerator, State, Step};
use asyncgen_remote::{RemoteError, Returning, returning};
use conformance::interpret::{Delegation, Native, World};
use conformance::program::{Case, Kind};
use conformance::script;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// An error on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireError {
    pub kind: Option<Kind>,
    pub message: String,
}

impl From<script::Error> for WireError {
    fn from(script::Error { kind, message }: script::Error) -> Self {
        Self { kind, message }
    }
}

impl From<WireError> for script::Error {
    fn from(WireError { kind, message }: WireError) -> Self {
        Self { kind, message }
    }
}

impl From<RemoteError> for WireError {
    fn from(error: RemoteError) -> Self {
        Self { kind: None, message: format!("on the way: {error}") }
    }
}

/// What a body has ended with: a value, or Python's `None`.
pub type AtTheEnd = Option<i64>;

type Resumption = Resume<Option<i64>, script::Error>;

enum Request {
    Begin(Resumption, mpsc::Sender<Result<(), Refused<Option<i64>, script::Error>>>),
    Poll(mpsc::Sender<Poll<Step<i64, script::Error>>>),
    State(mpsc::Sender<State>),
    Value(mpsc::Sender<Option<AtTheEnd>>),
    Words(mpsc::Sender<String>),
}

/// A program that is played on a thread of its own, as it is not `Send`.
pub struct Play {
    requests: mpsc::Sender<Request>,
    gate: Mutex<Gate>,
    changed: Notify,
}

#[derive(Default)]
struct Gate {
    /// How often the body may be polled.
    tickets: u64,
    /// How often it was begun, or that was tried.
    begun: u64,
    /// How often it was polled, and whether the last poll was ready.
    polled: u64,
    ready: bool,
    /// The script is over: the body may run to its end.
    over: bool,
    waker: Option<Waker>,
}

impl Play {
    pub fn start(case: Case, delegation: Delegation) -> Arc<Self> {
        let (requests, incoming) = mpsc::channel();
        thread::spawn(move || play(&case, delegation, &incoming));
        Arc::new(Self { requests, gate: Mutex::default(), changed: Notify::new() })
    }

    fn ask<T>(&self, request: impl FnOnce(mpsc::Sender<T>) -> Request) -> T {
        let (answer, answered) = mpsc::channel();
        self.requests.send(request(answer)).unwrap();
        answered.recv().unwrap()
    }

    /// What the bodies have done since this was last asked.
    pub fn words(&self) -> String {
        self.ask(Request::Words)
    }

    /// Waits until so many operations were begun.
    pub async fn until_begun(&self, operations: u64) {
        loop {
            let changed = self.changed.notified();
            if self.gate.lock().unwrap().begun >= operations {
                return;
            }
            changed.await;
        }
    }

    /// The script is over: whoever closes what is left of it need not go in step.
    pub fn finish(&self) {
        let mut gate = self.gate.lock().unwrap();
        gate.over = true;
        if let Some(waker) = gate.waker.take() {
            waker.wake();
        }
    }

    /// Lets the body be polled once. Is the step ready then?
    pub async fn poll_once(&self) -> bool {
        let waker = {
            let mut gate = self.gate.lock().unwrap();
            gate.tickets += 1;
            gate.waker.take()
        };
        let before = self.gate.lock().unwrap().polled;
        if let Some(waker) = waker {
            waker.wake();
        }
        loop {
            let changed = self.changed.notified();
            {
                let gate = self.gate.lock().unwrap();
                if gate.tickets == 0 {
                    assert!(gate.polled >= before);
                    return gate.ready;
                }
            }
            changed.await;
        }
    }
}

fn play(case: &Case, delegation: Delegation, requests: &mpsc::Receiver<Request>) {
    let world = World::new(&case.program, delegation, Native);
    match world.generator() {
        script::Made::Plain(generator) => answer_all(&world, generator, requests, |_| None),
        script::Made::Sometimes(generator) => answer_all(&world, generator, requests, AsyncGeneratorExt::return_value),
        script::Made::Always(generator) => {
            answer_all(&world, generator, requests, |generator| generator.return_value().map(Some));
        }
    }
}

/// `value` takes the value that the body has ended with, if it is there.
fn answer_all<G>(
    world: &World<'_, Native>,
    mut generator: G,
    requests: &mpsc::Receiver<Request>,
    value: impl Fn(&mut G) -> Option<AtTheEnd>,
) where
    G: AsyncGenerator<Yield = i64, Sent = Option<i64>, Error = script::Error> + Unpin,
{
    let cx = &mut Context::from_waker(Waker::noop());
    for request in requests {
        // Nobody waits for the answer if the test has failed.
        let _sent = match request {
            Request::Begin(resume, answer) => answer.send(Pin::new(&mut generator).begin(resume)).is_ok(),
            Request::Poll(answer) => answer.send(Pin::new(&mut generator).poll_step(cx)).is_ok(),
            Request::State(answer) => answer.send(generator.state()).is_ok(),
            Request::Value(answer) => answer.send(value(&mut generator)).is_ok(),
            Request::Words(answer) => answer.send(world.words()).is_ok(),
        };
    }
}

/// The program's generator, at the worker.
pub struct Proxy(pub Arc<Play>);

fn map_resume<S, E, T>(resume: Resume<S, E>, f: impl FnOnce(E) -> T) -> Resume<S, T> {
    match resume {
        Resume::Next => Resume::Next,
        Resume::Send(value) => Resume::Send(value),
        Resume::Throw(exception) => Resume::Throw(exception.map(f)),
        Resume::Close => Resume::Close,
    }
}

impl AsyncGenerator for Proxy {
    type Yield = i64;
    type Sent = Option<i64>;
    type Error = WireError;

    fn begin(
        self: Pin<&mut Self>,
        resume: Resume<Option<i64>, WireError>,
    ) -> Result<(), Refused<Option<i64>, WireError>> {
        let resume = map_resume(resume, script::Error::from);
        let begun = self.0.ask(|answer| Request::Begin(resume, answer));
        self.0.gate.lock().unwrap().begun += 1;
        self.0.changed.notify_waiters();
        begun.map_err(|refused| match refused {
            Refused::JustStarted(value) => Refused::JustStarted(value),
            Refused::AlreadyStarted => Refused::AlreadyStarted,
            Refused::AlreadyRunning(resume) => Refused::AlreadyRunning(map_resume(resume, WireError::from)),
            Refused::Closed(resume) => Refused::Closed(map_resume(resume, WireError::from)),
        })
    }

    fn poll_step(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<i64, WireError>> {
        {
            let mut gate = self.0.gate.lock().unwrap();
            gate.waker = Some(cx.waker().clone());
            if gate.tickets == 0 && !gate.over {
                return Poll::Pending;
            }
        }
        let step = self.0.ask(Request::Poll);
        {
            let mut gate = self.0.gate.lock().unwrap();
            gate.tickets = gate.tickets.saturating_sub(1);
            if gate.over && step.is_pending() {
                cx.waker().wake_by_ref();
            }
            gate.polled += 1;
            gate.ready = step.is_ready();
        }
        self.0.changed.notify_waiters();
        step.map(|step| match step {
            Step::Yielded(value) => Step::Yielded(value),
            Step::Returned => Step::Returned,
            Step::Raised(Exception::GeneratorExit) => Step::Raised(Exception::GeneratorExit),
            Step::Raised(Exception::Error(error)) => Step::Raised(Exception::Error(error.into())),
        })
    }

    fn state(&self) -> State {
        self.0.ask(Request::State)
    }
}

impl ReturningGenerator for Proxy {
    type Return = AtTheEnd;

    fn take_return(self: Pin<&mut Self>) -> Option<AtTheEnd> {
        self.0.ask(Request::Value)
    }
}

/// The plays that consumers may ask for, by number.
#[derive(Clone, Default)]
pub struct Plays(Arc<Mutex<HashMap<u64, Arc<Play>>>>);

impl Plays {
    pub fn add(&self, number: u64, play: Arc<Play>) {
        self.0.lock().unwrap().insert(number, play);
    }

    pub fn take(&self, number: u64) -> Proxy {
        Proxy(self.0.lock().unwrap().remove(&number).unwrap())
    }

    /// What a worker serves.
    pub fn handler(&self) -> impl Fn(u64) -> Returning<Proxy> + Send + Sync + 'static {
        let plays = self.clone();
        returning(move |number| plays.take(number))
    }
}
