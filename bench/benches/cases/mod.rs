//! What is measured: one file for each kind of case, generic over the peer.

mod awaiting;
mod consume;
mod create;
mod large;
mod place;
mod recursion;

use crate::peers::{
    AsyncFnStream, AsyncGen, AsyncGenerator, AsyncStream, Asyncgen, AsyncgenClosure, AsynkStrim, Fauxgen, Genawaiter,
    HandWritten, Peer, TwoWay, anext, athrow, create_and_close, error_mapped, mapped, mapped_by_the_body,
};

pub use consume::{exhaust, next, now};
pub use recursion::Tree;

/// Items of one run, where nothing else is said.
pub const ITEMS: u64 = 10_000;

/// One run of a case.
pub type Run = fn() -> u64;

pub struct Case {
    pub name: &'static str,
    /// How many items one run gives.
    pub items: u64,
    pub peers: Vec<(&'static str, Run)>,
}

/// A case of these peers.
macro_rules! case {
    ($name:literal, $items:expr, $run:path: $($peer:ty),* $(,)?) => {{
        use $run as run;
        Case { name: $name, items: $items, peers: vec![$((<$peer>::NAME, run::<$peer> as Run)),*] }
    }};
}

/// A case of every peer; a new one joins here.
macro_rules! every {
    ($name:literal, $items:expr, $run:path) => {
        case!(
            $name, $items, $run:
            Asyncgen, AsyncgenClosure, AsyncStream, AsynkStrim, AsyncFnStream, AsyncGen, AsyncGenerator, Genawaiter,
            Fauxgen, HandWritten,
        )
    };
}

/// A case that no peer has.
fn alone(name: &'static str, run: Run) -> Case {
    Case { name, items: ITEMS, peers: vec![(Asyncgen::NAME, run)] }
}

/// Every case; a new one joins here.
pub fn all() -> Vec<Case> {
    let mut cases = vec![
        every!("task", ITEMS, place::task),
        every!("boxed", ITEMS, place::boxed),
        every!("pinned", ITEMS, place::pinned),
        every!("ready await", ITEMS, awaiting::ready),
        every!("pending await", ITEMS, awaiting::pending),
        every!("channel", ITEMS, awaiting::channel),
        every!("create, first item, drop", ITEMS, create::create),
        every!("256 bytes", ITEMS, large::small),
        every!("4 KiB", large::FEW, large::big),
        case!("asend", ITEMS, echo: Asyncgen, Genawaiter, Fauxgen),
        alone("anext", || anext(ITEMS)),
        alone("anext, mapped by the body", || mapped_by_the_body(ITEMS)),
        alone("anext, mapped by map_yielded", || mapped(ITEMS)),
        alone("anext, through map_error", || error_mapped(ITEMS)),
        alone("boxed, in a finally", place::boxed_in_finally),
        case!("for await, a stream", ITEMS, place::over_a_stream: Asyncgen, AsyncStream),
        case!("for await, its own", ITEMS, place::over_its_own: Asyncgen, AsyncStream),
        alone("athrow, caught", || athrow(ITEMS)),
        alone("create, first item, close", || create_and_close(ITEMS)),
    ];
    cases.extend(recursion::cases());
    cases
}

fn echo<P: TwoWay>() -> u64 {
    P::echo(std::hint::black_box(ITEMS))
}

/// Makes what the runs of a case share, so that none of them is charged for it.
pub fn prepare(case: &Case) {
    consume::runtime(|_| ());
    recursion::prepare(case.name);
}
