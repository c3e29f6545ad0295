//! Expected: it says that a header names the types: `type Sent = ..; type Error = ..;`.

use std::pin::pin;

use asyncgen::{AsyncGeneratorExt, async_gen};

fn main() {
    async_io::block_on(async {
        let mut g = pin!(async_gen! {
            yield 1;
        });
        let _ = g.anext().await;
    });
}
