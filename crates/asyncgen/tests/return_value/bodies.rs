//! The ways in which a body ends with its value.

use std::pin::pin;

use asyncgen::{AsyncGeneratorExt, Exception, ReturningGenerator, StepError, async_gen};
use futures::stream::iter;

use crate::keyword::{Log, run, tick};

/// The values, the end, and the value at the end.
fn all<G: ReturningGenerator<Sent = ()>>(g: G) -> (Vec<G::Yield>, Result<Option<G::Return>, Exception<G::Error>>) {
    run(async {
        let mut g = pin!(g);
        let mut values = Vec::new();
        loop {
            match g.anext().await {
                Ok(value) => values.push(value),
                Err(StepError::StopAsyncIteration) => return (values, Ok(g.return_value())),
                Err(StepError::Raised(exception)) => return (values, Err(exception)),
            }
        }
    })
}

/// A generator of `u32` and `String` that ends with an `i64`.
macro_rules! ends {
    ($($body:tt)*) => {
        all(async_gen! { type Yield = u32; type Sent = (); type Error = String; type Return = i64; $($body)* })
    };
}

fn fine() -> Result<i64, String> {
    Ok(3)
}

fn fails() -> Result<i64, String> {
    Err("failed".to_owned())
}

#[test]
fn by_a_value_or_a_result_last_or_returned() {
    assert_eq!(ends! { yield 1; 2 }, (vec![1], Ok(Some(2))));
    assert_eq!(ends! { yield 1; return 2; }, (vec![1], Ok(Some(2))));
    assert_eq!(ends! { yield 1; return 2 }, (vec![1], Ok(Some(2))));
    assert_eq!(ends! { yield 1; Ok(2) }, (vec![1], Ok(Some(2))));
    assert_eq!(ends! { yield 1; return Ok(2); }, (vec![1], Ok(Some(2))));
    assert_eq!(ends! { yield 1; fine() }, (vec![1], Ok(Some(3))));
    assert_eq!(ends! { yield 1; fine()? }, (vec![1], Ok(Some(3))));
    assert_eq!(ends! { yield 1; return fine(); }, (vec![1], Ok(Some(3))));
    assert_eq!(ends! { yield 1; if true { 2 } else { 3 } }, (vec![1], Ok(Some(2))));
    assert_eq!(ends! { yield 1; match 5 { 5 => return 2, _ => {} } 4 }, (vec![1], Ok(Some(2))));
}

#[test]
fn or_with_an_error() {
    let failed = || (vec![1], Err(Exception::Error("failed".to_owned())));
    assert_eq!(ends! { yield 1; fails() }, failed());
    assert_eq!(ends! { yield 1; fails()? }, failed());
    assert_eq!(ends! { yield 1; return fails(); }, failed());
    assert_eq!(ends! { yield 1; return Err("failed".to_owned()); }, failed());
    assert_eq!(ends! { yield 1; raise!("failed"); }, failed());
    assert_eq!(ends! { yield 1; if true { raise!("failed") } 2 }, failed());
}

#[test]
fn by_loops_that_end_with_a_return() {
    assert_eq!(ends! { let mut n = 0; loop { yield n; n += 1; if n == 2 { return 5; } } }, (vec![0, 1], Ok(Some(5))));
    assert_eq!(ends! { let mut n = 0; loop { yield n; n += 1; if n == 2 { break 5; } } }, (vec![0, 1], Ok(Some(5))));
    assert_eq!(ends! { for await n in iter([1, 2]) { yield n; if n == 2 { return 6; } } 0 }, (vec![1, 2], Ok(Some(6))));
}

#[test]
fn through_finally_and_loops_that_close() {
    let log = &Log::default();
    let clean_up = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            try { yield 1; yield 2; } finally { tick().await; log.add("closed"); }
        }
    };
    let ends = ends! {
        let log: &Log = log;
        try {
            for await n in clean_up() { yield n; return 4; }
        } finally { tick().await; log.add("finally"); }
        0
    };
    assert_eq!(ends, (vec![1], Ok(Some(4))));
    assert_eq!(log.take(), "closed finally");
    // What a `finally` returns comes instead.
    assert_eq!(ends! { try { yield 1; return 4; } finally { return 5; } 0 }, (vec![1], Ok(Some(5))));
    assert_eq!(ends! { try { yield 1; raise!("lost") } finally { return 5; } 0 }, (vec![1], Ok(Some(5))));
    assert_eq!(ends! { try { yield 1; raise!("caught") } catch _ { return 6; } 0 }, (vec![1], Ok(Some(6))));
    assert_eq!(ends! { let n = try { yield 1; fine()? } catch _ { 0 }; n + 1 }, (vec![1], Ok(Some(4))));
}

#[test]
fn a_hidden_error_is_raised_and_nothing_of_the_value_is_hidden() {
    macro_rules! bail {
        ($error:expr) => {
            return Err($error.to_owned())
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
    let failed = || (vec![1], Err(Exception::Error("failed".to_owned())));
    assert_eq!(ends! { yield 1; bail!("failed") }, failed());
    assert_eq!(ends! { try { yield 1; bail!("failed"); } finally { tick().await; } 1 }, failed());
    assert_eq!(ends! { yield 1; let n = unwrap_or!(None, return 2); n }, (vec![1], Ok(Some(2))));
    assert_eq!(
        ends! { try { yield 1; let n = unwrap_or!(None, return 2); n } finally { tick().await; } },
        (vec![1], Ok(Some(2)))
    );
    assert_eq!(
        ends! { try { yield 1; unwrap_or!(Some(4), return 2) } finally { tick().await; } },
        (vec![1], Ok(Some(4)))
    );
    let selected = ends! {
        try {
            yield 1;
            futures::select_biased! {
                n = std::pin::pin!(futures::FutureExt::fuse(async { tick().await; 5 })) => return n,
            }
        } finally { tick().await; }
    };
    assert_eq!(selected, (vec![1], Ok(Some(5))));
}

#[test]
fn without_an_end_or_with_nothing() {
    let unit = all(
        async_gen! { type Yield = u32; type Sent = (); type Error = String; type Return = Option<()>; yield 1; None },
    );
    assert_eq!(unit, (vec![1], Ok(Some(None))));
    // `()` is no value.
    let mut g = pin!(async_gen! { type Yield = u32; type Sent = (); type Error = String; type Return = (); yield 1; });
    assert_eq!(run(g.anext()), Ok(1));
    assert_eq!(run(g.anext()), Err(StepError::StopAsyncIteration));
}

#[test]
fn of_generic_and_borrowed_types() {
    fn counted<'t, T: Clone>(
        items: &'t [T],
        end: &'t str,
    ) -> impl ReturningGenerator<Yield = T, Sent = (), Error = String, Return = (&'t str, usize)> {
        async_gen! {
            type Return = (&'t str, usize);
            for item in items { yield item.clone(); }
            (end, items.len())
        }
    }
    assert_eq!(all(counted(&[1, 2], "end")), (vec![1, 2], Ok(Some(("end", 2)))));
}
