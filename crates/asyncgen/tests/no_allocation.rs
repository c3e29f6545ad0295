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
