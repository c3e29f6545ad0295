//! Expected: at `"text"`: a `u32` is yielded here.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        yield 1;
        yield "text";
    }
}

fn main() {
    let _ = g();
}
