use asyncgen::{AsyncGeneratorExt, Yielder, generator};

async fn consumer() {
    let mut g = generator!(|y: Yielder<'_, u32>| {
        y.yield_(1).await;
    });
    let _ = g.anext().await;
}

fn main() {}
