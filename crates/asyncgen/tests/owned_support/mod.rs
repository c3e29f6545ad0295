//! Generators that keep count of their clean-up.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

use asyncgen::hooks::{self, Finalizer, Hooks, Unfinished};
use asyncgen::{AsyncGenerator, generator};

/// How often a clean-up was begun, and how often it came to its end.
#[derive(Clone, Default)]
pub struct Count(Arc<(AtomicUsize, AtomicUsize)>);

impl Count {
    pub fn begun(&self) -> usize {
        self.0.0.load(Ordering::SeqCst)
    }

    pub fn ended(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }

    pub fn begin(&self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }

    pub fn end(&self) {
        self.0.1.fetch_add(1, Ordering::SeqCst);
    }
}

/// Pending `times` times, woken at once: an await on every executor.
pub async fn ticks(mut times: u32) {
    poll_fn(|cx| {
        if times == 0 {
            return Poll::Ready(());
        }
        times -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Yields 0, 1, 2, .. for ever, with two awaits before each but the first; its clean-up awaits three times.
pub fn counting(count: &Count) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> + Send + use<> {
    let count = count.clone();
    generator!(|y| {
        y.finally(
            async |mut y| {
                for n in 0.. {
                    y.yield_(n).await;
                    ticks(2).await;
                }
                Ok(())
            },
            async |_| {
                count.begin();
                ticks(3).await;
                count.end();
                Ok(())
            },
        )
        .await;
    })
}

/// Where a finalizer puts what it is given.
#[derive(Clone, Default)]
pub struct Abandoned(Arc<Mutex<Vec<Unfinished>>>);

impl Abandoned {
    pub fn finalizer(&self) -> Finalizer {
        let abandoned = self.0.clone();
        Finalizer::new(move |generator| abandoned.lock().unwrap().push(generator))
    }

    pub fn take(&self) -> Vec<Unfinished> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Sets the finalizer of this thread, while the result lives.
pub fn with_finalizer(finalizer: Finalizer) -> Restore {
    Restore(Some(hooks::set(Hooks { finalizer: Some(finalizer), ..hooks::get() })))
}

pub struct Restore(Option<Hooks>);

impl Drop for Restore {
    fn drop(&mut self) {
        hooks::set(self.0.take().unwrap());
    }
}

/// The same random numbers in each run.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
