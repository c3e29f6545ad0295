//! What a step costs over NATS, beside NATS's own request and reply, and its publishing. All in one run, on loopback; the
//! two ends are two threads. It needs a NATS server: `nats-server`, or `$NATS_SERVER`.
//!
//! `cargo bench -p asyncgen-remote --bench wire` prints a table. (TCP beside tonic is in `bench/`.)
#![allow(missing_docs, reason = "it is a program")]

mod memory;
mod nats;

use std::time::{Duration, Instant};

use asyncgen::{AsyncGenerator, async_gen};
use asyncgen_remote::RemoteError;
use serde::{Deserialize, Serialize};

/// What goes over the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) id: u64,
    pub(crate) text: String,
}

pub(crate) fn item(id: u64) -> Item {
    Item { id, text: "one of the words of a model".into() }
}

/// Items, as many as are wanted.
pub(crate) fn items(_: ()) -> impl AsyncGenerator<Yield = Item, Sent = (), Error = RemoteError> + Send {
    async_gen! {
        for id in 0.. {
            yield item(id);
        }
    }
}

/// Gives back what is sent.
pub(crate) fn echo(_: ()) -> impl AsyncGenerator<Yield = Item, Sent = Option<Item>, Error = RemoteError> + Send {
    async_gen! {
        let mut next = item(0);
        loop {
            match yield next {
                Some(sent) => next = sent,
                None => return,
            }
        }
    }
}

/// Runs one end on a thread of its own.
pub(crate) fn elsewhere<F: Future<Output = ()> + Send + 'static>(end: F) {
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(end);
    });
}

/// How long it takes. The median of five, in turns with the other.
pub(crate) async fn in_turns<A, B>(mut ours: impl FnMut() -> A, mut theirs: impl FnMut() -> B) -> (f64, f64)
where
    A: Future<Output = Duration>,
    B: Future<Output = Duration>,
{
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        a.push(ours().await.as_secs_f64());
        b.push(theirs().await.as_secs_f64());
    }
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    (a[3], b[3])
}

pub(crate) fn row(what: &str, ours: f64, theirs: f64, count: u64, wanted: &str) {
    #[expect(clippy::cast_precision_loss, reason = "it is for reading")]
    let per = |seconds: f64| (seconds / count as f64 * 1e6, count as f64 / seconds / 1e3);
    let ((a, ka), (b, kb)) = (per(ours), per(theirs));
    println!("| {what} | {a:.2} µs ({ka:.0} k/s) | {b:.2} µs ({kb:.0} k/s) | {:.2} | {wanted} |", theirs / ours);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let binary = std::env::var("NATS_SERVER").unwrap_or_else(|_| "nats-server".into());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = std::process::Command::new(binary)
        .args(["-a", "127.0.0.1", "-p", &port.to_string()])
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("a NATS server");
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let started = Instant::now();
    println!("| for one value, the median of seven | asyncgen-remote | the peer | peer / ours | wanted |");
    println!("|---|---:|---:|---:|---:|");
    let url = format!("nats://127.0.0.1:{port}");
    nats::steps(&url).await;
    nats::many(&url).await;
    nats::ahead(&url).await;
    println!();
    memory::sessions(&url).await;
    println!("\nMeasured in {:.0?}.", started.elapsed());
    server.kill().unwrap();
    server.wait().unwrap();
}
