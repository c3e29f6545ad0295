//! A real NATS server for a test.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test uses a part of it")]

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use async_nats::{Client, ConnectOptions};

/// A server of a test's own. It is killed when this is dropped.
#[derive(Debug)]
pub struct NatsServer {
    process: Child,
    arguments: Vec<String>,
    pub port: u16,
}

fn binary() -> PathBuf {
    std::env::var_os("NATS_SERVER").map_or_else(|| "nats-server".into(), PathBuf::from)
}

pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl NatsServer {
    pub async fn start() -> Self {
        Self::start_with(free_port(), &[]).await
    }

    pub async fn start_with(port: u16, more: &[String]) -> Self {
        let mut arguments: Vec<String> = ["-a", "127.0.0.1", "-p", &port.to_string()].map(String::from).to_vec();
        arguments.extend_from_slice(more);
        let server = Self { process: spawn(&arguments), arguments, port };
        server.ready().await;
        server
    }

    async fn ready(&self) {
        for _ in 0..500 {
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the NATS server does not answer on port {}", self.port);
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub async fn client(&self) -> Client {
        connect(&self.url()).await
    }

    /// kill -9
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub async fn start_again(&mut self) {
        self.process = spawn(&self.arguments);
        self.ready().await;
    }
}

fn spawn(arguments: &[String]) -> Child {
    let binary = binary();
    Command::new(&binary).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap_or_else(|error| {
        panic!("{} can't be started ({error}): set NATS_SERVER to a NATS server's binary", binary.display())
    })
}

/// Tries again quickly, as a test should.
pub async fn connect(url: &str) -> Client {
    let options = ConnectOptions::new()
        .retry_on_initial_connect()
        .reconnect_delay_callback(|_| Duration::from_millis(20))
        .connection_timeout(Duration::from_secs(5));
    let client = options
        .connect(url.split(',').map(|url| url.parse().unwrap()).collect::<Vec<async_nats::ServerAddr>>())
        .await
        .unwrap();
    client.flush().await.unwrap();
    client
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
