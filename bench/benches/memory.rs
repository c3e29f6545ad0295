//! How much memory a million generators take that are alive, each on the heap, each after its first item.
//!
//! `-- --many` says what ten million of this crate's take, with their owners, and whether a step costs more among them.
//!
//! Every measurement is a process of its own: this program, called with the peer's number and the body's name.

#[allow(dead_code, reason = "the other programs use the rest")]
mod cases;
#[allow(dead_code, reason = "likewise")]
mod peers;

use std::convert::Infallible;
use std::pin::Pin;
use std::process::Command;
use std::task::{Context, Poll, Waker};
use std::time::Instant;
use std::{env, fs};

use asyncgen::{AsyncGeneratorExt, LocalBoxGenerator, OwnedExt, async_gen};
use futures_core::Stream;
use serde_json::{Value, json};

use cases::now;
use peers::{
    AsyncFnStream, AsyncGen, AsyncGenerator, AsyncStream, Asyncgen, AsyncgenClosure, AsynkStrim, Fauxgen, Genawaiter,
    HandWritten, Looping, Peer,
};

const ALIVE: u64 = 1_000_000;

type Make = fn() -> Pin<Box<dyn Stream<Item = u64>>>;

/// The bodies of a peer: one that only counts, and one that holds a text and a buffer of 256 bytes.
fn bodies<P: Peer>() -> (&'static str, [Make; 2]) {
    (P::NAME, [|| P::boxed(u64::MAX), || Box::pin(P::typical(String::from("text")))])
}

/// What [`Looping::sizes`] are of.
const SIZES: [&str; 6] =
    ["one number", "numbers", "texts", "arrays or errors", "for await", "three for await in one another"];

const BODIES: [&str; 2] = ["minimal", "typical"];

fn main() {
    if env::args().any(|argument| argument == "--many") {
        return [10_000, 100_000, 1_000_000, 10_000_000].into_iter().for_each(many);
    }
    let peers = [
        bodies::<Asyncgen>(),
        bodies::<AsyncgenClosure>(),
        bodies::<AsyncStream>(),
        bodies::<AsynkStrim>(),
        bodies::<AsyncFnStream>(),
        bodies::<AsyncGen>(),
        bodies::<AsyncGenerator>(),
        bodies::<Genawaiter>(),
        bodies::<Fauxgen>(),
        bodies::<HandWritten>(),
    ];
    if let [_, peer, body] = &env::args().collect::<Vec<_>>()[..] {
        println!("{}", measure(peers[peer.parse::<usize>().unwrap()].1[body.parse::<usize>().unwrap()]));
        return;
    }
    let mut results = Vec::new();
    for (body, body_name) in BODIES.iter().enumerate() {
        for (peer, (name, _)) in peers.iter().enumerate() {
            let child = Command::new(env::current_exe().unwrap()).args([peer.to_string(), body.to_string()]).output();
            let bytes: u64 = String::from_utf8(child.unwrap().stdout).unwrap().trim().parse().unwrap();
            println!("{body_name:8} {name:18} {:6} bytes each", bytes / ALIVE);
            results.push(json!({ "case": format!("alive, {body_name}"), "peer": name, "value": bytes / ALIVE }));
        }
    }
    for (peer, sizes) in [(Asyncgen::NAME, Asyncgen::sizes()), (AsyncStream::NAME, AsyncStream::sizes())] {
        for (what, size) in SIZES.iter().zip(sizes) {
            println!("{what:24} {peer:18} {size:6} bytes");
            results.push(json!({ "case": format!("size, {what}"), "peer": peer, "value": size }));
        }
    }
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/memory.json");
    fs::write(file, Value::from(results).to_string()).unwrap();
}

/// The memory that the process has more when they are alive, in bytes.
fn measure(make: Make) -> u64 {
    let cx = &mut Context::from_waker(Waker::noop());
    let mut alive = Vec::new();
    alive.resize_with(usize::try_from(ALIVE).unwrap(), || None);
    let before = resident();
    for slot in &mut alive {
        let mut stream = make();
        assert!(matches!(stream.as_mut().poll_next(cx), Poll::Ready(Some(_))));
        *slot = Some(stream);
    }
    resident() - before
}

fn counting(first: u64) -> impl asyncgen::AsyncGenerator<Yield = u64, Sent = (), Error = Infallible> {
    async_gen! {
        for number in first.. {
            yield number;
        }
    }
}

/// So many generators alive at once: made, stepped, stepped once more and closed, all of them in turn. The cost of a step does
/// not depend on how many there are, but for what the processor's caches and the kernel's pages make of it.
fn many(count: usize) {
    let mut alive: Vec<LocalBoxGenerator<u64>> = Vec::with_capacity(count);
    let before = resident();
    let mut said = Vec::new();
    let mut timed = |what: &str, run: &mut dyn FnMut()| {
        let start = Instant::now();
        run();
        #[allow(clippy::cast_precision_loss, reason = "there are not so many")]
        said.push(format!("{what} {:.0} ns", start.elapsed().as_nanos() as f64 / count as f64));
    };
    timed("make", &mut || (0..count as u64).for_each(|first| alive.push(counting(first).boxed_local())));
    timed("first step", &mut || alive.iter_mut().for_each(|g| assert!(now(g.anext()).is_ok())));
    let bytes = (resident() - before) / count as u64;
    timed("second step", &mut || alive.iter_mut().for_each(|g| assert!(now(g.anext()).is_ok())));
    timed("close", &mut || alive.iter_mut().for_each(|g| assert!(now(g.aclose()).is_ok())));
    println!("{count:>10} alive: {bytes} bytes each; {}", said.join(", "));
}

/// The memory of this process that is in use, in bytes.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("memory is measured on Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}
