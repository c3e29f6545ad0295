//! `finally NAME { .. }`: clean-up that knows the exception which goes through it, as Python's `__aexit__` does.

use std::cell::Cell;
use std::convert::Infallible;
use std::fmt::Debug;
use std::pin::pin;

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, Exception, ReturningGenerator, StepError, async_block, async_gen, stream,
    try_stream,
};
use futures::{FutureExt, StreamExt};

use crate::keyword::{Log, forever, run, tick};
use crate::language::{all, closed_after, fail, raised, thrown_after};

fn seen<E: Debug>(exception: Option<&Exception<E>>) -> String {
    match exception {
        None => "normal".to_owned(),
        Some(Exception::Error(error)) => format!("{error:?}"),
        Some(Exception::GeneratorExit) => "closed".to_owned(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    End,
    Break,
    Continue,
    Return,
    ReturnError,
    QuestionMark,
    Raise,
    RaiseExit,
    Forever,
}

/// An error that can't be copied: it is looked at, and no more.
#[derive(Debug, PartialEq)]
struct Failed(&'static str);

fn left_by(way: Way, log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Failed> {
    async_gen! {
        for n in 0..2 {
            try {
                yield n;
                match way {
                    Way::End => {}
                    Way::Break => break,
                    Way::Continue => continue,
                    Way::Return => return,
                    Way::ReturnError => return Err(Failed("returned")),
                    Way::QuestionMark => Err(Failed("tried"))?,
                    Way::Raise => raise!(Failed("raised")),
                    Way::RaiseExit => raise!(Exception::GeneratorExit),
                    Way::Forever => forever().await,
                }
            } finally exception {
                tick().await;
                log.add(seen(exception));
                yield 10;
                log.add(seen(exception));
            }
        }
        log.add("after");
    }
}

#[test]
fn each_way_out_is_told() {
    let log = &Log::default();
    for (way, values, end, said) in [
        (Way::End, &[0, 10, 1, 10][..], Ok(()), "normal normal normal normal after"),
        (Way::Break, &[0, 10], Ok(()), "normal normal after"),
        (Way::Continue, &[0, 10, 1, 10], Ok(()), "normal normal normal normal after"),
        (Way::Return, &[0, 10], Ok(()), "normal normal"),
        (Way::ReturnError, &[0, 10], raised(Failed("returned")), r#"Failed("returned") Failed("returned")"#),
        (Way::QuestionMark, &[0, 10], raised(Failed("tried")), r#"Failed("tried") Failed("tried")"#),
        (Way::Raise, &[0, 10], raised(Failed("raised")), r#"Failed("raised") Failed("raised")"#),
        (Way::RaiseExit, &[0, 10], Err(Exception::GeneratorExit), "closed closed"),
    ] {
        assert_eq!(all(left_by(way, log)), (values.to_vec(), end), "{way:?}");
        assert_eq!(log.take(), said, "{way:?}");
    }
}

#[test]
fn what_is_thrown_in_is_told() {
    let log = &Log::default();
    let thrown = thrown_after(1, Exception::Error(Failed("thrown")), left_by(Way::End, log));
    assert_eq!(thrown, (vec![0, 10], raised(Failed("thrown"))));
    assert_eq!(log.take(), r#"Failed("thrown") Failed("thrown")"#);
}

#[test]
fn an_error_thrown_into_a_step_in_flight_is_told() {
    let log = &Log::default();
    run(async {
        let mut g = pin!(left_by(Way::Forever, log));
        assert_eq!(g.anext().await, Ok(0));
        assert!(g.anext().now_or_never().is_none());
        assert_eq!(g.athrow(Failed("late")).await, Ok(Some(10)));
        assert_eq!(g.anext().await, Err(StepError::Raised(Exception::Error(Failed("late")))));
    });
    assert_eq!(log.take(), r#"Failed("late") Failed("late")"#);
}

#[test]
fn closing_is_told() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = Failed;
        try {
            try { yield 1; } catch error { log.add(seen(Some(&Exception::Error(error)))); } finally inner { log.add(seen(inner)); }
            yield 2;
        } finally outer {
            log.add(seen(outer));
        }
    };
    assert_eq!(closed_after(1, g), (vec![1], Ok(())));
    assert_eq!(log.take(), "closed closed");
}

#[test]
fn a_catch_before_it_has_its_say() {
    let g = |log| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = Failed;
            let log: &Log = log;
            try {
                yield 1;
            } catch Failed("caught") {
                log.add("caught");
            } catch Failed("changed") {
                raise!(Failed("another"));
            } finally exception {
                log.add(seen(exception));
            }
        }
    };
    let log = &Log::default();
    let throw = |error| thrown_after(1, Exception::Error(Failed(error)), g(log));
    assert_eq!(throw("caught"), (vec![1], Ok(())));
    assert_eq!(log.take(), "caught normal");
    assert_eq!(throw("changed"), (vec![1], raised(Failed("another"))));
    assert_eq!(log.take(), r#"Failed("another")"#);
    assert_eq!(throw("other"), (vec![1], raised(Failed("other"))));
    assert_eq!(log.take(), r#"Failed("other")"#);
}

#[test]
fn an_error_of_the_clean_up_goes_instead() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try {
            try {
                yield 1;
            } finally exception {
                log.add(seen(exception));
                fail("roll-back failed")?;
            }
        } finally exception {
            log.add(seen(exception));
        }
    };
    assert_eq!(thrown_after(1, "thrown", g), (vec![1], raised("roll-back failed")));
    assert_eq!(log.take(), r#""thrown" "roll-back failed""#);
}

#[test]
fn an_exception_that_waits_for_it_is_not_yet_there() {
    let log = &Log::default();
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                try { yield 1; } finally exception { forever_once(log).await; log.add(seen(exception)); }
            } finally exception {
                log.add(seen(exception));
            }
        });
        assert_eq!(g.anext().await, Ok(1));
        assert!(g.anext().now_or_never().is_none());
        // (C25)
        assert_eq!(g.athrow("late").await, Err(StepError::Raised(Exception::Error("late"))));
    });
    assert_eq!(log.take(), r#"waits normal "late""#);
}

async fn forever_once(log: &Log) {
    log.add("waits");
    tick().await;
    tick().await;
}

#[test]
fn a_value_at_the_end_is_a_normal_end() {
    fn g(
        fails: bool,
        log: &Log,
    ) -> impl ReturningGenerator<Yield = u32, Sent = (), Error = &'static str, Return = String> {
        async_gen! {
            type Return = String;
            try {
                yield 1;
                if fails { return Err("failed"); }
                return "value".to_owned();
            } finally exception {
                log.add(seen(exception));
            }
        }
    }
    let log = &Log::default();
    run(async {
        let mut good = pin!(g(false, log));
        assert_eq!(good.anext().await, Ok(1));
        assert_eq!(good.anext().await, Err(StepError::StopAsyncIteration));
        assert_eq!(good.return_value().as_deref(), Some("value"));
        let mut bad = pin!(g(true, log));
        assert_eq!(bad.anext().await, Ok(1));
        assert_eq!(bad.anext().await, Err(StepError::Raised(Exception::Error("failed"))));
    });
    assert_eq!(log.take(), r#"normal "failed""#);
}

#[test]
fn in_a_function_that_delegates_and_loops_three_deep() {
    fn inner(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Failed> {
        async_gen! {
            try { for n in 0.. { yield n; } } finally e { log.add(format!("inner:{}", seen(e))); }
        }
    }
    let g = |leave| {
        move |log| {
            async_gen! {
                type Yield = u32; type Sent = (); type Error = Failed;
                let log: &Log = log;
                try {
                    for await n in inner(log) {
                        try {
                            if n == leave { break; }
                            yield n;
                        } finally e { log.add(format!("loop:{}", seen(e))); }
                    }
                    yield from inner(log);
                } finally e { log.add(format!("outer:{}", seen(e))); }
            }
        }
    };
    let log = &Log::default();
    assert_eq!(closed_after(1, g(0)(log)), (vec![0], Ok(())));
    assert_eq!(log.take(), "loop:normal inner:closed inner:closed outer:closed");
    assert_eq!(thrown_after(1, Exception::Error(Failed("x")), g(5)(log)), (vec![0], raised(Failed("x"))));
    // (The loop closes its generator: that one is not told of the error.)
    assert_eq!(log.take(), r#"loop:Failed("x") inner:closed outer:Failed("x")"#);
}

#[test]
fn in_ordinary_code_and_in_streams() {
    let log = &Log::default();
    let found: Result<u32, &str> = run(async_block! {
        try {
            let n: u32 = "7".parse().map_err(|_| "no number")?;
            if n == 7 { return n; }
            8
        } finally exception {
            log.add(seen(exception));
        }
    });
    assert_eq!(found, Ok(7));
    let failed: Result<u32, &str> = run(async_block! {
        try { fail("failed")?; 1 } finally exception { log.add(seen(exception)); }
    });
    assert_eq!(failed, Err("failed"));
    assert_eq!(log.take(), r#"normal "failed""#);

    let items: Vec<u32> = run(stream! { try { yield 1; } finally why { log.add(seen::<Infallible>(why)); } }.collect());
    assert_eq!(items, [1]);
    let items: Vec<Result<u32, String>> = run(try_stream! {
        try { yield 1; Err("failed".to_owned())?; } finally mut why { log.add(seen(why.take())); log.add(why.is_none()); }
    }
    .collect());
    assert_eq!(items, [Ok(1), Err("failed".to_owned())]);
    assert_eq!(log.take(), r#"normal "failed" true"#);
}

#[test]
fn other_names_and_none() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let finally = 1;
        let exception = "another variable";
        try { yield finally; } finally _ { log.add(exception); }
        try { yield 2; } finally error { let exception = error; log.add(seen(exception)); }
        log.add(exception);
    };
    assert_eq!(all(g), (vec![1, 2], Ok(())));
    assert_eq!(log.take(), "another variable normal another variable");
}

#[test]
fn what_only_looks_at_it_before_it_awaits_is_send_whatever_the_error() {
    fn send<T: Send>(it: T) -> T {
        it
    }
    let log = Cell::new(0);
    let g = send(async_gen! {
        type Yield = u32; type Sent = (); type Error = Cell<u32>;
        try {
            yield 1;
        } finally exception {
            let failed = matches!(exception, Some(_));
            tick().await;
            log.set(u32::from(failed));
            log.set(log.get() + 1);
        }
    });
    assert_eq!(thrown_after(1, Exception::Error(Cell::new(1)), g), (vec![1], raised(Cell::new(1))));
}

#[test]
fn an_error_that_borrows() {
    let text = &String::from("borrowed");
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &str;
        try { yield 1; raise!(text.as_str()); } finally exception { log.add(seen(exception)); }
    };
    assert_eq!(all(g), (vec![1], raised("borrowed")));
    assert_eq!(log.take(), r#""borrowed""#);
}

#[test]
fn a_method_of_the_error_where_a_return_goes_through_it() {
    let log = &Log::default();
    let g = |fails| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = std::io::Error;
            try {
                yield 1;
                if fails { return Err(std::io::ErrorKind::NotFound.into()); }
                return Ok(());
            } finally exception {
                if let Some(Exception::Error(error)) = exception { log.add(error.kind()); }
            }
        }
    };
    assert!(all(g(true)).1.is_err());
    assert!(all(g(false)).1.is_ok());
    assert_eq!(log.take(), "entity not found");
}

#[test]
fn finally_is_a_name_in_a_match() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        match 3 { finally if finally > 2 => { yield finally; } finally => { yield 10 * finally; } }
    };
    assert_eq!(all(g), (vec![3], Ok(())));
}
