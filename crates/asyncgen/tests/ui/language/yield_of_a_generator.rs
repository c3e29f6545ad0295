//! Expected: at `inner()`: a `u32` is yielded here. (Best: it says to write `yield from`.) Nothing at the signature.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        yield inner();
    }
}

fn inner() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! { yield 1; }
}

fn main() {
    let _ = g();
}
