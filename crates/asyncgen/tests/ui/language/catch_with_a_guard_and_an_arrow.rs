//! Expected: at `=>`: there is none between the guard and the block of a `catch`.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            yield 1;
        } catch e if e.is_empty() => {
            yield 2;
        }
    }
}

fn main() {
    let _ = g();
}
