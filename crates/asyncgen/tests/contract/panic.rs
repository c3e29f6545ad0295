//! C21: panics in the body.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, State, StepError, from_stream};
use futures::{FutureExt, stream};

use super::generator;
use crate::Y;
use crate::common::{Log, drop_half_way, now, pending_for};

/// The message of the panic that `f` must end with.
#[track_caller]
fn panic_of<T>(f: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("there was no panic"),
        Err(payload) => payload.downcast_ref::<&str>().map_or_else(|| "?".to_owned(), |text| (*text).to_owned()),
    }
}

#[test]
fn c21_a_panic_goes_to_the_consumer_and_closes_the_generator() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let _local = log.on_drop("local dropped");
        y.yield_(1).await;
        panic!("oh no");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(panic_of(|| now(g.anext())), "oh no");
    assert_eq!(log.take(), ["local dropped"]);
    assert_eq!(g.state(), State::Closed);
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
    assert_eq!(now(g.asend(Some(1))), Err(StepError::StopAsyncIteration));
    assert_eq!(now(g.athrow("late")), Ok(None));
    assert_eq!(now(g.aclose()), Ok(()));
}

#[test]
fn c21_a_panic_before_the_first_yield() {
    let mut g = pin!(generator!(|_y: Y<'_>| panic!("at once")));
    assert_eq!(panic_of(|| now(g.anext())), "at once");
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c21_a_panic_in_a_step_that_was_carried_on_with() {
    let mut g = pin!(generator!(|_y: Y<'_>| {
        pending_for(1).await;
        panic!("later");
    }));
    drop_half_way(g.anext());
    assert_eq!(panic_of(|| now(g.anext())), "later");
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c21_a_panic_in_clean_up_while_the_generator_is_closed() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let _local = log.on_drop("local dropped");
        y.finally(
            async |mut y| {
                y.yield_(1).await;
                Ok(())
            },
            async |_| panic!("in clean-up"),
        )
        .await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(panic_of(|| now(g.aclose())), "in clean-up");
    assert_eq!(log.take(), ["local dropped"]);
    assert_eq!(g.state(), State::Closed);
    assert_eq!(now(g.aclose()), Ok(()));
}

#[test]
fn c21_a_panic_in_a_handler() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        let _: Result<_, _> = y.try_yield(1).await;
        panic!("in the handler");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(panic_of(|| now(g.athrow("thrown"))), "in the handler");
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c21_a_panicking_destructor_in_an_interrupted_body() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("destructor");
        }
    }
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let _before = log.on_drop("its neighbour");
        let _bomb = Bomb;
        let _after = log.on_drop("its other neighbour");
        y.yield_(1).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(panic_of(|| now(g.athrow("thrown"))), "destructor");
    assert_eq!(log.take(), ["its other neighbour", "its neighbour"]);
    assert_eq!(g.state(), State::Closed);
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
}

#[test]
fn c21_a_panic_that_the_body_itself_catches_closes_nothing() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        let scope = y.catch(async |mut y| {
            y.yield_(1).await;
            panic!("caught by the body");
            #[expect(unreachable_code, reason = "names the type")]
            Ok(())
        });
        assert!(AssertUnwindSafe(scope).catch_unwind().await.is_err());
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.anext()), Ok(2));
    assert_eq!(now(g.athrow("thrown")), Err(crate::raised("thrown")), "the scope that panicked is left");
}

#[test]
fn c21_a_panicking_stream_closes_the_generator_made_of_it() {
    let mut items = 0;
    let mut g = from_stream::<_, &str>(stream::poll_fn(move |_| {
        items += 1;
        assert!(items != 2, "at the second item");
        Poll::Ready(Some(items))
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(panic_of(|| now(g.anext())), "at the second item");
    assert_eq!(g.state(), State::Closed);
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
}
