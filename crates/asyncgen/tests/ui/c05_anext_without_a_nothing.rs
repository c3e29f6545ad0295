use asyncgen::{AsyncGenerator, AsyncGeneratorExt, generator};

fn sums() -> impl AsyncGenerator<Yield = u32, Sent = u32, Error = String> {
    generator!(|y| {
        let mut sum = 0;
        loop {
            sum += y.yield_(sum).await;
        }
    })
}

async fn consumer() {
    let mut g = std::pin::pin!(sums());
    g.anext().await.ok();
}

fn main() {}
