//! `raise!`, `?` and `return Err(..)`: what is converted, and who sees it.

use std::error::Error;
use std::fmt;
use std::num::ParseIntError;
use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, StepError, async_gen, stream, try_stream};
use futures::StreamExt;

use crate::keyword::{Log, run, tick};
use crate::language::{all, closed_after, raised, thrown_after};

#[derive(Debug, PartialEq)]
enum App {
    Text(String),
    Parse(ParseIntError),
    Thrown,
}

impl From<&str> for App {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<ParseIntError> for App {
    fn from(error: ParseIntError) -> Self {
        Self::Parse(error)
    }
}

impl fmt::Display for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl Error for App {}

#[test]
fn raise_converts_outside_of_every_scope_and_inside() {
    fn g(way: u32) -> impl AsyncGenerator<Yield = String, Sent = (), Error = App> {
        async_gen! {
            match way {
                0 => raise!("text"),
                1 => raise!("x".parse::<u32>().unwrap_err()),
                2 => raise!(App::Thrown),
                3 => raise!(Exception::Error(App::Thrown)),
                4 => raise!(GeneratorExit),
                _ => {}
            }
            try {
                match way {
                    5 => raise!("inner"),
                    6 => raise!("x".parse::<u32>().unwrap_err()),
                    7 => raise!(App::Thrown),
                    _ => raise!(Exception::Error(App::Thrown)),
                }
            } catch App::Text(text) {
                yield text;
            } catch App::Parse(error) {
                yield error.to_string();
            }
        }
    }
    let invalid = || "x".parse::<u32>().unwrap_err();
    assert_eq!(all(g(0)), (vec![], raised(App::Text("text".into()))));
    assert_eq!(all(g(1)), (vec![], raised(App::Parse(invalid()))));
    assert_eq!(all(g(2)), (vec![], raised(App::Thrown)));
    assert_eq!(all(g(3)), (vec![], raised(App::Thrown)));
    assert_eq!(all(g(4)), (vec![], Err(Exception::GeneratorExit)));
    assert_eq!(all(g(5)), (vec!["inner".into()], Ok(())));
    assert_eq!(all(g(6)), (vec![invalid().to_string()], Ok(())));
    assert_eq!(all(g(7)), (vec![], raised(App::Thrown)));
    assert_eq!(all(g(8)), (vec![], raised(App::Thrown)));
}

#[test]
fn raise_converts_into_a_boxed_error() {
    type BoxError = Box<dyn Error + Send + Sync>;
    fn g(way: u32) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = BoxError> + Send {
        async_gen! {
            type Error = BoxError;
            try {
                match way {
                    0 => raise!("text"),
                    1 => raise!(String::from("string")),
                    2 => raise!(App::Thrown),
                    3 => Err("question")?,
                    4 => Err(App::Thrown)?,
                    _ => {}
                }
            } catch error if error.is::<App>() {
                yield 404;
                raise!(error);
            }
            yield 1;
        }
    }
    for (way, values, text) in
        [(0, 0, "text"), (1, 0, "string"), (2, 1, "Thrown"), (3, 0, "question"), (4, 1, "Thrown")]
    {
        let (yielded, end) = all(g(way));
        assert_eq!(yielded.len(), values);
        assert_eq!(end.unwrap_err().to_string(), text);
    }
    assert_eq!(all(g(5)).0, [1]);
}

#[test]
fn a_question_mark_is_raised_in_the_innermost_try() {
    let g = |text: &'static str| {
        async_gen! {
            type Yield = String; type Sent = (); type Error = App;
            try {
                let first = try { text.parse::<u32>()? } catch App::Parse(_) { 1000 };
                let n: u32 = text[1..].parse()?;
                yield (first + n).to_string();
            } catch App::Parse(error) {
                yield error.to_string();
            }
            None::<u32>.ok_or("end")?;
        }
    };
    assert_eq!(all(g("12")), (vec!["14".into()], raised(App::Text("end".into()))));
    assert_eq!(all(g("x2")), (vec!["1002".into()], raised(App::Text("end".into()))));
    assert_eq!(all(g("1x")).0, ["invalid digit found in string"]);
}

#[test]
fn returning_an_error_leaves_the_body_through_every_finally_and_no_catch() {
    let log = &Log::default();
    let g = |way: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                try {
                    if way == 0 { return Err("returned"); }
                    if way == 1 { raise!("returned"); }
                    if way == 2 { return Ok(()); }
                } catch _ {
                    log.add("inner");
                } finally {
                    tick().await;
                    log.add("a");
                }
            } catch _ {
                log.add("outer");
            } finally {
                log.add("b");
            }
            log.add("end");
        }
    };
    assert_eq!(all(g(0)), (vec![], raised("returned")));
    assert_eq!(log.take(), "a b");
    assert_eq!(all(g(1)), (vec![], Ok(())));
    assert_eq!(log.take(), "inner a b end");
    assert_eq!(all(g(2)), (vec![], Ok(())));
    assert_eq!(log.take(), "a b");
}

#[test]
fn what_is_caught_is_raised_again_from_a_handler_of_a_handler() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = App;
        try {
            yield 1;
        } catch first {
            try {
                log.add(&first);
                raise!("second");
            } catch second {
                log.add(second);
                raise!(first);
            } finally {
                log.add("finally");
            }
        }
    };
    assert_eq!(thrown_after(1, App::Thrown, g), (vec![1], raised(App::Thrown)));
    assert_eq!(log.take(), "Thrown Text(\"second\") finally");
}

#[test]
fn raise_is_an_expression_of_any_type() {
    fn pick(text: &'static str) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = App> {
        async_gen! {
            let n: u32 = match text.parse() {
                Ok(n) => n,
                Err(_) if text.is_empty() => raise!("empty"),
                Err(error) => raise!(error),
            };
            let small = if n < 10 { n } else { raise!(App::Thrown) };
            yield small;
            let list = vec![1];
            yield list.get(n as usize).copied().unwrap_or_else(|| 50);
            yield *match list.first() { Some(n) => n, None => raise!("none") };
        }
    }
    assert_eq!(all(pick("")), (vec![], raised(App::Text("empty".into()))));
    assert_eq!(all(pick("10")), (vec![], raised(App::Thrown)));
    assert_eq!(all(pick("5")), (vec![5, 50, 1], Ok(())));
}

#[test]
fn raising_in_a_stream_of_results_is_its_last_item() {
    run(async {
        let s = stream! {
            type Error = App;
            yield Ok(1);
            try { raise!("caught"); } catch App::Text(text) { yield Ok(text.len()); }
            raise!("end");
        };
        assert_eq!(s.collect::<Vec<_>>().await, [Ok(1), Ok(6), Err(App::Text("end".into()))]);
        let s = try_stream! {
            type Error = App;
            yield 1;
            try { "x".parse::<u32>()?; } catch App::Parse(_) { yield 2; }
            "x".parse::<u32>()?;
            yield 3;
        };
        let items: Vec<Result<u32, App>> = s.collect().await;
        assert_eq!(items.len(), 3);
        assert_eq!(items[..2], [Ok(1), Ok(2)]);
        assert!(matches!(items[2], Err(App::Parse(_))));
    });
}

#[test]
fn an_exception_of_another_generator_is_raised_as_it_is() {
    fn inner() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! { yield 1; raise!("inner"); }
    }
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut inner = pin!(inner());
        try {
            loop {
                match inner.anext().await {
                    Ok(n) => { yield n; }
                    Err(StepError::Raised(exception)) => raise!(exception),
                    Err(_) => break,
                }
            }
        } catch "inner" {
            yield 2;
        }
    };
    assert_eq!(all(g).0, [1, 2]);
}

#[test]
fn the_error_of_a_loop_is_converted_and_raised_at_the_loop() {
    fn inner() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = ParseIntError> {
        async_gen! { yield 1; yield "x".parse()?; }
    }
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = App;
            try {
                for await n in inner() { yield n; }
            } catch App::Parse(_) {
                yield 2;
            }
            for await n in inner() { yield n + 10; }
        }
    };
    let (values, end) = all(g());
    assert_eq!(values, [1, 2, 11]);
    assert!(matches!(end, Err(Exception::Error(App::Parse(_)))));
    assert_eq!(closed_after(1, g()), (vec![1], Ok(())));
}
