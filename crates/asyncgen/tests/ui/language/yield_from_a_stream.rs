//! Expected: at `iter([1, 2])`: a stream is no generator; write `yield from from_stream(..)`, or a `for await` loop.

use asyncgen::{AsyncGenerator, async_gen};
use futures::stream::iter;

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        yield from iter([1, 2]);
    }
}

fn main() {
    let _ = g();
}
