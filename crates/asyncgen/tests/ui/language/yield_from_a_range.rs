//! Expected: at `(0..3)`: a range is no generator; a `for` loop goes over it.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        yield from (0..3);
    }
}

fn main() {
    let _ = g();
}
