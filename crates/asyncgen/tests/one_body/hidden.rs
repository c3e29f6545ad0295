//! What other macros hide: a `return`, a `break`, an await, a `?`. It works in a `try` and in a loop, and skips no `finally`.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, State, StepError, async_gen, try_stream};
use futures::stream::iter;
use futures::{FutureExt, StreamExt};

use crate::keyword::{Log, forever, run, tick};
use crate::language::{all, closed_after, raised};

/// As anyhow's.
macro_rules! bail {
    ($error:expr) => {
        return ::core::result::Result::Err(($error).into())
    };
}

/// As anyhow's.
macro_rules! ensure {
    ($condition:expr, $error:expr) => {
        if !$condition {
            return ::core::result::Result::Err(($error).into());
        }
    };
}

/// Of a user's own making, under a name that nobody knows.
macro_rules! give_up {
    ($error:expr) => {
        return Err(($error).into())
    };
}

/// Ends the body.
macro_rules! stop {
    () => {
        return Ok(())
    };
}

macro_rules! unwrap_or {
    ($option:expr, $otherwise:expr) => {
        match $option {
            Some(value) => value,
            None => $otherwise,
        }
    };
}

macro_rules! some_or_return {
    ($option:expr) => {
        match $option {
            Some(value) => value,
            None => return Ok(()),
        }
    };
}

/// Hides an await.
macro_rules! wait {
    ($future:expr) => {
        $future.await
    };
}

/// Hides a `?`.
macro_rules! tried {
    ($result:expr) => {
        $result?
    };
}

#[test]
fn a_hidden_error_in_a_try_is_raised_there() {
    let log = &Log::default();
    let g = |n: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let log: &Log = log;
            try {
                ensure!(n != 0, "ensure");
                if n == 1 { bail!("bail"); }
                if n == 2 { give_up!("give up"); }
                tried!(if n == 3 { Err("tried".to_owned()) } else { Ok(()) });
                yield n;
            } catch error {
                log.add(error);
            } finally {
                tick().await;
                log.add("finally");
            }
            log.add("end");
        }
    };
    for (n, events) in
        [(0, "ensure finally end"), (1, "bail finally end"), (2, "give up finally end"), (3, "tried finally end")]
    {
        assert_eq!(all(g(n)), (vec![], Ok(())));
        assert_eq!(log.take(), events);
    }
    assert_eq!(all(g(4)).0, [4]);
}

#[test]
fn a_hidden_error_that_nothing_catches_skips_no_finally() {
    let log = &Log::default();
    let g = |n: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let log: &Log = log;
            try {
                try {
                    yield n;
                    match n {
                        0 => bail!("bail"),
                        1 => give_up!("give up"),
                        2 => ensure!(false, "ensure"),
                        _ => {}
                    }
                } catch error if error.is_empty() {
                    log.add("not this");
                } finally {
                    tick().await;
                    log.add("a");
                }
            } finally {
                log.add("b");
            }
        }
    };
    for (n, error) in [(0, "bail"), (1, "give up"), (2, "ensure")] {
        assert_eq!(all(g(n)), (vec![n], raised(error.to_owned())));
        assert_eq!(log.take(), "a b");
    }
}

#[test]
fn a_hidden_error_outside_of_every_try_ends_the_body() {
    let g = |n: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            try { yield 1; } finally {}
            ensure!(n < 1, "ensure");
            for await i in iter([1]) { yield i; bail!("in the loop"); }
        }
    };
    assert_eq!(all(g(1)), (vec![1], raised("ensure".to_owned())));
    assert_eq!(all(g(0)), (vec![1, 1], raised("in the loop".to_owned())));
}

#[test]
fn a_hidden_error_in_a_loop_closes_its_generator() {
    let log = &Log::default();
    let g = |way: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let log: &Log = log;
            for await n in async_gen! {
                type Yield = u32; type Sent = (); type Error = String;
                try { yield 1; yield 2; } finally { tick().await; log.add("closed"); }
            } {
                yield n;
                if way == 0 { give_up!("give up"); }
                if way == 1 { stop!(); }
                let _: u32 = some_or_return!(None);
            }
        }
    };
    assert_eq!(all(g(0)), (vec![1], raised("give up".to_owned())));
    assert_eq!(log.take(), "closed");
    for way in [1, 2] {
        assert_eq!(all(g(way)), (vec![1], Ok(())));
        assert_eq!(log.take(), "closed");
    }
}

#[test]
fn a_hidden_return_in_a_try_leaves_the_body_through_its_finallys() {
    let log = &Log::default();
    let g = |word: Option<u32>| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let log: &Log = log;
            try {
                try {
                    yield some_or_return!(word);
                    log.add("went on");
                } catch _ {
                    log.add("caught");
                } finally {
                    tick().await;
                    log.add("a");
                }
                stop!();
            } finally {
                log.add("b");
            }
            log.add("not this");
        }
    };
    assert_eq!(all(g(None)), (vec![], Ok(())));
    assert_eq!(log.take(), "a b");
    assert_eq!(all(g(Some(1))), (vec![1], Ok(())));
    assert_eq!(log.take(), "went on a b");
}

#[test]
fn a_return_in_a_macro_argument_in_a_try_leaves_the_body_through_its_finallys() {
    let log = &Log::default();
    let g = |word: Option<u32>, fails: bool| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let log: &Log = log;
            try {
                if fails { yield unwrap_or!(word, return Err("returned".to_owned())); }
                yield unwrap_or!(word, return);
            } catch _ {
                log.add("caught");
            } finally {
                log.add("finally");
            }
            "7".parse::<u32>().map_err(|error| error.to_string())?;
        }
    };
    assert_eq!(all(g(None, false)), (vec![], Ok(())));
    assert_eq!(log.take(), "finally");
    assert_eq!(all(g(Some(1), false)).0, [1]);
    assert_eq!(log.take(), "finally");
    let (values, _) = all(g(None, true));
    assert!(values.is_empty());
    assert!(log.take().ends_with("finally"));
}

#[test]
fn a_break_in_a_macro_argument_leaves_loops_and_trys() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let log: &Log = log;
        'outer: for i in 0..3 {
            for await x in iter([Some(i), None]) {
                try {
                    let x = unwrap_or!(x, break 'outer);
                    yield x;
                } finally {
                    tick().await;
                    log.add("finally");
                }
            }
        }
        for x in [Some(5), None, Some(6)] {
            try { yield unwrap_or!(x, continue); } catch _ { yield 404; }
        }
        let last = 'value: { try { unwrap_or!(None, break 'value 8) } finally { log.add("last"); } };
        yield last;
    };
    assert_eq!(all(g).0, [0, 5, 6, 8]);
    assert_eq!(log.take(), "finally finally last");
}

#[test]
fn a_macro_that_returns_stands_beside_a_question_mark_in_a_try() {
    let g = |words: Vec<Option<&'static str>>| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = std::num::ParseIntError;
            for word in words {
                try {
                    let word = unwrap_or!(word, return);
                    yield word.parse::<u32>()?;
                } catch _ {
                    yield 404;
                }
            }
            yield "5".parse()?;
        }
    };
    assert_eq!(all(g(vec![Some("1"), Some("x"), None, Some("2")])).0, [1, 404]);
    assert_eq!(all(g(vec![Some("1")])).0, [1, 5]);
}

#[test]
fn an_exception_at_a_hidden_await_is_raised_there() {
    run(async {
        let log = &Log::default();
        let g = || {
            async_gen! {
                type Yield = u32; type Sent = (); type Error = &'static str;
                let log: &Log = log;
                try {
                    wait!(tick());
                    yield 1;
                    wait!(forever());
                } catch "thrown" {
                    log.add("caught");
                } finally {
                    wait!(tick());
                    log.add("finally");
                }
                yield 2;
            }
        };
        let mut thrown = pin!(g());
        assert_eq!(thrown.anext().await, Ok(1));
        assert!(thrown.anext().now_or_never().is_none());
        assert_eq!(thrown.athrow("thrown").await, Ok(Some(2)));
        assert_eq!(log.take(), "caught finally");
        let mut closed = pin!(g());
        assert_eq!(closed.anext().await, Ok(1));
        assert!(closed.anext().now_or_never().is_none());
        assert_eq!(closed.aclose().await, Ok(()));
        assert_eq!(closed.state(), State::Closed);
        assert_eq!(log.take(), "finally");
    });
}

#[test]
fn a_hidden_error_in_a_handler_or_a_finally_goes_to_the_try_around() {
    let g = |way: u32| {
        async_gen! {
            type Yield = String; type Sent = (); type Error = String;
            try {
                try {
                    raise!("first");
                } catch error {
                    ensure!(way != 0, error + " of handler");
                } finally {
                    ensure!(way != 1, "of finally");
                }
            } catch error {
                yield error;
            }
        }
    };
    assert_eq!(all(g(0)).0, ["first of handler"]);
    assert_eq!(all(g(1)).0, ["of finally"]);
    assert_eq!(all(g(2)), (vec![], Ok(())));
}

#[test]
fn hidden_errors_in_a_try_of_a_stream_of_results() {
    run(async {
        let s = try_stream! {
            type Error = String;
            for n in 0..3 {
                try {
                    ensure!(n != 1, "one");
                    yield n;
                } catch error {
                    yield error.len();
                }
            }
            bail!("end");
        };
        assert_eq!(s.collect::<Vec<_>>().await, [Ok(0), Ok(3), Ok(2), Err("end".into())]);
    });
}

#[test]
fn std_macros_in_a_try_take_yields_and_question_marks() {
    fn g() -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = String> {
        async_gen! {
            type Sent = Option<u32>;
            type Error = String;
            try {
                let text = format!("{:?} {}", yield 1, "2".parse::<u32>().map_err(|error| error.to_string())?);
                assert_eq!(text, "Some(5) 2");
                let list = vec![yield 2, yield 3];
                assert!(matches!(yield 4, None));
                yield list.len() as u32 + 8;
                let _ = dbg!("x".parse::<u32>().map_err(|error| error.to_string())?);
            } catch error {
                yield error.len() as u32;
            }
        }
    }
    run(async {
        let mut g = pin!(g());
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.asend(Some(5)).await, Ok(2));
        for n in [3, 4, 10, 29] {
            assert_eq!(g.anext().await, Ok(n));
        }
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    });
    assert!(closed_after(0, async_gen! { type Yield = u32; type Sent = (); type Error = (); yield 1; }).1.is_ok());
}
