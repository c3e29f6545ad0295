//! Expected: at `iter(["1", "2"])`: it can't be delegated to; a `for await` loop can convert what it yields.

use asyncgen::{AsyncGenerator, async_gen};
use futures::stream::iter;

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        type Yield = u32;
        yield from iter(["1", "2"]);
    }
}

fn main() {
    let _ = g();
}
