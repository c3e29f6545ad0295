//! `for await`: over streams and generators, and every way out of the loop (C24).

#![allow(clippy::items_after_statements, clippy::ignored_unit_patterns, reason = "the tests are read from the top")]

mod keyword;

use std::convert::Infallible;
use std::pin::{Pin, pin};

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, State, StepError, async_gen, stream, try_stream,
};
use futures::stream::{self, BoxStream, Stream};
use futures::{FutureExt, StreamExt};
use keyword::{Log, forever, run, tick};

/// Yields 0, 1, .. and says, in clean-up that awaits, that it was closed.
fn numbers(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        try {
            for i in 0..5 { yield i; }
        } finally {
            tick().await;
            log.add("closed");
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Normal,
    Break,
    BreakOuter,
    Continue,
    ContinueOuter,
    Return,
    Question,
    Raise,
    Yield,
    Await,
}

fn fail(error: &'static str) -> Result<(), &'static str> {
    Err(error)
}

fn looping(way: Way, log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        'outer: for round in 0..2 {
            log.add(format_args!("round{round}"));
            for await n in numbers(log) {
                log.add(n);
                if n == 1 {
                    match way {
                        Way::Normal => {}
                        Way::Break => break,
                        Way::BreakOuter => break 'outer,
                        Way::Continue => continue,
                        Way::ContinueOuter => continue 'outer,
                        Way::Return => return,
                        Way::Question => fail("question")?,
                        Way::Raise => raise!("raise"),
                        Way::Yield => yield n,
                        Way::Await => forever().await,
                    }
                }
                log.add("-");
            }
            log.add("after");
        }
        log.add("end");
    }
}

const STOP: Result<u32, StepError<&'static str>> = Err(StepError::StopAsyncIteration);

#[test]
fn a_generator_is_closed_before_control_goes_on() {
    let log = &Log::default();
    let all = "0 - 1 - 2 - 3 - 4 - closed";
    run(async {
        for (way, end, events) in [
            (Way::Normal, STOP, format!("round0 {all} after round1 {all} after end")),
            (Way::Break, STOP, "round0 0 - 1 closed after round1 0 - 1 closed after end".into()),
            (Way::BreakOuter, STOP, "round0 0 - 1 closed end".into()),
            (
                Way::Continue,
                STOP,
                "round0 0 - 1 2 - 3 - 4 - closed after round1 0 - 1 2 - 3 - 4 - closed after end".into(),
            ),
            (Way::ContinueOuter, STOP, "round0 0 - 1 closed round1 0 - 1 closed end".into()),
            (Way::Return, STOP, "round0 0 - 1 closed".into()),
            (Way::Question, Err(StepError::Raised(Exception::Error("question"))), "round0 0 - 1 closed".into()),
            (Way::Raise, Err(StepError::Raised(Exception::Error("raise"))), "round0 0 - 1 closed".into()),
        ] {
            let mut g = pin!(looping(way, log));
            assert_eq!(g.anext().await, end, "{way:?}");
            assert_eq!(log.take(), events, "{way:?}");
        }
    });
}

#[test]
fn a_generator_is_closed_by_an_exception_at_a_yield_or_an_await() {
    let log = &Log::default();
    run(async {
        for way in [Way::Yield, Way::Await] {
            let mut g = pin!(looping(way, log));
            let _ = g.anext().now_or_never();
            let thrown = g.athrow("thrown").await;
            assert_eq!(thrown, Err(StepError::Raised(Exception::Error("thrown"))));
            assert_eq!(log.take(), "round0 0 - 1 closed", "{way:?}");

            let mut g = pin!(looping(way, log));
            let _ = g.anext().now_or_never();
            assert_eq!(g.aclose().await, Ok(()));
            assert_eq!(log.take(), "round0 0 - 1 closed", "{way:?}");
        }
        {
            let mut g = pin!(looping(Way::Yield, log));
            g.anext().await.unwrap();
            log.take();
        }
        assert_eq!(log.take(), "", "a dropped generator has no clean-up");
    });
}

#[test]
fn loops_close_from_the_inside_out() {
    fn level(n: u32, log: &Log) -> Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + '_>> {
        Box::pin(async_gen! {
            try {
                if n == 0 { yield 1; yield 2; } else {
                    for await value in level(n - 1, log) { yield value; }
                }
            } finally {
                tick().await;
                log.add(n);
            }
        })
    }
    let log = &Log::default();
    run(async {
        let mut g = level(3, log);
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(log.take(), "0 1 2 3");
        let mut g = level(3, log);
        while g.anext().await.is_ok() {}
        assert_eq!(log.take(), "0 1 2 3");
    });
}

#[test]
fn what_the_generator_raises_is_raised_at_the_loop() {
    #[derive(Debug, PartialEq)]
    struct Outer(&'static str);
    impl From<&'static str> for Outer {
        fn from(error: &'static str) -> Self {
            Self(error)
        }
    }
    let log = &Log::default();
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = Outer;
            try {
                for await n in async_gen! { type Sent = (); type Error = &'static str; yield 1; fail("inner")?; } {
                    yield n;
                }
                log.add("not reached");
            } catch Outer("inner") {
                log.add("caught");
            }
            // `GeneratorExit` too.
            try {
                for await () in async_gen! { type Sent = (); type Error = Infallible; if true { raise!(Exception::GeneratorExit); } yield; } {}
            } catch GeneratorExit {
                log.add("exit");
            }
            // and an error of its clean-up, which replaces the way out
            for await n in async_gen! { type Sent = (); type Error = &'static str; try { yield 2; } finally { fail("closing")?; } } {
                yield n;
                return;
            }
        });
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Ok(2));
        assert_eq!(log.take(), "caught exit");
        assert_eq!(g.anext().await, Err(StepError::Raised(Exception::Error(Outer("closing")))));
    });

    impl From<Infallible> for Outer {
        fn from(never: Infallible) -> Self {
            match never {}
        }
    }
}

#[test]
fn closing_is_masked() {
    // C25: what is thrown in meanwhile waits for the end of it.
    let log = &Log::default();
    run(async {
        let (send, receive) = futures::channel::oneshot::channel::<()>();
        let mut g = pin!(async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = &'static str;
            for await n in async_gen! {
                type Sent = ();
                type Error = &'static str;
                try { yield 1; } finally { receive.await.unwrap(); log.add("closed"); }
            } {
                yield n;
                break;
            }
            log.add("after");
        });
        assert_eq!(g.anext().await, Ok(1));
        assert!(g.anext().now_or_never().is_none());
        assert!(g.athrow("late").now_or_never().is_none());
        assert_eq!(g.state(), State::Running);
        assert_eq!(log.take(), "");
        send.send(()).unwrap();
        assert_eq!(g.anext().await, Err(StepError::Raised(Exception::Error("late"))));
        assert_eq!(log.take(), "closed");
    });
}

#[test]
fn an_exception_while_the_generator_awaits_is_raised_in_it() {
    // The loop's own scope sees the exception, and closes the generator at the await where it stands (C19).
    let log = &Log::default();
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = &'static str;
            for await n in async_gen! {
                type Sent = ();
                type Error = &'static str;
                try { yield 1; forever().await; } finally { tick().await; log.add("closed"); }
            } {
                yield n;
            }
        });
        assert_eq!(g.anext().await, Ok(1));
        assert!(g.anext().now_or_never().is_none());
        assert_eq!(g.athrow("thrown").await, Err(StepError::Raised(Exception::Error("thrown"))));
        assert_eq!(log.take(), "closed");
    });
}

#[test]
fn a_generator_that_ignores_its_closing_is_left() {
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = Infallible;
            for await n in async_gen! { type Sent = (); type Error = Infallible; try { yield 1; } catch _ { yield 2; } } {
                yield n;
                break;
            }
            yield 3;
        });
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Ok(3));
    });
}

#[test]
fn a_loop_goes_over_anything_that_is_a_stream_or_a_generator() {
    fn generic<S: Stream<Item = u32>>(stream: S) -> impl Stream<Item = u32> {
        stream! { for await n in stream { yield n; } }
    }
    fn generic_generator<G>(generator: G) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String>
    where
        G: AsyncGenerator<Yield = u32, Sent = Option<u8>, Error = String>,
    {
        async_gen! { for await n in generator { yield n; } }
    }
    let log = &Log::default();
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = String;
            // streams: by value, pinned or not, boxed, by reference, opaque, of references
            for await n in stream::iter([1, 2]) { yield n; }
            for await n in stream::iter([3]).then(async |n| { tick().await; n }) { yield n; }
            let boxed: BoxStream<'_, u32> = stream::iter([4]).boxed();
            for await n in boxed { yield n; }
            let mut by_reference = stream::iter([5, 6, 7]);
            for await n in &mut by_reference { yield n; break; }
            for await n in by_reference.by_ref() { yield n; break; }
            let mut pinned = pin!(by_reference);
            for await n in pinned.as_mut() { yield n; }
            for await n in generic(stream::iter([8])) { yield n; }
            // generators: by value, pinned, boxed, by reference
            for await n in numbers(log) { if n < 2 { continue } yield n + 7; break; }
            // (what is borrowed is left where it stands)
            let mut pinned = pin!(async_gen! { type Sent = (); type Error = String; yield 10; yield 0; });
            for await n in pinned.as_mut() { yield n; break; }
            assert_eq!(pinned.state(), State::Suspended);
            let mut boxed: Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = String>>>
                = Box::pin(async_gen! { yield 11; yield 12; });
            for await n in &mut boxed { yield n; break; }
            assert_eq!(boxed.state(), State::Suspended);
            for await n in boxed { yield n; }
            for await n in generic_generator(async_gen! { yield 13; }) { yield n; }
            // what a `stream!` is
            for await n in stream! { yield 0; } { yield n + 14; break; }
            for await n in try_stream! { yield 14; Err("end")?; } { if let Ok(14) = n { continue; } let n: Result<u32, &str> = n; yield n.unwrap_or(15); }
            // patterns
            for await (n, _) in stream::iter([(16, 'a')]) { yield n; }
            for await Ok(n) | Err(n) in stream::iter([Ok(17), Err(18)]) { yield n; }
            for await Point { x, .. } in stream::iter([Point { x: 19, y: 0 }]) { yield x; }
            for await mut n in stream::iter([19]) { n += 1; yield n; }
            for await _ in stream::empty::<()>() {}
        });
        struct Point {
            x: u32,
            #[expect(dead_code)]
            y: u32,
        }
        for expected in 1..=20 {
            assert_eq!(g.anext().await, Ok(expected));
        }
        assert!(g.anext().await.is_err());
    });
}

#[test]
fn a_stream_that_is_a_generator_is_closed_too() {
    let log = &Log::default();
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = String;
            for await n in stream! { try { yield 1; yield 2; } finally { tick().await; log.add("stream"); } } {
                yield n;
                break;
            }
            let boxed = Box::pin(try_stream! { try { yield 2; yield 3; } finally { tick().await; log.add("try_stream"); } });
            for await n in boxed {
                let n: Result<u32, String> = n;
                yield n?;
            }
        });
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Ok(2));
        assert_eq!(log.take(), "stream");
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(log.take(), "try_stream");
    });
}

#[test]
fn an_iterator_of_its_own_error_type_needs_no_conversion() {
    // The error of what is iterated stays where it is: in the items of a stream, or caught.
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = bool;
            type Sent = ();
            type Error = Infallible;
            for await item in stream::iter([Ok(1), Err("no")]) { yield item.is_ok(); }
        });
        assert_eq!(g.anext().await, Ok(true));
        assert_eq!(g.anext().await, Ok(false));
    });
}

#[test]
fn closing_errors_are_those_of_the_loop() {
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = &'static str;
            for await n in async_gen! { type Sent = (); type Error = &'static str; try { yield 1; } finally { fail("closing")?; } } { yield n; }
        });
        g.anext().await.unwrap();
        assert_eq!(g.aclose().await, Err(CloseError::Raised("closing")));
    });
}

// --- `yield from` --------------------------------------------------------------------------------------------------

#[test]
fn yield_from_passes_everything_on() {
    // C23
    fn inner(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str> {
        async_gen! {
            type Sent = Option<u32>;
            let mut n = 1;
            loop {
                try {
                    n = (yield n).unwrap_or(n + 1);
                    if n == 9 { return; }
                } catch "caught" {
                    n = 50;
                } finally {
                    tick().await;
                    log.add("inner");
                }
            }
        }
    }
    fn outer(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str> {
        async_gen! {
            try {
                let () = yield from inner(log);
                let mut again = pin!(inner(log));
                yield from again.as_mut();
                yield from &mut again;
                yield 100;
            } finally {
                log.add("outer");
            }
        }
    }
    let log = &Log::default();
    run(async {
        let mut g = pin!(outer(log));
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Ok(2));
        assert_eq!(g.asend(Some(5)).await, Ok(5));
        assert_eq!(g.athrow("caught").await, Ok(Some(50)));
        assert_eq!(log.take(), "inner inner inner");
        assert_eq!(g.asend(Some(9)).await, Ok(1), "the next delegate");
        assert_eq!(g.asend(Some(9)).await, Ok(100), "a closed delegate gives control back");
        assert_eq!(log.take(), "inner inner");
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(log.take(), "outer");

        let mut g = pin!(outer(log));
        g.anext().await.unwrap();
        assert_eq!(g.athrow("not caught").await, Err(StepError::Raised(Exception::Error("not caught"))));
        assert_eq!(log.take(), "inner outer");

        let mut g = pin!(outer(log));
        g.anext().await.unwrap();
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(log.take(), "inner outer");
    });
}

#[test]
fn streams_delegate_too() {
    fn down(n: u32) -> Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> + Send>> {
        Box::pin(async_gen! {
            yield n;
            if n > 0 { yield from down(n - 1); }
        })
    }
    run(async {
        let items: Vec<_> = stream! { yield from down(3); yield 7; }.collect().await;
        assert_eq!(items, [3, 2, 1, 0, 7]);
    });
}
