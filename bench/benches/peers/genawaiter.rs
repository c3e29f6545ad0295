use std::future::ready;
use std::hint::black_box;
use std::pin::{Pin, pin};

use futures_core::Stream;
use genawaiter::sync::Gen;
use genawaiter::{GeneratorState, rc, stack::let_gen, yield_};
use tokio::sync::mpsc::Receiver;
use tokio::task::yield_now;

use super::{Peer, TwoWay};
use crate::cases::exhaust;

/// <https://crates.io/crates/genawaiter>: its `stack` where a generator may stay on the stack, its `rc` where it is boxed,
/// and its `sync` elsewhere, as a task must be `Send`.
pub struct Genawaiter;

impl Peer for Genawaiter {
    const NAME: &'static str = "genawaiter";

    fn numbers<const COPY: usize>(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        Gen::new(move |co| async move {
            for number in 0..count {
                co.yield_(black_box(number)).await;
            }
        })
    }

    fn ready(count: u64) -> impl Stream<Item = u64> {
        Gen::new(move |co| async move {
            for number in 0..count {
                let number = ready(black_box(number)).await;
                co.yield_(number).await;
            }
        })
    }

    fn pending(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        Gen::new(move |co| async move {
            for number in 0..count {
                yield_now().await;
                co.yield_(black_box(number)).await;
            }
        })
    }

    fn received(mut numbers: Receiver<u64>) -> impl Stream<Item = u64> + Send + 'static {
        Gen::new(move |co| async move {
            while let Some(number) = numbers.recv().await {
                co.yield_(black_box(number)).await;
            }
        })
    }

    fn large<const N: usize>(count: u64) -> impl Stream<Item = [u8; N]> {
        Gen::new(move |co| async move {
            for _ in 0..count {
                co.yield_(black_box([1; N])).await;
            }
        })
    }

    fn typical(text: String) -> impl Stream<Item = u64> + Send + 'static {
        Gen::new(move |co| async move {
            let mut buffer = [0_u8; 256];
            for number in 0.. {
                buffer[0] = black_box(1);
                co.yield_(black_box(number)).await;
                black_box((&mut buffer, &text));
            }
        })
    }

    fn pinned(count: u64) -> u64 {
        let_gen!(numbers, {
            for number in 0..count {
                yield_!(black_box(number));
            }
        });
        exhaust(pin!(numbers))
    }

    fn boxed(count: u64) -> Pin<Box<dyn Stream<Item = u64>>> {
        Box::pin(rc::Gen::new(move |co| async move {
            for number in 0..count {
                co.yield_(black_box(number)).await;
            }
        }))
    }
}

/// Values can be sent only to a body that awaits nothing else.
impl TwoWay for Genawaiter {
    fn echo(count: u64) -> u64 {
        let_gen!(echo, {
            let mut number = 0;
            loop {
                number = yield_!(black_box(number));
            }
        });
        let mut sum = 0;
        echo.resume_with(0);
        for number in 0..count {
            let GeneratorState::Yielded(number) = echo.resume_with(black_box(number));
            sum += black_box(number);
        }
        sum
    }
}
