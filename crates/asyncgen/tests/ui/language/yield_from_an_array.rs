//! Expected: at `[1, 2]`, or at `yield from`: an array is no generator. Not "unexpected token".

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        yield from [1, 2];
    }
}

fn main() {
    let _ = g();
}
