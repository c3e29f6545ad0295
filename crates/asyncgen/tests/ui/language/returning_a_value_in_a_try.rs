//! Expected: at `5`, or at `Ok(5)`: the body ends with `()` or `Result<(), String>`. Not at the whole body.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            yield 1;
            return Ok(5);
        } finally {
            yield 2;
        }
    }
}

fn main() {
    let _ = g();
}
