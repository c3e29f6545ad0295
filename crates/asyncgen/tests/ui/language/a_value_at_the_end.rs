//! Expected: at `5`: the body ends with `()` or `Result<(), String>`, not with an integer.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        yield 1;
        5
    }
}

fn main() {
    let _ = g();
}
