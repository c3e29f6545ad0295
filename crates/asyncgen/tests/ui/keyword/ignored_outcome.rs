#![deny(unused_must_use)]

use asyncgen::{AsyncGenerator, async_gen};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        type Error = String;
        try { yield 1; }
        yield 2;
    }
}

fn main() {
    let _ = rows();
}
