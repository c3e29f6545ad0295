use asyncgen::{AsyncGenerator, async_gen};

fn consume(_: impl AsyncGenerator) {}

fn main() {
    consume(async_gen! {
        yield 1;
    });
}
