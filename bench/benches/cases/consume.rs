//! The consumers, the same for every peer.

use std::future::poll_fn;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use tokio::runtime::{Builder, Runtime};

/// Polls a stream that is always ready to its end.
#[inline]
pub fn exhaust<S: Stream<Item = u64> + ?Sized>(mut stream: Pin<&mut S>) -> u64 {
    let cx = &mut Context::from_waker(Waker::noop());
    let mut sum = 0;
    while let Poll::Ready(Some(number)) = stream.as_mut().poll_next(cx) {
        sum += black_box(number);
    }
    sum
}

/// What a future that is ready at once evaluates to.
#[inline]
pub fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing is waited for"),
    }
}

/// `StreamExt::next`.
#[inline]
pub async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
}

/// Goes over a stream in a task of its own.
pub fn in_a_task<S: Stream<Item = u64> + Send + 'static>(stream: S) -> u64 {
    runtime(|runtime| {
        let task = runtime.spawn(async move {
            let mut stream = pin!(stream);
            let mut sum = 0;
            while let Some(number) = next(&mut stream).await {
                sum += black_box(number);
            }
            sum
        });
        runtime.block_on(task).unwrap()
    })
}

/// With the runtime of this thread.
pub fn runtime<T>(f: impl FnOnce(&Runtime) -> T) -> T {
    thread_local!(static RUNTIME: Runtime = Builder::new_current_thread().build().unwrap());
    RUNTIME.with(f)
}
