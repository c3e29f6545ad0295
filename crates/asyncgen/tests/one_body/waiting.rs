//! C25: an exception that arrives at an await of clean-up waits, and is raised at its end, or at the next await or yield if an
//! error goes first.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, State, StepError, async_gen};
use futures::FutureExt;

use crate::common::Gate;
use crate::keyword::{Log, forever, run, tick};

#[test]
fn the_end_of_the_clean_up_is_where_it_is_raised_if_nothing_goes_first() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try { yield 1; } finally { gate.pass().await; log.add("closed"); }
            log.add("not reached");
            yield 2;
        });
        g.anext().await.unwrap();
        assert!(g.anext().now_or_never().is_none());
        assert!(g.athrow("late").now_or_never().is_none());
        gate.open();
        assert_eq!(g.anext().await, Err(StepError::Raised(Exception::Error("late"))));
        assert_eq!(log.take(), "closed");
    });
}

#[test]
fn what_waited_behind_an_error_is_raised_at_the_next_await_and_caught_there() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                try { yield 1; } finally { gate.pass().await; log.add("closed"); }
            } catch "first" {
                log.add("first");
            }
            try {
                log.add("begun");
                forever().await;
            } catch "second" {
                log.add("second");
            }
            yield 2;
        });
        g.anext().await.unwrap();
        assert!(g.athrow("first").now_or_never().is_none());
        assert!(g.athrow("second").now_or_never().is_none());
        gate.open();
        assert_eq!(g.anext().await, Ok(2));
        assert_eq!(log.take(), "closed first begun second");
    });
}

#[test]
fn what_waited_behind_an_error_is_raised_at_the_next_yield_of_a_loop_and_closes_it() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                try { yield 1; } finally { gate.pass().await; log.add("closed"); }
            } catch "first" {}
            for await n in async_gen! {
                type Yield = u32; type Sent = (); type Error = &'static str;
                try { log.add("begun"); yield 7; } finally { log.add("loop"); }
            } {
                log.add(n);
                yield n;
            }
        });
        g.anext().await.unwrap();
        assert!(g.athrow("first").now_or_never().is_none());
        assert!(g.aclose().now_or_never().is_none());
        gate.open();
        assert_eq!(g.aclose().await, Ok(()));
        let events = log.take();
        assert!(["closed", "closed begun loop", "closed begun 7 loop"].contains(&events.as_str()), "{events}");
    });
}

#[test]
fn what_waited_is_raised_after_the_clean_up_and_caught_around_it() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                try { yield 1; } finally { gate.pass().await; log.add("closed"); }
                yield 2;
            } catch "late" {
                yield 3;
            }
        });
        g.anext().await.unwrap();
        assert!(g.anext().now_or_never().is_none());
        assert!(g.athrow("late").now_or_never().is_none());
        gate.open();
        assert_eq!(g.anext().await, Ok(3), "not yielded: 2");
        assert_eq!(log.take(), "closed");
    });
}

#[test]
fn a_closing_that_waited_goes_through_a_catch_of_errors() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                try { yield 1; } finally { gate.pass().await; }
                tick().await;
                log.add("not reached");
            } catch _ {
                log.add("nor this");
            } finally {
                log.add("finally");
            }
            yield 2;
        });
        g.anext().await.unwrap();
        assert!(g.anext().now_or_never().is_none());
        assert!(g.aclose().now_or_never().is_none());
        gate.open();
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(log.take(), "finally");
    });
}

#[test]
fn what_arrives_while_a_loop_closes_its_generator_waits_for_that() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                for await n in async_gen! {
                    type Yield = u32; type Sent = (); type Error = &'static str;
                    try { yield 1; } finally { gate.pass().await; log.add("closed"); }
                } {
                    yield n;
                    break;
                }
                forever().await;
            } catch "late" {
                log.add("caught");
            }
            yield 2;
        });
        g.anext().await.unwrap();
        assert!(g.anext().now_or_never().is_none());
        assert!(g.athrow("late").now_or_never().is_none());
        gate.open();
        assert_eq!(g.anext().await, Ok(2));
        assert_eq!(log.take(), "closed caught");
    });
}

#[test]
fn what_waited_is_not_raised_at_the_entry_of_a_try_that_has_not_begun() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                try { Err("no connection")? } finally { log.add("disconnect"); gate.pass().await; }
            } catch _ {
                log.add("caught");
            }
            let mut open = 0u32;
            try {
                open += 1; // nothing is awaited here
                log.add("opened");
            } finally {
                log.add("close");
                open -= 1;
            }
            yield open;
        });
        assert!(g.anext().now_or_never().is_none());
        assert!(g.aclose().now_or_never().is_none());
        gate.open();
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(log.take(), "disconnect caught opened close");
        assert_eq!(g.state(), State::Closed);
    });
}

#[test]
fn an_error_on_its_way_goes_first_and_what_waited_is_raised_where_that_was_caught() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let g = || {
            async_gen! {
                type Yield = u32; type Sent = (); type Error = &'static str;
                try {
                    try { yield 1; } finally { gate.pass().await; }
                } catch "first" {
                    log.add("first");
                    tick().await;
                    log.add("not reached");
                }
                yield 2;
            }
        };
        let mut caught = pin!(g());
        caught.anext().await.unwrap();
        assert!(caught.athrow("first").now_or_never().is_none());
        assert!(caught.athrow("second").now_or_never().is_none());
        gate.open();
        assert_eq!(caught.anext().await, Err(StepError::Raised(Exception::Error("second"))));
        assert_eq!(log.take(), "first");

        gate.shut();
        let mut not_caught = pin!(g());
        not_caught.anext().await.unwrap();
        assert!(not_caught.athrow("other").now_or_never().is_none());
        assert!(not_caught.aclose().now_or_never().is_none());
        gate.open();
        assert_eq!(not_caught.aclose().await, Err(CloseError::Raised("other")));
    });
}

#[test]
fn what_waits_does_not_cut_off_clean_up_around() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                try { yield 1; return; } finally { gate.pass().await; log.add("inner"); }
            } finally {
                tick().await;
                log.add("outer");
                tick().await;
                log.add("all of it");
            }
        });
        g.anext().await.unwrap();
        assert!(g.anext().now_or_never().is_none());
        assert!(g.athrow("late").now_or_never().is_none());
        gate.open();
        // It left by `return`: there is no await or yield any more where the error could be raised, but it is not lost.
        assert_eq!(g.anext().await, Err(StepError::Raised(Exception::Error("late"))));
        assert_eq!(log.take(), "inner outer all of it");
    });
}

#[test]
fn what_waited_and_finds_no_await_comes_out_at_the_end() {
    run(async {
        let gate = &Gate::default();
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try { yield 1; } finally { gate.pass().await; }
        });
        g.anext().await.unwrap();
        assert!(g.anext().now_or_never().is_none());
        assert!(g.athrow("late").now_or_never().is_none());
        gate.open();
        assert_eq!(g.anext().await, Err(StepError::Raised(Exception::Error("late"))));
        assert_eq!(g.state(), State::Closed);
        assert_eq!(g.athrow("more").await, Ok(None));
    });
}

#[test]
fn at_a_yield_of_clean_up_an_exception_is_raised_at_once() {
    run(async {
        let log = &Log::default();
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                try { yield 1; } finally { yield 2; log.add("not reached"); }
            } catch "cut" { log.add("caught"); }
            yield 3;
        });
        g.anext().await.unwrap();
        assert_eq!(g.anext().await, Ok(2));
        assert_eq!(g.athrow("cut").await, Ok(Some(3)));
        assert_eq!(log.take(), "caught");
    });
}

#[test]
fn a_step_that_is_dropped_in_clean_up_is_carried_on_with() {
    // C18, C20
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try { yield 1; } finally { log.add("begin"); gate.pass().await; log.add("end"); }
        });
        g.anext().await.unwrap();
        assert!(g.aclose().now_or_never().is_none());
        assert!(g.aclose().now_or_never().is_none());
        assert_eq!(g.state(), State::Running);
        gate.open();
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(log.take(), "begin end");
    });
}
