//! `yield from` in constant time: the levels between the consumer and the innermost generator are not polled, however
//! many they are.
#![cfg(feature = "macros")]

use std::cell::Cell;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

use async_io::block_on;
use asyncgen::hooks::{self, Finalizer, Hooks};
use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, BoxGenerator, OwnedExt, Refused, Resume, State, Step, StepError, async_gen,
    generator,
};

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
            } catch _ {
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

// --- C21: a panic in a delegate ---------------------------------------------------------------------------------------

type Numbers<'a> = Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> + 'a>>;

fn panicking() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> + Send {
    async_gen! {
        yield 1;
        panic!("at the second step");
    }
}

fn next_panics(g: &mut (impl AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> + Unpin)) -> bool {
    catch_unwind(AssertUnwindSafe(|| block_on(g.anext()))).is_err()
}

#[test]
fn c21_a_panic_closes_every_generator_that_it_passes() {
    let went_on = &Cell::new(false);
    let mut middle: Numbers<'_> = Box::pin(async_gen! {
        yield from panicking();
        went_on.set(true);
        yield 2;
    });
    {
        let borrowed = &mut middle;
        let mut root: Numbers<'_> = Box::pin(async_gen! { yield from borrowed; });
        assert_eq!(block_on(root.anext()), Ok(1));
        assert!(next_panics(&mut root));
        assert_eq!(root.state(), State::Closed);
    }
    assert_eq!(middle.state(), State::Closed);
    assert_eq!(block_on(middle.anext()), Err(StepError::StopAsyncIteration));
    assert_eq!(block_on(middle.aclose()), Ok(()));
    assert!(!went_on.get());
}

/// As for a generator whose own body panics.
#[test]
fn c21_a_panic_leaves_owned_generators_no_clean_up_to_do() {
    let cleaned_up = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&cleaned_up);
    let before = hooks::set(Hooks { finalizer: Some(Finalizer::new(|g| drop(block_on(g.close())))), ..hooks::get() });
    let mut root = async_gen! {
        let middle = async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = Infallible;
            try {
                yield from panicking().boxed();
            } finally {
                seen.store(true, Relaxed);
            }
        };
        yield from middle.boxed();
    }
    .boxed();
    assert_eq!(block_on(root.anext()), Ok(1));
    assert!(next_panics(&mut root));
    drop(root);
    hooks::set(before);
    assert!(!cleaned_up.load(Relaxed));
}

// --- a step that is begun, and not polled ----------------------------------------------------------------------------

#[test]
fn c20_a_closing_after_a_step_that_was_begun_reaches_a_yield_in_clean_up() {
    let mut g: Boxed = Box::pin(async_gen! { try {} finally { yield 1; } });
    assert_eq!(block_on(g.anext()), Ok(1));
    assert_eq!(g.as_mut().begin(Resume::Next), Ok(()));
    assert_eq!(block_on(g.aclose()), Ok(()));

    let mut g: Boxed = Box::pin(async_gen! { try {} finally { yield from innermost(); } });
    assert_eq!(block_on(g.anext()), Ok(0));
    assert_eq!(g.as_mut().begin(Resume::Next), Ok(()));
    assert_eq!(block_on(g.aclose()), Ok(()));
}

/// A generator that refuses all but its first step.
struct Refuses(State);

impl AsyncGenerator for Refuses {
    type Yield = u32;
    type Sent = Option<u32>;
    type Error = &'static str;

    fn begin(mut self: Pin<&mut Self>, resume: Resume<Option<u32>, &'static str>) -> Result<(), RefusedStep> {
        match resume {
            Resume::Next if self.0 == State::Created => {
                self.0 = State::Running;
                Ok(())
            }
            resume => {
                self.0 = State::Closed;
                Err(Refused::Closed(resume))
            }
        }
    }

    fn poll_step(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Step<u32, &'static str>> {
        match self.0 {
            State::Running => {
                self.0 = State::Suspended;
                Poll::Ready(Step::Yielded(0))
            }
            _ => Poll::Ready(Step::Returned),
        }
    }

    fn state(&self) -> State {
        self.0
    }
}

type RefusedStep = Refused<Option<u32>, &'static str>;

#[test]
fn c23_an_exception_that_the_delegate_refuses_is_raised_in_the_body() {
    fn middle() -> Boxed {
        Box::pin(async_gen! {
            try {
                yield from Refuses(State::Created);
            } catch _ {
                yield 404;
            }
        })
    }
    let mut g: Boxed = Box::pin(async_gen! { yield from middle(); });
    assert_eq!(block_on(g.anext()), Ok(0));
    assert_eq!(block_on(g.athrow("oops")), Ok(Some(404)));
}
