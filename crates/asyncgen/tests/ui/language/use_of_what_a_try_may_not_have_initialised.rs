//! Expected: at the use: `n` isn't initialised on the way through the `catch`.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        let n: u32;
        try {
            yield 1;
            n = 2;
        } catch _ {}
        yield n;
    }
}

fn main() {
    let _ = g();
}
