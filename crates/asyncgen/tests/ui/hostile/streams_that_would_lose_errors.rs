//! A stream whose items are no `Result`s lets no error out of its body, whichever way.
#![forbid(unsafe_code)]

use asyncgen::{AsyncGenerator, async_gen, stream};

fn fails() -> Result<(), String> {
    Err("lost".to_owned())
}
macro_rules! give_up {
    ($error:expr) => {
        return Err($error)
    };
}
fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! { yield 1; raise!("lost".to_owned()) }
}

fn main() {
    let _ = stream! { type Error = String; yield 1; return fails(); };
    let _ = stream! { type Error = String; yield 1; fails() };
    let _ = stream! {
        let caught = try { "x".parse::<u32>().map_err(|e| e.to_string())? };
        yield u32::from(caught.is_err());
        return fails();
    };
    let _ = stream! { type Error = String; yield 1; if true { give_up!("lost".to_owned()) } return Ok(()); };
    let _ = stream! { type Error = String; yield from rows(); };
}
