use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        type Yield = u32;
        type Yield = u64;
        yield 1;
    }
}

fn main() {
    rows();
}
