//! The executor's waker reaches the awaits of a body as it is: no wrapper, and no clone that they do not ask for.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Yielder, generator};

static CLONES: AtomicUsize = AtomicUsize::new(0);

static COUNTING: RawWakerVTable = RawWakerVTable::new(
    |data| {
        CLONES.fetch_add(1, Ordering::Relaxed);
        RawWaker::new(data, &COUNTING)
    },
    |_| {},
    |_| {},
    |_| {},
);

/// Is pending every second time, and keeps the waker, as an I/O resource does: it clones one that it does not know.
async fn event(pending: &mut bool, kept: &mut Waker) {
    poll_fn(|cx| {
        *pending = !*pending;
        if *pending {
            kept.clone_from(cx.waker());
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// Drives a generator that yields 100 times; the number of clones, and that of polls.
fn drive(mut generator: Pin<&mut impl AsyncGenerator<Yield = u32, Sent = (), Error = Infallible>>) -> (usize, usize) {
    CLONES.store(0, Ordering::Relaxed);
    #[allow(unsafe_code, reason = "a waker that counts has no safe constructor")]
    // SAFETY: the functions of the table use no data.
    let waker = unsafe { Waker::new(std::ptr::null(), &COUNTING) };
    let cx = &mut Context::from_waker(&waker);
    let mut polls = 0;
    for _ in 0..100 {
        let mut step = pin!(generator.anext());
        loop {
            polls += 1;
            if step.as_mut().poll(cx).is_ready() {
                break;
            }
        }
    }
    (CLONES.load(Ordering::Relaxed), polls)
}

// One test: the count is shared.
#[test]
fn a_waker_is_cloned_once_and_then_known() {
    let closure = pin!(generator!(|y: Yielder<'_, u32>| {
        let (mut pending, mut kept) = (false, Waker::noop().clone());
        loop {
            event(&mut pending, &mut kept).await;
            y.yield_(1).await;
        }
    }));
    assert_eq!(drive(closure), (1, 200));

    #[cfg(feature = "macros")]
    {
        fn delegate() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> {
            asyncgen::async_gen! {
                let (mut pending, mut kept) = (false, Waker::noop().clone());
                loop {
                    event(&mut pending, &mut kept).await;
                    yield 1;
                }
            }
        }
        assert_eq!(drive(pin!(delegate())), (1, 200));
        assert_eq!(drive(pin!(asyncgen::async_gen! { yield from delegate(); })), (1, 200));
    }
}
