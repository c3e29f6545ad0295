use std::num::ParseIntError;

use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        type Error = String;
        yield "1".parse::<u32>()?;
    }
}

fn scoped() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = ParseIntError> {
    async_gen! {
        type Error = ParseIntError;
        try {
            yield "1".parse::<u32>()?;
            Err("no number")?;
        } finally {}
    }
}

fn main() {
    rows();
    scoped();
}
