//! Expected: at `fails()`: an error leaves the body, and the items are no `Result`s.

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
        let caught = try { "x".parse::<u32>().map_err(|error| error.to_string())? };
        yield u32::from(caught.is_err());
        return fails();
    }
}

fn main() {
    let _ = (s(), rows());
}
