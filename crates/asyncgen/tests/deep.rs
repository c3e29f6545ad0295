//! Very many levels of delegation on a small stack, whatever becomes of them.
#![cfg(feature = "macros")]
#![allow(unsafe_code, reason = "what the macros expand to")]

mod common;

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::thread;
use std::time::Instant;

use asyncgen::__private::yield_from_directly;
use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, BoxGenerator, Exception, OwnedExt, State, StepError, Yielder, async_gen,
    generator,
};

use crate::common::{leak, now};

/// What is tried in every way; without the mend, a tenth of that is too much for the stack.
const DEPTH: u32 = 100_000;
const STACK: usize = 2 << 20;

type Dyn = dyn AsyncGenerator<Yield = u32, Sent = (), Error = String> + Send;
type Boxed = Pin<Box<Dyn>>;
type Owned = BoxGenerator<u32, (), String>;

fn boxed(depth: u32) -> Boxed {
    Box::pin(async_gen! {
        if depth > 0 {
            yield from boxed(depth - 1);
        } else {
            yield 1;
            resume_unwind(Box::new("expected"));
        }
    })
}

fn owned(depth: u32) -> Owned {
    async_gen! {
        if depth > 0 {
            yield from owned(depth - 1);
        } else {
            yield 1;
            resume_unwind(Box::new("expected"));
        }
    }
    .boxed()
}

/// Each delegates in its clean-up.
fn in_clean_up(depth: u32) -> Boxed {
    Box::pin(generator!(|y| {
        let clean_up = async |mut y: Yielder<'_, _, _, _>| {
            if depth > 0 {
                // SAFETY: it is awaited where it is made, in a scope that is.
                unsafe { yield_from_directly(in_clean_up(depth - 1), &mut y) }.await;
            } else {
                y.yield_(1).await;
                resume_unwind(Box::new("expected"));
            }
            Ok(())
        };
        y.finally(async |_| Ok(()), clean_up).await;
    }))
}

/// Runs it on a stack that would be too small for a recursion.
fn on_a_small_stack(f: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(STACK).spawn(f).unwrap().join().unwrap();
}

fn every_end<G>(make: fn(u32) -> G)
where
    G: AsyncGenerator<Yield = u32, Sent = (), Error = String> + Unpin + 'static,
{
    on_a_small_stack(move || {
        // Dropped.
        let mut g = make(DEPTH);
        assert_eq!(now(g.anext()), Ok(1));
        drop(g);

        // Closed.
        let mut g = make(DEPTH);
        assert_eq!(now(g.anext()), Ok(1));
        assert_eq!(now(g.aclose()), Ok(()));
        drop(g);

        // Thrown into.
        let mut g = make(DEPTH);
        assert_eq!(now(g.anext()), Ok(1));
        assert_eq!(now(g.athrow("thrown".to_owned())), Err(StepError::Raised(Exception::Error("thrown".to_owned()))));
        drop(g);

        // A panic.
        let mut g = make(DEPTH);
        assert_eq!(now(g.anext()), Ok(1));
        assert!(catch_unwind(AssertUnwindSafe(|| now(g.anext()))).is_err());
        assert_eq!(g.state(), State::Closed);
        drop(g);

        // Dropped when what delegated to it is gone, or leaked.
        let mut g = make(DEPTH);
        {
            let borrowed = &mut g;
            let mut outer = Box::pin(async_gen! {
                type Yield = u32;
                type Sent = ();
                type Error = String;
                yield from borrowed;
            });
            assert_eq!(now(outer.anext()), Ok(1));
        }
        drop(g);
        let mut g = make(DEPTH);
        {
            let borrowed = &mut g;
            let mut outer = Box::pin(async_gen! {
                type Yield = u32;
                type Sent = ();
                type Error = String;
                yield from borrowed;
            });
            assert_eq!(now(outer.anext()), Ok(1));
            leak(outer);
        }
        drop(g);

        // Dropped by a body that delegates to it level by level, and with it.
        let inner = make(DEPTH);
        let mut outer = Box::pin(generator!(|y: Yielder<'_, u32, (), String>| y.yield_from(inner).await));
        assert_eq!(now(outer.anext()), Ok(1));
        drop(outer);
    });
}

#[test]
fn boxes() {
    every_end(boxed);
}

#[test]
fn a_million() {
    on_a_small_stack(|| {
        let mut g = boxed(1_000_000);
        assert_eq!(now(g.anext()), Ok(1));
        drop(g);
        let mut g = boxed(1_000_000);
        assert_eq!(now(g.anext()), Ok(1));
        assert!(catch_unwind(AssertUnwindSafe(|| now(g.anext()))).is_err());
    });
}

#[test]
fn owners() {
    every_end(owned);
}

#[test]
fn in_the_clean_up_of_each() {
    every_end(in_clean_up);
}

/// Yields 0, and whatever is thrown in.
fn echo(depth: u32) -> Boxed {
    if depth > 0 {
        return Box::pin(async_gen! { yield from echo(depth - 1); });
    }
    Box::pin(generator!(|y: Yielder<'_, u32, (), String>| {
        let mut caught = y.try_yield(0).await;
        loop {
            let value = match caught {
                Err(Exception::Error(error)) => error.len().try_into().unwrap(),
                _ => 0,
            };
            caught = y.try_yield(value).await;
        }
    }))
}

#[test]
fn what_is_thrown_in_goes_straight_to_the_innermost() {
    let of_depth = |depth| {
        let mut g = echo(depth);
        assert_eq!(now(g.anext()), Ok(0));
        let time = || {
            let start = Instant::now();
            for _ in 0..10 {
                assert_eq!(now(g.athrow("four".to_owned())), Ok(Some(4)));
            }
            start.elapsed()
        };
        iter::repeat_with(time).take(50).min().unwrap()
    };
    let (shallow, deep) = (of_depth(1), of_depth(10_000));
    assert!(deep < 50 * shallow, "{deep:?} at depth 10,000, {shallow:?} at depth 1");
}

/// What is inside an owner is given to the finalizer with it.
#[test]
fn an_owner_with_a_finalizer_keeps_what_is_inside() {
    use asyncgen::hooks::{self, Finalizer, Hooks};
    use std::sync::{Arc, Mutex};

    fn level(depth: u32, log: Arc<Mutex<Vec<u32>>>) -> Owned {
        async_gen! {
            try {
                if depth > 0 {
                    yield from level(depth - 1, log.clone());
                } else {
                    yield 1;
                }
            } finally {
                log.lock().unwrap().push(depth);
            }
        }
        .boxed()
    }
    let closings = Arc::new(Mutex::new(0));
    let log = Arc::new(Mutex::new(Vec::new()));
    let count = closings.clone();
    let finalizer = Finalizer::new(move |g| {
        *count.lock().unwrap() += 1;
        now(g.close()).unwrap();
    });
    let before = hooks::set(Hooks { finalizer: Some(finalizer), ..hooks::get() });
    let inner = level(5, log.clone());
    let mut outer: Boxed = Box::pin(async_gen! {
        let passed_on: Boxed = Box::pin(async_gen! { yield from inner; });
        yield from passed_on;
    });
    assert_eq!(now(outer.anext()), Ok(1));
    drop(outer);
    hooks::set(before);
    assert_eq!((*closings.lock().unwrap(), &*log.lock().unwrap()), (1, &vec![0, 1, 2, 3, 4, 5]));
}

/// The order of destructors is that of bodies which drop each other.
#[test]
fn the_innermost_is_dropped_first() {
    use std::cell::RefCell;
    use std::rc::Rc;
    type Local = Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = String>>>;
    type Log = Rc<RefCell<Vec<(&'static str, u32)>>>;
    struct OnDrop(&'static str, u32, Log);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.2.borrow_mut().push((self.0, self.1));
        }
    }
    fn keyword(depth: u32, log: Log) -> Local {
        Box::pin(async_gen! {
            let _first = OnDrop("first", depth, log.clone());
            let _second = OnDrop("second", depth, log.clone());
            if depth > 0 {
                yield from keyword(depth - 1, log.clone());
            }
            yield 1;
        })
    }
    fn closure(depth: u32, log: Log) -> Local {
        Box::pin(generator!(|y| {
            let _first = OnDrop("first", depth, log.clone());
            let _second = OnDrop("second", depth, log.clone());
            if depth > 0 {
                y.yield_from(closure(depth - 1, log.clone())).await;
            }
            y.yield_(1).await;
        }))
    }
    let order = |make: fn(u32, Log) -> Local| {
        let log = Rc::default();
        let mut g = make(3, Rc::clone(&log));
        assert_eq!(now(g.anext()), Ok(1));
        drop(g);
        log.take()
    };
    assert_eq!(order(keyword), order(closure));
    assert_eq!(order(keyword).len(), 8);
}
