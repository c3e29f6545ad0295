//! A session that its generator and its link have in common.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tracing::Span;

use super::machine::{Answer, Machine, Operation, Terms};
use super::mux::{Handle, Mux};
use crate::carrier::{Address, Arrival};
use crate::frame::Frame;
use crate::id::{Id, Short};

pub(crate) struct Shared<A: Address> {
    id: Id,
    machine: Mutex<Machine<A>>,
    handle: Handle<A>,
    span: Mutex<Option<Span>>,
}

/// A session, whatever carries it.
pub(crate) trait Wire: Send + Sync {
    /// Asks the machine something, or changes its terms.
    fn with(&self, f: &mut dyn FnMut(&mut dyn Ask));
    /// Asks for a worker with this payload, and begins the first step.
    fn start(&self, opening: bytes::Bytes);
    fn operate(&self, operation: Operation);
    /// The answer, and whether it is that to a closing. `None` if there is none to come.
    fn poll_answer(&self, cx: &mut Context<'_>) -> Poll<Option<(Answer, bool)>>;
    fn fail(&self, error: crate::RemoteError);
    fn spoil(&self, error: crate::RemoteError);
    fn abandon(&self);
}

/// What a generator asks of its machine.
pub(crate) trait Ask {
    fn state(&self) -> asyncgen::State;
    fn is_closing(&self) -> bool;
    fn is_full(&self) -> bool;
    fn sent(&self) -> u64;
    fn who(&self) -> String;
    fn unseen_end(&self) -> Option<bool>;
    fn terms(&mut self) -> &mut Terms;
    fn close_unstarted(&mut self);
    fn raised_at_the_end(&mut self);
}

impl<A: Address> Ask for Machine<A> {
    fn state(&self) -> asyncgen::State {
        self.state()
    }

    fn is_closing(&self) -> bool {
        self.is_closing()
    }

    fn is_full(&self) -> bool {
        self.is_full()
    }

    fn sent(&self) -> u64 {
        self.sent()
    }

    fn who(&self) -> String {
        self.who().to_owned()
    }

    fn unseen_end(&self) -> Option<bool> {
        self.unseen_end()
    }

    fn terms(&mut self) -> &mut Terms {
        self.terms()
    }

    fn close_unstarted(&mut self) {
        self.close_unstarted();
    }

    fn raised_at_the_end(&mut self) {
        self.raised_at_the_end();
    }
}

impl<A: Address> Shared<A> {
    pub(crate) fn new(id: Id, machine: Machine<A>, handle: Handle<A>) -> Self {
        Self { id, machine: Mutex::new(machine), handle, span: Mutex::new(None) }
    }

    fn lock(&self) -> MutexGuard<'_, Machine<A>> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mux(&self) -> &Arc<Mux<A>> {
        self.handle.mux()
    }

    /// Changes the machine now, sends what it has to say, and notes its end.
    fn change<T>(&self, change: impl FnOnce(&mut Machine<A>, Duration) -> T) -> T {
        let now = self.mux().now();
        self.change_at(now, change)
    }

    fn change_at<T>(&self, now: Duration, change: impl FnOnce(&mut Machine<A>, Duration) -> T) -> T {
        let mux = self.mux();
        let mut machine = self.lock();
        let result = change(&mut machine, now);
        mux.outbox.put(machine.output());
        let dropped = machine.take_dropped();
        if dropped > 0 {
            mux.counters.dropped_values(dropped);
            self.in_span(|| tracing::debug!(target: "asyncgen_remote", dropped, "an exception goes before values"));
        }
        if let Some(ending) = machine.take_ending() {
            mux.counters.ended(ending);
            self.in_span(|| {
                tracing::debug!(target: "asyncgen_remote", ending = ending.as_str(), who = machine.who(), "session ended");
            });
        }
        let is_ended = machine.is_ended();
        drop(machine);
        if is_ended {
            mux.forget(self.id);
        }
        result
    }

    fn in_span(&self, f: impl FnOnce()) {
        let span = self.span.lock().unwrap_or_else(PoisonError::into_inner).clone();
        span.unwrap_or_else(Span::none).in_scope(f);
    }

    pub(crate) fn receive(&self, frame: Frame, from: Option<A>, now: Duration) {
        self.change_at(now, |machine, now| machine.receive(frame, from, now));
    }

    pub(crate) fn tick(&self, grace: bool) {
        self.change(|machine, now| machine.tick(now, grace));
    }

    pub(crate) fn arrived(&self, arrival: &Arrival<A>) {
        if let Arrival::NobodyThere(_) = arrival {
            self.change(|machine, _| machine.nobody_there());
        }
    }

    pub(crate) fn disconnected(&self) {
        self.change(Machine::disconnected);
    }
}

/// The wire of a session is the only thing that its generator knows of it.
impl<A: Address> Wire for Arc<Shared<A>> {
    fn with(&self, f: &mut dyn FnMut(&mut dyn Ask)) {
        f(&mut *self.lock());
    }

    fn start(&self, opening: bytes::Bytes) {
        let span = tracing::debug_span!(target: "asyncgen_remote", "consumer", session = %Short(self.id));
        *self.span.lock().unwrap_or_else(PoisonError::into_inner) = Some(span);
        self.mux().remember(self.id, self.clone());
        self.change(|machine, now| machine.start(opening, now));
        if self.mux().is_ended() {
            self.disconnected();
        }
    }

    fn operate(&self, operation: Operation) {
        self.change(|machine, now| machine.operate(operation, now));
    }

    fn poll_answer(&self, cx: &mut Context<'_>) -> Poll<Option<(Answer, bool)>> {
        let mut machine = self.lock();
        if machine.take_turn() {
            // On a runtime of one thread: so that the worker makes more while that which is there is taken.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let answer = machine.take();
        if answer.is_some() || machine.state() == asyncgen::State::Closed {
            return Poll::Ready(answer);
        }
        machine.set_waker(cx.waker());
        Poll::Pending
    }

    fn fail(&self, error: crate::RemoteError) {
        self.change(|machine, now| machine.fail(error, now));
    }

    fn spoil(&self, error: crate::RemoteError) {
        self.change(|machine, now| machine.spoil(error, now));
    }

    fn abandon(&self) {
        self.change(Machine::abandon);
    }
}
