use std::future::ready;
use std::hint::black_box;

use async_stream::{stream, try_stream};
use futures_core::Stream;
use tokio::sync::mpsc::Receiver;
use tokio::task::yield_now;

use super::{Boxed, HandWritten, LOOPED, Looping, NESTED, Peer, Recursive};
use crate::cases::Tree;

/// <https://crates.io/crates/async-stream>
pub struct AsyncStream;

impl Peer for AsyncStream {
    const NAME: &'static str = "async-stream";

    fn numbers<const COPY: usize>(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        stream! {
            for number in 0..count {
                yield black_box(number);
            }
        }
    }

    fn ready(count: u64) -> impl Stream<Item = u64> {
        stream! {
            for number in 0..count {
                let number = ready(black_box(number)).await;
                yield number;
            }
        }
    }

    fn pending(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        stream! {
            for number in 0..count {
                yield_now().await;
                yield black_box(number);
            }
        }
    }

    fn received(mut numbers: Receiver<u64>) -> impl Stream<Item = u64> + Send + 'static {
        stream! {
            while let Some(number) = numbers.recv().await {
                yield black_box(number);
            }
        }
    }

    fn large<const N: usize>(count: u64) -> impl Stream<Item = [u8; N]> {
        stream! {
            for _ in 0..count {
                yield black_box([1; N]);
            }
        }
    }

    fn typical(text: String) -> impl Stream<Item = u64> + Send + 'static {
        stream! {
            let mut buffer = [0_u8; 256];
            for number in 0.. {
                buffer[0] = black_box(1);
                yield black_box(number);
                black_box((&mut buffer, &text));
            }
        }
    }
}

impl Looping for AsyncStream {
    fn looped<S: Stream<Item = u64>>(stream: S) -> impl Stream<Item = u64> {
        stream! {
            for await number in stream {
                yield number;
            }
        }
    }

    fn sizes() -> [usize; 6] {
        fn texts() -> impl Stream<Item = String> {
            stream! {
                for number in 0.. {
                    yield number.to_string();
                }
            }
        }
        fn fallible() -> impl Stream<Item = Result<[u8; 64], String>> {
            try_stream! {
                for number in 0..3 {
                    yield [number; 64];
                    if number == 2 {
                        Err("two")?;
                    }
                }
            }
        }
        let one = stream! { yield 1_u8; };
        let looped = || Self::looped(HandWritten::numbers::<LOOPED>(1));
        [
            size_of_val(&one),
            size_of_val(&Self::numbers::<LOOPED>(1)),
            size_of_val(&texts()),
            size_of_val(&fallible()),
            size_of_val(&looped()),
            size_of_val(&Self::looped(Self::looped(looped()))),
        ]
    }
}

impl Recursive for AsyncStream {
    fn nested(depth: u64, count: u64) -> Boxed<'static> {
        if depth == 0 {
            return Box::pin(Self::numbers::<NESTED>(count));
        }
        Box::pin(stream! {
            for await number in Self::nested(depth - 1, count) {
                yield number;
            }
        })
    }

    fn walk(tree: &Tree) -> Boxed<'_> {
        Box::pin(stream! {
            if let Some(left) = &tree.left {
                for await value in Self::walk(left) {
                    yield value;
                }
            }
            yield black_box(tree.value);
            if let Some(right) = &tree.right {
                for await value in Self::walk(right) {
                    yield value;
                }
            }
        })
    }
}
