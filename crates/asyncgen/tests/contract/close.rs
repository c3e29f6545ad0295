//! C12 to C15, C20: closing.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, StartError, State, StepError};

use super::generator;
use crate::common::{Gate, Log, drop_half_way, now};
use crate::{Y, raised};

#[test]
fn c12_aclose_raises_generator_exit_which_the_body_may_let_out() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let _local = log.on_drop("local dropped");
        y.yield_(1).await;
        log.add("went on");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["local dropped"]);
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c12_the_body_may_catch_it_await_its_clean_up_and_return() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught = y.catch(async |mut y| Ok(y.yield_(1).await)).await;
        assert_eq!(caught, Err(Exception::GeneratorExit));
        gate.pass().await;
        log.add("cleaned up");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    {
        let mut closing = pin!(g.aclose());
        assert!(crate::common::poll(closing.as_mut()).is_pending());
        gate.open();
        assert_eq!(now(closing), Ok(()));
    }
    assert_eq!(log.take(), ["cleaned up"]);
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c12_the_body_may_raise_it_again_after_its_clean_up() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        if let Err(exception) = y.try_yield(1).await {
            log.add("cleaned up");
            y.raise(exception).await;
        }
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["cleaned up"]);
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c12_finally_runs_when_the_generator_is_closed() {
    let (gate, log) = (&Gate::default(), &Log::default());
    gate.open();
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |mut y| {
                y.yield_(1).await;
                Ok(())
            },
            async |_| {
                gate.pass().await;
                log.add("cleaned up");
                Ok(())
            },
        )
        .await;
        log.add("went on");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["cleaned up"]);
}

#[test]
fn c13_aclose_on_a_closed_generator_does_nothing() {
    let mut g = pin!(generator!(|_y: Y<'_>| Err("failed")));
    assert_eq!(now(g.anext()), Err(raised("failed")));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c14_an_error_raised_while_closing_is_given_to_aclose() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |mut y| {
                y.yield_(1).await;
                Ok(())
            },
            async |_| Err("rollback failed"),
        )
        .await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    let error = now(g.aclose()).unwrap_err();
    assert_eq!(error, CloseError::Raised("rollback failed"));
    assert_eq!(error.to_string(), "rollback failed");
    assert_eq!(g.state(), State::Closed);
    assert_eq!(now(g.aclose()), Ok(()));
}

#[test]
fn c14_an_error_of_the_handler_is_given_to_aclose() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        match y.try_yield(1).await {
            Err(Exception::GeneratorExit) => Err("failed"),
            _ => Ok(()),
        }
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Err(CloseError::Raised("failed")));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c15_a_body_that_yields_while_it_is_closed_makes_aclose_fail_and_the_value_comes_back() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        let _: Result<_, _> = y.try_yield(1).await;
        y.yield_(2).await;
        y.yield_(3).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    let error = now(g.aclose()).unwrap_err();
    assert_eq!(error, CloseError::IgnoredGeneratorExit(2));
    assert_eq!(error.to_string(), "async generator ignored GeneratorExit");
    assert_eq!(g.state(), State::Suspended);
    assert_eq!(now(g.anext()), Ok(3), "it can be driven on");
    assert_eq!(now(g.aclose()), Ok(()), "it can be closed again");
}

#[test]
fn c15_a_yield_in_clean_up_ignores_generator_exit_too() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |mut y| {
                y.yield_(1).await;
                Ok(())
            },
            async |mut y| {
                y.yield_(2).await;
                Ok(())
            },
        )
        .await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Err(CloseError::IgnoredGeneratorExit(2)));
    // The `GeneratorExit` of the first closing is still on its way out, and no step is a closing any more.
    assert_eq!(now(g.anext()), Err(StepError::Raised(Exception::GeneratorExit)));
}

/// Catches `GeneratorExit`, then waits for the gate, then does what `end` says.
macro_rules! slow_to_close {
    ($gate:ident, $log:ident, |$y:ident| $end:expr) => {
        generator!(|$y: Y<'_>| {
            let caught = $y.try_yield(1).await;
            assert_eq!(caught, Err(Exception::GeneratorExit));
            $log.add("caught");
            $gate.pass().await;
            $log.add("cleaned up");
            $end
        })
    };
}

#[test]
fn c20_a_closing_that_was_dropped_is_carried_on_with_and_throws_nothing_again() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(slow_to_close!(gate, log, |y| {}));
    assert_eq!(now(g.anext()), Ok(1));
    for _ in 0..3 {
        drop_half_way(g.aclose());
        assert_eq!(g.state(), State::Running);
    }
    gate.open();
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["caught", "cleaned up"]);
    assert_eq!(g.state(), State::Closed);
    assert_eq!(now(g.aclose()), Ok(()));
}

#[test]
fn c20_an_error_of_a_dropped_closing_goes_to_the_next_aclose() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(slow_to_close!(gate, log, |y| Err("failed")));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Err(CloseError::Raised("failed")));
}

#[test]
fn c20_a_value_yielded_after_a_dropped_closing_still_ignores_generator_exit() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(slow_to_close!(gate, log, |y| {
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Err(CloseError::IgnoredGeneratorExit(2)));
    assert_eq!(g.state(), State::Suspended);
}

#[test]
fn c20_anext_carries_on_with_a_closing_to_stop_async_iteration() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(slow_to_close!(gate, log, |y| {}));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.aclose());
    drop_half_way(g.anext());
    gate.open();
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
    assert_eq!(log.take(), ["caught", "cleaned up"]);
}

#[test]
fn c20_anext_carries_on_with_a_closing_whose_body_lets_generator_exit_out() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(slow_to_close!(gate, log, |y| {
        y.raise(Exception::GeneratorExit).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
}

#[test]
fn c20_start_carries_on_with_a_closing() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(slow_to_close!(gate, log, |y| {}));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.start()), Err(StartError::StopAsyncIteration));
}

#[test]
fn c20_anext_carries_on_with_a_closing_to_its_error() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(slow_to_close!(gate, log, |y| Err("failed")));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.anext()), Err(raised("failed")));
}

#[test]
fn c20_anext_carries_on_with_a_closing_to_a_value() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(slow_to_close!(gate, log, |y| {
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.anext()), Ok(2));
    assert_eq!(g.state(), State::Suspended);
}

#[test]
fn c20_asend_of_a_value_is_refused_while_a_closing_is_in_flight() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(slow_to_close!(gate, log, |y| {}));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.aclose());
    assert_eq!(now(g.asend(Some(5))), Err(StepError::AlreadyRunning(Some(5))));
    gate.open();
    assert_eq!(now(g.asend(None)), Err(StepError::StopAsyncIteration));
}

#[test]
fn c20_athrow_raises_its_error_at_the_await_of_a_closing() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(slow_to_close!(gate, log, |y| {}));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.aclose());
    assert_eq!(now(g.athrow("enough")), Err(raised("enough")));
    assert_eq!(log.take(), ["caught"]);
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c20_a_closing_that_is_never_polled_closes_nothing() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_(1).await;
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop(g.aclose());
    assert_eq!(g.state(), State::Suspended);
    assert_eq!(now(g.anext()), Ok(2));
}
