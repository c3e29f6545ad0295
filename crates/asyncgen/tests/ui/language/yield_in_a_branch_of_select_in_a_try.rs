//! Expected: at the `yield` in the branch's future: it can't stand there in a `try`; write it before, or in the handler.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            tokio::select! {
                () = wait(yield 1) => {}
            }
        } catch _ {}
    }
}

async fn wait((): ()) {}

fn main() {
    let _ = g();
}
