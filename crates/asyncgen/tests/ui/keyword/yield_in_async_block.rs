use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        let later = async {
            yield 1;
        };
        later.await;
    }
}

fn main() {
    rows();
}
