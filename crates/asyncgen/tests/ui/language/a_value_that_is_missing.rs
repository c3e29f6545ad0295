//! Expected: that the value is missing at the end.

use asyncgen::{ReturningGenerator, async_gen};

fn missing() -> impl ReturningGenerator<Yield = u32, Sent = (), Error = String, Return = usize> {
    async_gen! {
        type Return = usize;
        yield 1;
    }
}

fn main() {
    let _ = missing();
}
