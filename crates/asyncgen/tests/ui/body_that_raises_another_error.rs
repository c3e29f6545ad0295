use asyncgen::{AsyncGenerator, generator};

fn numbers() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    generator!(|y| {
        y.yield_(1).await;
        y.raise(404).await;
    })
}

fn main() {}
