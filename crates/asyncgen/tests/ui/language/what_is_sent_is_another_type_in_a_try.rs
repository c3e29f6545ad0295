//! Expected: at `yield 1`, or at `u32`: what is sent is `()`. Nothing at the `try` or the signature.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            let x: u32 = yield 1;
            yield x;
        } catch _ {}
    }
}

fn main() {
    let _ = g();
}
