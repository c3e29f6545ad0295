use std::future::ready;
use std::hint::black_box;
use std::pin::pin;

use fauxgen::{GeneratorState, GeneratorToken, generator};
use futures_core::Stream;
use tokio::sync::mpsc::Receiver;
use tokio::task::yield_now;

use super::{Peer, TwoWay};
use crate::cases::now;

/// <https://crates.io/crates/fauxgen>
pub struct Fauxgen;

impl Peer for Fauxgen {
    const NAME: &'static str = "fauxgen";

    fn numbers<const COPY: usize>(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        #[generator(yield = u64)]
        async fn body<const COPY: usize>(count: u64) {
            for number in 0..count {
                r#yield!(black_box(number));
            }
        }
        body::<COPY>(count)
    }

    fn ready(count: u64) -> impl Stream<Item = u64> {
        #[generator(yield = u64)]
        async fn body(count: u64) {
            for number in 0..count {
                let number = ready(black_box(number)).await;
                r#yield!(number);
            }
        }
        body(count)
    }

    fn pending(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        #[generator(yield = u64)]
        async fn body(count: u64) {
            for number in 0..count {
                yield_now().await;
                r#yield!(black_box(number));
            }
        }
        body(count)
    }

    fn received(numbers: Receiver<u64>) -> impl Stream<Item = u64> + Send + 'static {
        #[generator(yield = u64)]
        async fn body(mut numbers: Receiver<u64>) {
            while let Some(number) = numbers.recv().await {
                r#yield!(black_box(number));
            }
        }
        body(numbers)
    }

    fn large<const N: usize>(count: u64) -> impl Stream<Item = [u8; N]> {
        #[generator(yield = [u8; N])]
        async fn body<const N: usize>(count: u64) {
            for _ in 0..count {
                r#yield!(black_box([1; N]));
            }
        }
        body::<N>(count)
    }

    fn typical(text: String) -> impl Stream<Item = u64> + Send + 'static {
        #[generator(yield = u64)]
        async fn body(text: String) {
            let mut buffer = [0_u8; 256];
            for number in 0.. {
                buffer[0] = black_box(1);
                r#yield!(black_box(number));
                black_box((&mut buffer, &text));
            }
        }
        body(text)
    }
}

impl TwoWay for Fauxgen {
    fn echo(count: u64) -> u64 {
        let mut echo = pin!(fauxgen::r#gen!(async |token: GeneratorToken<u64, u64>| {
            let mut number = 0;
            loop {
                number = token.yield_(black_box(number)).await;
            }
        }));
        let mut sum = 0;
        now(echo.as_mut().resume(0));
        for number in 0..count {
            let GeneratorState::Yielded(number) = now(echo.as_mut().resume(black_box(number)));
            sum += black_box(number);
        }
        sum
    }
}
