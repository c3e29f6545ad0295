//! `stream!` whose items are `Result`s: an error that leaves the body is the last item.

use asyncgen::{AsyncGenerator, async_gen, stream, try_stream};
use futures::stream::iter;
use futures::{Stream, StreamExt};

use crate::keyword::{Log, run, tick};

fn fails() -> Result<(), String> {
    Err("lost".to_owned())
}

/// As `fails`, and nobody sees that it is a `Result`.
fn opaque() -> impl Future<Output = Result<(), String>> {
    async { fails() }
}

macro_rules! give_up {
    ($error:expr) => {
        return Err($error)
    };
}

macro_rules! fails_by_tail {
    () => {
        fails()
    };
}

fn results() -> impl AsyncGenerator<Yield = Result<u32, String>, Sent = (), Error = String> {
    async_gen! { yield Ok(1); yield Ok(2); raise!("lost".to_owned()) }
}

type Items = Vec<Result<u32, String>>;

fn items(stream: impl Stream<Item = Result<u32, String>>) -> Items {
    run(stream.collect())
}

fn lost() -> Result<u32, String> {
    Err("lost".to_owned())
}

#[test]
fn by_a_question_mark() {
    assert_eq!(items(stream! { yield Ok(1); fails()?; yield Ok(2); }), [Ok(1), lost()]);
}

#[test]
fn by_raise() {
    assert_eq!(items(stream! { type Error = String; yield Ok(1); raise!("lost"); }), [Ok(1), lost()]);
}

#[test]
fn by_returning_err() {
    assert_eq!(
        items(stream! { yield Ok(1); if true { return Err("lost".to_owned()); } yield Ok(2); }),
        [Ok(1), lost()]
    );
}

#[test]
fn by_returning_what_a_function_returned() {
    assert_eq!(items(stream! { type Error = String; yield Ok(1); return fails(); }), [Ok(1), lost()]);
}

#[test]
fn by_returning_what_was_awaited() {
    assert_eq!(items(stream! { type Error = String; yield Ok(1); return opaque().await; }), [Ok(1), lost()]);
}

#[test]
fn by_returning_a_variable() {
    let s = stream! {
        type Error = String;
        let end = fails();
        yield Ok(1);
        return end;
    };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn by_the_value_at_the_end() {
    assert_eq!(items(stream! { type Error = String; yield Ok(1); fails() }), [Ok(1), lost()]);
}

#[test]
fn by_a_match_at_the_end() {
    for way in 0..3 {
        let s = stream! {
            type Error = String;
            yield Ok(1);
            match way {
                0 => fails(),
                1 => Err("lost".to_owned()),
                _ => Ok(()),
            }
        };
        assert_eq!(items(s), if way == 2 { vec![Ok(1)] } else { vec![Ok(1), lost()] });
    }
}

#[test]
fn by_an_if_at_the_end() {
    for fail in [true, false] {
        let s = stream! {
            type Error = String;
            yield Ok(1);
            if fail { opaque().await } else { Ok(()) }
        };
        assert_eq!(items(s), if fail { vec![Ok(1), lost()] } else { vec![Ok(1)] });
    }
}

#[test]
fn by_a_block_at_the_end() {
    assert_eq!(items(stream! { type Error = String; yield Ok(1); { fails() } }), [Ok(1), lost()]);
    assert_eq!(items(stream! { type Error = String; yield Ok(1); { let end = fails(); end } }), [Ok(1), lost()]);
}

#[test]
fn by_a_loop_at_the_end() {
    assert_eq!(items(stream! { type Error = String; yield Ok(1); loop { break fails(); } }), [Ok(1), lost()]);
}

#[test]
fn by_a_labelled_block_at_the_end() {
    let s = stream! {
        type Error = String;
        yield Ok(1);
        'end: {
            if true { break 'end fails(); }
            Ok(())
        }
    };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn by_an_if_let_at_the_end() {
    let s = stream! {
        type Error = String;
        yield Ok(1);
        if let Some(()) = None { Ok(()) } else { fails() }
    };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn by_a_macro_that_returns() {
    let s = stream! {
        type Error = String;
        yield Ok(1);
        if true { give_up!("lost".to_owned()); }
        return Ok(());
    };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn by_a_macro_at_the_end() {
    assert_eq!(items(stream! { type Error = String; yield Ok(1); fails_by_tail!() }), [Ok(1), lost()]);
}

#[test]
fn by_returning_what_a_try_gives() {
    let s = stream! {
        type Error = String;
        let result = try { yield Ok(1); fails()?; };
        return result;
    };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn by_a_return_after_a_caught_error() {
    let s = stream! {
        let caught = try { "x".parse::<u32>().map_err(|error| error.to_string())? };
        yield Ok(u32::from(caught.is_err()));
        return fails();
    };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn by_an_unmatched_catch() {
    let s = stream! {
        type Error = String;
        try { yield Ok(1); fails()?; } catch error if error.is_empty() { yield Ok(2); }
    };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn by_a_handler() {
    let s = stream! {
        type Error = String;
        try { yield Ok(1); raise!("first"); } catch _ { fails()?; }
    };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn by_clean_up() {
    let log = &Log::default();
    let s = stream! {
        type Error = String;
        try { yield Ok(1); return Ok(()); } finally { tick().await; log.add("finally"); fails()?; }
    };
    assert_eq!(items(s), [Ok(1), lost()]);
    assert_eq!(log.take(), "finally");
}

#[test]
fn by_a_delegation() {
    assert_eq!(items(stream! { type Error = String; yield from results(); yield Ok(404); }), [Ok(1), Ok(2), lost()]);
}

#[test]
fn by_a_delegation_at_the_end() {
    assert_eq!(items(stream! { type Error = String; yield from results(); }), [Ok(1), Ok(2), lost()]);
}

#[test]
fn by_a_delegation_in_a_try() {
    let log = &Log::default();
    let s = stream! { type Error = String; try { yield from results(); } finally { log.add("finally"); } };
    assert_eq!(items(s), [Ok(1), Ok(2), lost()]);
    assert_eq!(log.take(), "finally");
}

#[test]
fn by_a_question_mark_in_the_iterated_expression() {
    fn open() -> Result<impl Stream<Item = u32>, String> {
        if true { Err("lost".to_owned()) } else { Ok(iter([1])) }
    }
    let s = stream! { type Error = String; for await row in open()? { yield Ok(row); } };
    assert_eq!(items(s), [lost()]);
}

#[test]
fn by_a_question_mark_in_what_is_yielded() {
    let s = stream! { type Error = String; yield Ok("1".parse().map_err(|_| "lost")?); yield Ok("x".parse().map_err(|_| "lost")?); };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn by_a_handler_of_select() {
    let s = stream! {
        type Error = String;
        yield Ok(1);
        tokio::select! {
            end = opaque() => return end,
            () = crate::keyword::forever() => {}
        }
    };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn by_a_question_mark_at_a_try_join() {
    let s = stream! {
        type Error = String;
        yield Ok(1);
        tokio::try_join!(opaque(), async { tick().await; Ok(()) })?;
    };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn by_raising_generator_exit_the_stream_ends() {
    // No error is lost: there is none.
    let s = stream! { type Error = String; yield Ok(1); if true { raise!(GeneratorExit); } yield Ok(2); };
    assert_eq!(items(s), [Ok(1)]);
}

#[test]
fn by_a_loop_over_a_try_stream() {
    let s = stream! {
        type Error = String;
        for await row in try_stream! { type Yield = u32; type Error = String; yield 1; fails()?; } { yield Ok(row?); }
    };
    assert_eq!(items(s), [Ok(1), lost()]);
}

#[test]
fn nothing_comes_after_the_error() {
    run(async {
        let mut s = std::pin::pin!(stream! { type Error = String; yield Ok(1); return fails(); });
        assert_eq!(s.next().await, Some(Ok(1)));
        assert_eq!(s.next().await, Some(lost()));
        assert_eq!(s.next().await, None);
        assert_eq!(s.next().await, None);
    });
}
