//! C9, C11: exceptions thrown in at a yield.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, State, StepError};

use super::generator;
use crate::common::{Gate, Log, drop_half_way, now};
use crate::{Y, raised};

#[test]
fn c09_athrow_is_caught_and_the_body_yields() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught = y.catch(async |mut y| Ok(y.yield_(1).await)).await;
        assert_eq!(caught, Err(Exception::Error("thrown")));
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Ok(Some(2)));
    assert_eq!(g.state(), State::Suspended);
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
}

#[test]
fn c09_athrow_is_caught_by_the_yield_itself() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        assert_eq!(y.try_yield(1).await, Err(Exception::Error("thrown")));
        assert_eq!(y.try_yield(2).await, Err(Exception::GeneratorExit));
        assert_eq!(y.try_yield(3).await, Ok(Some(7)));
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Ok(Some(2)));
    assert_eq!(now(g.athrow(Exception::GeneratorExit)), Ok(Some(3)));
    assert_eq!(now(g.asend(Some(7))), Err(StepError::StopAsyncIteration));
}

#[test]
fn c09_athrow_is_caught_and_the_body_returns() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        let _: Result<_, _> = y.catch(async |mut y| Ok(y.yield_(1).await)).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Err(StepError::StopAsyncIteration));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c09_athrow_is_not_caught_and_comes_out() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let _local = log.on_drop("local dropped");
        y.yield_(1).await;
        log.add("went on");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Err(raised("thrown")));
    assert_eq!(log.take(), ["local dropped"]);
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c09_athrow_is_caught_and_the_body_raises_another() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        if y.try_yield(1).await.is_err() {
            return Err("another");
        }
        Ok(())
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Err(raised("another")));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c09_only_the_innermost_scope_sees_it_and_what_it_raises_goes_to_the_next() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let outer = y
            .catch(async |mut y| {
                let inner = y.catch(async |mut y| Ok(y.yield_(1).await)).await;
                assert_eq!(inner, Err(Exception::Error("thrown")));
                log.add("inner caught it");
                y.raise("raised by the handler").await
            })
            .await;
        assert_eq!(outer, Err::<(), _>(Exception::Error("raised by the handler")));
        log.add("outer caught the other");
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Ok(Some(2)));
    assert_eq!(log.take(), ["inner caught it", "outer caught the other"]);
}

#[test]
fn c09_a_scope_that_has_ended_sees_nothing() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        let _: Result<_, _> = y.catch(async |mut y| Ok(y.yield_(1).await)).await;
        let _: Result<_, _> = y.try_yield(2).await;
        y.yield_(3).await;
    }));
    for n in 1..=3 {
        assert_eq!(now(g.anext()), Ok(n));
    }
    assert_eq!(now(g.athrow("thrown")), Err(raised("thrown")));
}

#[test]
fn c09_a_scope_made_but_not_polled_sees_nothing() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        drop(y.catch(async |mut y| Ok(y.yield_(0).await)));
        drop(y.try_yield(0));
        drop(y.yield_(0));
        drop(y.finally(async |_| Ok(()), async |_| Ok(())));
        y.yield_(1).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Err(raised("thrown")));
}

#[test]
fn c09_generator_exit_can_be_thrown_and_comes_out_as_itself() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_(1).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow(Exception::GeneratorExit)), Err(StepError::Raised(Exception::GeneratorExit)));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c09_a_handler_may_await_before_it_yields() {
    let gate = &Gate::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let _: Result<_, _> = y.try_yield(1).await;
        gate.pass().await;
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.athrow("thrown"));
    assert_eq!(g.state(), State::Running);
    gate.open();
    assert_eq!(now(g.anext()), Ok(2));
}

#[test]
fn c11_athrow_on_a_closed_generator_returns_none() {
    let mut g = pin!(generator!(|_y: Y<'_>| {}));
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
    assert_eq!(now(g.athrow("late")), Ok(None));
    assert_eq!(now(g.athrow(Exception::GeneratorExit)), Ok(None));
}
