//! Crates by another name: here `::core` and `::std` are this crate, which has other things in it. (Attributes and derives of
//! the standard library wouldn't work.)
#![forbid(unsafe_code)]
#![cfg(feature = "macros")]
#![allow(clippy::manual_assert, reason = "the macros of the standard library may not work here")]
#![allow(dead_code, missing_docs, missing_debug_implementations)]

extern crate self as core;

pub mod option {
    pub enum Option {}
}
pub mod convert {
    pub enum Infallible {}
}

use asyncgen::{AsyncGeneratorExt, async_gen, stream};
use std::future::ready;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

fn now<F: Future>(future: F) -> F::Output {
    let Poll::Ready(output) = pin!(future).poll(&mut Context::from_waker(Waker::noop())) else { panic!("pending") };
    output
}

#[test]
fn the_name_core_may_be_another_crates() {
    let mut g = pin!(async_gen! {
        type Yield = u32; type Sent = (); type Error = u8;
        try {
            tokio::select! { n = ready(1) => { yield n; } }
            yield 2;
        } catch _ { yield 3; } finally { yield 4; }
    });
    let values: Vec<_> = [now(g.anext()), now(g.anext()), now(g.anext())].into_iter().map(Result::unwrap).collect();
    if values != [1, 2, 4] {
        panic!("{values:?}");
    }
    let mut items = pin!(stream! { yield 1; for await n in stream! { yield 2; } { yield n; } });
    let next = |items: Pin<&mut _>| now(futures::StreamExt::next(&mut Box::pin(items)));
    if (next(items.as_mut()), next(items.as_mut()), next(items.as_mut())) != (Some(1), Some(2), None) {
        panic!("other items");
    }
}
