//! Expected: at `5`, as outside of the loop.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        for await n in futures::stream::iter([1]) {
            yield n;
            return 5;
        }
    }
}

fn main() {
    let _ = g();
}
