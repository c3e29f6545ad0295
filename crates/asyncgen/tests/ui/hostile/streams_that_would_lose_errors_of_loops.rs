//! The same for what a loop goes over.
#![forbid(unsafe_code)]

use asyncgen::{AsyncGenerator, async_gen, stream};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! { yield 1; raise!("lost".to_owned()) }
}

fn main() {
    let _ = stream! { type Error = String; for await row in rows() { yield row; } };
    let _ = stream! {
        let caught = try { "x".parse::<u32>().map_err(|e| e.to_string())? };
        yield u32::from(caught.is_err());
        for await row in rows() { yield row; }
    };
}
