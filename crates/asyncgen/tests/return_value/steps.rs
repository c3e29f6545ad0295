//! Which step gives the value, and which does not.

use std::cell::Cell;
use std::pin::pin;

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, ReturningGenerator, State, StepError, Yielder, async_gen,
    generator,
};
use futures::FutureExt;

use crate::keyword::{Log, Noisy, run, tick};

fn counted(to: u32) -> impl ReturningGenerator<Yield = u32, Sent = (), Error = String, Return = String> {
    async_gen! {
        type Return = String;
        try {
            for n in 0..to { yield n; }
        } catch text if text == "enough" {
            return "caught".to_owned();
        } catch GeneratorExit {
            return "closed".to_owned();
        }
        format!("{to} values")
    }
}

#[test]
fn the_value_is_there_once_when_the_body_has_ended() {
    run(async {
        let mut g = pin!(counted(1));
        assert_eq!(g.return_value(), None);
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.return_value(), None);
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
        assert_eq!(g.state(), State::Closed);
        assert_eq!(g.return_value(), Some("1 values".to_owned()));
        assert_eq!(g.return_value(), None);
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
        assert_eq!(g.athrow("late".to_owned()).await, Ok(None));
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(g.return_value(), None);
    });
}

#[test]
fn later_operations_leave_it_there() {
    run(async {
        let mut g = pin!(counted(0));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(g.return_value(), Some("0 values".to_owned()));
    });
}

#[test]
fn a_body_that_catches_what_is_thrown_in_may_answer_with_a_value() {
    run(async {
        let mut g = pin!(counted(5));
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.athrow("enough".to_owned()).await, Err(StepError::StopAsyncIteration));
        assert_eq!(g.return_value(), Some("caught".to_owned()));
        // `GeneratorExit` that is thrown in is an exception as any.
        let mut g = pin!(counted(5));
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.athrow(Exception::GeneratorExit).await, Err(StepError::StopAsyncIteration));
        assert_eq!(g.return_value(), Some("closed".to_owned()));
    });
}

#[test]
fn closing_discards_the_value() {
    run(async {
        let mut g = pin!(counted(5));
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(g.return_value(), None);
        // Also that of a body which ends by itself while it is closed, and whoever carries on with the closing (C20).
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String; type Return = u32;
            try { yield 1; 0 } finally { tick().await; return 5; }
        });
        assert_eq!(g.anext().await, Ok(1));
        assert!(g.aclose().now_or_never().is_none());
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
        assert_eq!(g.return_value(), None);
    });
}

#[test]
fn an_exception_gives_no_value() {
    run(async {
        let mut g = pin!(counted(5));
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.athrow("other".to_owned()).await, Err(StepError::Raised(Exception::Error("other".to_owned()))));
        assert_eq!(g.return_value(), None);
        // An error that waited for clean-up to end goes before the value.
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String; type Return = u32;
            try { yield 1; } finally { tick().await; }
            2
        });
        assert_eq!(g.anext().await, Ok(1));
        assert!(g.anext().now_or_never().is_none());
        assert_eq!(g.athrow("waits".to_owned()).await, Err(StepError::Raised(Exception::Error("waits".to_owned()))));
        assert_eq!(g.return_value(), None);
        // Nor does one that was never started.
        let mut g = pin!(counted(5));
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(g.return_value(), None);
    });
}

#[test]
fn an_error_while_it_is_closed_is_no_value() {
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String; type Return = u32;
            try { yield 1; } finally { raise!("failed"); }
            2
        });
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.aclose().await, Err(CloseError::Raised("failed".to_owned())));
        assert_eq!(g.return_value(), None);
    });
}

#[test]
fn a_value_that_nobody_takes_is_dropped_with_the_generator() {
    let log = &Log::default();
    run(async {
        {
            let mut g = pin!(async_gen! {
                type Yield = u32; type Sent = (); type Error = String; type Return = Noisy<'_>;
                let _local = Noisy(log, "local");
                if false { yield 1; }
                Noisy(log, "value")
            });
            assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
            // What the body held is gone at its end; the value is not.
            assert_eq!(log.take(), "local");
        }
        assert_eq!(log.take(), "value");
        let mut g = Box::pin(async_gen! {
            type Yield = u32; type Sent = (); type Error = String; type Return = Noisy<'_>;
            yield 1;
            Noisy(log, "value")
        });
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
        drop(g.return_value());
        assert_eq!(log.take(), "value");
        drop(g);
        assert_eq!(log.take(), "");
    });
}

#[test]
fn a_closed_generators_value_is_dropped_at_once() {
    let log = &Log::default();
    run(async {
        let mut g = Box::pin(async_gen! {
            type Yield = u32; type Sent = (); type Error = String; type Return = Noisy<'_>;
            try { yield 1; } catch GeneratorExit {}
            Noisy(log, "value")
        });
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(log.take(), "value");
    });
}

#[test]
fn the_closure_form_says_the_type_as_a_closure_does() {
    run(async {
        let mut g = pin!(generator!(|y: Yielder<'_, u32, (), String>| -> u32 {
            y.yield_(1).await;
            if y.try_yield(2).await.is_err() {
                return Ok(0);
            }
            let n: u32 = "7".parse().map_err(|_| "no number".to_owned())?;
            Ok(n)
        }));
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Ok(2));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
        assert_eq!(g.return_value(), Some(7));
        let mut g = pin!(generator!(|mut y: Yielder<'_, u32>| -> Vec<u32> {
            y.yield_(1).await;
            vec![1, 2]
        }));
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
        assert_eq!(g.return_value(), Some(vec![1, 2]));
    });
}

#[test]
fn a_generator_without_a_value_is_no_larger() {
    fn plain() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
        async_gen! { yield 1; }
    }
    fn valued() -> impl ReturningGenerator<Yield = u32, Sent = (), Error = String, Return = u64> {
        async_gen! { type Return = u64; yield 1; 2 }
    }
    assert_eq!(size_of_val(&valued()) - size_of_val(&plain()), size_of::<Option<u64>>());
}

#[test]
fn a_value_need_be_no_more_than_moved() {
    // Neither `Sync` nor `Clone`.
    fn g() -> impl ReturningGenerator<Yield = u32, Sent = (), Error = String, Return = Cell<u32>> + Send {
        async_gen! { type Return = Cell<u32>; yield 1; Cell::new(2) }
    }
    run(async {
        let mut g = pin!(g());
        while g.anext().await.is_ok() {}
        assert_eq!(g.return_value().map(Cell::into_inner), Some(2));
    });
}
