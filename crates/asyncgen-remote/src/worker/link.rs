//! All sessions of one worker on one link.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use asyncgen::hooks;
use bytes::Bytes;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::drive::{Ended, Handler, Start};
use super::machine::{Cause, Machine, here};
use super::server::Report;
use super::shared::Shared;
use crate::carrier::{Address, Arrival, Incoming, Outgoing};
use crate::count::Counters;
use crate::frame::{ALL, Frame, Frames, Kind, Malformed, VERSION};
use crate::id::Id;
use crate::opening::{Opened, Opening};
use crate::outbox::Outbox;
use crate::refusal::Refusal;
use crate::settings::{BEAT, Limits};

/// How many errors a report keeps. The others are counted.
const MOST_KEPT: usize = 100;

/// All arguments of sessions that were not begun are together no larger than so many frames.
const MOST_UNFINISHED: usize = 64;

/// The worker's end of a link.
pub(crate) struct Link<A: Address> {
    /// What it serves; `None` serves whatever is asked for.
    name: Option<String>,
    /// What consumers know it by.
    who: String,
    pub(crate) limits: Limits,
    handler: Handler,
    sessions: Mutex<Sessions<A>>,
    pub(crate) outbox: Outbox<A>,
    pub(crate) counters: Arc<Counters>,
    epoch: Instant,
    tasks: Mutex<JoinSet<()>>,
    report: Mutex<Report>,
}

struct Sessions<A: Address> {
    by_token: BTreeMap<Id, Arc<Shared<A>>>,
    by_consumer: BTreeMap<Id, Id>,
    unfinished: usize,
    /// How many bytes their arguments have.
    unfinished_bytes: usize,
    is_closed: bool,
}

impl<A: Address> Link<A> {
    pub(crate) fn new(
        name: Option<String>,
        who: String,
        limits: Limits,
        handler: Handler,
        counters: Arc<Counters>,
    ) -> Self {
        let sessions = Sessions {
            by_token: BTreeMap::new(),
            by_consumer: BTreeMap::new(),
            unfinished: 0,
            unfinished_bytes: 0,
            is_closed: false,
        };
        Self {
            name,
            who,
            limits,
            handler,
            sessions: Mutex::new(sessions),
            outbox: Outbox::new(),
            counters,
            epoch: Instant::now(),
            tasks: Mutex::default(),
            report: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sessions<A>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    fn all(&self) -> Vec<Arc<Shared<A>>> {
        self.lock().by_token.values().cloned().collect()
    }

    /// A session has been begun.
    pub(crate) fn begun(&self, size: usize) {
        let mut sessions = self.lock();
        sessions.unfinished -= 1;
        sessions.unfinished_bytes -= size;
        drop(sessions);
        self.counters.opened();
    }

    pub(crate) fn forget(&self, token: Id, consumer: Id, unfinished: Option<usize>) {
        let mut sessions = self.lock();
        let session = sessions.by_token.remove(&token);
        if session.is_some() {
            sessions.by_consumer.remove(&consumer);
            if let Some(size) = unfinished {
                sessions.unfinished -= 1;
                sessions.unfinished_bytes -= size;
            }
        }
    }

    /// Runs a session's body in a task of its own. What it abandons belongs to the scope of the server.
    pub(crate) fn spawn(&self, start: Start, session: Arc<Shared<A>>) {
        let task = hooks::inherit((self.handler)(start, Box::new(session)));
        self.tasks().spawn(task);
    }

    pub(crate) fn note(&self, ended: Ended) {
        let mut report = self.report();
        match ended {
            Ended::Well => {}
            Ended::Closed => report.closed += 1,
            Ended::Failed(error) if report.failed.len() < MOST_KEPT => report.failed.push(error),
            Ended::Failed(_) => report.failed_besides += 1,
            Ended::Dropped => report.dropped += 1,
        }
    }

    fn received(self: &Arc<Self>, packet: Bytes, from: Option<&A>) {
        for frame in Frames::of(packet) {
            match frame {
                Ok(frame) if frame.kind == Kind::Open => {
                    if let Some(from) = from {
                        self.open(frame, from);
                    }
                }
                Ok(frame) => {
                    let session = self.lock().by_token.get(&frame.session).cloned();
                    match session {
                        Some(session) => session.receive(frame, self),
                        None => self.unknown(&frame, from),
                    }
                }
                Err(malformed) => self.malformed(malformed, from),
            }
        }
    }

    fn malformed(&self, malformed: Malformed, from: Option<&A>) {
        tracing::warn!(target: "asyncgen_remote", "{malformed}");
        if let (Malformed::OtherVersion(_, id), Some(from)) = (malformed, from) {
            self.outbox
                .put([(from.clone(), Frame::with(Kind::Refused, id, 0, Refusal::OtherVersion(VERSION).encode()))]);
        }
    }

    /// A consumer speaks of a session that is no more. It is told, if it says who it is.
    fn unknown(&self, frame: &Frame, from: Option<&A>) {
        if let (Kind::Here, Some(from), Some((_, consumer))) = (frame.kind, from, here(&frame.payload)) {
            self.outbox.put([(from.clone(), Frame::with(Kind::Refused, consumer, ALL, Refusal::NoSession.encode()))]);
        }
    }

    /// A consumer asks for a session.
    fn open(self: &Arc<Self>, frame: Frame, from: &A) {
        let consumer = frame.session;
        let answer = match self.opened(frame, from) {
            Ok(opened) => opened,
            Err(refusal) => {
                tracing::debug!(target: "asyncgen_remote", session = ?consumer, "refused: {refusal:?}");
                Frame::with(Kind::Refused, consumer, 0, refusal.encode())
            }
        };
        self.outbox.put([(from.clone(), answer)]);
    }

    fn opened(self: &Arc<Self>, frame: Frame, from: &A) -> Result<Frame, Refusal> {
        let consumer = frame.session;
        let mut sessions = self.lock();
        if let Some(token) = sessions.by_consumer.get(&consumer) {
            // The answer was slow, or is lost.
            let session = sessions.by_token.get(token).cloned();
            drop(sessions);
            return session.map(|session| session.opened()).ok_or(Refusal::NoSession);
        }
        if sessions.is_closed {
            return Err(Refusal::ShuttingDown);
        }
        if sessions.by_token.len() >= self.limits.sessions || sessions.unfinished >= self.limits.unfinished {
            return Err(Refusal::Busy);
        }
        let size = frame.payload.len();
        if sessions.unfinished_bytes.saturating_add(size) > self.limits.frame.saturating_mul(MOST_UNFINISHED) {
            return Err(Refusal::Busy);
        }
        let (opening, format, arguments) = Opening::decode(frame.payload)?;
        if self.name.as_ref().is_some_and(|name| *name != opening.name) {
            return Err(Refusal::NobodyServes);
        }
        let token = Id::random();
        let lease = Duration::from_millis(opening.lease.into());
        let lease = lease.clamp(*self.limits.lease.start(), *self.limits.lease.end());
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (ahead, frame) = (self.limits.ahead, self.limits.frame);
        let opened = Opened { token, lease, ahead, frame: number(frame), who: self.who.clone() };
        let opened = Frame::with(Kind::Opened, consumer, 0, opened.encode());
        let start = Start { session: consumer, name: opening.name, arguments, format, frame, context: opening.context };
        let machine = Machine::new(consumer, lease, ahead, self.now());
        let session = Shared::new(token, from.clone(), Arc::downgrade(self), machine, (start, size), opened.clone());
        sessions.by_token.insert(token, Arc::new(session));
        sessions.by_consumer.insert(consumer, token);
        sessions.unfinished += 1;
        sessions.unfinished_bytes += size;
        Ok(opened)
    }

    /// Serves until the link breaks, or it is told to stop. Then all generators are closed, and that is waited for, but not
    /// longer than the limit that `stop` says.
    pub(crate) async fn run(
        self: Arc<Self>,
        mut incoming: impl Incoming<A>,
        mut outgoing: impl Outgoing<A>,
        mut stop: watch::Receiver<Option<Duration>>,
    ) -> Report {
        let (broken, limit) = tokio::select! {
            result = self.read(&mut incoming) => (Some(result), None),
            result = self.write(&mut outgoing) => (Some(result), None),
            never = self.watch() => match never {},
            limit = stopped(&mut stop) => (None, Some(limit)),
        };
        if let Some(Err(error)) = &broken {
            tracing::debug!(target: "asyncgen_remote", "the connection has ended: {error}");
        }
        self.lock().is_closed = true;
        let cause = if broken.is_some() { Cause::Lost } else { Cause::ShutDown };
        for session in self.all() {
            session.close(cause);
        }
        if broken.is_some() {
            let limit = async { limit.unwrap_or(stopped(&mut stop).await) };
            self.finish(limit).await;
        } else {
            // Meanwhile consumers are still spoken to, and listened to.
            let limit = async { limit.unwrap_or_default() };
            tokio::select! {
                () = self.finish(limit) => {}
                _ = self.write(&mut outgoing) => {}
                _ = self.read(&mut incoming) => {}
            }
            // If the link has broken meanwhile.
            self.finish(async { limit_of(&stop) }).await;
            for (to, packet) in self.outbox.take() {
                let _sent: io::Result<()> = outgoing.send(to, packet).await;
            }
            let _sent: io::Result<()> = outgoing.flush().await;
        }
        std::mem::take(&mut *self.report())
    }

    /// Waits for all tasks, and after the limit drops them.
    async fn finish(&self, limit: impl Future<Output = Duration>) {
        let mut tasks = std::mem::take(&mut *self.tasks());
        let all = async { while tasks.join_next().await.is_some() {} };
        let limit = async {
            let limit = limit.await;
            tokio::time::sleep(limit).await;
        };
        tokio::select! {
            () = all => return,
            () = limit => {}
        }
        // Their generators go to the finalizer of the scope.
        tasks.shutdown().await;
    }

    async fn read(self: &Arc<Self>, incoming: &mut impl Incoming<A>) -> io::Result<()> {
        while let Some(arrival) = incoming.receive().await? {
            if let Arrival::Packet(packet, from) = arrival {
                self.received(packet, from.as_ref());
                // Whoever asks much and takes nothing is not listened to.
                self.outbox.not_overfull().await;
            }
        }
        Ok(())
    }

    async fn write(&self, outgoing: &mut impl Outgoing<A>) -> io::Result<()> {
        loop {
            self.outbox.filled().await;
            for (to, packet) in self.outbox.take() {
                outgoing.send(to, packet).await?;
            }
            outgoing.flush().await?;
        }
    }

    async fn watch(&self) -> std::convert::Infallible {
        let mut ticks = interval(BEAT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = Instant::now();
        loop {
            ticks.tick().await;
            let now = Instant::now();
            // This process stood still: what has come meanwhile is read first.
            let grace = now - last > BEAT * 4;
            last = now;
            for session in self.all() {
                session.tick(self, grace);
            }
            let mut tasks = self.tasks();
            while tasks.try_join_next().is_some() {}
        }
    }
}

/// Ready when it is time to stop, with the time limit for that. Never, if nobody can say so any more.
async fn stopped(stop: &mut watch::Receiver<Option<Duration>>) -> Duration {
    loop {
        let limit = *stop.borrow_and_update();
        if let Some(limit) = limit {
            return limit;
        }
        if stop.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

fn limit_of(stop: &watch::Receiver<Option<Duration>>) -> Duration {
    stop.borrow().unwrap_or_default()
}
