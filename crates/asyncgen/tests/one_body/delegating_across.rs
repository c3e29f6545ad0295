//! `yield from` what has another error type, and what is a stream.

use std::pin::pin;

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, Exception, IntoStreamExt, OwnedExt, ReturningGenerator, StepError, async_gen,
    from_stream, stream, try_stream,
};
use futures::stream::iter;
use futures::{FutureExt, Stream, StreamExt};

use crate::keyword::{Log, run, tick};
use crate::language::{all, closed_after, raised, thrown_after};

#[derive(Debug, PartialEq)]
struct DbError(&'static str);

#[derive(Debug, PartialEq)]
enum ApiError {
    Db(DbError),
    Cancelled,
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

fn rows(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = DbError> {
    async_gen! {
        try {
            yield 1;
            tick().await;
            yield 2;
            raise!(DbError("gone"));
        } catch error {
            log.add("caught");
            raise!(error);
        } finally exception {
            tick().await;
            log.add(match exception { Some(Exception::GeneratorExit) => "closed", Some(_) => "failed", None => "ended" });
        }
    }
}

fn answer(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = ApiError> {
    async_gen! {
        // (What it delegates to doesn't say its error.)
        type Error = ApiError;
        try { yield from rows(log); } catch ApiError::Cancelled { yield 100; }
        yield 3;
    }
}

#[test]
fn a_generator_whose_error_converts() {
    let log = &Log::default();
    assert_eq!(all(answer(log)), (vec![1, 2], raised(ApiError::Db(DbError("gone")))));
    assert_eq!(log.take(), "caught failed");
    assert_eq!(closed_after(1, answer(log)), (vec![1], Ok(())));
    assert_eq!(log.take(), "closed");
    // It can't carry what is thrown in: so it is closed, and the error raised at the `yield from`.
    assert_eq!(thrown_after(1, Exception::Error(ApiError::Cancelled), answer(log)), (vec![1, 100, 3], Ok(())));
    assert_eq!(log.take(), "closed");
}

#[test]
fn an_error_that_comes_in_the_middle_of_a_step() {
    let log = &Log::default();
    run(async {
        let mut g = pin!(answer(log));
        assert_eq!(g.anext().await, Ok(1));
        assert!(g.anext().now_or_never().is_none());
        assert_eq!(g.athrow(ApiError::Cancelled).await, Ok(Some(100)));
        assert_eq!(g.aclose().await, Ok(()));
    });
    assert_eq!(log.take(), "closed");
}

#[test]
fn a_generator_that_raises_nothing() {
    fn numbers() -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = std::convert::Infallible> {
        async_gen! { type Sent = Option<u32>; let mut n = 0; while n < 9 { n = (yield n).unwrap_or(9); } }
    }
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = Option<u32>; type Error = DbError;
            yield from numbers();
            yield 100;
        }
    };
    run(async {
        let mut g = pin!(g());
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.asend(Some(5)).await, Ok(5));
        assert_eq!(g.anext().await, Ok(100));
    });
    run(async {
        let mut g = pin!(g());
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.athrow(DbError("x")).await, Err(StepError::Raised(Exception::Error(DbError("x")))));
    });
}

#[test]
fn a_value_at_the_end_comes_across() {
    fn counted() -> impl ReturningGenerator<Yield = u32, Sent = (), Error = DbError, Return = usize> {
        async_gen! { type Return = usize; yield 1; yield 2; 2 }
    }
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = ApiError;
        let count = yield from counted();
        yield 10 * count.unwrap() as u32;
    };
    assert_eq!(all(g), (vec![1, 2, 20], Ok(())));
}

#[test]
fn a_borrowed_generator_is_left_where_it_stands() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = ApiError;
        let mut rows = pin!(rows(log));
        yield from rows.as_mut();
    };
    assert_eq!(all(g), (vec![1, 2], raised(ApiError::Db(DbError("gone")))));
    assert_eq!(log.take(), "caught failed");
}

#[test]
fn a_stream_and_a_stream_of_results() {
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = ApiError;
            yield from iter([1, 2]);
            let boxed: std::pin::Pin<Box<dyn Stream<Item = u32>>> = iter([3]).boxed_local();
            yield from boxed;
            yield from iter([Ok(4), Err(DbError("five"))]);
            yield 6;
        }
    };
    assert_eq!(all(g()), (vec![1, 2, 3, 4], raised(ApiError::Db(DbError("five")))));
    assert_eq!(thrown_after(2, Exception::Error(ApiError::Cancelled), g()), (vec![1, 2], raised(ApiError::Cancelled)));
    assert_eq!(closed_after(3, g()), (vec![1, 2, 3], Ok(())));
    // Where `Result`s are yielded, they are values as any.
    let g = async_gen! {
        type Yield = Result<u32, DbError>; type Sent = (); type Error = ApiError;
        yield from iter([Ok(4), Err(DbError("five")), Ok(6)]);
    };
    assert_eq!(all(g), (vec![Ok(4), Err(DbError("five")), Ok(6)], Ok(())));
}

#[test]
fn what_the_stream_macros_make_is_closed() {
    let log = &Log::default();
    let items = || stream! { try { yield 1; tick().await; yield 2; } finally { tick().await; log.add("items"); } };
    let tried = || {
        try_stream! {
            try { yield 3; Err(DbError("four"))?; } catch DbError("known") { yield 5; } finally { tick().await; log.add("tried"); }
        }
    };
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = ApiError;
            yield from items();
            yield from tried();
        }
    };
    assert_eq!(all(g()), (vec![1, 2, 3], raised(ApiError::Db(DbError("four")))));
    assert_eq!(log.take(), "items tried");
    assert_eq!(closed_after(1, g()), (vec![1], Ok(())));
    assert_eq!(log.take(), "items");
    assert_eq!(closed_after(3, g()), (vec![1, 2, 3], Ok(())));
    assert_eq!(log.take(), "items tried");
    assert_eq!(thrown_after(1, Exception::Error(ApiError::Cancelled), g()), (vec![1], raised(ApiError::Cancelled)));
    assert_eq!(log.take(), "items");
    // An error that is its own goes into it.
    let g = async_gen! { type Yield = u32; type Sent = (); type Error = DbError; yield from tried(); };
    assert_eq!(thrown_after(1, Exception::Error(DbError("known")), g), (vec![3, 5], Ok(())));
    assert_eq!(log.take(), "tried");
}

#[test]
fn a_stream_of_results_that_the_macro_made_is_closed() {
    let log = &Log::default();
    let items = || {
        stream! {
            type Error = DbError;
            try { yield Ok::<_, DbError>(1); yield Ok(2); Err(DbError("three"))?; } finally { tick().await; log.add("items"); }
        }
    };
    let g = || async_gen! { type Yield = u32; type Sent = (); type Error = ApiError; yield from items(); yield 4; };
    assert_eq!(all(g()), (vec![1, 2], raised(ApiError::Db(DbError("three")))));
    assert_eq!(log.take(), "items");
    assert_eq!(closed_after(1, g()), (vec![1], Ok(())));
    assert_eq!(log.take(), "items");
    let boxed = async_gen! {
        type Yield = u32; type Sent = (); type Error = ApiError;
        yield from Box::pin(items());
    };
    assert_eq!(closed_after(1, boxed), (vec![1], Ok(())));
    assert_eq!(log.take(), "items");
}

#[test]
fn generators_that_were_made_streams() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = ApiError;
        yield from rows(log).into_try_stream();
    };
    assert_eq!(closed_after(2, g), (vec![1, 2], Ok(())));
    assert_eq!(log.take(), "closed");
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = ApiError;
        yield from from_stream(iter([1]));
        yield from async_gen! { yield 2; }.boxed();
        yield from async_gen! { type Sent = (); type Error = std::convert::Infallible; yield 3; }.into_stream();
    };
    assert_eq!(all(g), (vec![1, 2, 3], Ok(())));
}

#[test]
fn in_streams() {
    let log = &Log::default();
    let items: Vec<_> = run(stream! { yield from iter([1, 2]); yield 3; }.collect());
    assert_eq!(items, [1, 2, 3]);
    let items: Vec<Result<u32, ApiError>> =
        run(try_stream! { type Error = ApiError; yield from iter([1]); yield from rows(log); }.collect());
    assert_eq!(items, [Ok(1), Ok(1), Ok(2), Err(ApiError::Db(DbError("gone")))]);
    assert_eq!(log.take(), "caught failed");
}

#[test]
fn it_is_send_if_what_it_delegates_to_is() {
    fn send<T: Send>(it: T) -> T {
        it
    }
    fn quiet() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = DbError> {
        async_gen! { yield 2; }
    }
    let g = send(async_gen! {
        type Yield = u32; type Sent = (); type Error = ApiError;
        yield from iter([1]);
        yield from quiet();
        yield from stream! { yield 3; };
        yield from try_stream! { yield 4; Err(DbError("five"))?; };
    });
    assert_eq!(all(g), (vec![1, 2, 3, 4], raised(ApiError::Db(DbError("five")))));
}
