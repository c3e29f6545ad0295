//! What a step costs over TCP, beside tonic's streams in both directions, for the same values. All in one run, on loopback; the
//! two ends are two threads.
//!
//! `cargo run --release` prints a table.

mod grpc;
mod tcp;

use std::time::Duration;

use asyncgen::{AsyncGenerator, async_gen};
use asyncgen_remote::RemoteError;
use serde::{Deserialize, Serialize};

/// What goes over the wire.
#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
pub struct Item {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(string, tag = "2")]
    pub text: String,
}

pub fn item(id: u64) -> Item {
    Item { id, text: "one of the words of a model".into() }
}

/// Items, as many as are wanted.
pub fn items(_: ()) -> impl AsyncGenerator<Yield = Item, Sent = (), Error = RemoteError> + Send {
    async_gen! {
        for id in 0.. {
            yield item(id);
        }
    }
}

/// Gives back what is sent.
pub fn echo(_: ()) -> impl AsyncGenerator<Yield = Item, Sent = Option<Item>, Error = RemoteError> + Send {
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
pub fn elsewhere<F: Future<Output = ()> + Send + 'static>(end: F) {
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(end);
    });
}

/// How long each takes. The median of seven, in turns.
pub async fn in_turns<A, B>(mut ours: impl FnMut() -> A, mut theirs: impl FnMut() -> B) -> (f64, f64)
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

pub fn row(what: &str, ours: f64, theirs: f64, count: u64, wanted: &str) {
    let per = |seconds: f64| (seconds / count as f64 * 1e6, count as f64 / seconds / 1e3);
    let ((a, ka), (b, kb)) = (per(ours), per(theirs));
    println!("| {what} | {a:.2} µs ({ka:.0} k/s) | {b:.2} µs ({kb:.0} k/s) | {:.2} | {wanted} |", theirs / ours);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("| for one value, the median of seven | asyncgen-remote | the peer | peer / ours | wanted |");
    println!("|---|---:|---:|---:|---:|");
    tcp::steps().await;
    tcp::ahead().await;
}
