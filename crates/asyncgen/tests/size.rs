//! How large a generator is: its body's future, room for a value, and at most 24 bytes. The feature `tracing` is a tool
//! for looking closer, and adds the place of creation and a span.
#![cfg(not(feature = "tracing"))]

use asyncgen::{Generator, Yielder, generator};

/// The generator's size must be within the limit.
#[track_caller]
fn check<Y, S, E, F, Fut, const D: bool>(generator: &Generator<Y, S, E, F, Fut, (), D>) {
    let size = size_of_val(generator);
    let limit = size_of::<Fut>() + size_of::<Y>().max(size_of::<S>()) + 24;
    assert!(size <= limit, "{size} bytes, which should be {limit} at most; its body has {}", size_of::<Fut>());
}

#[test]
fn generators() {
    check(&generator!(|y: Yielder<'_, u8>| y.yield_(1).await));
    check(&generator!(|y: Yielder<'_, u64>| for n in 0..10 {
        y.yield_(n).await;
    }));
    check(&generator!(|y: Yielder<'_, String, Option<u64>>| {
        y.yield_(String::new()).await;
    }));
    check(&generator!(|y: Yielder<'_, [u8; 256], [u8; 4096]>| {
        y.yield_([0; 256]).await;
    }));
    check(&generator!(|y: Yielder<'_, [u8; 4096], (), String>| {
        y.yield_([0; 4096]).await;
    }));
}

#[cfg(feature = "macros")]
mod keyword {
    use std::convert::Infallible;

    use asyncgen::async_gen;

    use super::check;

    #[test]
    fn generators() {
        check(&async_gen! {
            type Sent = ();
            type Error = Infallible;
            for n in 0..10_u64 {
                yield n;
            }
        });
        check(&async_gen! {
            type Sent = Option<u64>;
            type Error = String;
            let (text, mut buffer) = (String::from("text"), [0; 256]);
            while let Some(n) = yield text.len() {
                buffer[0] = n;
            }
        });
        check(&async_gen! {
            type Sent = [u8; 4096];
            type Error = String;
            let _: [u8; 4096] = yield [0_u8; 256];
        });
    }

    /// A body needs no room for the values that it yields: they are in the mailbox.
    #[test]
    fn a_yield_takes_no_room() {
        fn body<Y, S, E, F, Fut, const D: bool>(_: &asyncgen::Generator<Y, S, E, F, Fut, (), D>) -> usize {
            size_of::<Fut>()
        }
        let five = body(&async_gen! {
            type Sent = ();
            type Error = Infallible;
            yield [1_u8; 64];
            yield [2_u8; 64];
            yield [3_u8; 64];
            yield [4_u8; 64];
            yield [5_u8; 64];
        });
        assert!(five < 64, "{five} bytes");
    }
}
