//! Expected: at the `return`, or at the header: an error leaves the body, and the items are no `Result`s. Say to make them so, or to
//! use `try_stream!`.

use asyncgen::stream;
use futures::Stream;

fn fails() -> Result<(), String> {
    Err("lost".to_owned())
}

fn s() -> impl Stream<Item = u32> {
    stream! {
        type Error = String;
        yield 1;
        return fails();
    }
}

fn main() {
    let _ = s();
}
