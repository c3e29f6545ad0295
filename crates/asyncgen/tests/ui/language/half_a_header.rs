//! Expected: at the header: `Sent` and `Error` are missing, or are known to default; a generator that is a local variable needs them.

use std::pin::pin;

use asyncgen::{AsyncGeneratorExt, async_gen};

fn main() {
    async_io::block_on(async {
        let mut g = pin!(async_gen! {
            type Sent = Option<u32>;

            let sent = yield 1;
            yield sent.map_or(0, |n| n + 1);
        });
        let _ = g.anext().await;
    });
}
