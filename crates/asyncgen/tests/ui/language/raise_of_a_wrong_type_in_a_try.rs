//! Expected: at `404`, in the `raise!`, as outside of the `try`. Nothing at the `try` or the signature.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try {
            yield 1;
            raise!(404);
        } finally {
            yield 2;
        }
    }
}

fn main() {
    let _ = g();
}
