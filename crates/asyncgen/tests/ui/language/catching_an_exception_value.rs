//! Expected: at `Exception::Error(e)`: a pattern is one of the error type; write `catch e { .. }`.

use asyncgen::{AsyncGenerator, Exception, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            yield 1;
        } catch Exception::Error(e) {
            yield e.len() as u32;
        }
    }
}

fn main() {
    let _ = g();
}
