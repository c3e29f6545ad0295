//! Expected: at `inner()`: its error type is `std::io::Error`, and the generator's is `String`. Nothing at the signature.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        yield 1;
        yield from inner();
    }
}

fn inner() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = std::io::Error> {
    async_gen! { yield 1; }
}

fn main() {
    let _ = g();
}
