//! Deaths of real processes: workers, consumers and NATS servers are killed, and stopped for longer than the lease. Each
//! session holds a lease in an SQLite table while its body runs: none may be left.
//!
//! The processes are this program itself, started with a role.
#![cfg(all(feature = "nats", unix))]

#[path = "support/nats.rs"]
mod server;
mod support;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, StepError, async_gen};
use asyncgen_remote::{Remote, RemoteError, nats};
use serde::{Deserialize, Serialize};
use server::{NatsServer, connect, free_port};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

const SESSIONS: u64 = 200;
const LEASE: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(60);

// --- the table ---------------------------------------------------------------------------------------------------

#[derive(Clone)]
struct Leases(SqlitePool);

impl Leases {
    async fn open(path: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(30));
        let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(PATIENCE).connect_with(options).await;
        let leases = Self(pool.unwrap());
        let table =
            "CREATE TABLE IF NOT EXISTS lease (session INTEGER PRIMARY KEY, worker TEXT, taken INT, released INT)";
        sqlx::query(table).execute(&leases.0).await.unwrap();
        leases
    }

    async fn take(&self, session: i64, worker: &str) -> sqlx::Result<()> {
        let take = "INSERT INTO lease VALUES (?, ?, 1, 0) ON CONFLICT DO UPDATE SET taken = taken + 1";
        sqlx::query(take).bind(session).bind(worker).execute(&self.0).await.map(drop)
    }

    async fn release(&self, session: i64) -> sqlx::Result<()> {
        let release = "UPDATE lease SET released = released + 1 WHERE session = ?";
        sqlx::query(release).bind(session).execute(&self.0).await.map(drop)
    }

    /// What a worker that starts releases: what one of its name has left that was killed.
    async fn release_all_of(&self, worker: &str) {
        let release = "UPDATE lease SET released = taken WHERE worker = ? AND released < taken";
        sqlx::query(release).bind(worker).execute(&self.0).await.unwrap();
    }

    /// How many are open; how often one was taken; how often one was released.
    async fn count(&self) -> (i64, i64, i64) {
        let count = "SELECT COUNT(*) FILTER (WHERE taken <> released), COALESCE(SUM(taken), 0), COALESCE(SUM(released), 0) FROM lease";
        sqlx::query_as(count).fetch_one(&self.0).await.unwrap()
    }

    /// Waits until none is open, all were taken, and each was released once.
    async fn none_is_left(&self) {
        let sessions = i64::try_from(SESSIONS).unwrap();
        let expected = (0, sessions, sessions);
        let end = Instant::now() + PATIENCE;
        while self.count().await != expected {
            assert!(Instant::now() < end, "{:?} (open, taken, released), not {expected:?}", self.count().await);
            sleep(Duration::from_millis(50)).await;
        }
        // And so it stays.
        sleep(Duration::from_millis(300)).await;
        assert_eq!(self.count().await, expected);
    }
}

// --- roles -------------------------------------------------------------------------------------------------------

#[derive(Debug, Serialize, Deserialize)]
enum Failed {
    Table(String),
    Remote(RemoteError),
}

impl From<RemoteError> for Failed {
    fn from(error: RemoteError) -> Self {
        Self::Remote(error)
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Table(error.to_string())
    }
}

/// Numbers, as long as somebody wants them, with a lease.
fn numbers(
    session: i64,
    leases: Leases,
    worker: String,
) -> impl AsyncGenerator<Yield = u64, Sent = (), Error = Failed> + Send {
    async_gen! {
        try {
            leases.take(session, &worker).await?;
            for n in 0.. {
                yield n;
                sleep(Duration::from_millis(100)).await;
            }
        } finally {
            leases.release(session).await?;
        }
    }
}

/// Not a test, but what the processes of the others run. Without a role, nothing.
#[tokio::test]
async fn role() {
    let (Ok(role), Ok(url)) = (std::env::var("ROLE"), std::env::var("URL")) else { return };
    let client = connect(&url).await;
    if role == "consumer" {
        return consume(&client).await;
    }
    let leases = Leases::open(Path::new(&std::env::var("LEASES").unwrap())).await;
    leases.release_all_of(&role).await;
    let _server =
        nats::serve(&client, "numbers", move |session| numbers(session, leases.clone(), role.clone())).await.unwrap();
    say("ready");
    std::future::pending::<()>().await;
}

fn say(line: &str) {
    println!("\nSAID {line}");
}

/// Keeps all sessions stepping, until they have ended, or it is told to close them.
async fn consume(client: &async_nats::Client) {
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let begun = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for session in 0..SESSIONS {
        let far: Remote<u64, (), Failed> = nats::open(client, "numbers", &session).lease(LEASE);
        tasks.spawn(one(far, stopping.clone(), begun.clone()));
    }
    tokio::spawn(async move {
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if line == "stop" {
                stop.send_replace(true);
            }
        }
        std::future::pending::<()>().await;
    });
    while begun.load(Relaxed) < SESSIONS {
        sleep(Duration::from_millis(10)).await;
    }
    say("ready");
    let (mut closed, mut lost, mut slowest) = (0, 0, Duration::ZERO);
    while let Some(end) = tasks.join_next().await {
        match end.unwrap() {
            End::Closed => closed += 1,
            End::Lost(waited) => {
                lost += 1;
                slowest = slowest.max(waited);
            }
        }
    }
    say(&format!("closed {closed} lost {lost} slowest {}", slowest.as_millis()));
}

enum End {
    Closed,
    Lost(Duration),
}

async fn one(
    mut far: Remote<u64, (), Failed>,
    mut stopping: tokio::sync::watch::Receiver<bool>,
    begun: Arc<AtomicU64>,
) -> End {
    for n in 0.. {
        let before = Instant::now();
        match far.anext().await {
            Ok(value) => assert_eq!(value, n, "each step has run once"),
            Err(StepError::Raised(Exception::Error(Failed::Remote(RemoteError::Lost { .. })))) => {
                return End::Lost(before.elapsed());
            }
            Err(error) => panic!("{error:?}"),
        }
        if n == 2 {
            begun.fetch_add(1, Relaxed);
        }
        let pause = timeout(Duration::from_millis(50), stopping.wait_for(|stop| *stop)).await;
        if pause.is_ok() {
            break;
        }
    }
    far.aclose().await.unwrap();
    End::Closed
}

// --- processes ---------------------------------------------------------------------------------------------------

struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    async fn start(role: &str, url: &str, leases: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "role", "--nocapture"])
            .env("ROLE", role)
            .env("URL", url)
            .env("LEASES", leases)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut process = Self { child, lines };
        assert_eq!(process.said().await, "ready");
        process
    }

    async fn said(&mut self) -> String {
        let said = async {
            loop {
                let line = self.lines.next_line().await.unwrap().expect("the process lives");
                if let Some(said) = line.strip_prefix("SAID ") {
                    return said.to_owned();
                }
            }
        };
        timeout(PATIENCE, said).await.expect("the process says something")
    }

    async fn tell(&mut self, line: &str) {
        self.child.stdin.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    fn signal(&self, signal: &str) {
        let sent = std::process::Command::new("kill").args([signal, &self.child.id().unwrap().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// How many sessions were closed, how many lost, and how long the slowest step took that was lost.
    async fn summary(&mut self) -> (u64, u64, Duration) {
        let said = self.said().await;
        let numbers: Vec<u64> = said.split(' ').filter_map(|word| word.parse().ok()).collect();
        let [closed, lost, slowest] = numbers[..] else { panic!("{said}") };
        (closed, lost, Duration::from_millis(slowest))
    }
}

struct Scene {
    folder: PathBuf,
    leases: Leases,
}

impl Scene {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("asyncgen-deaths-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let leases = Leases::open(&folder.join("leases.db")).await;
        Self { folder, leases }
    }

    async fn process(&self, role: &str, url: &str) -> Process {
        Process::start(role, url, &self.folder.join("leases.db")).await
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// All is well: what the consumers are told within the lease, and a bit, on a machine that has other things to do.
fn in_time(slowest: Duration) {
    assert!(slowest <= LEASE + Duration::from_secs(2), "{slowest:?}");
}

// --- deaths ------------------------------------------------------------------------------------------------------

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn a_consumer_that_is_killed_leaves_no_lease() {
    let (nats_server, scene) = (NatsServer::start().await, Scene::new("consumer-killed").await);
    let _worker = scene.process("worker", &nats_server.url()).await;
    let consumer = scene.process("consumer", &nats_server.url()).await;
    assert_eq!(scene.leases.count().await, (200, 200, 0));
    consumer.signal("-KILL");
    scene.leases.none_is_left().await;
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn a_consumer_that_is_stopped_for_too_long_leaves_no_lease_and_is_told_when_it_goes_on() {
    let (nats_server, scene) = (NatsServer::start().await, Scene::new("consumer-stopped").await);
    let _worker = scene.process("worker", &nats_server.url()).await;
    let mut consumer = scene.process("consumer", &nats_server.url()).await;
    consumer.signal("-STOP");
    scene.leases.none_is_left().await;
    consumer.signal("-CONT");
    let (closed, lost, _) = consumer.summary().await;
    assert_eq!((closed, lost), (0, SESSIONS));
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn of_a_worker_that_is_killed_every_consumer_is_told_within_the_lease() {
    let (nats_server, scene) = (NatsServer::start().await, Scene::new("worker-killed").await);
    let worker = scene.process("worker", &nats_server.url()).await;
    let mut consumer = scene.process("consumer", &nats_server.url()).await;
    worker.signal("-KILL");
    let (closed, lost, slowest) = consumer.summary().await;
    assert_eq!((closed, lost), (0, SESSIONS));
    in_time(slowest);
    // Nothing runs in a process that was killed: what it has left, its successor releases.
    assert_eq!(scene.leases.count().await, (200, 200, 0));
    let _successor = scene.process("worker", &nats_server.url()).await;
    scene.leases.none_is_left().await;
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn of_a_worker_that_is_stopped_every_consumer_is_told_and_it_cleans_up_when_it_goes_on() {
    let (nats_server, scene) = (NatsServer::start().await, Scene::new("worker-stopped").await);
    let worker = scene.process("worker", &nats_server.url()).await;
    let mut consumer = scene.process("consumer", &nats_server.url()).await;
    worker.signal("-STOP");
    let (closed, lost, slowest) = consumer.summary().await;
    assert_eq!((closed, lost), (0, SESSIONS));
    in_time(slowest);
    worker.signal("-CONT");
    scene.leases.none_is_left().await;
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn a_server_that_restarts_in_the_middle_of_steps_ends_no_session() {
    let (mut nats_server, scene) = (NatsServer::start().await, Scene::new("server-restarts").await);
    let _worker = scene.process("worker", &nats_server.url()).await;
    let mut consumer = scene.process("consumer", &nats_server.url()).await;
    for _ in 0..2 {
        nats_server.kill();
        nats_server.start_again().await;
        sleep(Duration::from_secs(1)).await;
    }
    consumer.tell("stop").await;
    let (closed, lost, _) = consumer.summary().await;
    assert_eq!((closed, lost), (SESSIONS, 0));
    scene.leases.none_is_left().await;
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn a_cluster_that_loses_one_of_three_ends_no_session() {
    let scene = Scene::new("cluster").await;
    let ports: Vec<(u16, u16)> = (0..3).map(|_| (free_port(), free_port())).collect();
    let routes: Vec<String> = ports.iter().map(|(_, route)| format!("nats://127.0.0.1:{route}")).collect();
    let mut servers = Vec::new();
    for (port, route) in &ports {
        let more = [
            "--cluster_name",
            "three",
            "--cluster",
            &format!("nats://127.0.0.1:{route}"),
            "--routes",
            &routes.join(","),
        ];
        servers.push(NatsServer::start_with(*port, &more.map(String::from)).await);
    }
    sleep(Duration::from_secs(1)).await; // they find each other
    // The worker is connected to the first, the consumer to the second; each knows the others.
    let url = |first: usize| (0..3).map(|n| servers[(first + n) % 3].url()).collect::<Vec<_>>().join(",");
    let _worker = scene.process("worker", &url(0)).await;
    let mut consumer = scene.process("consumer", &url(1)).await;
    servers[0].kill();
    sleep(Duration::from_secs(2)).await;
    consumer.tell("stop").await;
    let (closed, lost, _) = consumer.summary().await;
    assert_eq!((closed, lost), (SESSIONS, 0));
    scene.leases.none_is_left().await;
}
