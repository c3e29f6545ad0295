use asyncgen::{AsyncGeneratorExt, Yielder, generator};

async fn consumer() {
    let mut g = std::pin::pin!(generator!(|y: Yielder<'_, u32>| {
        y.yield_(1).await;
    }));
    let first = g.anext();
    let second = g.anext();
    let _ = futures::future::join(first, second).await;
}

fn main() {}
