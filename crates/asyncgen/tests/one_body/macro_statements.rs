//! Macros as statements of a `try` and of a loop: with braces, they define variables and items there, as in any
//! block.

use asyncgen::async_gen;
use futures::stream::iter;
use futures::{StreamExt, pin_mut};

use crate::keyword::tick;
use crate::language::{all, thrown_after};

macro_rules! constant {
    ($name:ident, $value:expr) => {
        const $name: u32 = $value;
    };
}

macro_rules! bind {
    ($name:ident, $value:expr) => {
        let $name = $value;
    };
}

macro_rules! both {
    ($first:stmt; $second:stmt) => {
        $first
        $second
    };
}

macro_rules! function {
    ($name:ident) => {
        fn $name(n: u32) -> u32 {
            n * 2
        }
    };
}

#[test]
fn macros_that_define_variables_in_a_try() {
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                bind! { n, 1 }
                yield n;
                bind! { m, { tick().await; n + 1 } }
                yield m;
                both! { let a = 3; let b = a + 1 }
                yield a;
                yield b;
            } catch error {
                bind! { length, error.len() }
                yield length as u32;
            } finally {
                bind! { last, 9 }
                yield last;
            }
        }
    };
    assert_eq!(all(g()).0, [1, 2, 3, 4, 9]);
    assert_eq!(thrown_after(1, "thrown", g()).0, [1, 6, 9]);
}

#[test]
fn macros_that_define_items_in_a_try() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try {
            constant! { SEVEN, 7 }
            function! { double }
            yield SEVEN;
            yield double(SEVEN);
        } finally {
            constant! { SEVEN, 70 }
            yield SEVEN;
        }
    };
    assert_eq!(all(g).0, [7, 14, 70]);
}

#[test]
fn macros_that_define_variables_in_a_loop() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        for await n in iter([1, 2]) {
            bind! { m, n * 10 }
            constant! { ONE, 1 }
            yield m + ONE;
        }
    };
    assert_eq!(all(g).0, [11, 21]);
}

#[test]
fn streams_and_futures_are_pinned_by_macros_in_a_try() {
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                let stream = iter([1, 2]).then(async |n| { tick().await; n });
                tokio::pin!(stream);
                while let Some(n) = stream.next().await { yield n; }
                let stream = iter([3]).then(async |n| { tick().await; n });
                pin_mut!(stream);
                while let Some(n) = stream.next().await { yield n; }
                tokio::pin! { let future = async { tick().await; 4 }; }
                yield future.await;
                for await n in iter([5]) {
                    let future = async { tick().await; n };
                    futures::pin_mut!(future);
                    yield future.await;
                }
            } catch _ {
                yield 404;
            }
        }
    };
    assert_eq!(all(g()).0, [1, 2, 3, 4, 5]);
    assert_eq!(thrown_after(2, "thrown", g()).0, [1, 2, 404]);
}
