//! A macro that sees the yielder drops it: the next keyword has none.
#![forbid(unsafe_code)]

macro_rules! dbg {
    (($crate_:tt :: __private :: yield_ (& mut $yielder:ident, $value:expr)).await) => {
        std::mem::forget($yielder)
    };
}

fn main() {
    let _ = asyncgen::async_gen! {
        type Yield = u32;
        type Sent = ();
        type Error = ();
        dbg!(yield 1);
        yield 2;
    };
}
