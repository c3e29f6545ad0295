//! Expected: at `break n`: only a `loop` or a labelled block is left with a value.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        let found = for await n in futures::stream::iter([1]) {
            break n;
        };
        yield found;
    }
}

fn main() {
    let _ = g();
}
