//! Expected: at `else`: a `for await` loop has none.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        for await n in futures::stream::iter([1]) {
            yield n;
        } else {
            yield 2;
        }
    }
}

fn main() {
    let _ = g();
}
