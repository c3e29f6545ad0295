//! A generator allocates nothing, from its making to its end.
#![allow(unsafe_code, reason = "a counting allocator is unsafe to implement")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use asyncgen::{AsyncGeneratorExt, Yielder, generator};

thread_local!(static ALLOCATIONS: Cell<usize> = const { Cell::new(0) });

struct Counting;

// SAFETY: all is left to `System`.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs `future`, which must be ready at once.
fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing is waited for"),
    }
}

#[track_caller]
fn allocates_nothing(run: impl FnOnce()) {
    let before = ALLOCATIONS.get();
    run();
    assert_eq!(ALLOCATIONS.get(), before, "allocations");
}

fn numbers() -> impl asyncgen::AsyncGenerator<Yield = u64, Sent = (), Error = Infallible> {
    generator!(|y: Yielder<'_, _>| for n in 0.. {
        y.yield_(n).await;
    })
}

#[test]
fn made_and_dropped_after_the_first_item() {
    allocates_nothing(|| assert_eq!(now(pin!(numbers()).anext()), Ok(0)));
}

#[test]
fn sent_to_thrown_into_and_closed() {
    allocates_nothing(|| {
        let mut g = pin!(generator!(|y: Yielder<'_, u32, Option<u32>, u32>| {
            let sent = y.yield_(1).await.unwrap_or_default();
            if let Err(caught) = y.try_yield(sent).await {
                y.yield_(if caught == asyncgen::Exception::Error(7) { 8 } else { 0 }).await;
            }
        }));
        assert_eq!(now(g.anext()), Ok(1));
        assert_eq!(now(g.asend(Some(5))), Ok(5));
        assert_eq!(now(g.athrow(7)), Ok(Some(8)));
        assert_eq!(now(g.aclose()), Ok(()));
    });
}

#[cfg(feature = "macros")]
#[test]
fn the_keyword_form_with_clean_up_and_delegation() {
    allocates_nothing(|| {
        let mut g = pin!(asyncgen::async_gen! {
            try {
                yield 100;
                yield from numbers();
            } finally {
                std::future::ready(()).await;
            }
        });
        assert_eq!(now(g.anext()), Ok(100));
        assert_eq!(now(g.anext()), Ok(0));
        assert_eq!(now(g.anext()), Ok(1));
        assert_eq!(now(g.aclose()), Ok(()));
    });
}

#[test]
fn through_adaptors() {
    use asyncgen::AdaptExt;

    allocates_nothing(|| {
        let echo = generator!(|y: Yielder<'_, u32, Option<u32>, u32>| {
            let mut value = 0;
            loop {
                match y.try_yield(value).await {
                    Ok(sent) => value = sent.unwrap_or(value + 1),
                    Err(asyncgen::Exception::Error(error)) => value = error,
                    Err(asyncgen::Exception::GeneratorExit) => return,
                }
            }
        });
        let mut g = pin!(
            echo.map_yielded(u64::from)
                .map_sent(|sent: Option<u8>| sent.map(u32::from))
                .map_error(|_| 'e', |error: char| error.to_digit(10).ok_or(error))
        );
        assert_eq!(now(g.anext()), Ok(0));
        assert_eq!(now(g.asend(Some(7))), Ok(7));
        assert_eq!(now(g.athrow('9')), Ok(Some(9)));
        assert_eq!(now(g.anext()), Ok(10));
        assert!(now(g.athrow('x')).is_err());
        assert_eq!(now(g.aclose()), Ok(()));
    });
}

#[cfg(feature = "macros")]
#[test]
fn delegation_across_types() {
    allocates_nothing(|| {
        let mut g = pin!(asyncgen::async_gen! {
            type Yield = u64;
            type Sent = ();
            type Error = String;
            yield from numbers_to(1);
            yield from futures::stream::iter([10, 11]);
            yield from futures::stream::iter([Ok::<_, &str>(12)]);
            yield from asyncgen::stream! { yield 13; };
        });
        for n in [0, 10, 11, 12, 13] {
            assert_eq!(now(g.anext()), Ok(n));
        }
        assert!(now(g.anext()).is_err());
    });
}

#[cfg(feature = "macros")]
fn numbers_to(end: u64) -> impl asyncgen::AsyncGenerator<Yield = u64, Sent = (), Error = Infallible> {
    asyncgen::async_gen! { for n in 0..end { yield n; } }
}
