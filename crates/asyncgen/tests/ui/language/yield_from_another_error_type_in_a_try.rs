//! Expected: at `inner()`, as outside of the `try`.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            yield from inner();
        } finally {
            yield 1;
        }
    }
}

fn inner() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = std::io::Error> {
    async_gen! { yield 1; }
}

fn main() {
    let _ = g();
}
