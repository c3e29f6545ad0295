//! C1 to C3, C5, C10, C13: a generator that was not started yet.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, SentValue, StartError, State, StepError, Yielder};

use super::generator;
use crate::common::{Log, now};
use crate::{Y, raised};

#[test]
fn c01_creating_a_generator_runs_nothing_of_its_body() {
    let log = &Log::default();
    let g = pin!(generator!(|y: Y<'_>| {
        log.add("body");
        y.yield_(1).await;
    }));
    assert_eq!(g.state(), State::Created);
    assert_eq!(log.take(), [""; 0]);
}

#[test]
fn c01_a_step_that_is_never_polled_runs_nothing() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        log.add("body");
        y.yield_(1).await;
    }));
    drop(g.anext());
    drop(g.start());
    drop(g.asend(None));
    drop(g.asend(Some(1)));
    drop(g.athrow("unused"));
    drop(g.aclose());
    assert_eq!(g.state(), State::Created);
    assert_eq!(log.take(), [""; 0]);
    assert_eq!(now(g.anext()), Ok(1));
}

#[test]
fn c02_anext_runs_the_body_to_its_first_yield() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        log.add("before");
        y.yield_(1).await;
        log.add("after");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(log.take(), ["before"]);
    assert_eq!(g.state(), State::Suspended);
}

#[test]
fn c02_asend_of_none_starts() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_(1).await;
    }));
    assert_eq!(now(g.asend(None)), Ok(1));
}

#[test]
fn c02_asend_of_unit_starts() {
    let mut g = pin!(generator!(|y: Yielder<'_, u32>| {
        y.yield_(1).await;
    }));
    assert_eq!(now(g.asend(())), Ok(1));
}

#[test]
fn c02_start_starts_a_generator_that_has_no_nothing() {
    let mut g = pin!(generator!(|y: Yielder<'_, u32, u32>| {
        let sent = y.yield_(1).await;
        y.yield_(sent).await;
    }));
    assert_eq!(now(g.start()), Ok(1));
    assert_eq!(g.state(), State::Suspended);
    assert_eq!(now(g.start()), Err(StartError::AlreadyStarted));
    assert_eq!(now(g.asend(5)), Ok(5), "a refused start changes nothing");
}

#[test]
fn c03_sending_a_value_to_a_created_generator_is_refused() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_(1).await;
    }));
    let refused = now(g.asend(Some(7)));
    assert_eq!(refused, Err(StepError::JustStarted(Some(7))), "the value is given back");
    assert_eq!(refused.unwrap_err().to_string(), "can't send a value to a just-started async generator");
    assert_eq!(g.state(), State::Created);
    assert_eq!(now(g.anext()), Ok(1), "it can still be started");
}

#[test]
fn c03_a_value_of_the_users_own_type_is_refused() {
    #[derive(Debug, PartialEq)]
    struct Command;
    impl SentValue for Command {}

    let mut g = pin!(generator!(|y: Yielder<'_, u32, Command>| {
        y.yield_(1).await;
    }));
    assert_eq!(now(g.asend(Command)), Err(StepError::JustStarted(Command)));
    assert_eq!(now(g.start()), Ok(1));
}

#[test]
fn c05_a_value_of_the_users_own_type_that_means_nothing_starts_and_goes_on() {
    #[derive(Debug, PartialEq)]
    enum Command {
        GoOn,
        Set(u32),
    }
    impl SentValue for Command {
        fn is_nothing(&self) -> bool {
            *self == Self::GoOn
        }
        fn nothing() -> Option<Self> {
            Some(Self::GoOn)
        }
    }
    impl asyncgen::Nothing for Command {}

    let mut g = pin!(generator!(|y: Yielder<'_, u32, Command>| {
        let mut n = 0;
        loop {
            n = match y.yield_(n).await {
                Command::GoOn => n + 1,
                Command::Set(value) => value,
            };
        }
    }));
    assert_eq!(now(g.asend(Command::Set(9))), Err(StepError::JustStarted(Command::Set(9))));
    assert_eq!(now(g.asend(Command::GoOn)), Ok(0));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.asend(Command::Set(9))), Ok(9));
}

#[test]
fn c10_athrow_on_a_created_generator_gives_the_error_straight_back() {
    let log = &Log::default();
    let captured = log.on_drop("captured value dropped");
    let mut g = pin!(generator!(|y: Y<'_>| {
        let _captured = captured;
        log.add("body");
        let _: Result<(), _> = y.catch(async |_| Ok(())).await;
    }));
    assert_eq!(now(g.athrow("early")), Err(raised("early")));
    assert_eq!(log.take(), ["captured value dropped"]);
    assert_eq!(g.state(), State::Closed);
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
}

#[test]
fn c10_generator_exit_thrown_into_a_created_generator_comes_straight_back() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_(1).await;
    }));
    assert_eq!(now(g.athrow(Exception::GeneratorExit)), Err(StepError::Raised(Exception::GeneratorExit)));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c13_aclose_on_a_created_generator_closes_it_without_running_the_body() {
    let log = &Log::default();
    let captured = log.on_drop("captured value dropped");
    let mut g = pin!(generator!(|y: Y<'_>| {
        let _captured = captured;
        log.add("body");
        y.yield_(1).await;
    }));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["captured value dropped"]);
    assert_eq!(g.state(), State::Closed);
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
}
