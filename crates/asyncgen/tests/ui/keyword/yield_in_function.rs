use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        fn helper() {
            yield 1;
        }
        helper();
    }
}

fn main() {
    rows();
}
