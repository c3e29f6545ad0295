//! `try_stream!`: the same ways.

use asyncgen::{AsyncGenerator, async_gen, try_stream};
use futures::{Stream, StreamExt};

use crate::keyword::{Log, run, tick};

fn fails() -> Result<(), String> {
    Err("lost".to_owned())
}

macro_rules! give_up {
    ($error:expr) => {
        return Err($error)
    };
}

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! { yield 1; yield 2; raise!("lost") }
}

fn items(stream: impl Stream<Item = Result<u32, String>>) -> Vec<Result<u32, String>> {
    run(stream.collect())
}

fn lost() -> Result<u32, String> {
    Err("lost".to_owned())
}

#[test]
fn by_returning_what_a_function_returned() {
    assert_eq!(items(try_stream! { yield 1; return fails(); }), [Ok(1), lost()]);
}

#[test]
fn by_the_value_at_the_end() {
    assert_eq!(items(try_stream! { yield 1; fails() }), [Ok(1), lost()]);
}

#[test]
fn by_a_macro_that_returns() {
    assert_eq!(
        items(try_stream! { yield 1; if true { give_up!("lost".to_owned()); } yield 2; return Ok(()); }),
        [Ok(1), lost()]
    );
}

#[test]
fn by_raise() {
    assert_eq!(items(try_stream! { type Error = String; yield 1; raise!("lost"); }), [Ok(1), lost()]);
}

#[test]
fn by_a_loop() {
    assert_eq!(items(try_stream! { for await row in rows() { yield row; } }), [Ok(1), Ok(2), lost()]);
}

#[test]
fn by_a_loop_in_a_loop() {
    let s = try_stream! { for await a in rows() { for await b in rows() { yield a * 10 + b; } } };
    assert_eq!(items(s), [Ok(11), Ok(12), lost()]);
}

#[test]
fn by_a_delegation() {
    assert_eq!(items(try_stream! { yield 7; yield from rows(); }), [Ok(7), Ok(1), Ok(2), lost()]);
}

#[test]
fn by_a_question_mark_in_a_loops_body_and_its_clean_up() {
    let s = try_stream! {
        for await row in async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            try { yield 1; yield 2; } finally { tick().await; fails()?; }
        } {
            yield row;
            Err("first".to_owned())?;
        }
    };
    assert_eq!(items(s), [Ok(1), lost()], "an error of clean-up goes instead of the one on its way");
}

#[test]
fn by_a_tail_try() {
    let s = try_stream! { type Error = String; try { yield 1; fails()?; } catch error if error == "other" {} };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn by_a_macro_that_returns_in_a_try() {
    let log = &Log::default();
    let s = try_stream! {
        yield 1;
        try { if true { give_up!("lost".to_owned()); } } finally { tick().await; log.add("finally"); }
        yield 2;
        return Ok(());
    };
    assert_eq!(items(s), [Ok(1), lost()]);
    assert_eq!(log.take(), "finally");
}
