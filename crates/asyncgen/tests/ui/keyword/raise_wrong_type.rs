use asyncgen::{AsyncGenerator, StepError, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        type Error = String;
        yield 1;
        raise!(404);
    }
}

fn stops() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        type Error = String;
        yield 1;
        raise!(StepError::<String>::StopAsyncIteration);
    }
}

fn main() {
    rows();
    stops();
}
