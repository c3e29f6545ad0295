//! The server as a process, and a thousand clients on real sockets that hang up as they please.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use sqlx::sqlite::SqlitePool;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

struct Server {
    process: Child,
    address: String,
    database: PathBuf,
}

impl Server {
    async fn start(name: &str) -> Self {
        let database = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.db", std::process::id()));
        remove(&database);
        let mut process = Command::new(env!("CARGO_BIN_EXE_sse_server"))
            .arg(&database)
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.as_mut().unwrap()).lines();
        let line = timeout(Duration::from_secs(30), lines.next_line()).await.unwrap().unwrap().unwrap();
        let address = line.strip_prefix("listening on ").expect("the server says where it listens").to_owned();
        Self { process, address, database }
    }

    async fn get(&self, path: &str) -> TcpStream {
        request(&self.address, path).await
    }

    /// How many leases are open, and how many were taken.
    async fn leases(&self) -> (u64, u64) {
        let mut answer = String::new();
        self.get("/leases").await.read_to_string(&mut answer).await.unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut numbers = body.split(' ').filter_map(|word| word.parse().ok());
        (numbers.next().expect(body), numbers.next().expect(body))
    }

    /// Waits until no lease is open.
    async fn until_all_are_released(&self) {
        let started = Instant::now();
        loop {
            let (open, _) = self.leases().await;
            if open == 0 {
                return;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "{open} leases are still open");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        remove(&self.database);
    }
}

fn remove(database: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut path = database.as_os_str().to_owned();
        path.push(end);
        let _ = std::fs::remove_file(path);
    }
}

async fn request(address: &str, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Reads events until `enough` of them have come; returns how many did.
async fn read_events(stream: &mut TcpStream, enough: u64) -> u64 {
    let mut lines = BufReader::new(stream).lines();
    let mut events = 0;
    while events < enough {
        match lines.next_line().await {
            Ok(Some(line)) => {
                if let Some(data) = line.strip_prefix("data: ") {
                    assert_eq!(data, format!("event {events}"));
                    events += 1;
                }
            }
            Ok(None) | Err(_) => break,
        }
    }
    events
}

/// A simple random number for the client of this number: the same in each run.
fn random(client: u64, limit: u64) -> u64 {
    (client + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29).wrapping_mul(0xBF58_476D_1CE4_E5B9) % limit
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_clients_that_hang_up_leave_no_lease_behind() {
    const CLIENTS: u64 = 1_000;
    let server = Server::start("hang-up").await;
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let address = server.address.clone();
        clients.spawn(async move {
            sleep(Duration::from_millis(random(client, 2_000))).await;
            let mut stream = request(&address, "/events").await;
            // Some hang up before the first event, in the middle of the taking, others long after.
            let read = match random(client + CLIENTS, 4) {
                0 => {
                    sleep(Duration::from_millis(random(client, 20))).await;
                    0
                }
                _ => read_events(&mut stream, random(client, 50) + 1).await,
            };
            if client % 2 == 0 {
                // Hang up with a reset.
                stream.set_zero_linger().unwrap();
            }
            drop(stream);
            read
        });
    }
    let mut read = 0;
    while let Some(events) = clients.join_next().await {
        read += events.unwrap();
    }
    assert!(read > 5 * CLIENTS, "the clients have read {read} events");

    server.until_all_are_released().await;
    let (open, taken) = server.leases().await;
    assert_eq!(open, 0);
    assert!(taken >= CLIENTS / 2, "{taken} leases were taken");

    // It still serves.
    let mut stream = server.get("/events").await;
    assert_eq!(read_events(&mut stream, 3).await, 3);
    assert_eq!(server.leases().await.0, 1);
    drop(stream);
    server.until_all_are_released().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_shut_down_leaves_no_lease_behind() {
    const CLIENTS: u64 = 300;
    let mut server = Server::start("shut-down").await;
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let mut stream = server.get("/events").await;
        clients.spawn(async move { read_events(&mut stream, u64::MAX).await });
    }
    while server.leases().await.0 < CLIENTS {
        sleep(Duration::from_millis(20)).await;
    }

    let pid = server.process.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    let status = timeout(Duration::from_secs(60), server.process.wait()).await.expect("the server ends").unwrap();
    assert!(status.success(), "{status}");
    while let Some(events) = clients.join_next().await {
        assert!(events.unwrap() < u64::MAX, "the client has seen the end of its stream");
    }

    let pool = SqlitePool::connect(&format!("sqlite://{}", server.database.display())).await.unwrap();
    let open: (i64, i64) =
        sqlx::query_as("SELECT COUNT(*) FILTER (WHERE open), COUNT(client) FROM lease").fetch_one(&pool).await.unwrap();
    assert_eq!(open, (0, i64::try_from(CLIENTS).unwrap()));
    pool.close().await;
}
