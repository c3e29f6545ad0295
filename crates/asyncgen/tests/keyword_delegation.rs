//! `yield from` in constant time: the levels between the consumer and the innermost generator are not polled, however
//! many they are.
#![cfg(feature = "macros")]

use std::cell::Cell;
use std::pin::Pin;

use async_io::block_on;
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, BoxGenerator, Exception, OwnedExt, async_gen, generator};

thread_local!(static INNERMOST: Cell<usize> = const { Cell::new(0) });

/// About where the top of the stack is.
#[inline(never)]
fn top_of_the_stack() -> usize {
    let local = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&local)).addr()
}

/// The innermost generator says where it runs.
fn note() {
    INNERMOST.set(top_of_the_stack());
}

type Boxed = Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str>>>;

fn pinned(depth: u32) -> Boxed {
    Box::pin(async_gen! {
        if depth > 0 {
            yield from pinned(depth - 1);
        } else {
            yield from innermost();
        }
    })
}

fn owned(depth: u32) -> BoxGenerator<u32, Option<u32>, &'static str> {
    async_gen! {
        if depth > 0 {
            yield from owned(depth - 1);
        } else {
            yield from innermost();
        }
    }
    .boxed()
}

fn by_levels(depth: u32) -> Boxed {
    Box::pin(generator!(|y| {
        if depth > 0 {
            y.yield_from(by_levels(depth - 1)).await;
        } else {
            y.yield_from(innermost()).await;
        }
    }))
}

/// Yields what it was sent, and 404 for what was thrown in.
fn innermost() -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str> {
    async_gen! {
        type Sent = Option<u32>;
        let mut value = 0;
        loop {
            note();
            try {
                value = (yield value).unwrap_or(1);
            } catch Exception::Error(_) {
                value = 404;
            }
        }
    }
}

/// How much stack each of these steps takes down to the innermost generator: the first, a value sent, a plain one, an
/// exception, and a plain one after that.
fn stack_of_each_step<G>(mut g: G) -> [usize; 5]
where
    G: AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str> + Unpin,
{
    block_on(async {
        let here = top_of_the_stack();
        let depth = || here.abs_diff(INNERMOST.get());
        assert_eq!(g.anext().await, Ok(0));
        let first = depth();
        assert_eq!(g.asend(Some(7)).await, Ok(7));
        let sent = depth();
        assert_eq!(g.anext().await, Ok(1));
        let plain = depth();
        assert_eq!(g.athrow("oops").await, Ok(Some(404)));
        let thrown = depth();
        assert_eq!(g.anext().await, Ok(1));
        let after = depth();
        assert_eq!(g.aclose().await, Ok(()));
        [first, sent, plain, thrown, after]
    })
}

/// The most that a step takes more at depth 200 than at depth 1.
fn growth<G>(make: fn(u32) -> G) -> usize
where
    G: AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str> + Unpin,
{
    let steps = stack_of_each_step(make(1)).into_iter().zip(stack_of_each_step(make(200)));
    steps.map(|(shallow, deep)| deep.saturating_sub(shallow)).max().unwrap()
}

#[test]
fn a_step_takes_no_more_stack_at_depth_200() {
    assert_eq!(growth(pinned), 0);
}

#[test]
fn nor_does_one_of_owned_generators() {
    assert_eq!(growth(owned), 0);
}

/// This test would notice.
#[test]
fn level_by_level_it_takes_more() {
    assert!(growth(by_levels) > 100 * 200);
}
