use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        yield 1;
        2
    }
}

fn with_question_mark() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        yield "1".parse().map_err(|_| "no number".to_owned())?;
        2
    }
}

fn main() {
    rows();
    with_question_mark();
}
