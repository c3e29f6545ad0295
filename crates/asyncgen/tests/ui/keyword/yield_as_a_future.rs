use asyncgen::{AsyncGenerator, async_gen};
use futures::future::ready;

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        tokio::select! {
            _ = yield 1 => {}
            _ = ready(()) => { yield 2; }
        }
    }
}

fn main() {
    rows();
}
