//! C25: what waited is raised when the clean-up has ended; or, if an error went first, at the next await or yield, and not at
//! the entry of a `try`.

use std::pin::pin;

use asyncgen::{AsyncGeneratorExt, Exception, StepError, async_gen};
use futures::FutureExt;

use crate::common::Gate;
use crate::keyword::{Log, forever, run, tick};

#[test]
fn what_waited_is_raised_at_the_next_yield() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            yield 1;
            try { try { Err("first")?; } finally { gate.pass().await; log.add("closed"); } } catch "first" {}
            log.add("between");
            try { yield 2; } catch "late" { yield 3; }
        });
        g.anext().await.unwrap();
        assert!(g.anext().now_or_never().is_none());
        assert!(g.athrow("late").now_or_never().is_none());
        gate.open();
        assert_eq!(g.anext().await, Ok(3), "not yielded: 2");
        assert_eq!(log.take(), "closed between");
    });
}

#[test]
fn what_waited_is_raised_at_the_next_await() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            yield 1;
            try { try { Err("first")?; } finally { gate.pass().await; log.add("closed"); } } catch "first" {}
            try { log.add("begun"); forever().await; } catch "late" { log.add("caught"); }
            yield 2;
        });
        g.anext().await.unwrap();
        assert!(g.anext().now_or_never().is_none());
        assert!(g.athrow("late").now_or_never().is_none());
        gate.open();
        assert_eq!(g.anext().await, Ok(2));
        assert_eq!(log.take(), "closed begun caught");
    });
}

#[test]
fn a_closing_that_waited_goes_through_a_catch_of_errors_at_the_next_await() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            yield 1;
            try { try { Err("first")?; } finally { gate.pass().await; } } catch "first" {}
            try { tick().await; log.add("not reached"); } catch _ { log.add("nor this"); } finally { log.add("finally"); }
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
fn what_arrives_while_a_loop_closes_its_generator_waits_too() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            for await n in async_gen! {
                type Yield = u32; type Sent = (); type Error = &'static str;
                try { yield 1; } finally { gate.pass().await; log.add("closed"); }
            } {
                yield n;
                break;
            }
            log.add("after");
            try { tick().await; } catch "late" { log.add("caught"); }
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
fn what_waited_is_raised_when_the_clean_up_has_ended() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                try { yield 1; } finally { gate.pass().await; log.add("closed"); }
                log.add("not reached");
            } catch "late" { log.add("caught"); }
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
