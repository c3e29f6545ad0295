//! What stands in the arguments of other macros, in a `try` and in a loop.

use std::pin::pin;

use asyncgen::{AsyncGeneratorExt, Exception, StepError, async_gen};
use futures::FutureExt;

use crate::keyword::{Log, forever, run, tick};
use crate::language::{all, fail, raised, thrown_after};

/// Evaluates to its argument.
macro_rules! same {
    ($value:expr) => {
        $value
    };
}

/// Evaluates its argument in a closure, where it can neither await nor return for the body.
macro_rules! lazily {
    ($value:expr) => {
        (|| $value)()
    };
}

async fn value(n: u32) -> u32 {
    tick().await;
    n
}

#[derive(Clone, Copy, Debug)]
enum At {
    Format,
    Print,
    Assert,
    Vec,
    Matches,
    Own,
}

#[test]
fn an_exception_at_an_await_in_a_macro_argument_is_raised_there() {
    let log = &Log::default();
    let g = |at: At| {
        async_gen! {
            type Yield = usize; type Sent = (); type Error = &'static str;
            try {
                let n = match at {
                    At::Format => format!("{:?}", forever().await).len(),
                    At::Print => { println!("{:?}", forever().await); 1 }
                    At::Assert => { assert_eq!(forever().await, ()); 2 }
                    At::Vec => vec![forever().await].len(),
                    At::Matches => usize::from(matches!(forever().await, ())),
                    At::Own => { same!(forever().await); 3 }
                };
                yield n;
            } catch "thrown" {
                log.add("caught");
            } finally {
                tick().await;
                log.add("finally");
            }
            yield 9;
        }
    };
    for at in [At::Format, At::Print, At::Assert, At::Vec, At::Matches, At::Own] {
        run(async {
            let mut thrown = pin!(g(at));
            assert!(thrown.anext().now_or_never().is_none());
            assert_eq!(thrown.athrow("thrown").await, Ok(Some(9)), "{at:?}");
            assert_eq!(log.take(), "caught finally");
            let mut closed = pin!(g(at));
            assert!(closed.anext().now_or_never().is_none());
            assert_eq!(closed.aclose().await, Ok(()), "{at:?}");
            assert_eq!(log.take(), "finally");
        });
    }
}

#[test]
fn awaits_question_marks_and_raises_in_macro_arguments_have_their_values() {
    let g = |way: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                yield same!(value(1).await);
                yield same!(same!(value(2).await) + value(3).await);
                let text = format!("{}{n}", value(4).await, n = value(5).await);
                yield text.parse::<u32>().unwrap();
                same!(if way == 0 { fail("question")? });
                same!(if way == 1 { raise!("raise") });
                let () = same!(match way { 2 => fail("match")?, _ => {} });
                yield vec![value(6).await, 0][0];
                yield lazily!(7);
            } catch "question" {
                yield 100;
            } catch "raise" {
                yield 200;
            }
        }
    };
    assert_eq!(all(g(0)), (vec![1, 5, 45, 100], Ok(())));
    assert_eq!(all(g(1)), (vec![1, 5, 45, 200], Ok(())));
    assert_eq!(all(g(2)), (vec![1, 5, 45], raised("match")));
    assert_eq!(all(g(3)), (vec![1, 5, 45, 6, 7], Ok(())));
}

#[test]
fn an_outer_macro_makes_a_loop_around_a_try_and_in_it() {
    macro_rules! times {
        ($count:expr, $body:expr) => {
            for _ in 0..$count {
                $body
            }
        };
    }
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let mut n = 0;
            try {
                times!(3, { n += 1; tick().await; });
                yield n;
                times!(2, { fail(if n > 3 { "raised" } else { "early" })?; });
            } catch "early" {
                yield 50;
            }
            yield 99;
        }
    };
    assert_eq!(all(g()).0, [3, 50, 99]);
    assert_eq!(thrown_after(1, "early", g()).0, [3, 50, 99]);
}

#[test]
fn macros_in_patterns_and_types_stand_in_a_try() {
    macro_rules! one_or_two {
        () => {
            1 | 2
        };
    }
    macro_rules! number {
        () => {
            u32
        };
    }
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try {
            let n: number!() = 7;
            yield n;
            match n - 5 { one_or_two!() => { yield 2; } _ => raise!("none") }
        } finally {
            yield 70;
        }
    };
    assert_eq!(all(g).0, [7, 2, 70]);
}

#[test]
fn an_error_of_a_formatted_message_is_raised() {
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            try {
                yield 1;
                raise!(format!("{} {}", value(2).await, "three"));
            } catch error if error.is_empty() {}
        });
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Err(StepError::Raised(Exception::Error("2 three".into()))));
    });
}
