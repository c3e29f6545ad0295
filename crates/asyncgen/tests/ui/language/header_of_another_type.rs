//! Expected: at `u8`, or at the signature: the header's `Yield` is `u8`, and the signature's is `u32`.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        type Yield = u8;
        yield 1;
    }
}

fn main() {
    let _ = g();
}
