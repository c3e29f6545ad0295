//! Expected: at each value.

use asyncgen::{ReturningGenerator, async_gen};

fn last() -> impl ReturningGenerator<Yield = u32, Sent = (), Error = String, Return = usize> {
    async_gen! {
        type Return = usize;
        yield 1;
        "five"
    }
}

fn returned(early: bool) -> impl ReturningGenerator<Yield = u32, Sent = (), Error = String, Return = usize> {
    async_gen! {
        type Return = usize;
        yield 1;
        if early { return "five"; }
        try { yield 2; return; } finally {}
        5
    }
}

fn main() {
    let _ = (last(), returned(true));
}
