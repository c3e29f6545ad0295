use std::pin::pin;

use asyncgen::{AsyncGeneratorExt, async_gen};

async fn consume() {
    let mut g = pin!(async_gen! {
        type Sent = ();
        yield "1".parse::<u32>()?;
    });
    let _ = g.anext().await;
}

fn main() {
    let _ = consume();
}
