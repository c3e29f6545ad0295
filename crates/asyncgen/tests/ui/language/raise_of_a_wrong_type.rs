//! Expected: at `404`, in the `raise!`: it can't be converted into the generator's error type, `String`. Nothing at the signature.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        yield 1;
        raise!(404);
    }
}

fn main() {
    let _ = g();
}
