//! `yield`: wherever an expression may be, with whatever types.

#![allow(
    clippy::pedantic,
    clippy::unnecessary_cast,
    clippy::match_bool,
    clippy::needless_return,
    reason = "as many kinds of expressions as there are"
)]

mod keyword;

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, Resume, Step, StepError, Yielder, async_gen, generator};
use keyword::{Log, run, tick};

#[test]
fn a_body_yields_and_ends() {
    fn numbers() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> {
        async_gen! {
            for i in 0..3 {
                yield i;
            }
        }
    }
    run(async {
        let mut g = pin!(numbers());
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Ok(2));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    });
}

#[test]
fn the_header_names_the_types() {
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = usize;
            type Sent = Option<String>;
            type Error = Infallible;

            // A method of what was sent: without the header its type would not be known here.
            let mut length = 0;
            while let Some(text) = yield length {
                length = text.len();
            }
        });
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.asend(Some("four".into())).await, Ok(4));
        assert_eq!(g.asend(None).await, Err(StepError::StopAsyncIteration));
    });
}

#[test]
fn a_part_of_the_header_is_enough() {
    fn echo() -> impl AsyncGenerator<Yield = usize, Sent = Option<&'static str>, Error = String> {
        async_gen! {
            type Sent = Option<&'static str>;
            let sent = yield 0;
            yield sent.map_or(7, str::len);
        }
    }
    run(async {
        let mut g = pin!(echo());
        g.anext().await.unwrap();
        assert_eq!(g.asend(Some("abc")).await, Ok(3));
    });
}

#[test]
fn other_aliases_at_the_head_are_items() {
    run(async {
        let mut g = pin!(async_gen! {
            type Error = Infallible;
            type Sent = ();
            type Number = u8;
            let n: Number = 7;
            yield n;
        });
        assert_eq!(g.anext().await, Ok(7_u8));
    });
}

/// Yields strings, and is sent numbers.
macro_rules! calculator {
    ($($body:tt)*) => {
        async_gen! { type Yield = String; type Sent = i32; type Error = String; $($body)* }
    };
}

/// Sends the numbers one after the other, and returns the last value.
async fn last(g: impl AsyncGenerator<Yield = String, Sent = i32, Error = String>, sent: &[i32]) -> String {
    let mut g = pin!(g);
    let mut value = g.start().await.unwrap();
    for sent in sent {
        value = g.asend(*sent).await.unwrap();
    }
    value
}

#[test]
fn a_yield_may_be_anywhere_in_an_expression() {
    fn text(n: impl ToString) -> String {
        n.to_string()
    }
    run(async {
        // in arguments, several of them
        assert_eq!(last(calculator! { yield text(i32::max(yield text('a'), yield text('b'))); }, &[3, 2]).await, "3");
        // in another yield
        assert_eq!(last(calculator! { yield text(yield text(yield text('a'))); }, &[1, 2]).await, "2");
        // as an operand
        assert_eq!(last(calculator! { yield text(1 + (yield text('a')) * (yield text('b'))); }, &[2, 5]).await, "11");
        assert_eq!(last(calculator! { yield text(-(yield text('a'))); }, &[2]).await, "-2");
        // the last operand needs no parentheses
        assert_eq!(last(calculator! { yield text(1 - yield text('a')); }, &[2]).await, "-1");
        // in a method call
        assert_eq!(last(calculator! { yield text((yield text('a')).pow(2)); }, &[3]).await, "9");
        // in an array, a tuple, a struct, a range, an index
        assert_eq!(
            last(calculator! { yield format!("{:?}", [yield text('a'), yield text('b')]); }, &[1, 2]).await,
            "[1, 2]"
        );
        assert_eq!(last(calculator! { yield format!("{:?}", (yield text('a'), 5)); }, &[1]).await, "(1, 5)");
        assert_eq!(last(calculator! { let e = Some(yield text('a')); yield format!("{e:?}"); }, &[1]).await, "Some(1)");
        assert_eq!(
            last(calculator! { let r = (yield text('a'))..(yield text('b')); yield format!("{r:?}"); }, &[1, 2]).await,
            "1..2"
        );
        assert_eq!(
            last(calculator! { yield text([5, 6, 7][usize::try_from(yield text('a')).unwrap()]); }, &[1]).await,
            "6"
        );
        // in an assignment
        assert_eq!(last(calculator! { let mut n = 5; n += yield text('a'); yield text(n); }, &[1]).await, "6");
        // in a block, and as its value
        assert_eq!(last(calculator! { let n = { yield text('a') }; yield text(n); }, &[1]).await, "1");
        // in `if`, `match`, `while` and `for`
        assert_eq!(
            last(calculator! { if 3 < yield text('a') { yield text("more"); } yield text("less"); }, &[4]).await,
            "more"
        );
        assert_eq!(
            last(calculator! { match yield text('a') { 1 => yield text("one"), n => yield text(n * 2) }; }, &[4]).await,
            "8"
        );
        assert_eq!(
            last(
                calculator! { match 5 { n if n == yield text('a') => yield text("it is"), _ => yield text("no") }; },
                &[5]
            )
            .await,
            "it is"
        );
        assert_eq!(
            last(calculator! { let mut sum = 0; while let n @ 1.. = yield text(sum) { sum += n; } }, &[1, 2, 3]).await,
            "6"
        );
        assert_eq!(last(calculator! { for i in 0..yield text('a') { yield text(i); } }, &[9, 0, 0]).await, "2");
        assert_eq!(
            last(
                calculator! { if let Point { x, y: 1.. } = (Point { x: 1, y: yield text('a') }) { yield text(x); } },
                &[1]
            )
            .await,
            "1"
        );
        assert_eq!(
            last(calculator! { let 1..=5 = yield text('a') else { return; }; yield text("small"); }, &[5]).await,
            "small"
        );
        // with an expression that has a block of its own, before a block
        assert_eq!(
            last(calculator! { if 1 == yield match true { true => text('a'), false => text('b') } { yield text("one"); } }, &[1]).await,
            "one"
        );
    });

    struct Point {
        x: i32,
        y: i32,
    }
}

#[test]
fn a_bare_yield_yields_unit() {
    run(async {
        let mut g = pin!(async_gen! {
            type Sent = Option<u32>;
            type Error = Infallible;
            let a = yield;
            let b = (yield).map(|n| n + 1);
            assert_eq!((a, b), (Some(1), Some(3)));
            match a { None => yield, Some(_) => yield, };
        });
        assert_eq!(g.anext().await, Ok(()));
        assert_eq!(g.asend(Some(1)).await, Ok(()));
        assert_eq!(g.asend(Some(2)).await, Ok(()));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    });
}

#[test]
fn a_variable_may_be_called_from() {
    run(async {
        let mut g = pin!(async_gen! {
            type Sent = ();
            type Error = Infallible;
            let from = 1_u64;
            yield from;
            yield from + 1;
            yield from * 2;
            yield -i32::MAX as u64 & from;
            yield from as u64;
            yield from.pow(2);
            let catch = 2;
            let finally = catch;
            yield finally
        });
        for expected in [1, 2, 2, 1, 1, 1] {
            assert_eq!(g.anext().await, Ok(expected));
        }
        assert_eq!(g.anext().await, Ok(2_u64));
    });
}

#[test]
fn values_coerce_to_what_the_function_yields() {
    fn shapes() -> impl AsyncGenerator<Yield = Box<dyn Fn(u32) -> u32>, Sent = (), Error = Infallible> {
        async_gen! {
            type Yield = Box<dyn Fn(u32) -> u32>;
            yield Box::new(|n| n + 1);
            yield Box::new(|n| n * 2);
        }
    }
    run(async {
        let mut g = pin!(shapes());
        assert_eq!(g.anext().await.unwrap()(5), 6);
        assert_eq!(g.anext().await.unwrap()(5), 10);
    });
}

#[test]
fn a_question_mark_raises_and_converts() {
    #[derive(Debug, PartialEq)]
    struct Failed(String);
    impl From<std::num::ParseIntError> for Failed {
        fn from(error: std::num::ParseIntError) -> Self {
            Self(error.to_string())
        }
    }
    impl From<&str> for Failed {
        fn from(error: &str) -> Self {
            Self(error.into())
        }
    }
    fn parsed(texts: &[&str]) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Failed> {
        async_gen! {
            if texts.is_empty() {
                Err("empty")?;
            }
            for text in texts {
                yield text.parse()?;
            }
        }
    }
    run(async {
        let mut g = pin!(parsed(&[]));
        assert_eq!(g.anext().await, Err(StepError::Raised(Exception::Error(Failed("empty".into())))));
        let mut g = pin!(parsed(&["1", "two", "3"]));
        assert_eq!(g.anext().await, Ok(1));
        assert!(matches!(g.anext().await, Err(StepError::Raised(Exception::Error(_)))));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    });
}

#[test]
fn a_body_may_return_early_and_may_end_with_a_result() {
    fn ways(way: u8) -> impl AsyncGenerator<Yield = u8, Sent = (), Error = String> {
        async_gen! {
            yield way;
            if way == 1 {
                return;
            }
            if way == 2 {
                return Err("two".into());
            }
            let n: u8 = "3".parse().map_err(|_| "three".to_owned())?;
            if way == n {
                return Ok(());
            }
            Err(format!("{way}"))
        }
    }
    run(async {
        for (way, end) in [
            (1, Err(StepError::StopAsyncIteration)),
            (2, Err(StepError::Raised(Exception::Error("two".to_owned())))),
            (3, Err(StepError::StopAsyncIteration)),
            (4, Err(StepError::Raised(Exception::Error("4".to_owned())))),
        ] {
            let mut g = pin!(ways(way));
            g.anext().await.unwrap();
            assert_eq!(g.anext().await, end, "way {way}");
        }
    });
}

#[test]
fn raise_ends_the_body_with_the_error() {
    let log = &Log::default();
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = &'static str;
            let Ok(n) = "x".parse() else { raise!("not a number") };
            log.add("not reached");
            yield n;
        });
        assert_eq!(g.anext().await, Err(StepError::Raised(Exception::Error("not a number"))));
        let mut g = pin!(async_gen! {
            type Yield = u32;
            type Sent = Option<Exception<&'static str>>;
            type Error = &'static str;
            if let Some(sent) = yield 1 { raise!(sent); }
            raise!(match yield 2 { Some(Exception::Error(sent)) => sent, _ => "none" });
        });
        g.anext().await.unwrap();
        g.anext().await.unwrap();
        let sent = Some(Exception::Error("sent"));
        assert_eq!(g.asend(sent).await, Err(StepError::Raised(Exception::Error("sent"))));
    });
    assert_eq!(log.take(), "");
}

#[test]
fn the_arguments_of_well_known_macros_are_part_of_the_body() {
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = String;
            type Sent = i32;
            type Error = String;
            let text = format!("{} {x}", yield "a".into(), x = yield "b".into());
            let sent = vec![yield text; 2];
            assert_eq!(sent, [yield "c".into(), 3], "{}", yield "never".into());
            tokio::select! {
                biased;
                () = std::future::pending() => yield "never".into(),
                n = async { 5 }, if sent.len() == 2 => {
                    let sent = yield format!("selected {n}");
                    if sent == 9 { return; }
                    sent
                }
                else => 0,
            };
            unreachable!()
        });
        g.start().await.unwrap();
        assert_eq!(g.asend(1).await, Ok("b".into()));
        assert_eq!(g.asend(2).await, Ok("1 2".into()));
        assert_eq!(g.asend(3).await, Ok("c".into()));
        assert_eq!(g.asend(3).await, Ok("selected 5".into()));
        assert_eq!(g.asend(9).await, Err(StepError::StopAsyncIteration));
    });
}

#[test]
fn closures_functions_and_async_blocks_keep_their_own_control_flow() {
    run(async {
        let mut g = pin!(async_gen! {
            type Sent = ();
            type Error = String;
            fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
                let n = text.parse::<u32>()?;
                return Ok(n);
            }
            let outcome = try {
                let early = |n: u32| { if n > 1 { return n; } 0 };
                yield early(5);
                let parsed = async { let n = parse("7")?; return Ok::<_, std::num::ParseIntError>(n); };
                tick().await;
                yield parsed.await.unwrap();
                yield parse("x").unwrap_or(0);
            };
            assert!(outcome.is_ok());
        });
        for expected in [5, 7, 0] {
            assert_eq!(g.anext().await, Ok(expected));
        }
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    });
}

#[test]
fn a_generator_may_be_written_in_another() {
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = Infallible;
            let mut inner = pin!(async_gen! {
                type Yield = u32;
                type Sent = ();
                type Error = &'static str;
                yield 1;
                try { yield 2; } catch "again" { yield 3; }
            });
            while let Ok(n) = inner.anext().await {
                yield n * 10;
                if n == 2 {
                    yield inner.athrow("again").await.unwrap().unwrap();
                }
            }
        });
        for expected in [10, 20, 3] {
            assert_eq!(g.anext().await, Ok(expected));
        }
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    });
}

#[test]
fn a_body_may_borrow_from_its_function() {
    struct Store {
        names: Vec<String>,
    }
    impl Store {
        fn names(&self) -> impl AsyncGenerator<Yield = &str, Sent = (), Error = Infallible> {
            async_gen! { for name in &self.names { yield name.as_str(); } }
        }
    }
    run(async {
        let store = Store { names: vec!["a".into(), "b".into()] };
        let mut g = pin!(store.names());
        assert_eq!(g.anext().await, Ok("a"));
        assert_eq!(g.anext().await, Ok("b"));
    });
}

#[test]
fn a_macro_may_write_the_body() {
    macro_rules! repeat {
        ($value:expr, $times:expr) => {
            async_gen! {
                type Sent = ();
                type Error = Infallible;
                for _ in 0..$times { yield $value; }
                yield from async_gen! { yield $value; };
            }
        };
    }
    run(async {
        let mut g = pin!(repeat!(1 + 1, 2));
        for _ in 0..3 {
            assert_eq!(g.anext().await, Ok(2));
        }
        assert!(g.anext().await.is_err());
    });
}

#[test]
#[allow(clippy::never_loop)]
#[rustfmt::skip]
fn a_label_before_an_exclamation_mark_is_no_macro() {
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32;
            type Sent = bool;
            type Error = Infallible;
            let sent = 'a: loop { break 'a !(yield 3); };
            yield u32::from(sent);
        });
        assert_eq!(g.start().await, Ok(3));
        assert_eq!(g.asend(false).await, Ok(1));
    });
}

#[test]
fn a_delegation_may_begin_with_the_path_of_a_crate() {
    fn inner() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> {
        async_gen! {
            yield 1;
        }
    }
    run(async {
        let mut g = pin!(async_gen! {
            type Error = Infallible;
            yield from ::std::boxed::Box::pin(inner());
            yield from ::core::convert::identity(Box::pin(inner()));
        });
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Ok(1));
    });
}

#[test]
fn a_value_may_begin_with_the_path_of_a_crate() {
    run(async {
        let mut g = pin!(async_gen! {
            type Sent = bool;
            type Error = Infallible;
            yield ::std::cmp::max(1, 2) + 1;
            if yield ::std::vec![4, 5].pop().unwrap() {
                yield ::std::primitive::u32::MAX;
            }
        });
        assert_eq!(g.start().await, Ok(3));
        assert_eq!(g.asend(true).await, Ok(5));
        assert_eq!(g.asend(true).await, Ok(u32::MAX));
    });
}

#[test]
fn from_may_be_a_module() {
    mod from {
        pub(super) fn number() -> u32 {
            5
        }
    }
    run(async {
        let mut g = pin!(async_gen! {
            type Sent = ();
            type Error = Infallible;
            yield from::number();
        });
        assert_eq!(g.anext().await, Ok(5));
    });
}

/// An error that comes before a step has run is raised at the yield where the body stands, though clean-up runs there.
#[test]
fn an_error_before_the_first_poll_of_a_step_is_raised_at_a_yield_of_clean_up() {
    run(async {
        let mut keyword = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {} finally { yield 1; yield 2; }
        });
        let mut closure = pin!(generator!(|y: Yielder<'_, u32, (), &'static str>| {
            y.finally(
                async |_| Ok(()),
                async |mut y| {
                    y.yield_(1).await;
                    y.yield_(2).await;
                    Ok(())
                },
            )
            .await;
        }));
        let generators: [Pin<&mut dyn AsyncGenerator<Yield = u32, Sent = (), Error = &'static str>>; 2] =
            [keyword.as_mut(), closure.as_mut()];
        for mut g in generators {
            assert_eq!(g.anext().await, Ok(1));
            g.as_mut().begin(Resume::Send(())).unwrap();
            g.as_mut().begin(Resume::Throw(Exception::Error("thrown"))).unwrap();
            let step = futures::poll!(poll_fn(|cx| g.as_mut().poll_step(cx)));
            assert_eq!(step, Poll::Ready(Step::Raised(Exception::Error("thrown"))));
        }
    });
}
