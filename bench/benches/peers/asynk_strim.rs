use std::future::ready;
use std::hint::black_box;

use asynk_strim::stream_fn;
use futures_core::Stream;
use tokio::sync::mpsc::Receiver;
use tokio::task::yield_now;

use super::{Boxed, NESTED, Peer, Recursive};
use crate::cases::{Tree, next};

/// <https://crates.io/crates/asynk-strim>
pub struct AsynkStrim;

impl Peer for AsynkStrim {
    const NAME: &'static str = "asynk-strim";

    fn numbers<const COPY: usize>(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        stream_fn(move |mut yielder| async move {
            for number in 0..count {
                yielder.yield_item(black_box(number)).await;
            }
        })
    }

    fn ready(count: u64) -> impl Stream<Item = u64> {
        stream_fn(move |mut yielder| async move {
            for number in 0..count {
                let number = ready(black_box(number)).await;
                yielder.yield_item(number).await;
            }
        })
    }

    fn pending(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        stream_fn(move |mut yielder| async move {
            for number in 0..count {
                yield_now().await;
                yielder.yield_item(black_box(number)).await;
            }
        })
    }

    fn received(mut numbers: Receiver<u64>) -> impl Stream<Item = u64> + Send + 'static {
        stream_fn(move |mut yielder| async move {
            while let Some(number) = numbers.recv().await {
                yielder.yield_item(black_box(number)).await;
            }
        })
    }

    fn large<const N: usize>(count: u64) -> impl Stream<Item = [u8; N]> {
        stream_fn(move |mut yielder| async move {
            for _ in 0..count {
                yielder.yield_item(black_box([1; N])).await;
            }
        })
    }

    fn typical(text: String) -> impl Stream<Item = u64> + Send + 'static {
        stream_fn(move |mut yielder| async move {
            let mut buffer = [0_u8; 256];
            for number in 0.. {
                buffer[0] = black_box(1);
                yielder.yield_item(black_box(number)).await;
                black_box((&mut buffer, &text));
            }
        })
    }
}

impl Recursive for AsynkStrim {
    fn nested(depth: u64, count: u64) -> Boxed<'static> {
        if depth == 0 {
            return Box::pin(Self::numbers::<NESTED>(count));
        }
        Box::pin(stream_fn(move |mut yielder| async move {
            let mut inner = Self::nested(depth - 1, count);
            while let Some(number) = next(&mut inner).await {
                yielder.yield_item(number).await;
            }
        }))
    }

    fn walk(tree: &Tree) -> Boxed<'_> {
        Box::pin(stream_fn(move |mut yielder| async move {
            if let Some(left) = &tree.left {
                let mut values = Self::walk(left);
                while let Some(value) = next(&mut values).await {
                    yielder.yield_item(value).await;
                }
            }
            yielder.yield_item(black_box(tree.value)).await;
            if let Some(right) = &tree.right {
                let mut values = Self::walk(right);
                while let Some(value) = next(&mut values).await {
                    yielder.yield_item(value).await;
                }
            }
        }))
    }
}
