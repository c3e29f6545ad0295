use asyncgen::{AsyncGenerator, AsyncGeneratorExt, generator};

fn numbers() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = std::io::Error> {
    generator!(|y| {
        y.yield_(1).await;
        Ok(())
    })
}

fn doubled() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = std::io::Error> {
    generator!(|y| {
        let mut inner = std::pin::pin!(numbers());
        loop {
            let n = inner.anext().await?;
            y.yield_(2 * n).await;
        }
        #[allow(unreachable_code)]
        Ok(())
    })
}

fn main() {}
