//! Expected: at `asyncgen::Exception::Error(_)`: a pattern is one of the error type; write `catch _ { .. }`.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            yield 1;
        } catch asyncgen::Exception::Error(_) {
            yield 2;
        }
    }
}

fn main() {
    let _ = g();
}
