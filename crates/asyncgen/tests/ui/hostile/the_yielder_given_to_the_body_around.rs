//! A macro that sees the yielder of a body puts it where the body around it can use it.
#![forbid(unsafe_code)]

use asyncgen::{AsyncGeneratorExt, Yielder, generator};

macro_rules! dbg {
    (($crate_:tt :: __private :: yield_ (& mut $yielder:ident, $place:expr)).await) => {
        std::mem::swap(&mut $yielder, $place)
    };
}

fn main() {
    let _ = generator!(|y: Yielder<'_, u32, (), ()>| {
        let place = &mut y;
        let mut inner = Box::pin(asyncgen::async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = ();
            dbg!(yield place);
        });
        let _ = inner.anext().await;
    });
}
