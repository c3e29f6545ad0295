//! Expected: at `=>`: there is none between the pattern and the block of a `catch`; write `catch e { .. }`.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            yield 1;
        } catch e => {
            yield e.len() as u32;
        }
    }
}

fn main() {
    let _ = g();
}
