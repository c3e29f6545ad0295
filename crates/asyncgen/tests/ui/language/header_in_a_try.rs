//! Expected: at `type Yield` in the `try`: a header stands at the top level of the body. (Or it is an ordinary alias there.)

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            type Yield = u8;
            let n: Yield = "text";
            yield 1;
        } finally {}
    }
}

fn main() {
    let _ = g();
}
