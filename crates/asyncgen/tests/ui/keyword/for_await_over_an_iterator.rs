use asyncgen::{AsyncGenerator, async_gen, stream};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        for await n in [1, 2] { yield n; }
    }
}

fn main() {
    rows();
    let _ = stream! {
        for await n in vec![1, 2] { yield n; }
    };
}
