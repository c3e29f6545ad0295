//! Expected: at `: String`, or at `e: String`: the type is the generator's error type; write `catch e { .. }`.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            yield 1;
        } catch e: String {
            yield e.len() as u32;
        }
    }
}

fn main() {
    let _ = g();
}
