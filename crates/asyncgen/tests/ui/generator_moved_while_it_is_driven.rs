use asyncgen::{AsyncGeneratorExt, Yielder, generator};

async fn consumer() {
    let mut g = Box::pin(generator!(|y: Yielder<'_, u32>| {
        y.yield_(1).await;
    }));
    let _ = g.anext().await;
    let _moved = *std::pin::Pin::into_inner(g);
}

fn main() {}
