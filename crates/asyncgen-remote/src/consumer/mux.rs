//! All sessions of one link: their frames go out together, and what comes is given to the one it is for.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::machine::{Machine, Terms, To};
use super::shared::Shared;
use crate::carrier::{Address, Arrival, Incoming, Outgoing};
use crate::count::Counters;
use crate::frame::{ALL, Frame, Frames, Kind, Malformed};
use crate::id::Id;
use crate::opening::Opened;
use crate::refusal::Refusal;

/// The consumer's end of a link.
pub(crate) struct Mux<A: Address> {
    sessions: Mutex<Sessions<A>>,
    pub(crate) outbox: Outbox<A>,
    pub(crate) counters: Arc<Counters>,
    epoch: Instant,
    /// How often to look at the time.
    beat: Duration,
    /// How long to stay when nobody is there any more.
    linger: Duration,
    start: Mutex<Option<Start<A>>>,
}

type Outbox<A> = crate::outbox::Outbox<To<A>>;
type Start<A> = Box<dyn FnOnce(Arc<Mux<A>>) + Send>;

struct Sessions<A: Address> {
    all: BTreeMap<Id, Arc<Shared<A>>>,
    /// How many may still begin sessions.
    handles: usize,
    is_ended: bool,
}

/// Keeps a link from ending.
pub(crate) struct Handle<A: Address>(Arc<Mux<A>>);

impl<A: Address> Handle<A> {
    pub(crate) fn mux(&self) -> &Arc<Mux<A>> {
        &self.0
    }
}

impl<A: Address> Clone for Handle<A> {
    fn clone(&self) -> Self {
        self.0.lock().handles += 1;
        Self(self.0.clone())
    }
}

impl<A: Address> Drop for Handle<A> {
    fn drop(&mut self) {
        let is_last = {
            let mut sessions = self.0.lock();
            sessions.handles -= 1;
            sessions.handles == 0
        };
        if is_last {
            self.0.outbox.wake();
        }
    }
}

impl<A: Address> Mux<A> {
    /// A link that is started by its first session. `beat` is how often it looks at the time; it stays for `linger` after
    /// the last that could have used it is gone.
    pub(crate) fn link(beat: Duration, linger: Duration, start: impl FnOnce(Arc<Self>) + Send + 'static) -> Handle<A> {
        Handle(Arc::new(Self {
            sessions: Mutex::new(Sessions { all: BTreeMap::new(), handles: 1, is_ended: false }),
            outbox: Outbox::new(),
            counters: Arc::default(),
            epoch: Instant::now(),
            beat,
            linger,
            start: Mutex::new(Some(Box::new(start))),
        }))
    }

    #[cfg(feature = "nats")]
    /// One more that may begin sessions, unless the link has ended.
    pub(crate) fn handle(self: &Arc<Self>) -> Option<Handle<A>> {
        let mut sessions = self.lock();
        if sessions.is_ended {
            return None;
        }
        sessions.handles += 1;
        Some(Handle(self.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, Sessions<A>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    pub(crate) fn remember(self: &Arc<Self>, id: Id, session: Arc<Shared<A>>) {
        self.lock().all.insert(id, session);
        self.counters.opened();
        let start = self.start.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(start) = start {
            start(self.clone());
        }
    }

    pub(crate) fn forget(&self, id: Id) {
        // Dropped outside of the lock: it may hold the last handle.
        let session = self.lock().all.remove(&id);
        if session.is_some() {
            self.outbox.wake();
        }
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.lock().is_ended
    }

    /// A session that was not begun.
    pub(crate) fn session(handle: Handle<A>, id: Id, name: String, terms: Terms) -> Arc<Shared<A>> {
        Arc::new(Shared::new(id, Machine::new(id, name, terms), handle))
    }

    fn get(&self, id: Id) -> Option<Arc<Shared<A>>> {
        self.lock().all.get(&id).cloned()
    }

    fn all(&self) -> Vec<Arc<Shared<A>>> {
        self.lock().all.values().cloned().collect()
    }

    /// Runs the link until nobody needs it any more, or it breaks. Then each session that is left is lost, and told so.
    pub(crate) async fn run(
        self: Arc<Self>,
        mut incoming: impl Incoming<A>,
        mut outgoing: impl Outgoing<To<A>>,
    ) -> io::Result<()> {
        let _ends = EndsLink(&self);
        tokio::select! {
            result = self.read(&mut incoming) => result,
            result = self.write(&mut outgoing) => result,
            () = self.watch() => Ok(()),
        }
    }

    /// The link never came to be.
    #[cfg(feature = "nats")]
    pub(crate) fn broken(self: Arc<Self>, error: io::Error) -> io::Result<()> {
        drop(EndsLink(&self));
        Err(error)
    }

    async fn read(&self, incoming: &mut impl Incoming<A>) -> io::Result<()> {
        while let Some(arrival) = incoming.receive().await? {
            match arrival {
                Arrival::NobodyThere(id) => {
                    if let Some(session) = self.get(id) {
                        session.arrived(&arrival);
                    }
                }
                Arrival::Packet(packet, from) => self.received(packet, from.as_ref()),
            }
        }
        Ok(())
    }

    fn received(&self, packet: Bytes, from: Option<&A>) {
        let now = self.now();
        for frame in Frames::of(packet) {
            match frame {
                Ok(frame) => match self.get(frame.session) {
                    Some(session) => session.receive(frame, from.cloned(), now),
                    // It has lost interest, or is no more. If there is something at the worker, it may go.
                    None => self.unknown(frame, from),
                },
                Err(malformed) => {
                    tracing::warn!(target: "asyncgen_remote", "{malformed}");
                    if let Malformed::OtherVersion(version, id) = malformed {
                        if let Some(session) = self.get(id) {
                            let refused = Refusal::OtherVersion(version).encode();
                            session.receive(Frame::with(Kind::Refused, id, ALL, refused), None, now);
                        }
                    }
                }
            }
        }
    }

    fn unknown(&self, frame: Frame, from: Option<&A>) {
        if let (Kind::Opened, Some(from), false) = (frame.kind, from, self.outbox.is_overfull()) {
            if let Some(opened) = Opened::decode(frame.payload) {
                self.outbox.put([(To::Worker(from.clone()), Frame::new(Kind::Done, opened.token, 0))]);
            }
        }
    }

    async fn write(&self, outgoing: &mut impl Outgoing<To<A>>) -> io::Result<()> {
        loop {
            self.outbox.filled().await;
            let is_last = self.is_unused() && self.linger.is_zero();
            for (to, packet) in self.outbox.take() {
                outgoing.send(to, packet).await?;
            }
            outgoing.flush().await?;
            if is_last && self.end_if_unused() {
                return Ok(());
            }
        }
    }

    fn is_unused(&self) -> bool {
        let sessions = self.lock();
        sessions.handles == 0 && sessions.all.is_empty()
    }

    fn end_if_unused(&self) -> bool {
        let mut sessions = self.lock();
        sessions.is_ended |= sessions.handles == 0 && sessions.all.is_empty();
        sessions.is_ended
    }

    /// Looks at the time.
    async fn watch(&self) {
        let mut ticks = interval(self.beat);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last = Instant::now();
        let mut used = last;
        loop {
            ticks.tick().await;
            let now = Instant::now();
            // This process stood still: what has come meanwhile is read first.
            let grace = now - last > self.beat * 4;
            last = now;
            for session in self.all() {
                session.tick(grace);
            }
            if !self.is_unused() {
                used = now;
            } else if !self.linger.is_zero() && now - used > self.linger && self.end_if_unused() {
                return;
            }
        }
    }
}

/// When the link's task ends, in whichever way, all sessions are lost that are left.
struct EndsLink<'a, A: Address>(&'a Arc<Mux<A>>);

impl<A: Address> Drop for EndsLink<'_, A> {
    fn drop(&mut self) {
        self.0.lock().is_ended = true;
        for session in self.0.all() {
            session.disconnected();
        }
    }
}
