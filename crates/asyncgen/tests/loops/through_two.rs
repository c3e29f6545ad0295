//! Two loops, and the labelled ways out of both.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, StepError, async_gen, stream};
use futures::StreamExt;

use crate::keyword::{Log, run, tick};
use crate::language::{all, closed_after, fail, raised, thrown_after};

fn named<'l>(
    name: &'static str,
    log: &'l Log,
) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + 'l {
    async_gen! {
        try { for i in 0..3 { yield i; } } finally { tick().await; log.add(name); }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    End,
    BreakInner,
    BreakOuter,
    BreakBlock,
    ContinueOuter,
    Return,
    Question,
    Raise,
    Yield,
}

/// Both by value, or the outer or the inner one borrowed.
fn two(
    way: Way,
    borrowed: (bool, bool),
    log: &Log,
) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        type Error = &'static str;
        let mut outer = pin!(named("outer", log));
        let mut inner = pin!(named("inner", log));
        'block: {
            if borrowed.0 && borrowed.1 {
                'outer: for await i in outer.as_mut() {
                    log.add(i);
                    for await j in inner.as_mut() {
                        if j == 1 { match way { Way::BreakInner => break, Way::BreakOuter => break 'outer, Way::BreakBlock => break 'block, Way::ContinueOuter => continue 'outer, Way::Return => return, Way::Question => fail("question")?, Way::Raise => raise!("raise"), Way::Yield => yield 1, Way::End => {} } }
                    }
                    log.add("-");
                }
            } else if borrowed.0 {
                'outer: for await i in outer.as_mut() {
                    log.add(i);
                    for await j in named("inner", log) {
                        if j == 1 { match way { Way::BreakInner => break, Way::BreakOuter => break 'outer, Way::BreakBlock => break 'block, Way::ContinueOuter => continue 'outer, Way::Return => return, Way::Question => fail("question")?, Way::Raise => raise!("raise"), Way::Yield => yield 1, Way::End => {} } }
                    }
                    log.add("-");
                }
            } else if borrowed.1 {
                'outer: for await i in named("outer", log) {
                    log.add(i);
                    for await j in inner.as_mut() {
                        if j == 1 { match way { Way::BreakInner => break, Way::BreakOuter => break 'outer, Way::BreakBlock => break 'block, Way::ContinueOuter => continue 'outer, Way::Return => return, Way::Question => fail("question")?, Way::Raise => raise!("raise"), Way::Yield => yield 1, Way::End => {} } }
                    }
                    log.add("-");
                }
            } else {
                'outer: for await i in named("outer", log) {
                    log.add(i);
                    for await j in named("inner", log) {
                        if j == 1 { match way { Way::BreakInner => break, Way::BreakOuter => break 'outer, Way::BreakBlock => break 'block, Way::ContinueOuter => continue 'outer, Way::Return => return, Way::Question => fail("question")?, Way::Raise => raise!("raise"), Way::Yield => yield 1, Way::End => {} } }
                    }
                    log.add("-");
                }
            }
            log.add("after");
        }
        log.add("end");
    }
}

#[test]
fn both_by_value_are_closed_from_the_inside_out() {
    let log = &Log::default();
    for (way, end, events) in [
        (Way::End, Ok(()), "0 inner - 1 inner - 2 inner - outer after end"),
        (Way::BreakInner, Ok(()), "0 inner - 1 inner - 2 inner - outer after end"),
        (Way::BreakOuter, Ok(()), "0 inner outer after end"),
        (Way::BreakBlock, Ok(()), "0 inner outer end"),
        (Way::ContinueOuter, Ok(()), "0 inner 1 inner 2 inner outer after end"),
        (Way::Return, Ok(()), "0 inner outer"),
        (Way::Question, raised("question"), "0 inner outer"),
        (Way::Raise, raised("raise"), "0 inner outer"),
    ] {
        assert_eq!(all(two(way, (false, false), log)), (vec![], end), "{way:?}");
        assert_eq!(log.take(), events, "{way:?}");
    }
    assert_eq!(thrown_after(1, "thrown", two(Way::Yield, (false, false), log)), (vec![1], raised("thrown")));
    assert_eq!(log.take(), "0 inner outer");
    assert_eq!(closed_after(1, two(Way::Yield, (false, false), log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "0 inner outer");
}

#[test]
fn a_borrowed_one_is_left_and_the_other_is_closed() {
    let log = &Log::default();
    for (way, end) in [
        (Way::BreakOuter, Ok(())),
        (Way::BreakBlock, Ok(())),
        (Way::Return, Ok(())),
        (Way::Question, raised("question")),
        (Way::Raise, raised("raise")),
    ] {
        let after = match way {
            Way::BreakOuter => " after end",
            Way::BreakBlock => " end",
            _ => "",
        };
        for (borrowed, closed) in [((true, false), " inner"), ((false, true), " outer"), ((true, true), "")] {
            assert_eq!(all(two(way, borrowed, log)), (vec![], end), "{way:?} {borrowed:?}");
            assert_eq!(log.take(), format!("0{closed}{after}"), "{way:?} {borrowed:?}");
        }
    }
    for (borrowed, closed) in [((true, false), "0 inner"), ((false, true), "0 outer"), ((true, true), "0")] {
        assert_eq!(thrown_after(1, "thrown", two(Way::Yield, borrowed, log)), (vec![1], raised("thrown")));
        assert_eq!(log.take(), closed);
        assert_eq!(closed_after(1, two(Way::Yield, borrowed, log)), (vec![1], Ok(())));
        assert_eq!(log.take(), closed);
    }
    // A borrowed inner one is gone on with in the next round of the outer loop, and then has ended.
    assert_eq!(all(two(Way::BreakInner, (false, true), log)), (vec![], Ok(())));
    assert_eq!(log.take(), "0 - 1 inner - 2 - outer after end");
}

#[test]
fn a_value_goes_out_by_a_labelled_break_through_two_loops() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = (u32, u32); type Sent = (); type Error = &'static str;
        let found = 'found: {
            for await i in named("outer", log) {
                for await j in named("inner", log) {
                    if i + j == 3 { break 'found Some((i, j)); }
                }
            }
            None
        };
        log.add("found");
        yield found.unwrap();
    };
    assert_eq!(all(g).0, [(1, 2)]);
    assert_eq!(log.take(), "inner inner outer found");
}

#[test]
fn a_clean_up_error_of_the_inner_loop_still_closes_the_outer_one() {
    fn failing(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! { try { yield 0; yield 1; } finally { tick().await; log.add("failing"); fail("clean-up")?; } }
    }
    let log = &Log::default();
    let g = |way| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            'outer: for await i in named("outer", log) {
                for await j in failing(log) {
                    match way { Way::BreakOuter => break 'outer, Way::ContinueOuter => continue 'outer, Way::Return => return, Way::Raise => raise!("raise"), _ => yield i + j }
                }
            }
            log.add("not reached");
        }
    };
    for way in [Way::BreakOuter, Way::ContinueOuter, Way::Return, Way::Raise] {
        assert_eq!(all(g(way)), (vec![], raised("clean-up")), "{way:?}");
        assert_eq!(log.take(), "failing outer", "{way:?}");
    }
    assert_eq!(thrown_after(1, "thrown", g(Way::Yield)), (vec![0], raised("clean-up")));
    assert_eq!(log.take(), "failing outer");
}

#[test]
fn a_loop_over_a_loop_that_a_stream_makes_is_closed_all_the_way_down() {
    run(async {
        let log = &Log::default();
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            for await n in stream! { try { for await m in async_gen! {
                type Yield = u32; type Sent = (); type Error = std::convert::Infallible;
                try { yield 1; yield 2; } finally { tick().await; log.add("innermost"); }
            } { yield m * 10; } } finally { tick().await; log.add("stream"); } } {
                yield n;
                break;
            }
            log.add("after");
        });
        assert_eq!(g.anext().await, Ok(10));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
        assert_eq!(log.take(), "innermost stream after");
    });
    let never: Vec<u32> = run(stream! { for await n in stream! { yield 1; yield 2; } { yield n; break; } }.collect());
    assert_eq!(never, [1]);
}
