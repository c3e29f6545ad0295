//! Expected: at the `?`: the error `ParseIntError` can't be converted to `io::Error`.

use asyncgen::{AsyncGenerator, async_gen};

fn g() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = std::io::Error> {
    async_gen! {
        try {
            yield "1".parse::<u32>()?;
        } catch _ {}
    }
}

fn main() {
    let _ = g();
}
