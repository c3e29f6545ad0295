//! Expected: at each `yield`: unused `Result` that must be used. Not at the whole body, and no help that would put `let _ =` before
//! `async_gen!`.
#![deny(unused_must_use)]

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = Result<u32, String>, Error = String> {
    async_gen! {
        yield 1;
        try {
            yield 2;
        } finally {
            yield 3;
        }
    }
}

fn main() {
    let _ = g();
}
