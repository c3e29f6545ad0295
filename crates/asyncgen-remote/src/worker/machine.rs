//! The worker's end of a session, without input and output.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use crate::consumer::machine::{Operation, tagged, two_numbers};
use crate::count::Ending;
use crate::frame::{ALL, Frame, Kind};
use crate::id::Id;
use crate::refusal::Refusal;

/// How many operations that are no `Next` can wait to be begun. Who keeps to the protocol has at most seventeen.
const MOST_WAITING: usize = 32;

/// The body does not run ahead while so many bytes wait to be taken.
const MOST_AHEAD: usize = 1024 * 1024;

/// How the body's step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Yielded(Bytes),
    Returned(Bytes),
    Raised(Option<Bytes>),
    Failed(Refusal),
}

/// Why the generator is to be closed, with nobody left who would hear of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Nothing was heard of the consumer for longer than the lease, or the connection has ended.
    Lost,
    /// The consumer has said that it needs the session no more.
    Done,
    /// The worker shuts down.
    ShutDown,
    /// What came was not of the protocol.
    Garbled,
}

/// A session.
pub(crate) struct Machine {
    consumer: Id,
    lease: Duration,
    most_ahead: u64,
    /// The last operation that was received.
    received: u64,
    /// Operations that are no `Next`, and were not begun.
    waiting: VecDeque<(u64, Operation)>,
    /// The last operation that was answered, or went before those that were not.
    ran: u64,
    /// What the step in flight will be answered as.
    step: Option<u64>,
    /// What the consumer has not taken.
    answers: VecDeque<Frame>,
    bytes: usize,
    taken: u64,
    /// The body has ended: no step is begun any more.
    ended: bool,
    cause: Option<Cause>,
    heard: Duration,
    out: Vec<Frame>,
    ending: Option<Ending>,
    closing: bool,
}

impl Machine {
    pub(crate) fn new(consumer: Id, lease: Duration, most_ahead: u32, now: Duration) -> Self {
        Self {
            consumer,
            lease,
            most_ahead: most_ahead.into(),
            received: 0,
            waiting: VecDeque::new(),
            ran: 0,
            step: None,
            answers: VecDeque::new(),
            bytes: 0,
            taken: 0,
            ended: false,
            cause: None,
            heard: now,
            out: Vec::new(),
            ending: None,
            closing: false,
        }
    }

    /// Was no operation received so far?
    pub(crate) fn is_unfinished(&self) -> bool {
        self.received == 0
    }

    pub(crate) fn consumer(&self) -> Id {
        self.consumer
    }

    /// What is to be sent.
    pub(crate) fn output(&mut self) -> std::vec::Drain<'_, Frame> {
        self.out.drain(..)
    }

    /// How it ended, once.
    pub(crate) fn take_ending(&mut self) -> Option<Ending> {
        self.ending.take()
    }

    /// Has the body ended?
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Must the generator be closed, with nobody left to hear of it?
    pub(crate) fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// Can all of it be forgotten: has the body ended, and the consumer what it wants?
    pub(crate) fn is_over(&self) -> bool {
        self.ended && self.cause.is_some()
    }

    /// A frame for this session has come. Is there something new to do for whoever runs the body?
    pub(crate) fn receive(&mut self, frame: Frame, now: Duration) -> bool {
        self.heard = now;
        let seq = frame.seq;
        match frame.kind {
            Kind::Next => {
                let (upto, taken) = match two(&frame.payload) {
                    Some(numbers) => numbers,
                    None if frame.payload.is_empty() => (seq, seq.saturating_sub(1)),
                    None => return self.garbled("a Next with a payload of a wrong size"),
                };
                self.taken(taken);
                if upto > self.taken.saturating_add(self.most_ahead + 1) {
                    return self.garbled("more values ahead than are allowed");
                }
                if upto <= self.received {
                    return self.is_duplicate();
                }
                if seq == 0 || seq > self.received + 1 {
                    return self.is_early();
                }
                self.received = upto;
                true
            }
            Kind::Send => self.operation(seq, Operation::Send(frame.payload)),
            Kind::Throw => match frame.payload.first() {
                Some(0) => self.operation(seq, Operation::Throw(None)),
                Some(1) => self.operation(seq, Operation::Throw(Some(frame.payload.slice(1..)))),
                _ => self.garbled("an exception of no kind"),
            },
            Kind::Close => self.operation(seq, Operation::Close),
            Kind::Here => {
                let Some((taken, _)) = here(&frame.payload) else { return self.garbled("a Here of a wrong size") };
                let could_run = self.may_run_ahead();
                self.taken(taken);
                self.out.extend(self.answers.iter().cloned());
                self.alive();
                // There may be room again.
                !could_run && self.may_run_ahead()
            }
            Kind::Done => self.close(Cause::Done),
            // Frames to a consumer, and `Open`, which has its own way.
            _ => false,
        }
    }

    /// The consumer has these.
    fn taken(&mut self, taken: u64) {
        self.taken = self.taken.max(taken.min(self.received));
        while self.answers.front().is_some_and(|answer| answer.seq <= self.taken) {
            let answer = self.answers.pop_front();
            self.bytes -= answer.map_or(0, |answer| answer.payload.len());
        }
    }

    fn operation(&mut self, seq: u64, operation: Operation) -> bool {
        if seq <= self.received {
            return self.is_duplicate();
        }
        if seq > self.received + 1 {
            return self.is_early();
        }
        if self.waiting.len() >= MOST_WAITING {
            return self.garbled("too many operations at once");
        }
        self.received = seq;
        // Whoever sends another operation has taken, or does not want, what came before.
        self.taken(seq - 1);
        self.waiting.push_back((seq, operation));
        true
    }

    /// It is here already: what the consumer misses is the answer, if there is one.
    fn is_duplicate(&mut self) -> bool {
        if self.answers.is_empty() {
            self.alive();
        } else {
            self.out.extend(self.answers.iter().cloned());
        }
        false
    }

    /// One before it was lost: the consumer will see by this what to send again.
    fn is_early(&mut self) -> bool {
        self.alive();
        false
    }

    fn alive(&mut self) {
        self.out.push(Frame::with(Kind::Alive, self.consumer, self.received, two_numbers(self.ran, 0)));
    }

    fn garbled(&mut self, what: &str) -> bool {
        self.refuse(&Refusal::Garbled(what.into()));
        self.close(Cause::Garbled)
    }

    /// Tells the consumer that the session is no more. While it was not begun, it may be at another worker.
    fn refuse(&mut self, refusal: &Refusal) {
        if !self.is_unfinished() {
            self.out.push(Frame::with(Kind::Refused, self.consumer, ALL, refusal.encode()));
        }
    }

    fn may_run_ahead(&self) -> bool {
        self.answers.is_empty() || self.bytes < MOST_AHEAD
    }

    /// The next operation for the body. An exception comes in the middle of a step, too.
    pub(crate) fn next(&mut self) -> Option<Operation> {
        if self.ended {
            return self.after_the_end();
        }
        if self.cause.is_some() {
            return None;
        }
        if let Some((seq, operation)) = self.waiting.front() {
            let interrupts = matches!(operation, Operation::Throw(_) | Operation::Close);
            if interrupts || (self.step.is_none() && self.ran + 1 == *seq) {
                self.closing = *operation == Operation::Close;
                self.step = Some(*seq);
                return self.waiting.pop_front().map(|(_, operation)| operation);
            }
        }
        let upto = self.waiting.front().map_or(self.received, |(seq, _)| seq - 1);
        if self.step.is_none() && self.ran < upto && self.may_run_ahead() {
            self.step = Some(self.ran + 1);
            return Some(Operation::Next);
        }
        None
    }

    /// What crossed the end on its way: an exception is raised at the body's very end, and comes out again.
    fn after_the_end(&mut self) -> Option<Operation> {
        while let Some((seq, operation)) = self.waiting.pop_front() {
            self.ran = seq;
            let frame = match operation {
                Operation::Throw(None) => Frame::with(Kind::Raised, self.consumer, seq, Bytes::from_static(&[0])),
                Operation::Throw(Some(error)) => Frame::with(Kind::Raised, self.consumer, seq, tagged(1, &error)),
                _ => Frame::new(Kind::Returned, self.consumer, seq),
            };
            self.answer(frame);
        }
        None
    }

    fn answer(&mut self, frame: Frame) {
        self.bytes += frame.payload.len();
        self.out.push(frame.clone());
        self.answers.push_back(frame);
    }

    /// The step in flight has ended.
    pub(crate) fn stepped(&mut self, outcome: &Outcome) {
        let is_end = !matches!(outcome, Outcome::Yielded(_));
        if is_end {
            self.ended = true;
            self.ending = Some(match (self.cause, outcome) {
                (Some(Cause::Lost), _) => Ending::Lost,
                (Some(Cause::ShutDown), _) => Ending::ShutDown,
                (Some(Cause::Garbled), _) => Ending::Refused,
                (_, Outcome::Failed(Refusal::Panicked(_))) => Ending::Panicked,
                (_, Outcome::Failed(_)) => Ending::Refused,
                (Some(Cause::Done), _) => Ending::Closed,
                (None, Outcome::Raised(_)) => Ending::Raised,
                (None, _) if self.closing => Ending::Closed,
                (None, _) => Ending::Returned,
            });
        }
        let Some(seq) = self.step.take() else { return };
        if self.cause.is_some() {
            return;
        }
        self.ran = seq;
        self.answer(match outcome {
            Outcome::Yielded(value) => Frame::with(Kind::Yielded, self.consumer, seq, value.clone()),
            Outcome::Returned(value) => Frame::with(Kind::Returned, self.consumer, seq, value.clone()),
            Outcome::Raised(None) => Frame::with(Kind::Raised, self.consumer, seq, Bytes::from_static(&[0])),
            Outcome::Raised(Some(error)) => Frame::with(Kind::Raised, self.consumer, seq, tagged(1, error)),
            Outcome::Failed(refusal) => Frame::with(Kind::Refused, self.consumer, seq, refusal.encode()),
        });
        if is_end {
            self.after_the_end();
        }
    }

    /// The generator is to be closed. Is that news?
    pub(crate) fn close(&mut self, cause: Cause) -> bool {
        if self.cause.is_some() {
            return false;
        }
        if cause == Cause::ShutDown && !self.ended {
            self.refuse(&Refusal::ShuttingDown);
        }
        if self.ended || self.is_unfinished() {
            self.ended = true;
        }
        self.cause = Some(cause);
        self.answers.clear();
        self.waiting.clear();
        true
    }

    /// Time has passed. Is there something new to do?
    pub(crate) fn tick(&mut self, now: Duration, grace: bool, unfinished_for: Duration) -> bool {
        let lease = if self.is_unfinished() { self.lease.min(unfinished_for) } else { self.lease };
        if grace || now.saturating_sub(self.heard) <= lease {
            return false;
        }
        self.refuse(&Refusal::NoSession);
        self.close(Cause::Lost)
    }
}

/// What a `Here` says: what was taken, and the consumer's name of the session.
pub(crate) fn here(payload: &[u8]) -> Option<(u64, Id)> {
    let (taken, consumer) = payload.split_at_checked(8)?;
    Some((u64::from_be_bytes(taken.try_into().ok()?), Id(consumer.try_into().ok()?)))
}

fn two(payload: &[u8]) -> Option<(u64, u64)> {
    let number = |bytes: &[u8]| bytes.try_into().ok().map(u64::from_be_bytes);
    (payload.len() == 16).then_some(())?;
    Some((number(&payload[..8])?, number(&payload[8..])?))
}
