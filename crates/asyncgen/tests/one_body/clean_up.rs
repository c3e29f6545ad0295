//! `finally` with a program of its own in it.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, State, StepError, async_gen};
use futures::FutureExt;
use futures::stream::iter;

use crate::common::Gate;
use crate::keyword::{Log, forever, run, tick};
use crate::language::{all, closed_after, fail, raised, thrown_after};

#[test]
fn a_try_in_a_finally_catches_what_the_clean_up_raises() {
    let g = |log| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let log: &Log = log;
            try {
                yield 1;
            } finally {
                try {
                    tick().await;
                    fail("log-out failed")?;
                } catch error {
                    log.add(error);
                } finally {
                    log.add("innermost");
                }
                log.add("done");
            }
            log.add("after");
        }
    };
    let log = &Log::default();
    let cleaned = "log-out failed innermost done";
    assert_eq!(all(g(log)), (vec![1], Ok(())));
    assert_eq!(log.take(), format!("{cleaned} after"));
    assert_eq!(thrown_after(1, "thrown", g(log)), (vec![1], raised("thrown")));
    assert_eq!(log.take(), cleaned);
    assert_eq!(closed_after(1, g(log)), (vec![1], Ok(())));
    assert_eq!(log.take(), cleaned);
}

#[test]
fn a_loop_in_a_finally_tries_again() {
    let g = |log| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let log: &Log = log;
            try {
                yield 1;
            } finally {
                let mut tries = 0;
                loop {
                    tries += 1;
                    try {
                        tick().await;
                        if tries < 3 { raise!("busy"); }
                        break;
                    } catch "busy" {
                        log.add(tries);
                        if tries > 5 { break; }
                        continue;
                    }
                }
                log.add("closed");
            }
        }
    };
    let log = &Log::default();
    assert_eq!(closed_after(1, g(log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "1 2 closed");
    assert_eq!(all(g(log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "1 2 closed");
}

#[test]
fn a_for_await_in_a_finally_goes_over_streams_and_generators() {
    fn objects(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! { try { for i in 0..9 { tick().await; yield i; } } finally { log.add("objects"); } }
    }
    let g = |log| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let log: &Log = log;
            try {
                yield 1;
            } finally {
                for await n in iter([7, 8]) { tick().await; log.add(n); }
                for await n in objects(log) { if n == 2 { break; } log.add(n); }
            }
        }
    };
    let log = &Log::default();
    assert_eq!(closed_after(1, g(log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "7 8 0 1 objects");
    assert_eq!(thrown_after(1, "thrown", g(log)), (vec![1], raised("thrown")));
    assert_eq!(log.take(), "7 8 0 1 objects");
}

#[test]
fn a_finally_yields_and_is_sent_to_and_closing_gives_its_value_back() {
    run(async {
        let log = &Log::default();
        let g = || {
            async_gen! {
                type Yield = u32; type Sent = Option<u32>; type Error = &'static str;
                try {
                    yield 1;
                } finally {
                    let sent = yield 2;
                    log.add(format_args!("{sent:?}"));
                    tick().await;
                }
            }
        };
        let mut normal = pin!(g());
        assert_eq!(normal.anext().await, Ok(1));
        assert_eq!(normal.anext().await, Ok(2));
        assert_eq!(normal.asend(Some(5)).await, Err(StepError::StopAsyncIteration));
        assert_eq!(log.take(), "Some(5)");

        // An error is still on its way after the yield.
        let mut thrown = pin!(g());
        assert_eq!(thrown.anext().await, Ok(1));
        assert_eq!(thrown.athrow("thrown").await, Ok(Some(2)));
        assert_eq!(thrown.asend(Some(6)).await, Err(StepError::Raised(Exception::Error("thrown"))));
        assert_eq!(log.take(), "Some(6)");

        // C15: and so is a closing.
        let mut closed = pin!(g());
        assert_eq!(closed.anext().await, Ok(1));
        assert_eq!(closed.aclose().await, Err(CloseError::IgnoredGeneratorExit(2)));
        assert_eq!(closed.state(), State::Suspended);
        assert_eq!(closed.asend(Some(7)).await, Err(StepError::Raised(Exception::GeneratorExit)));
        assert_eq!(log.take(), "Some(7)");

        // Closed once more at the yield: the rest of that clean-up does not run, as in Python.
        let mut twice = pin!(g());
        assert_eq!(twice.anext().await, Ok(1));
        assert_eq!(twice.aclose().await, Err(CloseError::IgnoredGeneratorExit(2)));
        assert_eq!(twice.aclose().await, Ok(()));
        assert_eq!(log.take(), "");
    });
}

#[test]
fn a_finally_that_leaves_swallows_what_was_on_its_way() {
    let g = |way: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            'outer: for i in 1.. {
                for _ in 0..1 {
                    try {
                        yield i;
                        if i == 2 { break 'outer; }
                    } finally {
                        tick().await;
                        if i == 1 {
                            match way {
                                0 => return,
                                1 => break,
                                2 => break 'outer,
                                3 => continue,
                                4 => continue 'outer,
                                5 => return Err("instead"),
                                _ => {}
                            }
                        }
                    }
                }
            }
            yield 99;
        }
    };
    for (way, expected) in [
        (0, (vec![1], Ok(()))),
        (1, (vec![1, 2, 99], Ok(()))),
        (2, (vec![1, 99], Ok(()))),
        (3, (vec![1, 2, 99], Ok(()))),
        (4, (vec![1, 2, 99], Ok(()))),
        (5, (vec![1], raised("instead"))),
    ] {
        assert_eq!(all(g(way)), expected, "{way}");
        assert_eq!(thrown_after(1, "thrown", g(way)), expected, "{way}");
    }
    assert_eq!(thrown_after(1, "thrown", g(6)), (vec![1], raised("thrown")));
    assert_eq!(closed_after(1, g(0)), (vec![1], Ok(())));
    assert_eq!(closed_after(1, g(1)), (vec![1], Err(CloseError::IgnoredGeneratorExit(2))));
}

#[test]
fn a_finally_runs_for_what_a_catch_does() {
    let g = |log| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let log: &Log = log;
            try {
                try { yield 1; } catch "a" { yield 2; } finally { log.add("finally"); tick().await; }
            } catch error {
                log.add(error);
            }
        }
    };
    let log = &Log::default();
    assert_eq!(thrown_after(1, "a", g(log)), (vec![1, 2], Ok(())));
    assert_eq!(log.take(), "finally");
    assert_eq!(thrown_after(1, "b", g(log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "finally b");
    // An exception at the yield of the handler.
    run(async {
        let mut g = pin!(g(log));
        g.anext().await.unwrap();
        assert_eq!(g.athrow("a").await, Ok(Some(2)));
        assert_eq!(g.athrow("a").await, Err(StepError::StopAsyncIteration));
        assert_eq!(log.take(), "finally a");
    });
}

#[test]
fn a_try_that_is_left_before_its_first_await_is_cleaned_up() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try { log.add("try"); } finally { log.add("finally"); }
        loop { try { break; } finally { log.add("broken"); } }
        try { try { fail("raised")?; } finally { log.add("raised"); } } catch _ {}
        try {} finally {}
        yield 1;
    };
    assert_eq!(all(g).0, [1]);
    assert_eq!(log.take(), "try finally broken raised");
}

#[test]
fn clean_up_ends_though_the_await_it_interrupts_never_would() {
    // C19
    run(async {
        let log = &Log::default();
        let gate = &Gate::default();
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                try { forever().await; } finally { log.add("inner"); gate.pass().await; log.add("through"); }
            } finally {
                log.add("outer");
            }
            yield 1;
        });
        assert!(g.anext().now_or_never().is_none());
        assert!(g.aclose().now_or_never().is_none());
        assert_eq!(log.take(), "inner");
        gate.open();
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(log.take(), "through outer");
        assert_eq!(g.state(), State::Closed);
    });
}

#[test]
fn clean_up_delegates() {
    fn farewell(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! { yield 10; tick().await; yield 11; log.add("farewell"); }
    }
    let g = |log| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let log: &Log = log;
            try { yield 1; } finally { yield from farewell(log); log.add("end"); }
            yield 2;
        }
    };
    let log = &Log::default();
    assert_eq!(all(g(log)), (vec![1, 10, 11, 2], Ok(())));
    assert_eq!(log.take(), "farewell end");
    assert_eq!(thrown_after(1, "thrown", g(log)), (vec![1, 10, 11], raised("thrown")));
    assert_eq!(log.take(), "farewell end");
    assert_eq!(thrown_after(2, "thrown", g(log)), (vec![1, 10], raised("thrown")));
    assert_eq!(log.take(), "");
    assert_eq!(closed_after(1, g(log)), (vec![1], Err(CloseError::IgnoredGeneratorExit(10))));
}

#[test]
fn locals_of_a_try_are_dropped_before_its_clean_up_and_its_handler() {
    use crate::keyword::Noisy;
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let _body = Noisy(log, "body");
        try {
            let _try = Noisy(log, "try");
            yield 1;
        } catch _ {
            log.add("handler");
            let _catch = Noisy(log, "catch");
            tick().await;
        } finally {
            log.add("clean-up");
            let _finally = Noisy(log, "finally");
            tick().await;
        }
        log.add("end");
    };
    assert_eq!(thrown_after(1, "thrown", g).0, [1]);
    assert_eq!(log.take(), "try handler catch clean-up finally end body");
}
