//! `try`, `catch` and `finally`: every way in, and every way out.

#![allow(clippy::needless_continue, reason = "every way out is tried everywhere")]

mod keyword;

use std::convert::Infallible;
use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, State, StepError, async_gen};
use futures::FutureExt;
use keyword::{Log, Noisy, forever, run, tick};

type Raised<T = u32> = Result<T, StepError<&'static str>>;

fn raised(error: &'static str) -> Raised {
    Err(StepError::Raised(Exception::Error(error)))
}

const STOP: Raised = Err(StepError::StopAsyncIteration);

// --- `try` alone ---------------------------------------------------------------------------------------------------

#[test]
fn a_try_block_is_a_result() {
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = String;
            type Sent = ();
            type Error = String;

            let value: Result<u32, String> = try { yield "in".into(); 1 + 1 };
            yield format!("{value:?}");
            let value = try { "x".parse::<u32>().map_err(|error| error.to_string())? + 1 };
            yield format!("{value:?}");
            let value: Result<(), _> = try { raise!("raised".to_owned()) };
            yield format!("{value:?}");
            // as an operand, an argument, a condition, and with methods
            if let Err(error) = try { yield "at a yield".into(); } {
                yield error;
            }
            yield try { 1 }.map_or("none".into(), |n: i32| n.to_string());
            yield format!("{:?}", try { try { raise!("inner".to_owned()); }.is_err() });
        });
        assert_eq!(g.anext().await, Ok("in".into()));
        assert_eq!(g.anext().await, Ok("Ok(2)".into()));
        assert_eq!(g.anext().await, Ok("Err(\"invalid digit found in string\")".into()));
        assert_eq!(g.anext().await, Ok("Err(\"raised\")".into()));
        assert_eq!(g.anext().await, Ok("at a yield".into()));
        assert_eq!(g.athrow("thrown".to_owned()).await, Ok(Some("thrown".into())));
        assert_eq!(g.anext().await, Ok("1".into()));
        assert_eq!(g.anext().await, Ok("Ok(true)".into()));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    });
}

// --- all paths through `catch` ---------------------------------------------------------------------------------------

/// What the innermost block does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Normal,
    Question,
    Raise,
    RaiseExit,
    Yield,
    Await,
    Return,
    ReturnError,
    Break,
    BreakOuter,
    Continue,
}

fn fail(error: &'static str) -> Result<(), &'static str> {
    Err(error)
}

fn catching(way: Way, log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        for i in 0..2 {
            log.add(i);
            let _noisy = Noisy(log, "loop");
            let value = try {
                let _noisy = Noisy(log, "try");
                match way {
                    Way::Normal => {}
                    Way::Question => fail("question")?,
                    Way::Raise => raise!("raise"),
                    Way::RaiseExit => raise!(Exception::GeneratorExit),
                    Way::Yield => yield 1,
                    Way::Await => forever().await,
                    Way::Return => return,
                    Way::ReturnError => return Err("returned"),
                    Way::Break | Way::BreakOuter => break,
                    Way::Continue => continue,
                }
                log.add("end");
                "fine"
            } catch "special" {
                log.add("special");
                yield 50;
                tick().await;
                "was special"
            } catch error if error.len() > 9 {
                log.add("long");
                error
            } catch GeneratorExit {
                log.add("exit");
                tick().await;
                return;
            } catch "question" | "raise" {
                "caught"
            };
            log.add(value);
        }
        log.add("after");
        fail("the end has a `?`")?;
    }
}

#[test]
fn catch_sees_what_is_raised_and_the_rest_goes_on() {
    let log = &Log::default();
    run(async {
        for (way, end, events) in [
            (Way::Normal, "the end has a `?`", "0 end try fine loop 1 end try fine loop after"),
            (Way::Question, "the end has a `?`", "0 try caught loop 1 try caught loop after"),
            (Way::Raise, "the end has a `?`", "0 try caught loop 1 try caught loop after"),
            (Way::RaiseExit, "", "0 try exit loop"),
            (Way::Return, "", "0 try loop"),
            (Way::ReturnError, "returned", "0 try loop"),
            (Way::Break, "the end has a `?`", "0 try loop after"),
            (Way::Continue, "the end has a `?`", "0 try loop 1 try loop after"),
        ] {
            let mut g = pin!(catching(way, log));
            let end = if end.is_empty() { STOP } else { raised(end) };
            assert_eq!(g.anext().await, end, "{way:?}");
            assert_eq!(log.take(), events, "{way:?}");
        }
    });
}

#[test]
fn an_exception_at_a_yield_or_an_await_goes_to_the_arm_that_matches() {
    let log = &Log::default();
    run(async {
        for way in [Way::Yield, Way::Await] {
            for (thrown, end, events) in [
                ("special", Ok(50), "0 try special"),
                ("question", Ok(1), "0 try caught loop 1"),
                ("other", raised("other"), "0 try loop"),
                ("something long", Ok(1), "0 try long something long loop 1"),
            ] {
                log.take(); // of the one before, which was dropped
                let mut g = pin!(catching(way, log));
                let next = g.anext().now_or_never();
                assert_eq!(next, if way == Way::Yield { Some(Ok(1)) } else { None });
                match g.athrow(thrown).now_or_never() {
                    Some(Ok(value)) => assert_eq!(Ok(value.unwrap()), end, "{thrown}"),
                    Some(Err(StepError::Raised(exception))) => assert_eq!(Err(StepError::Raised(exception)), end),
                    None => assert_eq!(way, Way::Await),
                    other => panic!("{thrown}: {other:?}"),
                }
                assert_eq!(log.take(), events, "{way:?} {thrown}");
            }
            log.take();
            let mut g = pin!(catching(way, log));
            let _ = g.anext().now_or_never();
            assert_eq!(g.aclose().await, Ok(()));
            assert_eq!(log.take(), "0 try exit loop");
            assert_eq!(g.state(), State::Closed);
        }
    });
}

#[test]
fn a_dropped_generator_runs_destructors_only() {
    let log = &Log::default();
    run(async {
        {
            let mut g = pin!(catching(Way::Yield, log));
            g.anext().await.unwrap();
        }
        assert_eq!(log.take(), "0 try loop");
        {
            let mut g = pin!(nested(Way::Yield, log));
            g.anext().await.unwrap();
        }
        assert_eq!(log.take(), "0 in");
    });
}

#[test]
fn an_arm_may_raise_again_and_may_replace() {
    run(async {
        let replacing = |way: u32| {
            async_gen! {
                type Yield = u32;
                type Sent = ();
                type Error = &'static str;
                try {
                    yield way;
                } catch exception if way == 1 {
                    raise!(exception)
                } catch _ if way == 2 {
                    fail("replaced")?;
                } catch _ {}
                yield 9;
            }
        };
        for (way, end) in [(1, raised("thrown")), (2, raised("replaced")), (3, Ok(9))] {
            let mut g = pin!(replacing(way));
            g.anext().await.unwrap();
            let after = g.athrow("thrown").await;
            match end {
                Ok(value) => assert_eq!(after, Ok(Some(value))),
                Err(StepError::Raised(exception)) => assert_eq!(after, Err(StepError::Raised(exception))),
                Err(_) => unreachable!(),
            }
        }
        // No `catch` of errors sees a closing.
        for way in [1, 2, 3] {
            let mut g = pin!(replacing(way));
            g.anext().await.unwrap();
            assert_eq!(g.aclose().await, Ok(()));
        }
    });
}

#[test]
fn closing_is_seen_by_its_name_alone() {
    run(async {
        let exiting = |again: bool| {
            async_gen! {
                type Yield = u32;
                type Sent = ();
                type Error = &'static str;
                try {
                    yield 1;
                } catch _ {
                    yield 2;
                } catch GeneratorExit if again {
                    raise!(GeneratorExit);
                } catch GeneratorExit {}
                yield 9;
            }
        };
        // C12: letting it out again is a graceful end.
        let mut g = pin!(exiting(true));
        g.anext().await.unwrap();
        assert_eq!(g.aclose().await, Ok(()));
        // C15
        let mut g = pin!(exiting(false));
        g.anext().await.unwrap();
        assert_eq!(g.aclose().await, Err(CloseError::IgnoredGeneratorExit(9)));
        // Errors are not seen by it.
        let mut g = pin!(exiting(false));
        g.anext().await.unwrap();
        assert_eq!(g.athrow("thrown").await, Ok(Some(2)));
    });
}

// --- all paths through `finally`, three deep ---------------------------------------------------------------------------

fn nested(way: Way, log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        'outer: for i in 0..2 {
            log.add(i);
            for _ in 0..2 {
                try {
                    try {
                        try {
                            log.add("in");
                            match way {
                                Way::Normal => break 'outer,
                                Way::Question => fail("question")?,
                                Way::Raise => raise!("raise"),
                                Way::RaiseExit => raise!(Exception::GeneratorExit),
                                Way::Yield => yield 1,
                                Way::Await => forever().await,
                                Way::Return => return,
                                Way::ReturnError => return Err("returned"),
                                Way::Break => break,
                                Way::BreakOuter => break 'outer,
                                Way::Continue => continue 'outer,
                            }
                            log.add("end");
                        } finally {
                            tick().await;
                            log.add("a");
                        }
                        log.add("not skipped");
                    } finally {
                        log.add("b");
                        tick().await;
                    }
                } catch "special" {
                    log.add("special");
                } finally {
                    tick().await;
                    log.add("c");
                }
            }
            log.add("after");
        }
        log.add("end");
    }
}

#[test]
fn clean_up_runs_once_on_every_way_out_inner_first() {
    let log = &Log::default();
    run(async {
        for (way, end, events) in [
            (Way::Question, raised("question"), "0 in a b c"),
            (Way::Raise, raised("raise"), "0 in a b c"),
            (Way::RaiseExit, Err(StepError::Raised(Exception::GeneratorExit)), "0 in a b c"),
            (Way::Return, STOP, "0 in a b c"),
            (Way::ReturnError, raised("returned"), "0 in a b c"),
            (Way::Break, STOP, "0 in a b c after 1 in a b c after end"),
            (Way::BreakOuter, STOP, "0 in a b c end"),
            (Way::Continue, STOP, "0 in a b c 1 in a b c end"),
        ] {
            let mut g = pin!(nested(way, log));
            assert_eq!(g.anext().await, end, "{way:?}");
            assert_eq!(log.take(), events, "{way:?}");
            assert_eq!(g.anext().await, STOP);
        }
    });
}

#[test]
fn clean_up_runs_once_after_athrow_and_aclose() {
    let log = &Log::default();
    run(async {
        for way in [Way::Yield, Way::Await] {
            let mut g = pin!(nested(way, log));
            let _ = g.anext().now_or_never();
            assert_eq!(g.athrow("thrown").await, Err(StepError::Raised(Exception::Error("thrown"))));
            assert_eq!(log.take(), "0 in a b c");

            let mut g = pin!(nested(way, log));
            let _ = g.anext().now_or_never();
            assert_eq!(g.aclose().await, Ok(()));
            assert_eq!(log.take(), "0 in a b c");
        }
        // What the outer `catch` catches has gone through the inner clean-up before.
        let mut g = pin!(nested(Way::Yield, log));
        g.anext().await.unwrap();
        assert_eq!(g.athrow("special").await, Ok(Some(1)));
        assert_eq!(log.take(), "0 in a b special c in");
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(log.take(), "end a not skipped b c after 1 in");
    });
}

#[test]
fn body_and_clean_up_may_use_the_same_variables() {
    #[derive(Default)]
    struct Transaction(Vec<&'static str>);
    impl Transaction {
        async fn execute(&mut self, what: &'static str) -> Result<(), &'static str> {
            tick().await;
            self.0.push(what);
            Ok(())
        }
    }
    run(async {
        let mut tx = Transaction::default();
        {
            let tx = &mut tx;
            let mut g = pin!(async_gen! {
                type Yield = usize;
                type Sent = ();
                type Error = &'static str;
                let mut count = 0;
                try {
                    tx.execute("insert").await?;
                    count += 1;
                    yield count;
                    tx.execute("commit").await?;
                } catch error {
                    count += 1;
                    tx.execute(error).await?;
                } finally {
                    count += 1;
                    tx.execute("rollback").await?;
                }
                yield count;
            });
            assert_eq!(g.anext().await, Ok(1));
            assert_eq!(g.athrow("thrown").await, Ok(Some(3)));
        }
        assert_eq!(tx.0, ["insert", "thrown", "rollback"]);
    });
}

#[test]
fn an_error_of_clean_up_replaces_the_one_on_its_way() {
    run(async {
        let failing = || {
            async_gen! {
                type Yield = u32;
                type Sent = ();
                type Error = &'static str;
                try {
                    yield 1;
                    fail("first")?;
                } catch "other" {
                    fail("in the arm")?;
                } finally {
                    tick().await;
                    fail("second")?;
                }
            }
        };
        let mut g = pin!(failing());
        g.anext().await.unwrap();
        assert_eq!(g.anext().await, raised("second"));
        let mut g = pin!(failing());
        g.anext().await.unwrap();
        assert_eq!(g.athrow("other").await, Err(StepError::Raised(Exception::Error("second"))));
        let mut g = pin!(failing());
        g.anext().await.unwrap();
        assert_eq!(g.aclose().await, Err(CloseError::Raised("second"))); // C14
    });
}

#[test]
fn clean_up_may_leave_by_a_way_of_its_own() {
    // As in Python, it goes instead of the exception that was on its way.
    fn leaving(way: Way) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            for i in 10.. {
                try {
                    yield i;
                    if way == Way::Break { break; }
                } finally {
                    match way {
                        Way::Return => return,
                        Way::Break => break,
                        Way::Continue => continue,
                        Way::Yield => { yield 99; }
                        Way::Raise => raise!("raise"),
                        _ => {}
                    }
                }
            }
            yield 77;
        }
    }
    run(async {
        for (way, after) in [
            (Way::Return, Err(StepError::StopAsyncIteration)),
            (Way::Break, Ok(Some(77))),
            (Way::Continue, Ok(Some(11))),
            (Way::Yield, Ok(Some(99))),
            (Way::Raise, Err(StepError::Raised(Exception::Error("raise")))),
            (Way::Normal, Err(StepError::Raised(Exception::Error("thrown")))),
        ] {
            let mut g = pin!(leaving(way));
            assert_eq!(g.anext().await, Ok(10));
            assert_eq!(g.athrow("thrown").await, after, "{way:?}");
        }
        let mut g = pin!(leaving(Way::Break));
        g.anext().await.unwrap();
        assert_eq!(g.anext().await, Ok(77));
    });
}

#[test]
fn clean_up_is_not_interrupted_at_its_awaits() {
    // C25
    let log = &Log::default();
    run(async {
        let (send, receive) = futures::channel::oneshot::channel();
        let mut g = pin!(async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = &'static str;
            try {
                yield 1;
            } finally {
                log.add("begin");
                receive.await.unwrap();
                log.add("end");
            }
            log.add("after");
            yield 2;
        });
        g.anext().await.unwrap();
        assert!(g.anext().now_or_never().is_none());
        assert!(g.athrow("late").now_or_never().is_none());
        send.send(()).unwrap();
        assert_eq!(g.anext().await, raised("late"));
        assert_eq!(log.take(), "begin end");
    });
}

// --- values and types ----------------------------------------------------------------------------------------------

#[test]
fn blocks_have_values() {
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = String;
            type Sent = ();
            type Error = String;
            let n: u64 = try { "5".parse().map_err(|_| "no number".to_owned())? } finally { tick().await };
            yield n.to_string();
            let text = try { raise!("caught".to_owned()) } catch error { error } catch _ { return };
            yield text;
            let found = 'search: {
                try {
                    for i in 0.. { if i * i > 50 { break 'search Some(i); } }
                } finally { tick().await; }
                None
            };
            yield format!("{found:?}");
            let looped = loop { try { break 5; } finally { tick().await; } };
            yield format!("{looped:?}");
            let boxed: Box<dyn std::fmt::Display> = try { Box::new(1) } catch _ { Box::new("x") };
            yield boxed.to_string();
        });
        for expected in ["5", "caught", "Some(8)", "5", "1"] {
            assert_eq!(g.anext().await, Ok(expected.to_owned()));
        }
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    });
}

#[test]
fn a_try_block_in_a_stream_of_no_errors_needs_no_types() {
    use futures::StreamExt;
    let log = &Log::default();
    run(async {
        let items: Vec<u32> = asyncgen::stream! {
            try { yield 1; return; } finally { tick().await; log.add("closed"); }
        }
        .collect()
        .await;
        assert_eq!(items, [1]);
        assert_eq!(log.take(), "closed");
    });
}

#[test]
fn a_loop_may_be_the_whole_body() {
    run(async {
        let mut g = pin!(async_gen! {
            type Sent = ();
            type Error = Infallible;
            let mut n = 0;
            loop {
                try { n += 1; if n == 2 { continue; } yield n; } finally { n += 10; }
            }
        });
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Ok(12));
        assert_eq!(g.anext().await, Ok(23));
    });
}

// --- threads -------------------------------------------------------------------------------------------------------

#[test]
fn generators_with_scopes_can_go_to_another_thread() {
    async fn inner(n: u32) -> Result<u32, String> {
        tokio::task::yield_now().await;
        Ok(n)
    }
    fn rows() -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = String> + Send {
        async_gen! {
            type Sent = Option<u32>;
            type Error = String;
            let mut names = vec!["a".to_owned()];
            try {
                for await n in asyncgen::try_stream! { yield 1; yield inner(2).await?; } {
                    let n: Result<u32, String> = n;
                    if let Some(sent) = yield n? { names.push(sent.to_string()); }
                }
                yield from async_gen! { try { yield inner(3).await?; } finally { inner(4).await?; } };
            } catch error if error.is_empty() {
                names.push(error);
            } finally {
                tokio::task::yield_now().await;
                names.clear();
            }
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let items = runtime.block_on(async {
        tokio::spawn(async {
            let mut g = Box::pin(rows());
            let mut items = Vec::new();
            while let Ok(item) = g.anext().await {
                items.push(item);
            }
            items
        })
        .await
        .unwrap()
    });
    assert_eq!(items, [1, 2, 3]);
}

#[test]
#[rustfmt::skip]
fn except_may_be_a_variable() {
    run(async {
        let mut g = pin!(async_gen! {
            type Sent = ();
            type Error = Infallible;
            let mut except = vec![1];
            try { yield 0; } finally {}
            except.push(2);
            try { yield except.len(); } finally {}
            except = Vec::new();
            yield except.len();
        });
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.anext().await, Ok(2));
        assert_eq!(g.anext().await, Ok(0));
    });
}

#[test]
#[allow(clippy::blocks_in_conditions, clippy::nonminimal_bool, unused_braces)]
#[rustfmt::skip]
fn a_guard_may_have_blocks_in_it() {
    fn way(n: u32) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            try {
                raise!(["block", "not", "equal", "other"][n as usize]);
            } catch e if { e == "block" } {
                yield 1;
            } catch e if !{ e != "not" } {
                yield 2;
            } catch e if e == { "equal" } && { true } {
                yield 3;
            } catch _ {
                yield 4;
            }
        }
    }
    run(async {
        for n in 0..4 {
            assert_eq!(pin!(way(n)).anext().await, Ok(n + 1));
        }
    });
}

/// Otherwise the body would be polled once more before the exception comes out, and go on if that is ready.
#[test]
fn a_break_or_continue_out_of_a_try_leaves_no_scope_behind() {
    run(async {
        for continues in [false, true] {
            let went_on = &std::cell::Cell::new(false);
            let mut g = pin!(async_gen! {
                type Yield = u32; type Sent = (); type Error = &'static str;
                for _ in 0..1 {
                    try {
                        if continues { continue; } else { break; }
                    } catch _ {}
                }
                tick().await;
                went_on.set(true);
                yield 1;
            });
            assert!(futures::poll!(pin!(g.anext())).is_pending());
            assert_eq!(g.athrow("thrown").await, Err(StepError::Raised(Exception::Error("thrown"))));
            assert!(!went_on.get());
        }
    });
}
