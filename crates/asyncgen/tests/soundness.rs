//! Safe code that tries to break the engine: leaks, threads, panics and re-entrance where nobody expects them.
#![forbid(unsafe_code)]

mod common;

use std::cell::RefCell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, SentValue, State, StepError, Yielder, generator};

use crate::common::{Counted, Tally, drop_half_way, never, now, pending_for, poll};

type Y<'a> = Yielder<'a, Counted, Option<Counted>, Counted>;

/// Leaks a future. Its address is kept, so that leak checkers see that it is meant.
fn leak<T>(future: Pin<Box<T>>) {
    static LEAKED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    LEAKED.lock().unwrap().push(std::ptr::from_ref(&*future).cast::<()>() as usize);
    std::mem::forget(future);
}

/// Nothing was dropped twice, and nothing is left but what the test leaked.
#[track_caller]
fn check_leaked(tally: &Tally, leaked: &[&str]) {
    let mut alive = tally.alive();
    alive.sort_unstable();
    assert_eq!(alive, leaked, "what was not dropped");
    assert_eq!(tally.most_drops(), 1, "something was dropped twice");
}

#[test]
fn a_leaked_step_is_a_step_in_flight() {
    let tally = Tally::default();
    let in_body = tally.clone();
    let mut g = Box::pin(generator!(|y: Y<'_>| {
        pending_for(1).await;
        drop(y.yield_(in_body.make("yielded")).await);
        pending_for(1).await;
        y.yield_(in_body.make("yielded")).await;
    }));
    let mut step = Box::pin(g.anext());
    assert!(poll(step.as_mut()).is_pending());
    leak(step);
    assert_eq!(g.state(), State::Running);
    drop(now(g.anext()).unwrap());
    let mut step = Box::pin(g.asend(Some(tally.make("sent"))));
    assert!(poll(step.as_mut()).is_pending());
    leak(step);
    drop(now(g.anext()).unwrap());
    leak(Box::pin(g.asend(Some(tally.make("never sent")))));
    now(g.aclose()).unwrap();
    drop(g);
    check_leaked(&tally, &["never sent"]);
}

#[test]
fn a_leaked_yield_gives_its_place_to_the_next() {
    let tally = Tally::default();
    let in_body = tally.clone();
    let mut g = Box::pin(generator!(|y: Y<'_>| {
        leak(Box::pin(y.yield_(in_body.make("placed"))));
        let mut polled = Box::pin(y.yield_(in_body.make("polled")));
        assert!(poll(polled.as_mut()).is_pending());
        leak(polled);
        let sent = y.yield_(in_body.make("first")).await;
        assert_eq!(sent.unwrap().name(), "sent");

        // Its value goes out, and what is sent for it is never fetched.
        let mut polled = Box::pin(y.try_yield(in_body.make("second")));
        assert!(poll(polled.as_mut()).is_pending());
        leak(polled);
        pending_for(1).await;
        y.yield_(in_body.make("third")).await;
    }));
    assert_eq!(now(g.anext()).unwrap().name(), "first");
    assert_eq!(now(g.asend(Some(tally.make("sent")))).unwrap().name(), "second");
    assert_eq!(now(g.asend(Some(tally.make("sent")))).unwrap().name(), "third");
    assert_eq!(now(g.athrow(tally.make("thrown"))).map(|_| ()).unwrap_err().to_string_name(), "thrown");
    drop(g);
    check_leaked(&tally, &[]);
}

/// What the name of a raised value is.
trait RaisedName {
    fn to_string_name(&self) -> &'static str;
}

impl<R> RaisedName for StepError<Counted, R> {
    fn to_string_name(&self) -> &'static str {
        match self {
            Self::Raised(Exception::Error(error)) => error.name(),
            _ => "not raised",
        }
    }
}

#[test]
fn leaked_scopes_are_left_by_the_scope_around_them() {
    let tally = Tally::default();
    let in_body = tally.clone();
    let mut g = Box::pin(generator!(|y: Y<'_>| {
        let caught = y
            .catch(async |mut y| {
                let mut scope = Box::pin(y.catch(async |mut y| {
                    let _local = in_body.make("leaked");
                    y.yield_(in_body.make("yielded in the leaked scope")).await;
                    Ok(())
                }));
                assert!(poll(scope.as_mut()).is_pending());
                leak(scope);
                drop(y.yield_(in_body.make("yielded")).await);
                Ok(())
            })
            .await;
        let Err(Exception::Error(error)) = caught else { panic!("not caught") };
        assert_eq!(error.name(), "thrown");
        y.yield_(in_body.make("yielded after")).await;
    }));
    assert_eq!(now(g.anext()).unwrap().name(), "yielded");
    assert_eq!(now(g.athrow(tally.make("thrown"))).unwrap().unwrap().name(), "yielded after");
    assert_eq!(now(g.athrow(tally.make("not caught"))).map(|_| ()).unwrap_err().to_string_name(), "not caught");
    drop(g);
    check_leaked(&tally, &["leaked"]);
}

#[test]
fn leaked_clean_up_and_a_leaked_delegation_do_no_harm() {
    let tally = Tally::default();
    let in_body = tally.clone();
    let mut g = Box::pin(generator!(|y: Y<'_>| {
        {
            let mut scope = Box::pin(y.finally(
                async |_| Ok(()),
                async |_| {
                    let _local = in_body.make("leaked clean-up");
                    never().await
                },
            ));
            assert!(poll(scope.as_mut()).is_pending());
            leak(scope);
        }
        {
            let inner = in_body.clone();
            let mut delegation = Box::pin(y.yield_from(generator!(|y| {
                let _local = inner.make("leaked delegate");
                y.yield_(inner.make("yielded")).await;
                never().await
            })));
            assert!(poll(delegation.as_mut()).is_pending());
            leak(delegation);
        }
        pending_for(1).await;
        drop(y.yield_(in_body.make("second")).await);
        never().await
    }));
    assert_eq!(now(g.anext()).unwrap().name(), "yielded");
    assert_eq!(now(g.asend(Some(tally.make("sent to nobody")))).unwrap().name(), "second");
    // The body stands at a yield, where the leaked clean-up, which never ends, keeps no exception waiting.
    now(g.aclose()).unwrap();
    drop(g);
    check_leaked(&tally, &["leaked clean-up", "leaked delegate"]);
}

#[test]
fn a_leaked_generator_keeps_what_is_in_it() {
    let tally = Tally::default();
    let in_body = tally.clone();
    let mut g = Box::pin(generator!(|y: Y<'_>| {
        let _local = in_body.make("local");
        y.yield_(in_body.make("yielded")).await;
        never().await
    }));
    drop(now(g.anext()).unwrap());
    drop_half_way(g.asend(Some(tally.make("sent"))));
    leak(g);
    check_leaked(&tally, &["local"]);
}

#[test]
fn a_yield_can_be_polled_on_another_thread() {
    let mut g = pin!(generator!(|y: Yielder<'_, u32, Option<u32>>| {
        let mut sent = None;
        {
            let mut yields = pin!(y.yield_(1));
            std::thread::scope(|scope| {
                scope.spawn(|| assert!(poll(yields.as_mut()).is_pending()));
            });
            poll_fn(|_| {
                let poll = std::thread::scope(|scope| scope.spawn(|| poll(yields.as_mut())).join().unwrap());
                poll.map(|value| sent = value)
            })
            .await;
        }
        y.yield_(sent.unwrap()).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.asend(Some(7))), Ok(7));
}

#[test]
fn a_scope_can_be_polled_and_dropped_on_another_thread() {
    let mut g = pin!(generator!(|y: Yielder<'_, u32, Option<u32>, String>| {
        let mut scope = Box::pin(y.catch(async |mut y| Ok(y.yield_(1).await)));
        std::thread::scope(|scoped| {
            scoped.spawn(|| assert!(poll(scope.as_mut()).is_pending()));
        });
        let caught =
            poll_fn(|_| std::thread::scope(|scoped| scoped.spawn(|| poll(scope.as_mut())).join().unwrap())).await;
        std::thread::scope(|scoped| {
            scoped.spawn(move || drop(scope));
        });
        assert_eq!(caught, Err(Exception::Error("thrown".to_owned())));
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown".to_owned())), Ok(Some(2)));
    assert_eq!(now(g.athrow("thrown".to_owned())), Err(StepError::Raised("thrown".to_owned().into())));
}

#[test]
fn the_state_can_be_read_on_many_threads_at_once() {
    let mut g = Box::pin(generator!(|y: Yielder<'_, u32>| {
        y.yield_(1).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(g.state(), State::Suspended));
        }
    });
}

#[test]
fn a_body_cannot_get_at_its_own_generator() {
    type Own = Pin<Box<dyn AsyncGenerator<Yield = bool, Sent = (), Error = String>>>;
    let slot = Rc::<RefCell<Option<Own>>>::default();
    let own = Rc::downgrade(&slot);
    *slot.borrow_mut() = Some(Box::pin(generator!(|y| {
        // Dropping it here would pull the floor from under the body.
        let is_locked = own.upgrade().is_none_or(|slot| slot.try_borrow_mut().is_err());
        y.yield_(is_locked).await;
    })));
    assert_eq!(now(slot.borrow_mut().as_mut().unwrap().anext()), Ok(true));
}

#[test]
fn values_whose_destructors_drive_and_drop_other_generators() {
    type Inner = Pin<Box<dyn AsyncGenerator<Yield = Nested, Sent = (), Error = String>>>;
    struct Nested(Option<Inner>);
    impl Drop for Nested {
        fn drop(&mut self) {
            if let Some(mut g) = self.0.take() {
                drop(now(g.anext()));
                drop(now(g.aclose()));
            }
        }
    }
    fn nest(depth: u32) -> Nested {
        Nested((depth > 0).then(|| -> Inner {
            Box::pin(generator!(|y| {
                drop(y.yield_(nest(depth - 1)));
                let made = y.yield_(nest(depth - 1));
                pending_for(0).await;
                drop(made);
                y.yield_(nest(depth - 1)).await;
            }))
        }))
    }
    drop(nest(4));
}

/// A waker that does something when it is woken, and when it is dropped.
struct Trap<F: Fn() + Send + Sync>(F);

impl<F: Fn() + Send + Sync + 'static> Wake for Trap<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

impl<F: Fn() + Send + Sync> Drop for Trap<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn a_waker_that_drives_and_drops_another_generator() {
    let other = Arc::new(Mutex::new(Some(Box::pin(generator!(|y: Yielder<'_, u32>| {
        y.yield_(1).await;
        never().await
    })))));
    let trap = {
        let other = Arc::clone(&other);
        Waker::from(Arc::new(Trap(move || {
            if let Some(mut g) = other.lock().unwrap().take() {
                assert_eq!(now(g.anext()), Ok(1));
                drop_half_way(g.anext());
            }
        })))
    };
    let mut g = pin!(generator!(|y: Yielder<'_, u32>| {
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::Ready(())
        })
        .await;
        y.yield_(2).await;
    }));
    let mut step = pin!(g.anext());
    assert_eq!(step.as_mut().poll(&mut Context::from_waker(&trap)), Poll::Ready(Ok(2)));
    drop(trap);
    assert!(other.lock().unwrap().is_none());
}

#[test]
fn a_waker_that_panics_is_a_panic_of_the_body() {
    let trap = Waker::from(Arc::new(Trap(|| {
        if !std::thread::panicking() {
            resume_unwind(Box::new("expected"));
        }
    })));
    let mut g = Box::pin(generator!(|y: Yielder<'_, u32>| {
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::Ready(())
        })
        .await;
        y.yield_(1).await;
    }));
    let run = || g.anext().boxed_poll(&trap);
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    assert_eq!(g.state(), State::Closed);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(trap))).is_err());
}

/// Polls with a waker of the test's own.
trait PollWith: Future + Sized + Unpin {
    fn boxed_poll(mut self, waker: &Waker) -> Poll<Self::Output> {
        Pin::new(&mut self).poll(&mut Context::from_waker(waker))
    }
}

impl<F: Future + Unpin> PollWith for F {}

/// A `Sent` whose implementation does the worst that safe code can.
#[derive(Debug)]
struct Liar;

impl SentValue for Liar {
    fn is_nothing(&self) -> bool {
        true
    }

    fn nothing() -> Option<Self> {
        resume_unwind(Box::new("expected"));
    }
}

impl asyncgen::Nothing for Liar {}

#[test]
fn a_sent_value_that_panics_and_lies_breaks_nothing() {
    let tally = Tally::default();
    let in_body = tally.clone();
    let mut g = Box::pin(generator!(|y: Yielder<'_, Counted, Liar, Counted>| {
        let _local = in_body.make("local");
        y.yield_(in_body.make("yielded")).await;
        y.yield_(in_body.make("yielded")).await;
    }));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(now(g.anext())))).is_err());
    assert_eq!(g.state(), State::Created);
    drop(now(g.asend(Liar)).unwrap());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(now(g.anext())))).is_err());
    let _: Result<(), _> = catch_unwind(AssertUnwindSafe(|| drop(now(g.asend(Liar)))));
    drop(g);
    tally.check("a lying sent value");
}

#[test]
fn a_zero_sized_sent_value_with_a_destructor_is_dropped_as_often_as_it_was_sent() {
    static DROPS: Mutex<u32> = Mutex::new(0);
    #[derive(Debug)]
    struct Token;
    impl Drop for Token {
        fn drop(&mut self) {
            *DROPS.lock().unwrap() += 1;
        }
    }
    impl SentValue for Token {}

    let mut g = Box::pin(generator!(|y: Yielder<'_, u32, Token>| {
        let kept = y.yield_(1).await;
        drop(y.yield_(2).await);
        pending_for(1).await;
        drop(kept);
        y.yield_(3).await;
    }));
    now(g.start()).unwrap();
    now(g.asend(Token)).unwrap();
    drop_half_way(g.asend(Token));
    now(g.start()).unwrap();
    drop(g.asend(Token));
    drop(g);
    assert_eq!(*DROPS.lock().unwrap(), 3);
}

#[test]
fn values_with_the_strictest_alignment_share_the_mailbox() {
    #[derive(Debug, PartialEq)]
    #[repr(align(64))]
    struct Aligned(u8);
    impl SentValue for Aligned {}

    let mut g = Box::pin(generator!(|y: Yielder<'_, u8, Aligned, [u64; 9]>| {
        let mut sent = y.yield_(0).await;
        while let Ok(next) = y.try_yield(sent.0).await {
            assert!(std::ptr::from_ref(&next).is_aligned());
            sent = next;
        }
        Err([7; 9])
    }));
    assert_eq!(now(g.start()), Ok(0));
    for n in 1..5 {
        assert_eq!(now(g.asend(Aligned(n))).unwrap(), n);
    }
    assert_eq!(now(g.athrow([1; 9])).unwrap_err(), StepError::Raised(Exception::Error([7; 9])));
}
