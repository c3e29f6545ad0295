use asyncgen::{AsyncGenerator, async_gen};

fn consume(_: impl AsyncGenerator<Sent = ()>) {}

fn main() {
    consume(async_gen! {
        yield "1".parse::<u32>()?;
    });
    consume(async_gen! {
        try {
            yield "1".parse::<u32>()?;
        } finally {}
    });
    consume(async_gen! {
        yield 1;
    });
}
