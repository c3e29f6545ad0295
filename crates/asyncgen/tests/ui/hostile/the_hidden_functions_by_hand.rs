//! What the expansions call in an `unsafe` block can't be called without one.
#![forbid(unsafe_code)]

use asyncgen::__private::{NeverShown, RawYielder, generator, yield_from_directly, yield_from_in_body};
use asyncgen::{Yielder, async_gen};

fn main() {
    let _ = generator::<u32, (), (), _, _, _>(|raw| async move {
        let _ = RawYielder::lend(raw, &());
    });
    let _ = generator::<u32, (), (), _, _, _>(|raw| async move {
        let _ = RawYielder::into_body(raw);
    });
    let _ = asyncgen::generator!(|y: Yielder<'_, u32, (), ()>| {
        yield_from_directly(async_gen! { yield 1; }, &mut y).await;
        yield_from_in_body(async_gen! { yield 1; }, &mut y, NeverShown).await;
    });
}
