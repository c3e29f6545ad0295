//! Scopes three deep, every way out of them, and what runs on the way, in order.

use asyncgen::{AsyncGenerator, CloseError, Exception, async_gen};
use futures::stream::iter;

use crate::keyword::{Log, Noisy, tick};
use crate::language::{all, closed_after, fail, raised, thrown_after};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    End,
    Return,
    ReturnOk,
    ReturnErr,
    Break,
    BreakMiddle,
    BreakOuter,
    Continue,
    ContinueMiddle,
    ContinueOuter,
    Question,
    Raise,
    RaiseExit,
    Yield,
}

type Ends = (Vec<u32>, Result<(), Exception<&'static str>>);

/// `try`, `for await` and `try` in each other, each in a loop.
fn mixed(way: Way, log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        type Error = &'static str;
        'outer: for i in 0..2 {
            log.add(format_args!("o{i}"));
            try {
                let _outer = Noisy(log, "-o");
                'middle: for await n in counted(log) {
                    let _middle = Noisy(log, "-m");
                    log.add(format_args!("m{n}"));
                    for _ in 0..2 {
                        try {
                            let _inner = Noisy(log, "-i");
                            log.add("i");
                            match way {
                                Way::End => {}
                                Way::Return => return,
                                Way::ReturnOk => return Ok(()),
                                Way::ReturnErr => return Err("returned"),
                                Way::Break => break,
                                Way::BreakMiddle => break 'middle,
                                Way::BreakOuter => break 'outer,
                                Way::Continue => continue,
                                Way::ContinueMiddle => continue 'middle,
                                Way::ContinueOuter => continue 'outer,
                                Way::Question => fail("question")?,
                                Way::Raise => raise!("raise"),
                                Way::RaiseExit => raise!(GeneratorExit),
                                Way::Yield => yield 1,
                            }
                            log.add("e");
                        } catch "raise" {
                            log.add("c");
                        } finally {
                            tick().await;
                            log.add("fi");
                        }
                        log.add("ai");
                    }
                    log.add("am");
                }
            } finally {
                log.add("fo");
                tick().await;
            }
            log.add("ao");
        }
        log.add("end");
    }
}

/// Yields 0 and 1, and says when it was closed.
fn counted(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        try {
            yield 0;
            yield 1;
        } finally {
            tick().await;
            log.add("closed");
        }
    }
}

#[test]
fn each_way_out_runs_what_it_leaves_and_no_more() {
    let log = &Log::default();
    let inner = "i e -i fi ai i e -i fi ai am -m";
    let outer = format!("m0 {inner} m1 {inner} closed -o fo ao");
    for (way, end, events) in [
        (Way::End, Ok(()), format!("o0 {outer} o1 {outer} end")),
        (Way::Return, Ok(()), "o0 m0 i -i fi -m closed -o fo".into()),
        (Way::ReturnOk, Ok(()), "o0 m0 i -i fi -m closed -o fo".into()),
        (Way::ReturnErr, raised("returned"), "o0 m0 i -i fi -m closed -o fo".into()),
        (Way::Question, raised("question"), "o0 m0 i -i fi -m closed -o fo".into()),
        (Way::RaiseExit, Err(Exception::GeneratorExit), "o0 m0 i -i fi -m closed -o fo".into()),
        (Way::BreakOuter, Ok(()), "o0 m0 i -i fi -m closed -o fo end".into()),
        (Way::ContinueOuter, Ok(()), "o0 m0 i -i fi -m closed -o fo o1 m0 i -i fi -m closed -o fo end".into()),
        (Way::BreakMiddle, Ok(()), "o0 m0 i -i fi -m closed -o fo ao o1 m0 i -i fi -m closed -o fo ao end".into()),
        (
            Way::ContinueMiddle,
            Ok(()),
            "o0 m0 i -i fi -m m1 i -i fi -m closed -o fo ao o1 m0 i -i fi -m m1 i -i fi -m closed -o fo ao end".into(),
        ),
        (
            Way::Break,
            Ok(()),
            "o0 m0 i -i fi am -m m1 i -i fi am -m closed -o fo ao \
             o1 m0 i -i fi am -m m1 i -i fi am -m closed -o fo ao end"
                .into(),
        ),
        (
            Way::Continue,
            Ok(()),
            "o0 m0 i -i fi i -i fi am -m m1 i -i fi i -i fi am -m closed -o fo ao \
             o1 m0 i -i fi i -i fi am -m m1 i -i fi i -i fi am -m closed -o fo ao end"
                .into(),
        ),
        (
            Way::Raise,
            Ok(()),
            "o0 m0 i -i c fi ai i -i c fi ai am -m m1 i -i c fi ai i -i c fi ai am -m closed -o fo ao \
             o1 m0 i -i c fi ai i -i c fi ai am -m m1 i -i c fi ai i -i c fi ai am -m closed -o fo ao end"
                .into(),
        ),
    ] {
        let ends: Ends = all(mixed(way, log));
        assert_eq!(ends, (vec![], end), "{way:?}");
        assert_eq!(log.take(), events, "{way:?}");
    }
}

#[test]
fn what_is_thrown_in_or_closes_runs_what_it_leaves() {
    let log = &Log::default();
    assert_eq!(thrown_after(1, "thrown", mixed(Way::Yield, log)), (vec![1], raised("thrown")));
    assert_eq!(log.take(), "o0 m0 i -i fi -m closed -o fo");
    assert_eq!(closed_after(1, mixed(Way::Yield, log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "o0 m0 i -i fi -m closed -o fo");
    let (values, end) = thrown_after(3, "raise", mixed(Way::Yield, log));
    assert_eq!((values.len(), end), (8, Ok(())));
    assert!(log.take().starts_with("o0 m0 i e -i fi ai i e -i fi ai am -m m1 i -i c fi ai i e -i fi ai am -m closed"));
}

/// Three `finally`s, and a `catch` between them.
fn three(way: Way, log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        type Error = &'static str;
        'outer: loop {
            for _ in 0..1 {
                try {
                    try {
                        try {
                            match way {
                                Way::Return => return,
                                Way::Break => break,
                                Way::BreakOuter => break 'outer,
                                Way::Raise => raise!("raise"),
                                Way::Question => fail("question")?,
                                Way::ReturnErr => return Err("returned"),
                                Way::Yield => yield 1,
                                _ => {}
                            }
                        } finally {
                            log.add("a");
                            yield 11;
                            log.add("a2");
                        }
                        log.add("between");
                    } catch "raise" {
                        log.add("caught");
                        yield 12;
                        fail("from the handler")?;
                    } finally {
                        yield 13;
                        log.add("b");
                    }
                } finally {
                    log.add("c");
                    yield 14;
                }
            }
            log.add("after");
            yield 15;
            break;
        }
        log.add("end");
    }
}

#[test]
fn a_finally_that_yields_does_so_on_every_way_out() {
    let log = &Log::default();
    for (way, values, end, events) in [
        (Way::End, vec![11, 13, 14, 15], Ok(()), "a a2 between b c after end"),
        (Way::Return, vec![11, 13, 14], Ok(()), "a a2 b c"),
        (Way::Break, vec![11, 13, 14, 15], Ok(()), "a a2 b c after end"),
        (Way::BreakOuter, vec![11, 13, 14], Ok(()), "a a2 b c end"),
        (Way::Raise, vec![11, 12, 13, 14], raised("from the handler"), "a a2 caught b c"),
        (Way::Question, vec![11, 13, 14], raised("question"), "a a2 b c"),
        (Way::ReturnErr, vec![11, 13, 14], raised("returned"), "a a2 b c"),
    ] {
        assert_eq!(all(three(way, log)), (values, end), "{way:?}");
        assert_eq!(log.take(), events, "{way:?}");
    }
}

#[test]
fn an_exception_at_a_yield_of_a_finally_goes_instead_of_the_way_out() {
    let log = &Log::default();
    // It cuts that `finally` off, and runs those around it.
    assert_eq!(thrown_after(1, "thrown", three(Way::Return, log)), (vec![11, 13, 14], raised("thrown")));
    assert_eq!(log.take(), "a b c");
    // A `catch` around sees it.
    assert_eq!(thrown_after(1, "raise", three(Way::Return, log)), (vec![11, 12, 13, 14], raised("from the handler")));
    assert_eq!(log.take(), "a caught b c");
}

#[test]
fn a_yield_in_a_finally_while_the_generator_is_closed_is_given_back() {
    // C15
    let log = &Log::default();
    assert_eq!(closed_after(1, three(Way::Yield, log)), (vec![1], Err(CloseError::IgnoredGeneratorExit(11))));
    assert_eq!(log.take(), "a");
}

/// Each clean-up fails.
fn failing(way: Way, log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        type Error = &'static str;
        try {
            try {
                match way {
                    Way::Return => return,
                    Way::Raise => raise!("raise"),
                    _ => yield 1,
                }
            } finally {
                log.add("a");
                tick().await;
                fail("a failed")?;
                log.add("not this");
            }
        } catch "a failed" {
            log.add("caught");
        } finally {
            tick().await;
            log.add("b");
        }
        log.add("after");
        yield 2;
    }
}

#[test]
fn an_error_in_a_finally_goes_instead_of_the_way_out_and_is_caught_around_it() {
    let log = &Log::default();
    assert_eq!(all(failing(Way::End, log)), (vec![1, 2], Ok(())));
    assert_eq!(log.take(), "a caught b after");
    assert_eq!(all(failing(Way::Return, log)), (vec![2], Ok(())));
    assert_eq!(log.take(), "a caught b after");
    assert_eq!(all(failing(Way::Raise, log)), (vec![2], Ok(())));
    assert_eq!(log.take(), "a caught b after");
    assert_eq!(thrown_after(1, "thrown", failing(Way::Yield, log)), (vec![1, 2], Ok(())));
    assert_eq!(log.take(), "a caught b after");
    assert_eq!(closed_after(1, failing(Way::Yield, log)), (vec![1], Err(CloseError::IgnoredGeneratorExit(2))));
    assert_eq!(log.take(), "a caught b after");
}

#[test]
fn values_go_out_by_break_through_three_finallys() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = String; type Sent = (); type Error = &'static str;
        let found = 'found: {
            try {
                for await row in iter([vec![1, 2], vec![3, 40]]) {
                    try {
                        for n in row {
                            try {
                                tick().await;
                                if n > 2 { break 'found Some(format!("{n}!")); }
                            } finally { log.add(n); }
                        }
                    } finally { tick().await; log.add("row"); }
                }
            } finally { log.add("all"); }
            None
        };
        yield found.unwrap();
    };
    assert_eq!(all(g), (vec!["3!".into()], Ok(())));
    assert_eq!(log.take(), "1 2 row 3 row all");
}

#[test]
fn a_loop_that_gives_a_value_is_left_through_a_finally() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut n = 0;
        let square = loop {
            try {
                n += 1;
                if n * n > 20 { break n * n; }
                tick().await;
            } finally { log.add(n); }
        };
        yield square;
        let nested = 'a: loop {
            loop {
                try {
                    n -= 1;
                    if n < 3 { break 'a n; }
                    if n == 3 { break; }
                } finally { log.add(n); tick().await; }
            }
            log.add("again");
        };
        yield nested;
    };
    assert_eq!(all(g), (vec![25, 2], Ok(())));
    assert_eq!(log.take(), "1 2 3 4 5 4 3 again 2");
}

#[test]
fn a_handler_may_leave_in_every_way() {
    let log = &Log::default();
    let g = |way| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            'outer: for i in 0..2 {
                for j in 0..2 {
                    try {
                        raise!("raised");
                    } catch "raised" {
                        log.add(format_args!("{i}{j}"));
                        match way {
                            Way::Return => return,
                            Way::ReturnErr => return Err("returned"),
                            Way::Break => break,
                            Way::BreakOuter => break 'outer,
                            Way::Continue => continue,
                            Way::ContinueOuter => continue 'outer,
                            Way::Question => fail("question")?,
                            Way::Raise => raise!("again"),
                            Way::RaiseExit => raise!(GeneratorExit),
                            Way::Yield => { yield 1; }
                            _ => {}
                        }
                        log.add("h");
                    } catch _ {
                        log.add("not this one: it is no part of the block");
                    } finally {
                        tick().await;
                        log.add("f");
                    }
                    log.add("j");
                }
                log.add("i");
            }
        }
    };
    for (way, values, end, events) in [
        (Way::End, vec![], Ok(()), "00 h f j 01 h f j i 10 h f j 11 h f j i"),
        (Way::Yield, vec![1, 1, 1, 1], Ok(()), "00 h f j 01 h f j i 10 h f j 11 h f j i"),
        (Way::Return, vec![], Ok(()), "00 f"),
        (Way::ReturnErr, vec![], raised("returned"), "00 f"),
        (Way::Break, vec![], Ok(()), "00 f i 10 f i"),
        (Way::BreakOuter, vec![], Ok(()), "00 f"),
        (Way::Continue, vec![], Ok(()), "00 f 01 f i 10 f 11 f i"),
        (Way::ContinueOuter, vec![], Ok(()), "00 f 10 f"),
        (Way::Question, vec![], raised("question"), "00 f"),
        (Way::Raise, vec![], raised("again"), "00 f"),
        (Way::RaiseExit, vec![], Err(Exception::GeneratorExit), "00 f"),
    ] {
        assert_eq!(all(g(way)), (values, end), "{way:?}");
        assert_eq!(log.take(), events, "{way:?}");
    }
    assert_eq!(thrown_after(1, "thrown", g(Way::Yield)), (vec![1], raised("thrown")));
    assert_eq!(log.take(), "00 f");
    assert_eq!(closed_after(1, g(Way::Yield)), (vec![1], Ok(())));
    assert_eq!(log.take(), "00 f");
}
