//! What the tests have in common.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use asyncgen::{AsyncGenerator, async_gen};
use asyncgen_remote::RemoteError;
use serde::{Deserialize, Serialize};

/// What the generators of the tests raise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failed {
    /// Their own.
    Own(String),
    /// Of the way between.
    Remote(RemoteError),
}

impl From<RemoteError> for Failed {
    fn from(error: RemoteError) -> Self {
        Self::Remote(error)
    }
}

pub fn own(text: &str) -> Failed {
    Failed::Own(text.into())
}

/// What bodies have done.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn add(&self, word: impl Into<String>) {
        self.0.lock().unwrap().push(word.into());
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    pub fn count(&self, word: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|other| *other == word).count()
    }

    /// Waits until the word is there so many times.
    pub async fn until(&self, word: &str, times: usize) {
        let found = async {
            while self.count(word) < times {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(20), found).await;
        assert!(found.is_ok(), "{word} is not there {times} times: {:?}", self.0.lock().unwrap());
    }
}

/// Counts from what it is given on. What is sent is added; the error "skip" is caught, and answered by minus one. "wait" is
/// caught, and answered by an await that does not end. Its clean-up awaits.
pub fn counting(log: &Log) -> impl Fn(i64) -> CountingBody + Send + Sync + 'static {
    let log = log.clone();
    move |from| Box::pin(count(from, log.clone()))
}

pub type CountingBody = std::pin::Pin<Box<dyn AsyncGenerator<Yield = i64, Sent = Option<i64>, Error = Failed> + Send>>;

fn count(from: i64, log: Log) -> impl AsyncGenerator<Yield = i64, Sent = Option<i64>, Error = Failed> + Send {
    async_gen! {
        let mut next = from;
        log.add("begin");
        try {
            loop {
                let mut answer = next;
                loop {
                    let waits;
                    try {
                        match yield answer {
                            Some(0) => return,
                            Some(add) => next += add,
                            None => next += 1,
                        }
                        break;
                    } catch Failed::Own(text) if text == "skip" || text == "wait" {
                        log.add(format!("caught {text}"));
                        answer = -1;
                        waits = text == "wait";
                    }
                    if waits {
                        log.add("waits");
                        tokio::time::sleep(Duration::from_secs(3600)).await;
                    }
                }
            }
        } finally {
            log.add("cleaning");
            tokio::time::sleep(Duration::from_millis(5)).await;
            log.add("cleaned");
        }
    }
}

/// What lies between two ends: passes bytes on, until it is told to hold them.
#[derive(Debug)]
pub struct Relay {
    open: tokio::sync::watch::Sender<bool>,
}

impl Relay {
    /// The two ends of a pair that goes through a relay.
    pub fn pair() -> (tokio::io::DuplexStream, tokio::io::DuplexStream, Self) {
        let (here, near_end) = tokio::io::duplex(64 * 1024);
        let (far_end, there) = tokio::io::duplex(64 * 1024);
        let (open, is_open) = tokio::sync::watch::channel(true);
        let (here_reads, here_writes) = tokio::io::split(near_end);
        let (there_reads, there_writes) = tokio::io::split(far_end);
        tokio::spawn(pass(here_reads, there_writes, is_open.clone()));
        tokio::spawn(pass(there_reads, here_writes, is_open));
        (here, there, Self { open })
    }

    /// Nothing gets through any more, and nobody is told so.
    pub fn hold(&self) {
        self.open.send_replace(false);
    }

    /// What was held goes on.
    pub fn release(&self) {
        self.open.send_replace(true);
    }
}

async fn pass(
    mut from: impl tokio::io::AsyncRead + Unpin,
    mut to: impl tokio::io::AsyncWrite + Unpin,
    mut is_open: tokio::sync::watch::Receiver<bool>,
) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if is_open.wait_for(|open| *open).await.is_err() || to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
