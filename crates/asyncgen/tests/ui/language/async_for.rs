//! Expected: at `async for`: it is `for await` here.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        async for n in futures::stream::iter([1]) {
            yield n;
        }
    }
}

fn main() {
    let _ = g();
}
