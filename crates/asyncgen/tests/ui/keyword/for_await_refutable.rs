use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        for await Some(n) in futures::stream::iter([Some(1)]) { yield n; }
    }
}

fn main() {
    rows();
}
