//! Expected: at `404`: a `String` is caught here. Not at the whole `try`.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            yield 1;
        } catch 404 {
            yield 2;
        }
    }
}

fn main() {
    let _ = g();
}
