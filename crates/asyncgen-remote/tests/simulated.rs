//! Deaths, simulated: hosts crash, links are cut, held and mended, packets are lost and overtake each other. A history
//! follows from its seed.
//!
//! `HISTORIES=10000 FIRST=0` says how many, and from which seed on. What must hold is in [`Ledger::check`].

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, StepError, async_gen};
use asyncgen_remote::__private::{Arrival, Incoming, Outgoing, To, connect_on, seed, serve_on};
use asyncgen_remote::{Limits, Remote, RemoteError, open, serve};
use bytes::Bytes;
use support::{Failed, own};
use tokio::time::{Instant, sleep, timeout};
use turmoil::net::{TcpListener, TcpStream, UdpSocket};
use turmoil::{Builder, Sim};

const LEASE: Duration = Duration::from_secs(1);
/// What a loss may take besides: a look at the time, a step of the simulation, and messages on their way.
const SLACK: Duration = Duration::from_millis(250);
const FAULTS: Duration = Duration::from_secs(6);
const CONSUMERS: u64 = 2;
const PORT: u16 = 999;

// --- chance ------------------------------------------------------------------------------------------------------

/// `SplitMix64`.
#[derive(Clone)]
struct Chance(u64);

impl Chance {
    fn of(seed: u64, who: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ who.wrapping_mul(0xbf58_476d_1ce4_e5b9))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }
}

// --- what happened -----------------------------------------------------------------------------------------------

#[derive(Default, Debug)]
struct Record {
    /// How often the body was begun, and by which incarnation of the worker.
    begun: Vec<u64>,
    /// The values that its yields evaluated to.
    received: Vec<u64>,
    cleaning: u64,
    cleaned: u64,
    /// What the consumer was told at the end.
    told: Option<String>,
    /// The consumer has died.
    orphaned: bool,
}

#[derive(Default)]
struct Inner {
    records: BTreeMap<u64, Record>,
    /// Incarnations of the worker that have died.
    dead: BTreeSet<u64>,
    incarnation: u64,
    /// Since when a consumer can't reach the worker.
    cut: BTreeMap<u64, Duration>,
    /// The operations in flight: the consumer's number, since when.
    pending: BTreeMap<u64, (u64, Duration)>,
    operations: u64,
    losses: u64,
}

/// Outside of the simulation: it survives all.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<Inner>>);

impl Ledger {
    fn with<T>(&self, f: impl FnOnce(&mut Inner) -> T) -> T {
        f(&mut self.0.lock().unwrap())
    }

    fn of<T>(&self, session: u64, f: impl FnOnce(&mut Record) -> T) -> T {
        self.with(|inner| f(inner.records.entry(session).or_default()))
    }

    /// Nobody hangs: whoever can't reach the worker for as long as the lease knows it.
    fn nobody_hangs(&self, now: Duration) {
        self.with(|inner| {
            for (consumer, (session, since)) in &inner.pending {
                if let Some(cut) = inner.cut.get(consumer) {
                    let waited = now.saturating_sub(*cut.max(since));
                    assert!(waited <= LEASE + SLACK, "session {session:#x} hangs: {waited:?} after it was cut off");
                }
                let waited = now.saturating_sub(*since);
                assert!(waited <= LEASE * 8, "session {session:#x} hangs for {waited:?}");
            }
        });
    }

    fn check(&self) {
        self.with(|inner| {
            for (session, record) in &inner.records {
                let what = format!("session {session:#x}: {record:?}");
                assert!(record.begun.len() <= 1, "a body was begun twice: {what}");
                let received: BTreeSet<_> = record.received.iter().collect();
                assert_eq!(received.len(), record.received.len(), "a step has run twice: {what}");
                assert!(record.cleaning <= 1 && record.cleaned <= 1, "clean-up ran twice: {what}");
                if let [worker] = record.begun[..] {
                    if !inner.dead.contains(&worker) {
                        assert_eq!((record.cleaning, record.cleaned), (1, 1), "clean-up did not run: {what}");
                    }
                }
                assert!(record.told.is_some() || record.orphaned, "nobody was told: {what}");
            }
            assert_eq!(inner.pending, BTreeMap::new(), "operations hang");
        });
    }
}

// --- the worker --------------------------------------------------------------------------------------------------

/// Yields what was sent last. The error "skip" is caught wherever the body stands, and answered by `u64::MAX`.
fn body(
    session: u64,
    incarnation: u64,
    ledger: Ledger,
) -> impl AsyncGenerator<Yield = u64, Sent = Option<u64>, Error = Failed> + Send {
    async_gen! {
        ledger.of(session, |record| record.begun.push(incarnation));
        let mut chance = Chance::of(session, 99);
        let mut last = 0;
        try {
            loop {
                try {
                    let sent = yield last;
                    if let Some(sent) = sent {
                        ledger.of(session, |record| record.received.push(sent));
                        last = sent;
                    }
                    if sent == Some(u64::MAX - 1) {
                        return;
                    }
                    sleep(chance.millis(0, 200)).await;
                } catch Failed::Own(text) if text == "skip" {
                    last = u64::MAX;
                }
            }
        } finally {
            ledger.of(session, |record| record.cleaning += 1);
            sleep(chance.millis(1, 50)).await;
            ledger.of(session, |record| record.cleaned += 1);
        }
    }
}

fn incarnate(ledger: &Ledger) -> impl Fn(u64) -> Body + Clone + Send + Sync + use<> {
    let incarnation = ledger.with(|inner| {
        inner.incarnation += 1;
        inner.incarnation
    });
    let ledger = ledger.clone();
    move |session| Box::pin(body(session, incarnation, ledger.clone()))
}

type Body = std::pin::Pin<Box<dyn AsyncGenerator<Yield = u64, Sent = Option<u64>, Error = Failed> + Send>>;

// --- a consumer --------------------------------------------------------------------------------------------------

type Far = Remote<u64, Option<u64>, Failed>;

struct Consumer {
    number: u64,
    ledger: Ledger,
    chance: Chance,
    session: u64,
}

impl Consumer {
    /// Notes how long an operation takes.
    async fn noted<T>(&self, operation: impl Future<Output = T>) -> T {
        let now = turmoil::sim_elapsed().unwrap();
        self.ledger.with(|inner| {
            inner.operations += 1;
            inner.pending.insert(self.number, (self.session, now));
        });
        let output = operation.await;
        self.ledger.with(|inner| inner.pending.remove(&self.number));
        output
    }

    fn told(&self, what: &str) {
        self.ledger.with(|inner| inner.losses += u64::from(what.starts_with("Lost")));
        self.ledger.of(self.session, |record| record.told.get_or_insert_with(|| what.to_owned()).truncate(40));
    }

    /// A session from its beginning to its end.
    async fn one(&mut self, far: Far) {
        let mut far = far.lease(LEASE);
        // No value is sent twice: after each interruption they go on elsewhere.
        let mut value = self.session << 24;
        let mut interruptions = 0;
        match self.noted(far.anext()).await {
            Ok(value) => assert_eq!(value, 0),
            Err(error) => return self.ended(error, &[]),
        }
        loop {
            sleep(self.chance.millis(0, 100)).await;
            value += 1;
            let step = match self.chance.below(12) {
                // Given up, and carried on with.
                0..3 => {
                    let limit = self.chance.millis(1, 150);
                    match self.noted(timeout(limit, far.asend(Some(value)))).await {
                        Ok(Err(StepError::AlreadyRunning(_) | StepError::JustStarted(_))) => unreachable!(),
                        Ok(step) => step.map_err(without),
                        Err(_) if self.chance.below(2) == 0 => self.noted(far.anext()).await.map_err(without),
                        // Given up, and interrupted.
                        Err(_) => {
                            let thrown = self.noted(far.athrow(own("skip"))).await;
                            value = u64::MAX;
                            match thrown {
                                Ok(value) => Ok(value.unwrap()),
                                Err(error) => return self.ended(without(error), &["skip"]),
                            }
                        }
                    }
                }
                3 => match self.noted(far.athrow(own("skip"))).await {
                    Ok(got) => {
                        value = u64::MAX;
                        Ok(got.unwrap())
                    }
                    Err(error) => return self.ended(without(error), &[]),
                },
                4 => match self.noted(far.athrow(own("stop"))).await {
                    Err(error) => return self.ended(without(error), &["stop"]),
                    Ok(value) => panic!("it was caught: {value:?}"),
                },
                5 => return self.close(far).await,
                6 => match self.noted(far.asend(Some(u64::MAX - 1))).await {
                    Err(error) => return self.ended(without(error), &["the end"]),
                    Ok(value) => panic!("it has not ended: {value}"),
                },
                // Dropped: the runtime closes it.
                7 => {
                    self.told("dropped");
                    return;
                }
                _ => self.noted(far.asend(Some(value))).await.map_err(without),
            };
            match step {
                Ok(got) => {
                    assert_eq!(got, value, "session {:#x}", self.session);
                    if value == u64::MAX {
                        interruptions += 1;
                        value = (self.session << 24) + (interruptions << 12);
                    }
                }
                Err(error) => return self.ended(error, &[]),
            }
        }
    }

    async fn close(&mut self, mut far: Far) {
        if self.chance.below(2) == 0 {
            let limit = self.chance.millis(1, 30);
            if let Ok(closed) = self.noted(timeout(limit, far.aclose())).await {
                return self.closed(closed);
            }
        }
        let closed = self.noted(far.aclose()).await;
        self.closed(closed);
    }

    fn closed(&self, closed: Result<(), CloseError<u64, Failed>>) {
        match closed {
            Ok(()) => self.told("closed"),
            Err(CloseError::Raised(error)) => self.ended(StepError::Raised(Exception::Error(error)), &[]),
            Err(CloseError::IgnoredGeneratorExit(value)) => panic!("it ignored GeneratorExit: {value}"),
        }
    }

    /// The generator has ended. `own` says which ends of its own are right besides losses.
    fn ended(&self, error: StepError<Failed>, own: &[&str]) {
        match error {
            StepError::Raised(Exception::Error(Failed::Own(text))) => {
                assert!(own.contains(&&*text), "session {:#x} has raised {text}", self.session);
                self.told(&text);
            }
            StepError::StopAsyncIteration => {
                assert!(own.contains(&"the end"), "session {:#x} has returned", self.session);
                self.told("the end");
            }
            StepError::Raised(Exception::Error(Failed::Remote(error))) => match error {
                RemoteError::Lost { .. } | RemoteError::NobodyServes { .. } => self.told(&format!("{error:?}")),
                error => panic!("session {:#x}: {error}", self.session),
            },
            error => panic!("session {:#x}: {error:?}", self.session),
        }
    }
}

fn without<R>(error: StepError<Failed, R>) -> StepError<Failed> {
    match error {
        StepError::StopAsyncIteration => StepError::StopAsyncIteration,
        StepError::Raised(exception) => StepError::Raised(exception),
        StepError::JustStarted(_) | StepError::AlreadyRunning(_) => panic!("it was refused"),
    }
}

/// Opens one session after the other until the faults are over.
async fn consume<F: Future<Output = Option<Far>>>(
    number: u64,
    seed: u64,
    ledger: Ledger,
    mut open: impl FnMut(u64) -> F,
) -> turmoil::Result {
    let begins = u64::try_from(turmoil::sim_elapsed().unwrap().as_millis()).unwrap();
    let mut consumer = Consumer { number, ledger, chance: Chance::of(seed, 1000 * number + begins), session: 0 };
    for count in 0.. {
        if turmoil::sim_elapsed().unwrap() > FAULTS {
            break;
        }
        consumer.session = (number << 28) | (begins << 8) | count;
        match open(consumer.session).await {
            Some(far) => {
                consumer.ledger.of(consumer.session, |_| ());
                consumer.one(far).await;
            }
            None => sleep(Duration::from_millis(50)).await,
        }
        sleep(consumer.chance.millis(0, 50)).await;
    }
    std::future::pending().await
}

// --- carriers ----------------------------------------------------------------------------------------------------

struct Udp(Arc<UdpSocket>, SocketAddr);

impl Incoming<SocketAddr> for Udp {
    async fn receive(&mut self) -> io::Result<Option<Arrival<SocketAddr>>> {
        let mut buffer = vec![0; 65_536];
        let (length, from) = self.0.recv_from(&mut buffer).await?;
        buffer.truncate(length);
        Ok(Some(Arrival::Packet(buffer.into(), Some(from))))
    }
}

impl Outgoing<SocketAddr> for Udp {
    async fn send(&mut self, to: SocketAddr, packet: Bytes) -> io::Result<()> {
        let _lost = self.0.send_to(&packet, to).await;
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Outgoing<To<SocketAddr>> for Udp {
    async fn send(&mut self, to: To<SocketAddr>, packet: Bytes) -> io::Result<()> {
        let to = match to {
            To::Worker(worker) => worker,
            To::Service(..) => self.1,
        };
        let _lost = self.0.send_to(&packet, to).await;
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

async fn udp() -> io::Result<Arc<UdpSocket>> {
    Ok(Arc::new(UdpSocket::bind(("0.0.0.0", PORT)).await?))
}

fn add_udp(sim: &mut Sim<'_>, seed: u64, ledger: &Ledger) {
    let of_worker = ledger.clone();
    sim.host("worker", move || {
        let handler = incarnate(&of_worker);
        async move {
            let socket = udp().await?;
            let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
            let server = serve_on(Udp(socket.clone(), nowhere), Udp(socket, nowhere), handler, Limits::default());
            server.ended().await;
            Ok(())
        }
    });
    for number in 1..=CONSUMERS {
        let ledger = ledger.clone();
        sim.host(format!("consumer{number}"), move || {
            let ledger = ledger.clone();
            async move {
                let socket = udp().await?;
                let worker = SocketAddr::new(turmoil::lookup("worker"), PORT);
                let connection = connect_on(Udp(socket.clone(), worker), Udp(socket, worker));
                consume(number, seed, ledger, |session| {
                    let far = connection.open(&session);
                    async { Some(far) }
                })
                .await
            }
        });
    }
}

fn add_tcp(sim: &mut Sim<'_>, seed: u64, ledger: &Ledger) {
    let of_worker = ledger.clone();
    sim.host("worker", move || {
        let handler = incarnate(&of_worker);
        async move {
            let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
            loop {
                let (stream, _) = listener.accept().await?;
                serve(stream, handler.clone());
            }
        }
    });
    for number in 1..=CONSUMERS {
        let ledger = ledger.clone();
        sim.host(format!("consumer{number}"), move || {
            consume(number, seed, ledger.clone(), |session| async move {
                let stream = timeout(LEASE, TcpStream::connect(("worker", PORT))).await.ok()?.ok()?;
                Some(open(stream, &session))
            })
        });
    }
}

// --- a history ---------------------------------------------------------------------------------------------------

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    Cut(u64),
    Held(u64),
    WorkerDead,
    ConsumerDead(u64),
}

/// Runs the history of this seed. How many operations it had, and how many losses.
fn history(number: u64, add: fn(&mut Sim<'_>, u64, &Ledger), lossy: bool) -> (u64, u64) {
    seed(number);
    let ledger = Ledger::default();
    let mut chance = Chance::of(number, 7);
    let mut builder = Builder::new();
    builder
        .rng_seed(number)
        .tick_duration(Duration::from_millis(5))
        .simulation_duration(Duration::from_secs(60))
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(Duration::from_millis(if number % 2 == 0 { 10 } else { 60 }))
        .udp_capacity(10_000)
        .tcp_capacity(10_000);
    if lossy && number % 3 == 0 {
        builder.fail_rate(0.02).repair_rate(0.5);
    }
    let mut sim = builder.build();
    add(&mut sim, number, &ledger);

    let consumer = |number: u64| format!("consumer{number}");
    let mut faults: Vec<(Fault, Duration)> = Vec::new();
    let end = FAULTS + LEASE * 5;
    while sim.elapsed() < end {
        let now = sim.elapsed();
        // What is over is mended.
        let is_last = now > FAULTS;
        faults.retain(|(fault, until)| {
            if now < *until && !is_last {
                return true;
            }
            match *fault {
                Fault::Cut(c) => sim.repair(consumer(c), "worker"),
                Fault::Held(c) => sim.release(consumer(c), "worker"),
                Fault::WorkerDead => sim.bounce("worker"),
                Fault::ConsumerDead(c) => sim.bounce(consumer(c)),
            }
            // What was held arrives now, also where something else keeps the two apart.
            ledger.with(|inner| inner.cut.clear());
            false
        });
        if !is_last && chance.below(60) == 0 {
            let c = 1 + chance.below(CONSUMERS);
            let fault = match chance.below(10) {
                0..4 => Fault::Cut(c),
                4..7 => Fault::Held(c),
                7 => Fault::WorkerDead,
                _ => Fault::ConsumerDead(c),
            };
            let busy = |other: &Fault| match (fault, *other) {
                (Fault::Cut(a) | Fault::Held(a), Fault::Cut(b) | Fault::Held(b)) => a == b,
                (a, b) => a == b,
            };
            if !faults.iter().any(|(other, _)| busy(other)) {
                match fault {
                    Fault::Cut(c) => sim.partition(consumer(c), "worker"),
                    Fault::Held(c) => sim.hold(consumer(c), "worker"),
                    Fault::WorkerDead => {
                        sim.crash("worker");
                        ledger.with(|inner| inner.dead.insert(inner.incarnation));
                    }
                    Fault::ConsumerDead(c) => {
                        sim.crash(consumer(c));
                        ledger.with(|inner| {
                            inner.pending.remove(&c);
                            let of_consumer = inner.records.iter_mut().filter(|(session, _)| *session >> 28 == c);
                            of_consumer.for_each(|(_, record)| record.orphaned = true);
                        });
                    }
                }
                faults.push((fault, now + chance.millis(20, 2500)));
            }
        }
        // Who is cut off from the worker now?
        ledger.with(|inner| {
            for c in 1..=CONSUMERS {
                let is_cut = |fault: &Fault| {
                    matches!(fault, Fault::WorkerDead) || *fault == Fault::Cut(c) || *fault == Fault::Held(c)
                };
                if faults.iter().any(|(fault, _)| is_cut(fault)) {
                    inner.cut.entry(c).or_insert(now);
                } else {
                    inner.cut.remove(&c);
                }
            }
        });
        sim.step().unwrap();
        ledger.nobody_hangs(sim.elapsed());
    }
    ledger.check();
    ledger.with(|inner| (inner.operations, inner.losses))
}

fn histories(add: fn(&mut Sim<'_>, u64, &Ledger), lossy: bool) {
    let number = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (first, count) = (number("FIRST", 0), number("HISTORIES", 40));
    let started = Instant::now().into_std();
    let (mut operations, mut losses) = (0, 0);
    for seed in first..first + count {
        let history = std::panic::catch_unwind(|| history(seed, add, lossy));
        let Ok((o, l)) = history else { panic!("history {seed} went wrong: FIRST={seed} HISTORIES=1 runs it again") };
        operations += o;
        losses += l;
    }
    let took = started.elapsed();
    println!("{count} histories from seed {first} on: {operations} operations, {losses} losses, in {took:.1?}");
    assert!(losses > count / 2, "there is too little that goes wrong: {losses}");
}

#[test]
fn deaths_and_cuts_over_packets_that_are_lost_and_overtake_each_other() {
    histories(add_udp, true);
}

#[test]
fn deaths_and_cuts_over_a_byte_stream() {
    histories(add_tcp, false);
}
