use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = &'static str, Sent = (), Error = String> {
    async_gen! {
        let text = "a".repeat(3);
        yield text.as_str();
    }
}

fn main() {
    rows();
}
