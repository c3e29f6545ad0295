//! A session that its link and the task that runs its body have in common.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Waker};

use super::drive::{Ended, Site, Start};
use super::link::Link;
use super::machine::{Cause, Machine, Outcome};
use crate::carrier::Address;
use crate::consumer::machine::Operation;
use crate::frame::Frame;
use crate::id::Id;
use crate::refusal::Refusal;

pub(crate) struct Shared<A: Address> {
    token: Id,
    address: A,
    /// How many bytes it was asked for with.
    size: usize,
    link: Weak<Link<A>>,
    inner: Mutex<Inner>,
}

struct Inner {
    machine: Machine,
    /// What is needed to make the generator, until the first operation.
    start: Option<Start>,
    /// The answer to `Open`, should it come again.
    opened: Frame,
    waker: Option<Waker>,
    is_running: bool,
}

impl<A: Address> Shared<A> {
    pub(crate) fn new(
        token: Id,
        address: A,
        link: Weak<Link<A>>,
        machine: Machine,
        (start, size): (Start, usize),
        opened: Frame,
    ) -> Self {
        let inner = Inner { machine, start: Some(start), opened, waker: None, is_running: false };
        Self { token, address, size, link, inner: Mutex::new(inner) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn opened(&self) -> Frame {
        self.lock().opened.clone()
    }

    /// Changes the machine, sends what it has to say, and wakes the task if `change` says that there is something for it.
    fn change(self: &Arc<Self>, change: impl FnOnce(&mut Machine) -> bool) {
        let Some(link) = self.link.upgrade() else { return };
        let mut inner = self.lock();
        let was_unfinished = inner.machine.is_unfinished();
        let is_news = change(&mut inner.machine);
        let begins = was_unfinished && !inner.machine.is_unfinished();
        if begins || !inner.is_running {
            // Nobody else would look at what has come after the end.
            if inner.machine.has_ended() {
                let _nothing: Option<Operation> = inner.machine.next();
            }
        }
        let start = if begins { inner.start.take() } else { None };
        inner.is_running |= begins;
        let waker = if is_news { inner.waker.take() } else { None };
        self.after(&link, inner);
        if begins {
            link.begun(self.size);
        }
        if let Some(start) = start {
            link.spawn(start, self.clone());
        }
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Sends what the machine has to say, and forgets the session if it is over.
    fn after(&self, link: &Arc<Link<A>>, mut inner: MutexGuard<'_, Inner>) {
        link.outbox.put(inner.machine.output().map(|frame| (self.address.clone(), frame)));
        if let Some(ending) = inner.machine.take_ending() {
            link.counters.ended(ending);
            tracing::debug!(target: "asyncgen_remote", session = ?inner.machine.consumer(), ending = ending.as_str(), "session ended");
        }
        let is_over = inner.machine.is_over() && !inner.is_running;
        let (consumer, is_unfinished) = (inner.machine.consumer(), inner.machine.is_unfinished());
        drop(inner);
        if is_over {
            link.forget(self.token, consumer, is_unfinished.then_some(self.size));
        }
    }

    pub(crate) fn receive(self: &Arc<Self>, frame: Frame, link: &Link<A>) {
        let now = link.now();
        self.change(|machine| machine.receive(frame, now));
    }

    pub(crate) fn tick(self: &Arc<Self>, link: &Link<A>, grace: bool) {
        let now = link.now();
        self.change(|machine| machine.tick(now, grace, link.limits.unfinished_for));
    }

    pub(crate) fn close(self: &Arc<Self>, cause: Cause) {
        self.change(|machine| machine.close(cause));
    }
}

impl<A: Address> Site for Arc<Shared<A>> {
    fn next(&self, cx: &mut Context<'_>) -> (Option<Operation>, Option<Cause>) {
        let mut inner = self.lock();
        let next = inner.machine.next();
        if next.is_none() {
            match &mut inner.waker {
                Some(waker) => waker.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
        }
        (next, inner.machine.cause())
    }

    fn stepped(&self, outcome: &Outcome) {
        let Some(link) = self.link.upgrade() else { return };
        let mut inner = self.lock();
        inner.machine.stepped(outcome);
        self.after(&link, inner);
    }

    fn ended(&self, ended: Ended) {
        let Some(link) = self.link.upgrade() else { return };
        link.note(ended);
        let mut inner = self.lock();
        inner.is_running = false;
        inner.waker = None;
        if !inner.machine.has_ended() {
            // The task was dropped: with the runtime, or since it had to end.
            inner.machine.stepped(&Outcome::Failed(Refusal::ShuttingDown));
        }
        self.after(&link, inner);
    }
}
