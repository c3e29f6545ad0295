use asyncgen::{AsyncGenerator, StepError, Yielder, generator};

fn numbers() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = std::io::Error> {
    generator!(|y| {
        y.yield_(1).await;
        y.raise(StepError::<std::io::Error>::StopAsyncIteration).await;
    })
}

fn main() {
    let _named = generator!(|y: Yielder<'_, u32, (), String>| {
        y.raise(StepError::<String>::StopAsyncIteration).await;
    });
}
