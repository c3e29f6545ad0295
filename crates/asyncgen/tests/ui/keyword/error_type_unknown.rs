use std::pin::pin;

use asyncgen::{AsyncGeneratorExt, async_gen};

async fn consume() {
    let mut g = pin!(async_gen! {
        type Sent = ();
        yield "1".parse::<u32>()?;
    });
    g.anext().await.unwrap();
}

async fn in_a_scope() {
    let mut g = pin!(async_gen! {
        type Sent = ();
        try {
            yield "1".parse::<u32>()?;
        } finally {}
    });
    while let Ok(_) = g.anext().await {}
}

async fn without_any_error() {
    let mut g = pin!(async_gen! {
        type Sent = ();
        yield 1;
    });
    assert!(g.anext().await.is_ok());
}

fn main() {
    let _ = (consume(), in_a_scope(), without_any_error());
}
