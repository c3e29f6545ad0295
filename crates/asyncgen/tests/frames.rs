//! A direct delegation whose future, or whose root, does not come to its end as the macros see to it.
#![cfg(feature = "macros")]
#![allow(unsafe_code, reason = "what the macros expand to")]

mod common;

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::{Mutex, TryLockError};
use std::task::{Context, Poll};

use asyncgen::__private::yield_from_directly;
use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, Refused, Resume, State, Step, StepError, Yielder, async_gen, generator,
};

use crate::common::{leak, now, poll};

type Boxed<'a> = Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = String> + 'a>>;
type Y<'a> = Yielder<'a, u32, (), String>;

fn numbers() -> Boxed<'static> {
    Box::pin(async_gen! {
        for n in 0.. {
            yield n;
        }
    })
}

#[test]
fn a_frame_that_is_dropped_before_its_root_has_it_takes_itself_back() {
    let mut g = pin!(generator!(|mut y: Y<'_>| {
        // SAFETY: it is not awaited where it is made, but it isn't leaked.
        let mut delegation = Box::pin(unsafe { yield_from_directly(numbers(), &mut y) });
        assert!(poll(delegation.as_mut()).is_pending());
        drop(delegation);
        pending::<()>().await;
    }));
    assert!(poll(pin!(g.anext())).is_pending());
    assert_eq!(g.state(), State::Running);
    assert_eq!(now(g.aclose()), Ok(()));
}

/// As in the closure form.
#[test]
fn what_a_leaked_generator_delegated_to_goes_on() {
    fn inner() -> Boxed<'static> {
        Box::pin(async_gen! { yield from numbers(); })
    }
    fn outer(keyword: bool, expected: u32, borrowed: &mut Boxed<'static>) {
        let mut outer: Boxed<'_> = if keyword {
            Box::pin(async_gen! { yield from borrowed; })
        } else {
            Box::pin(generator!(|y: Y<'_>| y.yield_from(borrowed).await))
        };
        assert_eq!(now(outer.anext()), Ok(expected));
        leak(outer);
    }
    for keyword in [false, true] {
        let mut g = inner();
        outer(keyword, 0, &mut g);
        assert_eq!(g.state(), State::Suspended);
        assert_eq!(now(g.asend(())), Ok(1));
        assert_eq!(now(g.anext()), Ok(2));
        outer(keyword, 3, &mut g);
        assert_eq!(
            now(g.athrow("thrown".to_owned())),
            Err(StepError::Raised(asyncgen::Exception::Error("thrown".to_owned())))
        );

        let mut g = inner();
        outer(keyword, 0, &mut g);
        assert_eq!(now(g.aclose()), Ok(()));

        let mut g = inner();
        outer(keyword, 0, &mut g);
        drop(g);

        let mut g = inner();
        outer(keyword, 0, &mut g);
        let mut root: Boxed<'_> = Box::pin(async_gen! { yield from g; });
        assert_eq!(now(root.anext()), Ok(1));
        assert_eq!(now(root.anext()), Ok(2));
    }
}

#[test]
fn what_a_leaked_generator_delegated_to_carries_on_with_its_step() {
    for keyword in [false, true] {
        let gate = &common::Gate::default();
        let mut g: Boxed<'_> = Box::pin(async_gen! {
            yield from async_gen! {
                type Yield = u32;
                type Sent = ();
                type Error = String;
                gate.pass().await;
                yield 1;
            };
        });
        {
            let borrowed = &mut g;
            let mut outer: Boxed<'_> = if keyword {
                Box::pin(async_gen! { yield from borrowed; })
            } else {
                Box::pin(generator!(|y: Y<'_>| y.yield_from(borrowed).await))
            };
            assert!(poll(pin!(outer.anext())).is_pending());
            leak(outer);
        }
        assert_eq!(g.state(), State::Running);
        assert!(poll(pin!(g.anext())).is_pending());
        gate.open();
        assert_eq!(now(g.anext()), Ok(1));
    }
}

fn panicking() -> Boxed<'static> {
    Box::pin(async_gen! {
        yield 1;
        resume_unwind(Box::new("expected"));
    })
}

#[test]
fn c21_a_borrowed_generator_between_frees_what_it_held_when_a_delegate_panics() {
    for keyword in [false, true] {
        let lock = &Mutex::new(());
        let mut inner: Boxed<'_> = Box::pin(async_gen! {
            let _held = lock.lock();
            yield from panicking();
        });
        {
            let borrowed = &mut inner;
            let mut outer: Boxed<'_> = if keyword {
                Box::pin(async_gen! { yield from borrowed; })
            } else {
                Box::pin(generator!(|y: Y<'_>| y.yield_from(borrowed).await))
            };
            assert_eq!(now(outer.anext()), Ok(1));
            assert!(catch_unwind(AssertUnwindSafe(|| now(outer.anext()))).is_err());
            assert!(matches!(lock.try_lock(), Err(TryLockError::Poisoned(_))), "{:?}", lock.try_lock());
            assert_eq!(outer.state(), State::Closed);
        }
        assert_eq!(inner.state(), State::Closed);
        assert_eq!(now(inner.anext()), Err(StepError::StopAsyncIteration));
    }
}

/// Panics when it is resumed.
struct Refuses;

impl AsyncGenerator for Refuses {
    type Yield = u32;
    type Sent = ();
    type Error = String;

    fn begin(self: Pin<&mut Self>, resume: Resume<(), String>) -> Result<(), Refused<(), String>> {
        match resume {
            Resume::Next => Ok(()),
            _ => resume_unwind(Box::new("expected")),
        }
    }

    fn poll_step(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Step<u32, String>> {
        Poll::Ready(Step::Yielded(1))
    }

    fn state(&self) -> State {
        State::Suspended
    }
}

#[test]
fn c21_a_panic_at_the_beginning_of_a_delegates_step_closes_what_is_around() {
    for keyword in [false, true] {
        for operation in 0..3 {
            let lock = &Mutex::new(());
            let middle: Boxed<'_> = Box::pin(async_gen! {
                let _held = lock.lock();
                yield from Refuses;
            });
            let mut outer: Boxed<'_> = if keyword {
                Box::pin(async_gen! { yield from middle; })
            } else {
                Box::pin(generator!(|y: Y<'_>| y.yield_from(middle).await))
            };
            assert_eq!(now(outer.anext()), Ok(1));
            let panic = catch_unwind(AssertUnwindSafe(|| match operation {
                0 => drop(now(outer.asend(()))),
                1 => drop(now(outer.athrow("thrown".to_owned()))),
                _ => drop(now(outer.aclose())),
            }));
            assert!(panic.is_err());
            assert_eq!(outer.state(), State::Closed);
            assert!(lock.try_lock().is_err_and(|error| matches!(error, TryLockError::Poisoned(_))));
        }
    }
}
