//! `select!` and `join!` in a `try` and in loops: exceptions are raised at them, and their handlers leave in every way.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, State, StepError, async_gen};
use futures::channel::mpsc;
use futures::stream::iter;
use futures::{FutureExt, StreamExt};

use crate::keyword::{Log, Noisy, forever, run, tick};
use crate::language::{all, closed_after, fail, raised, thrown_after};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    End,
    Break,
    BreakOuter,
    Continue,
    Return,
    ReturnErr,
    Question,
    Raise,
    Yield,
}

const ALL: [Way; 9] = [
    Way::End,
    Way::Break,
    Way::BreakOuter,
    Way::Continue,
    Way::Return,
    Way::ReturnErr,
    Way::Question,
    Way::Raise,
    Way::Yield,
];

/// What each way comes to in the programs below, which all have the same shape.
fn expected(way: Way) -> (Vec<u32>, Result<(), asyncgen::Exception<&'static str>>, &'static str) {
    match way {
        Way::End => (vec![9], Ok(()), "end f after end f after end"),
        Way::Break => (vec![9], Ok(()), "f out end"),
        Way::BreakOuter => (vec![9], Ok(()), "f end"),
        Way::Continue => (vec![9], Ok(()), "f f out end"),
        Way::Return => (vec![], Ok(()), "f"),
        Way::ReturnErr => (vec![], raised("returned"), "f"),
        Way::Question => (vec![9], Ok(()), "question f after question f after end"),
        Way::Raise => (vec![9], Ok(()), "raise f after raise f after end"),
        Way::Yield => (vec![1, 1, 9], Ok(()), "end f after end f after end"),
    }
}

fn check(program: impl Fn(Way, &Log) -> (Vec<u32>, Result<(), asyncgen::Exception<&'static str>>)) {
    let log = Log::default();
    for way in ALL {
        let (values, end, events) = expected(way);
        assert_eq!(program(way, &log), (values, end), "{way:?}");
        // (Where the inner loop ends by itself, or by a `break`, is not looked at closely.)
        let seen = log.take();
        assert_eq!(seen.replace(" out", ""), events.replace(" out", ""), "{way:?}");
    }
}

#[test]
fn the_handlers_of_tokios_select_leave_a_try_in_every_way() {
    fn g(way: Way, log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            type Error = &'static str;
            'outer: {
                for _ in 0..2 {
                    try {
                        tokio::select! {
                            () = tick() => match way {
                                Way::End => {}
                                Way::Break => break,
                                Way::BreakOuter => break 'outer,
                                Way::Continue => continue,
                                Way::Return => return,
                                Way::ReturnErr => return Err("returned"),
                                Way::Question => fail("question")?,
                                Way::Raise => raise!("raise"),
                                Way::Yield => { yield 1; }
                            },
                            () = forever() => log.add("never"),
                        }
                        log.add("end");
                    } catch error {
                        log.add(error);
                    } finally {
                        tick().await;
                        log.add("f");
                    }
                    log.add("after");
                }
            }
            log.add("end");
            yield 9;
        }
    }
    check(|way, log| all(g(way, log)));
}

#[test]
fn the_handlers_of_futures_select_leave_a_try_in_every_way() {
    fn g(way: Way, log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            type Error = &'static str;
            'outer: {
                for _ in 0..2 {
                    try {
                        futures::select! {
                            () = Box::pin(tick()).fuse() => match way {
                                Way::End => {}
                                Way::Break => break,
                                Way::BreakOuter => break 'outer,
                                Way::Continue => continue,
                                Way::Return => return,
                                Way::ReturnErr => return Err("returned"),
                                Way::Question => fail("question")?,
                                Way::Raise => raise!("raise"),
                                Way::Yield => { yield 1; }
                            },
                            () = Box::pin(forever()).fuse() => log.add("never"),
                        }
                        log.add("end");
                    } catch error {
                        log.add(error);
                    } finally {
                        tick().await;
                        log.add("f");
                    }
                    log.add("after");
                }
            }
            log.add("end");
            yield 9;
        }
    }
    check(|way, log| all(g(way, log)));
}

#[test]
fn the_handlers_of_a_select_in_a_for_await_leave_the_loop_and_it_closes() {
    fn numbers(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! { try { yield 0; yield 1; } finally { tick().await; log.add("closed"); } }
    }
    fn g(way: Way, log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            type Error = &'static str;
            'outer: for _ in 0..1 {
                for await _ in numbers(log) {
                    tokio::select! {
                        biased;
                        () = tick() => match way {
                            Way::End => {}
                            Way::Break => break,
                            Way::BreakOuter => break 'outer,
                            Way::Continue => continue,
                            Way::Return => return,
                            Way::ReturnErr => return Err("returned"),
                            Way::Question => fail("question")?,
                            Way::Raise => raise!("raise"),
                            Way::Yield => { yield 1; }
                        },
                        () = forever() => log.add("never"),
                    }
                    log.add("end");
                }
                log.add("after");
            }
            yield 9;
        }
    }
    let log = &Log::default();
    for (way, expected, events) in [
        (Way::End, (vec![9], Ok(())), "end end closed after"),
        (Way::Break, (vec![9], Ok(())), "closed after"),
        (Way::BreakOuter, (vec![9], Ok(())), "closed"),
        (Way::Continue, (vec![9], Ok(())), "closed after"),
        (Way::Return, (vec![], Ok(())), "closed"),
        (Way::ReturnErr, (vec![], raised("returned")), "closed"),
        (Way::Question, (vec![], raised("question")), "closed"),
        (Way::Raise, (vec![], raised("raise")), "closed"),
        (Way::Yield, (vec![1, 1, 9], Ok(())), "end end closed after"),
    ] {
        assert_eq!(all(g(way, log)), expected, "{way:?}");
        assert_eq!(log.take(), events, "{way:?}");
    }
    assert_eq!(closed_after(1, g(Way::Yield, log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "closed");
}

/// Waits at one of these for ever, in a `try`.
#[derive(Clone, Copy, Debug)]
enum At {
    TokioSelect,
    FuturesSelect,
    TokioJoin,
    FuturesJoin,
    TokioTryJoin,
    FuturesTryJoin,
}

fn waiting(at: At, log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async fn dropped(log: &Log) -> Result<(), &'static str> {
        let _noisy = Noisy(log, "dropped");
        forever().await;
        Ok(())
    }
    async_gen! {
        type Error = &'static str;
        try {
            match at {
                At::TokioSelect => tokio::select! { _ = dropped(log) => log.add("no"), () = forever() => log.add("no") },
                At::FuturesSelect => futures::select! {
                    _ = Box::pin(dropped(log)).fuse() => log.add("no"),
                    () = Box::pin(forever()).fuse() => log.add("no"),
                },
                At::TokioJoin => { let _ = tokio::join!(dropped(log), tick()); }
                At::FuturesJoin => { let _ = futures::join!(dropped(log), tick()); }
                At::TokioTryJoin => { let _ = tokio::try_join!(dropped(log), async { tick().await; Ok(()) }); }
                At::FuturesTryJoin => { let _ = futures::try_join!(dropped(log), async { tick().await; Ok(()) }); }
            }
            log.add("not reached");
        } catch "thrown" {
            log.add("caught");
        } finally {
            tick().await;
            log.add("finally");
        }
        yield 2;
    }
}

const EVERYWHERE: [At; 6] =
    [At::TokioSelect, At::FuturesSelect, At::TokioJoin, At::FuturesJoin, At::TokioTryJoin, At::FuturesTryJoin];

#[test]
fn an_exception_is_raised_at_a_select_or_join_in_a_try() {
    let log = &Log::default();
    for at in EVERYWHERE {
        run(async {
            let mut g = pin!(waiting(at, log));
            assert!(g.anext().now_or_never().is_none());
            assert_eq!(g.athrow("thrown").await, Ok(Some(2)), "{at:?}");
            assert_eq!(log.take(), "dropped caught finally", "{at:?}");

            let mut g = pin!(waiting(at, log));
            assert!(g.anext().now_or_never().is_none());
            let end = g.athrow("other").await;
            assert_eq!(end, Err(StepError::Raised(asyncgen::Exception::Error("other"))), "{at:?}");
            assert_eq!(log.take(), "dropped finally", "{at:?}");

            let mut g = pin!(waiting(at, log));
            assert!(g.anext().now_or_never().is_none());
            assert_eq!(g.aclose().await, Ok(()), "{at:?}");
            assert_eq!(g.state(), State::Closed);
            assert_eq!(log.take(), "dropped finally", "{at:?}");
        });
    }
}

#[test]
fn the_values_of_joins_come_out_in_a_try() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try {
            let (a, b) = tokio::join!(async { tick().await; 1 }, async { 2 });
            yield a + b;
            let (a, b) = futures::join!(async { 3 }, async { tick().await; 4 });
            yield a + b;
            let (a, b) = tokio::try_join!(async { Ok::<_, &str>(5) }, async { tick().await; Ok(6) })?;
            yield a + b;
            let (a, b) = futures::try_join!(async { Ok::<_, &str>(7) }, async { Ok(8) })?;
            yield a + b;
            tokio::try_join!(async { tick().await; fail("joined") }, async { tick().await; tick().await; Ok(()) })?;
        } catch "joined" {
            yield 99;
        }
    };
    assert_eq!(all(g).0, [3, 7, 11, 15, 99]);
}

#[test]
fn the_value_of_a_select_is_used_in_a_try() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try {
            let n = tokio::select! { n = async { tick().await; 5 } => n + 1, () = forever() => 0 };
            yield n;
            let n: u32 = futures::select! {
                n = Box::pin(async { 7 }).fuse() => n,
                () = Box::pin(forever()).fuse() => raise!("never"),
            };
            yield n;
        } finally {
            tick().await;
        }
    };
    assert_eq!(all(g).0, [6, 7]);
}

#[test]
fn a_yield_in_a_handler_in_a_try_is_thrown_into() {
    let g = |log| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let log: &Log = log;
            loop {
                try {
                    tokio::select! {
                        () = tick() => { yield 1; yield 2; }
                        () = forever() => {}
                    }
                    return;
                } catch "again" {
                    log.add("again");
                } finally {
                    log.add("finally");
                }
            }
        }
    };
    let log = &Log::default();
    assert_eq!(thrown_after(1, "again", g(log)), (vec![1, 1, 2], Ok(())));
    assert_eq!(log.take(), "again finally finally");
    assert_eq!(thrown_after(2, "other", g(log)), (vec![1, 2], raised("other")));
    assert_eq!(log.take(), "finally");
    assert_eq!(closed_after(1, g(log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "finally");
}

#[test]
fn a_select_merges_two_channels_in_a_try_and_moves_what_it_receives() {
    fn merged(
        mut left: mpsc::UnboundedReceiver<String>,
        mut right: mpsc::UnboundedReceiver<String>,
        log: &Log,
    ) -> impl AsyncGenerator<Yield = String, Sent = (), Error = String> {
        async_gen! {
            type Error = String;
            let mut ended = Vec::new();
            try {
                while ended.len() < 2 {
                    tokio::select! {
                        biased;
                        text = left.next(), if !ended.contains(&'l') => {
                            let Some(text) = text else { ended.push('l'); continue };
                            if text.is_empty() { raise!("empty"); }
                            yield text;
                        }
                        text = right.next(), if !ended.contains(&'r') => match text {
                            Some(text) if text == "end" => break,
                            Some(text) => { yield text + "!"; }
                            None => ended.push('r'),
                        },
                    }
                }
            } finally {
                left.close();
                right.close();
                log.add("closed");
            }
        }
    }
    let log = &Log::default();
    let channels = |left: &[&str], right: &[&str]| {
        let (l, left_receiver) = mpsc::unbounded();
        let (r, right_receiver) = mpsc::unbounded();
        left.iter().for_each(|text| l.unbounded_send((*text).to_owned()).unwrap());
        right.iter().for_each(|text| r.unbounded_send((*text).to_owned()).unwrap());
        merged(left_receiver, right_receiver, log)
    };
    assert_eq!(all(channels(&["a", "b"], &["c"])), (vec!["a".into(), "b".into(), "c!".into()], Ok(())));
    assert_eq!(all(channels(&["a"], &["c", "end", "d"])), (vec!["a".into(), "c!".into()], Ok(())));
    assert_eq!(all(channels(&["a", "", "b"], &[])), (vec!["a".into()], raised("empty".into())));
    assert_eq!(log.take(), "closed closed closed");
}

#[test]
fn a_select_in_a_finally_is_not_interrupted() {
    run(async {
        let log = &Log::default();
        let gate = &crate::common::Gate::default();
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                yield 1;
            } finally {
                tokio::select! { () = gate.pass() => log.add("through"), () = forever() => {} }
                for await n in iter([7]) { tokio::select! { () = tick() => log.add(n), () = forever() => {} } }
            }
        });
        g.anext().await.unwrap();
        assert!(g.aclose().now_or_never().is_none());
        assert!(g.athrow("late").now_or_never().is_none());
        gate.open();
        assert_eq!(g.aclose().await, Err(asyncgen::CloseError::Raised("late")));
        assert_eq!(log.take(), "through 7");
    });
}
