use std::future::ready;
use std::hint::black_box;

use async_fn_stream::fn_stream;
use futures_core::Stream;
use tokio::sync::mpsc::Receiver;
use tokio::task::yield_now;

use super::Peer;

/// <https://crates.io/crates/async-fn-stream>
pub struct AsyncFnStream;

impl Peer for AsyncFnStream {
    const NAME: &'static str = "async-fn-stream";

    fn numbers<const COPY: usize>(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        fn_stream(move |emitter| async move {
            for number in 0..count {
                emitter.emit(black_box(number)).await;
            }
        })
    }

    fn ready(count: u64) -> impl Stream<Item = u64> {
        fn_stream(move |emitter| async move {
            for number in 0..count {
                let number = ready(black_box(number)).await;
                emitter.emit(number).await;
            }
        })
    }

    fn pending(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        fn_stream(move |emitter| async move {
            for number in 0..count {
                yield_now().await;
                emitter.emit(black_box(number)).await;
            }
        })
    }

    fn received(mut numbers: Receiver<u64>) -> impl Stream<Item = u64> + Send + 'static {
        fn_stream(move |emitter| async move {
            while let Some(number) = numbers.recv().await {
                emitter.emit(black_box(number)).await;
            }
        })
    }

    fn large<const N: usize>(count: u64) -> impl Stream<Item = [u8; N]> {
        fn_stream(move |emitter| async move {
            for _ in 0..count {
                emitter.emit(black_box([1; N])).await;
            }
        })
    }

    fn typical(text: String) -> impl Stream<Item = u64> + Send + 'static {
        fn_stream(move |emitter| async move {
            let mut buffer = [0_u8; 256];
            for number in 0.. {
                buffer[0] = black_box(1);
                emitter.emit(black_box(number)).await;
                black_box((&mut buffer, &text));
            }
        })
    }
}
