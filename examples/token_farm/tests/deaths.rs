//! Kills the processes of the example in the middle, and listens to what the others say.

#[path = "../../../crates/asyncgen-remote/tests/support/nats.rs"]
mod server;

use std::process::Stdio;
use std::time::Duration;

use server::{NatsServer, free_port};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    async fn start(arguments: &[&str], ready: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_token_farm"))
            .args(arguments)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut process = Self { child, lines };
        process.until(ready).await;
        process
    }

    async fn until(&mut self, text: &str) {
        until(&mut self.lines, text).await;
    }
}

async fn until<R: tokio::io::AsyncRead + Unpin>(lines: &mut Lines<BufReader<R>>, text: &str) -> String {
    let mut said = Vec::new();
    let found = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(text) {
                return line;
            }
            said.push(line);
        }
        panic!("it has ended without {text:?}: {said:?}");
    };
    timeout(Duration::from_secs(20), found).await.unwrap_or_else(|_| panic!("{text:?} is not said"))
}

/// The lines of the answer to a request.
async fn get(address: &str, prompt: &str) -> Lines<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /tokens?prompt={prompt} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    BufReader::new(stream).lines()
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn whoever_dies_the_others_say_so() {
    let nats_server = NatsServer::start().await;
    let url = nats_server.url();
    let address = format!("127.0.0.1:{}", free_port());
    let mut worker = Process::start(&["worker", "first", &url], "serves").await;
    let mut gateway = Process::start(&["gateway", &url, &address], "listens on").await;

    // A client hangs up.
    let mut answer = get(&address, "a+b").await;
    until(&mut answer, "data: b-1").await;
    drop(answer);
    worker.until("\"a b\": closed after").await;

    // The worker is shut down, while another one is there for the next.
    let mut answer = get(&address, "c+d").await;
    until(&mut answer, "data: d-1").await;
    let pid = worker.child.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").arg(pid).status().unwrap().success());
    until(&mut answer, "is shutting down").await;
    worker.until("\"c d\": closed after").await;
    worker.until("1 sessions closed, 0 failed").await;

    // A worker is killed.
    let mut worker = Process::start(&["worker", "second", &url], "serves").await;
    let mut answer = get(&address, "e").await;
    until(&mut answer, "event: second").await;
    worker.child.kill().await.unwrap();
    until(&mut answer, "is lost: nothing was heard of it").await;
    gateway.until("is lost").await;

    // The gateway is killed.
    let mut worker = Process::start(&["worker", "third", &url], "serves").await;
    let mut answer = get(&address, "f").await;
    until(&mut answer, "data: f-1").await;
    gateway.child.kill().await.unwrap();
    worker.until("\"f\": closed after").await;
}
