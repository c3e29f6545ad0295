use std::future::ready;
use std::hint::black_box;

use asyncgen::{IntoStreamExt, Yielder, generator};
use futures_core::Stream;
use tokio::sync::mpsc::Receiver;
use tokio::task::yield_now;

use super::Peer;

/// This crate, without a procedural macro.
pub struct AsyncgenClosure;

impl Peer for AsyncgenClosure {
    const NAME: &'static str = "asyncgen, closure";

    fn numbers<const COPY: usize>(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        generator!(|y: Yielder<'_, _>| {
            for number in 0..count {
                y.yield_(black_box(number)).await;
            }
        })
        .into_stream()
    }

    fn ready(count: u64) -> impl Stream<Item = u64> {
        generator!(|y: Yielder<'_, _>| {
            for number in 0..count {
                let number = ready(black_box(number)).await;
                y.yield_(number).await;
            }
        })
        .into_stream()
    }

    fn pending(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        generator!(|y: Yielder<'_, _>| {
            for number in 0..count {
                yield_now().await;
                y.yield_(black_box(number)).await;
            }
        })
        .into_stream()
    }

    fn received(mut numbers: Receiver<u64>) -> impl Stream<Item = u64> + Send + 'static {
        generator!(|y: Yielder<'_, _>| {
            while let Some(number) = numbers.recv().await {
                y.yield_(black_box(number)).await;
            }
        })
        .into_stream()
    }

    fn large<const N: usize>(count: u64) -> impl Stream<Item = [u8; N]> {
        generator!(|y: Yielder<'_, _>| {
            for _ in 0..count {
                y.yield_(black_box([1; N])).await;
            }
        })
        .into_stream()
    }

    fn typical(text: String) -> impl Stream<Item = u64> + Send + 'static {
        generator!(|y: Yielder<'_, _>| {
            let mut buffer = [0_u8; 256];
            for number in 0.. {
                buffer[0] = black_box(1);
                y.yield_(black_box(number)).await;
                black_box((&mut buffer, &text));
            }
        })
        .into_stream()
    }
}
