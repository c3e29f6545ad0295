//! Expected: at `yield 1`, or at `u32`: what is sent is `()`. Nothing at the signature.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        let x: u32 = yield 1;
        yield x;
    }
}

fn main() {
    let _ = g();
}
