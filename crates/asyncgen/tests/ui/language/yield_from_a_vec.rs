//! Expected: at `list`: a `Vec` is no generator; a `for` loop goes over it.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        let list = vec![1, 2];
        yield from list;
    }
}

fn main() {
    let _ = g();
}
