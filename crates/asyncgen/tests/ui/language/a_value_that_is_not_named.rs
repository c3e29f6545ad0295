//! Expected: at the value, with what to write; and that there is none behind `impl AsyncGenerator`.

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, ReturningGenerator, async_gen};

fn unnamed() -> impl ReturningGenerator<Yield = u32, Sent = (), Error = String, Return = usize> {
    async_gen! {
        yield 1;
        return 5;
    }
}

fn hidden() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        type Return = usize;
        yield 1;
        5
    }
}

fn main() {
    let _ = unnamed();
    let mut g = std::pin::pin!(hidden());
    let _ = g.return_value();
}
