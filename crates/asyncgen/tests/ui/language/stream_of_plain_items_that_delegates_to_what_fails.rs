//! Expected: at `rows()`, or at the header: an error leaves the body, and the items are no `Result`s.

use asyncgen::{AsyncGenerator, async_gen, stream};
use futures::Stream;

fn fails() -> Result<(), String> {
    Err("lost".to_owned())
}

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! { yield 1; fails()?; }
}

fn s() -> impl Stream<Item = u32> {
    stream! {
        type Error = String;
        yield from rows();
    }
}

fn main() {
    let _ = (s(), rows());
}
