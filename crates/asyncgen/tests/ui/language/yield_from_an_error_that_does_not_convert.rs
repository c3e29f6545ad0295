//! Expected: at `inner()`, that its error type is another one, which does not convert.

use asyncgen::{AsyncGenerator, async_gen};

struct Mine;

fn inner() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = std::io::Error> {
    async_gen! { yield 1; }
}

fn main() {
    let _ = async_gen! {
        type Yield = u32; type Sent = (); type Error = Mine;
        yield from inner();
    };
}
