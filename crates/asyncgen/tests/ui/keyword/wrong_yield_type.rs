use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        type Yield = u32;
        yield 1;
        yield "two";
    }
}

fn main() {
    rows();
}
