use std::pin::pin;

use asyncgen::{AsyncGeneratorExt, async_gen};

async fn consume() {
    let mut g = pin!(async_gen! {
        yield 1;
    });
    let _ = g.anext().await;
}

fn main() {
    let _ = consume();
}
