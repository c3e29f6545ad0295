//! C25: what waited is raised at the next await or yield, and not where the clean-up ends.

use std::pin::pin;

use asyncgen::{AsyncGeneratorExt, async_gen};
use futures::FutureExt;

use crate::common::Gate;
use crate::keyword::{Log, forever, run, tick};

#[test]
fn what_waited_is_raised_at_the_next_yield() {
    run(async {
        let (log, gate) = (&Log::default(), &Gate::default());
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try { yield 1; } finally { gate.pass().await; log.add("closed"); }
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
            try { yield 1; } finally { gate.pass().await; log.add("closed"); }
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
            try { yield 1; } finally { gate.pass().await; }
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
        assert_eq!(g.anext().await, Ok(2));
        assert_eq!(log.take(), "closed after caught");
    });
}
