//! Expected: at `StopAsyncIteration`: it can't be raised (C8, PEP 479); to end the generator, return from its body.

use asyncgen::{AsyncGenerator, StepError, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        yield 1;
        raise!(StepError::<String>::StopAsyncIteration);
    }
}

fn main() {
    let _ = g();
}
