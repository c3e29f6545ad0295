//! Expected: at the `break`, or at the macro: it is in an `async` block there.

use asyncgen::{AsyncGenerator, async_gen};

macro_rules! breaks {
    () => {
        break
    };
}

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        for n in 0..3 {
            try {
                yield n;
                breaks!();
            } finally {
            }
        }
    }
}

fn main() {
    let _ = g();
}
