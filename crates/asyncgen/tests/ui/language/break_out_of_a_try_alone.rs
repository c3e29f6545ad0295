//! Expected: at `break`: there is no loop around it.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            yield 1;
            break;
        } catch _ {}
    }
}

fn main() {
    let _ = g();
}
