//! Expected: at `inner()`: it yields `&str`, and the generator `u32`. Nothing at the signature.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        yield 1;
        yield from inner();
    }
}

fn inner() -> impl AsyncGenerator<Yield = &'static str, Sent = (), Error = String> {
    async_gen! { yield "text"; }
}

fn main() {
    let _ = g();
}
