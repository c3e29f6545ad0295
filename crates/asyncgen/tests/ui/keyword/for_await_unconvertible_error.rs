use asyncgen::{AsyncGenerator, async_gen};

fn inner() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = std::io::Error> {
    async_gen! { yield 1; }
}

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        type Error = String;
        for await n in inner() { yield n; }
    }
}

fn main() {
    rows();
}
