//! The consumer's end of a session, without input and output: what it is told comes in by calls, what it has to say is
//! taken out of it, and time is a number.

use std::collections::VecDeque;
use std::task::Waker;
use std::time::{Duration, SystemTime};

use asyncgen::State;
use bytes::{BufMut, Bytes, BytesMut};

use crate::RemoteError;
use crate::count::Ending;
use crate::frame::{ALL, Frame, Kind};
use crate::id::Id;
use crate::opening::Opened;
use crate::refusal::Refusal;

/// How many exceptions can be on their way into one step. More are refused.
pub(crate) const MOST_INTERRUPTS: u32 = 16;

/// After so many bytes that were taken, the worker is told, so that it can make more ahead.
const TELL_AFTER: usize = 128 * 1024;

/// An operation on its way to the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Go on without a value.
    Next,
    /// Go on with this value.
    Send(Bytes),
    /// Raise this error; `None` is `GeneratorExit`.
    Throw(Option<Bytes>),
    /// Close the generator.
    Close,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The body yielded this.
    Yielded(Bytes),
    /// The body returned, with this value.
    Returned(Bytes),
    /// The body let this error out; `None` is `GeneratorExit`.
    Raised(Option<Bytes>),
    /// Something went wrong on the way.
    Failed(RemoteError),
}

/// Where a frame goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum To<A> {
    /// To whoever serves what is asked for, for the consumer's session of this name.
    Service(Id, String),
    /// To this worker.
    Worker(A),
}

enum Phase<A> {
    /// Nothing was sent yet.
    Created,
    /// A worker was asked for, at first at this time.
    Opening { since: Duration },
    /// There is a session.
    Open { token: Id, worker: A },
    /// The last answer is there, or has been taken.
    Ended,
}

/// How it is to be done.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// How long nothing may be heard.
    pub(crate) lease: Duration,
    /// How many values may be made ahead.
    pub(crate) ahead: u32,
    /// How large a frame may be.
    pub(crate) frame: usize,
}

/// An operation that the worker may not have received.
struct Unacknowledged {
    kind: Kind,
    seq: u64,
    /// The last operation that it stands for.
    upto: u64,
    payload: Bytes,
}

/// A session.
pub(crate) struct Machine<A> {
    id: Id,
    name: String,
    who: String,
    opening: Bytes,
    terms: Terms,
    phase: Phase<A>,
    state: State,
    /// The last operation that was sent.
    sent: u64,
    /// The next answer in order.
    expected: u64,
    /// The last answer that was taken, or is not wanted any more.
    consumed: u64,
    unacknowledged: VecDeque<Unacknowledged>,
    answers: VecDeque<Answer>,
    /// How many values came that were not wanted any more.
    dropped: u64,
    closing: bool,
    /// Nobody wants the answers any more.
    abandoned: bool,
    interrupts: u32,
    untold: usize,
    /// The last operation that whoever sends has had a turn for.
    turns: u64,
    asked_again: bool,
    /// When something was heard of the worker last.
    heard: Duration,
    /// When something was said, and how long to wait until it is said again.
    said: Duration,
    patience: Duration,
    waker: Option<Waker>,
    out: Vec<(To<A>, Frame)>,
    ending: Option<Ending>,
}

impl<A: Clone + PartialEq> Machine<A> {
    /// A session that was not begun.
    pub(crate) fn new(id: Id, name: String, terms: Terms) -> Self {
        Self {
            who: format!("whoever serves {name:?}"),
            id,
            name,
            opening: Bytes::new(),
            patience: retry(terms.lease),
            terms,
            phase: Phase::Created,
            state: State::Created,
            sent: 0,
            expected: 1,
            consumed: 0,
            unacknowledged: VecDeque::new(),
            answers: VecDeque::new(),
            dropped: 0,
            closing: false,
            abandoned: false,
            interrupts: 0,
            untold: 0,
            turns: 0,
            asked_again: false,
            heard: Duration::ZERO,
            said: Duration::ZERO,
            waker: None,
            out: Vec::new(),
            ending: None,
        }
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Is a closing in flight, which is carried on with (C20)?
    pub(crate) fn is_closing(&self) -> bool {
        self.closing
    }

    /// Is there no room for another exception in this step?
    pub(crate) fn is_full(&self) -> bool {
        self.interrupts >= MOST_INTERRUPTS
    }

    /// The last operation that was sent.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// The worker's name.
    pub(crate) fn who(&self) -> &str {
        &self.who
    }

    pub(crate) fn terms(&mut self) -> &mut Terms {
        &mut self.terms
    }

    pub(crate) fn set_waker(&mut self, waker: &Waker) {
        match &mut self.waker {
            Some(old) => old.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    /// The end that is known, but was not taken yet: the body has returned (`true`), or anything else.
    pub(crate) fn unseen_end(&self) -> Option<bool> {
        match (&self.phase, self.answers.back()) {
            (Phase::Ended, Some(last)) => Some(matches!(last, Answer::Returned(_))),
            _ => None,
        }
    }

    /// Gives up the values that were not taken, since an exception goes before them.
    fn drop_values(&mut self) {
        let before = self.answers.len();
        self.answers.retain(|answer| !matches!(answer, Answer::Yielded(_)));
        self.dropped += (before - self.answers.len()) as u64;
    }

    /// The body has returned, and something is raised in the consumer's own place, as at the body's very end.
    pub(crate) fn raised_at_the_end(&mut self) {
        self.drop_values();
        self.answers.clear();
        self.state = State::Closed;
    }

    /// Closes a generator of which nothing has run.
    pub(crate) fn close_unstarted(&mut self) {
        self.phase = Phase::Ended;
        self.state = State::Closed;
    }

    /// Asks for a worker, with this as the frame's payload, and begins the first step.
    pub(crate) fn start(&mut self, opening: Bytes, now: Duration) {
        self.opening = opening;
        self.phase = Phase::Opening { since: now };
        self.heard = now;
        self.ask(now);
        self.operate(Operation::Next, now);
    }

    /// Begins a step, or interrupts the one in flight. Whether that is allowed was asked before.
    pub(crate) fn operate(&mut self, operation: Operation, now: Duration) {
        self.state = State::Running;
        if let Phase::Ended = self.phase {
            // The end is there, and will be taken: at once by an exception.
            if matches!(operation, Operation::Throw(_) | Operation::Close) {
                self.closing = operation == Operation::Close;
                self.drop_values();
            }
            return;
        }
        let kind = match operation {
            Operation::Next => return self.go_on(now),
            Operation::Send(payload) => (Kind::Send, payload),
            Operation::Throw(None) => (Kind::Throw, Bytes::from_static(&[0])),
            Operation::Throw(Some(error)) => (Kind::Throw, tagged(1, &error)),
            Operation::Close => (Kind::Close, Bytes::new()),
        };
        let (kind, payload) = kind;
        if kind != Kind::Send {
            self.interrupts += 1;
            self.closing = kind == Kind::Close;
            self.drop_values();
        }
        let seq = self.sent + 1;
        (self.expected, self.consumed) = (seq, seq - 1);
        self.transmit(Unacknowledged { kind, seq, upto: seq, payload }, now);
    }

    fn go_on(&mut self, now: Duration) {
        let wanted = self.consumed + 1;
        // The first step is alone: how far the worker runs ahead is not known before it has answered.
        let ahead = if wanted == 1 { 0 } else { u64::from(self.terms.ahead) };
        if self.sent >= wanted + ahead / 2 && self.sent >= wanted && self.untold < TELL_AFTER {
            return;
        }
        let seq = self.sent + 1;
        let upto = (wanted + ahead).max(self.sent);
        if upto < seq {
            self.untold = 0;
            return self.here(now);
        }
        let payload = if ahead == 0 { Bytes::new() } else { two_numbers(upto, self.consumed) };
        self.untold = 0;
        self.transmit(Unacknowledged { kind: Kind::Next, seq, upto, payload }, now);
    }

    fn transmit(&mut self, operation: Unacknowledged, now: Duration) {
        self.sent = operation.upto;
        if let Phase::Open { token, worker } = &self.phase {
            let frame = Frame::with(operation.kind, *token, operation.seq, operation.payload.clone());
            self.out.push((To::Worker(worker.clone()), frame));
            self.said = now;
            self.patience = retry(self.terms.lease);
        }
        self.unacknowledged.push_back(operation);
    }

    fn transmit_again(&mut self, now: Duration) {
        if let Phase::Open { token, worker } = &self.phase {
            let again = self.unacknowledged.iter();
            self.out.extend(again.map(|operation| {
                let frame = Frame::with(operation.kind, *token, operation.seq, operation.payload.clone());
                (To::Worker(worker.clone()), frame)
            }));
            self.said = now;
        }
    }

    fn ask(&mut self, now: Duration) {
        self.out
            .push((To::Service(self.id, self.name.clone()), Frame::with(Kind::Open, self.id, 0, self.opening.clone())));
        self.said = now;
    }

    fn here(&mut self, now: Duration) {
        if let Phase::Open { token, worker } = &self.phase {
            let mut payload = BytesMut::with_capacity(24);
            payload.put_u64(self.expected - 1);
            payload.put_slice(&self.id.0);
            let payload = payload.freeze();
            self.out.push((To::Worker(worker.clone()), Frame::with(Kind::Here, *token, self.sent, payload)));
            self.said = now;
        }
    }

    /// Takes the answer to the step in flight, if it is there, and says whether that was a closing.
    pub(crate) fn take(&mut self) -> Option<(Answer, bool)> {
        if self.state != State::Running {
            return None;
        }
        let answer = self.answers.pop_front()?;
        self.consumed += 1;
        self.interrupts = 0;
        self.state = if let Answer::Yielded(value) = &answer {
            self.untold += value.len();
            State::Suspended
        } else {
            State::Closed
        };
        Some((answer, std::mem::take(&mut self.closing)))
    }

    /// Should whoever sends have its turn before the next answer is taken? It should once it has something to send, where
    /// answers may be there already.
    pub(crate) fn take_turn(&mut self) -> bool {
        self.terms.ahead > 0 && std::mem::replace(&mut self.turns, self.sent) != self.sent
    }

    /// What was taken can't be read: the generator has ended with this.
    pub(crate) fn spoil(&mut self, error: RemoteError, now: Duration) {
        self.fail(error, now);
        self.answers.clear();
        self.state = State::Closed;
    }

    /// Something goes wrong at this end: the step ends with it, and the worker's generator is closed.
    pub(crate) fn fail(&mut self, error: RemoteError, now: Duration) {
        if let Phase::Ended = self.phase {
            return;
        }
        self.state = State::Running;
        if let Phase::Open { .. } = self.phase {
            let seq = self.sent + 1;
            self.transmit(Unacknowledged { kind: Kind::Close, seq, upto: seq, payload: Bytes::new() }, now);
        }
        self.end(Answer::Failed(error));
    }

    /// Nobody wants the generator any more. It is closed, without anybody to tell what comes of it.
    pub(crate) fn abandon(&mut self, now: Duration) {
        self.abandoned = true;
        match self.phase {
            Phase::Created => self.close_unstarted(),
            // The worker was not told to begin.
            Phase::Opening { .. } => self.end(Answer::Returned(Bytes::new())),
            Phase::Open { .. } if !self.closing => self.operate(Operation::Close, now),
            Phase::Open { .. } | Phase::Ended => {}
        }
    }

    /// The end: `Done` goes out, and nothing that comes is listened to any more.
    fn end(&mut self, answer: Answer) {
        if let Phase::Open { token, worker } = &self.phase {
            self.out.push((To::Worker(worker.clone()), Frame::new(Kind::Done, *token, self.sent)));
        }
        let was_open = !matches!(self.phase, Phase::Created);
        self.ending = was_open.then(|| match &answer {
            Answer::Failed(error) => Ending::of(error),
            Answer::Raised(_) => Ending::Raised,
            Answer::Yielded(_) | Answer::Returned(_) if self.closing => Ending::Closed,
            Answer::Yielded(_) | Answer::Returned(_) => Ending::Returned,
        });
        self.phase = Phase::Ended;
        self.unacknowledged.clear();
        self.answers.push_back(answer);
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Is there nothing any more to be received or sent?
    pub(crate) fn is_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended)
    }

    /// How it ended, once.
    pub(crate) fn take_ending(&mut self) -> Option<Ending> {
        self.ending.take()
    }

    /// How many values were dropped since this was asked last, as an exception went before them.
    pub(crate) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    /// What is to be sent.
    pub(crate) fn output(&mut self) -> std::vec::Drain<'_, (To<A>, Frame)> {
        self.out.drain(..)
    }

    /// A frame for this session has come. `from` is where answers to its sender go.
    pub(crate) fn receive(&mut self, frame: Frame, from: Option<A>, now: Duration) {
        if frame.kind == Kind::Opened {
            return self.opened(frame, from, now);
        }
        if matches!(self.phase, Phase::Created | Phase::Ended) {
            return;
        }
        self.heard = now;
        let seq = frame.seq;
        match frame.kind {
            Kind::Yielded => self.answered(seq, Answer::Yielded(frame.payload), now),
            Kind::Returned => self.answered(seq, Answer::Returned(frame.payload), now),
            Kind::Raised => match frame.payload.first() {
                Some(0) => self.answered(seq, Answer::Raised(None), now),
                Some(1) => self.answered(seq, Answer::Raised(Some(frame.payload.slice(1..))), now),
                _ => self.fail(RemoteError::Garbled { what: "an exception of no kind".into() }, now),
            },
            Kind::Refused => {
                let refusal = Refusal::decode(&frame.payload);
                let error = refusal.into_error(&self.name, &self.who, SystemTime::now());
                match (seq, &self.phase) {
                    (ALL, _) | (0, Phase::Opening { .. }) => self.end(Answer::Failed(error)),
                    // Another worker was asked as well, and has refused.
                    (0, _) => {}
                    (seq, _) => self.answered(seq, Answer::Failed(error), now),
                }
            }
            Kind::Alive => self.acknowledged(seq, now),
            // Frames to a worker.
            _ => {}
        }
    }

    fn opened(&mut self, frame: Frame, from: Option<A>, now: Duration) {
        let (Some(opened), Some(from)) = (Opened::decode(frame.payload), from) else { return };
        match &self.phase {
            Phase::Opening { .. } => {
                self.phase = Phase::Open { token: opened.token, worker: from };
                self.heard = now;
                self.who = opened.who;
                self.terms.lease = opened.lease.max(Duration::from_millis(1));
                self.terms.ahead = self.terms.ahead.min(opened.ahead);
                self.terms.frame = self.terms.frame.min(usize::try_from(opened.frame).unwrap_or(usize::MAX));
                self.patience = retry(self.terms.lease);
                self.transmit_again(now);
            }
            Phase::Open { token, .. } if *token == opened.token => {}
            // Another worker was asked, since the first one was slow; or this one has lost interest. Nothing has run there.
            Phase::Open { .. } | Phase::Ended => {
                self.out.push((To::Worker(from), Frame::new(Kind::Done, opened.token, 0)));
            }
            Phase::Created => {}
        }
    }

    fn answered(&mut self, seq: u64, answer: Answer, now: Duration) {
        while self.unacknowledged.front().is_some_and(|operation| operation.seq <= seq) {
            // Of an operation that stands for several, the worker has received all once it answers one.
            self.unacknowledged.pop_front();
        }
        let is_error = matches!(answer, Answer::Raised(_) | Answer::Failed(_));
        if seq > self.sent {
            return self.fail(RemoteError::Garbled { what: "an answer to what was not asked".into() }, now);
        }
        if seq > self.expected {
            // One before it was lost.
            if !std::mem::replace(&mut self.asked_again, true) {
                self.here(now);
            }
            return;
        }
        if seq < self.expected {
            // It has crossed an exception on its way, or is there already. An error goes first: the consumer learns what
            // it did not know (C25).
            if is_error {
                self.drop_values();
                self.end(answer);
            }
            return;
        }
        self.asked_again = false;
        self.expected += 1;
        match answer {
            // It has ignored `GeneratorExit`. Nobody is there who could close it again: the worker drops it.
            Answer::Yielded(_) if self.abandoned => self.end(answer),
            Answer::Yielded(_) => {
                self.answers.push_back(answer);
                self.wake();
            }
            answer => self.end(answer),
        }
    }

    /// The worker has received all up to `received`.
    fn acknowledged(&mut self, received: u64, now: Duration) {
        while self.unacknowledged.front().is_some_and(|operation| operation.upto <= received) {
            self.unacknowledged.pop_front();
        }
        if !self.unacknowledged.is_empty() && now.saturating_sub(self.said) >= retry(self.terms.lease) / 2 {
            self.transmit_again(now);
        }
    }

    /// Nobody is there who could serve. Known only while a worker is being asked for.
    pub(crate) fn nobody_there(&mut self) {
        if let Phase::Opening { .. } = self.phase {
            self.end(Answer::Failed(RemoteError::NobodyServes { name: self.name.clone() }));
        }
    }

    /// The connection has ended.
    pub(crate) fn disconnected(&mut self, now: Duration) {
        if matches!(self.phase, Phase::Opening { .. } | Phase::Open { .. }) {
            let since = SystemTime::now() - now.saturating_sub(self.heard);
            self.end(Answer::Failed(RemoteError::Lost { who: self.who.clone(), since }));
        }
    }

    /// Time has passed. `grace` says that this process itself stood still, so that what has come meanwhile is still to be
    /// read: nobody is lost yet.
    pub(crate) fn tick(&mut self, now: Duration, grace: bool) {
        let lease = self.terms.lease;
        match self.phase {
            Phase::Created | Phase::Ended => return,
            Phase::Opening { since } if now.saturating_sub(since) > lease && !grace => return self.disconnected(now),
            Phase::Open { .. } if now.saturating_sub(self.heard) > lease && !grace => return self.disconnected(now),
            Phase::Opening { .. } | Phase::Open { .. } => {}
        }
        if now.saturating_sub(self.said) < self.patience {
            return;
        }
        if let Phase::Opening { .. } = self.phase {
            self.ask(now);
        } else if self.unacknowledged.is_empty() {
            self.here(now);
        } else {
            self.transmit_again(now);
            self.here(now);
        }
        // Ever more slowly, but often enough for the lease.
        self.patience = (self.patience * 2).min(lease / 4);
    }
}

/// How long to wait for an answer before something is said again, at first.
fn retry(lease: Duration) -> Duration {
    lease / 20
}

pub(crate) fn two_numbers(a: u64, b: u64) -> Bytes {
    let mut payload = BytesMut::with_capacity(16);
    payload.put_u64(a);
    payload.put_u64(b);
    payload.freeze()
}

/// A byte that says which, and the rest.
pub(crate) fn tagged(tag: u8, rest: &[u8]) -> Bytes {
    let mut payload = BytesMut::with_capacity(1 + rest.len());
    payload.put_u8(tag);
    payload.put_slice(rest);
    payload.freeze()
}
