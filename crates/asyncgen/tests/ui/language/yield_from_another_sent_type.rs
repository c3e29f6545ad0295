//! Expected: at `inner()`: it is sent `Option<u32>`, and the generator `()`. Nothing at the signature.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        yield 1;
        yield from inner();
    }
}

fn inner() -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = String> {
    async_gen! { yield 1; }
}

fn main() {
    let _ = g();
}
