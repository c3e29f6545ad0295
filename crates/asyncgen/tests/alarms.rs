//! Who is told of clean-up that did not run, or failed: nobody, where there was nothing to lose; the hook, where nobody else
//! can be.

#![allow(clippy::all, clippy::pedantic, reason = "the programs are as people write them")]

#[path = "keyword/mod.rs"]
mod keyword;

use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use asyncgen::hooks::{self, UnraisableHook};
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, IntoStreamExt, async_gen, stream, try_stream};
use futures::StreamExt;

use crate::keyword::{run, tick};

/// The hook is the whole program's.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What the hook is told while `program` runs.
fn told(program: impl FnOnce()) -> Vec<String> {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let told = Arc::new(Mutex::new(Vec::new()));
    let here = Arc::clone(&told);
    hooks::set_unraisable(Some(UnraisableHook::new(move |what| here.lock().unwrap().push(what.to_string()))));
    program();
    hooks::set_unraisable(None);
    let told = told.lock().unwrap();
    told.clone()
}

fn numbers() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> {
    async_gen! { for i in 0.. { yield i; } }
}

#[test]
fn a_loop_over_a_stream_without_clean_up_has_none_to_miss() {
    let told = told(|| {
        run(async {
            let doubled = stream! { for await n in stream! { for i in 0.. { yield i; } } { yield 2 * n; } };
            assert_eq!(doubled.take(3).collect::<Vec<u32>>().await, [0, 2, 4]);
            let doubled = stream! { for await n in numbers().into_stream() { yield 2 * n; } };
            assert_eq!(doubled.take(3).collect::<Vec<u32>>().await, [0, 2, 4]);
            let doubled = stream! { for await n in numbers() { for await m in numbers() { yield 2 * n + m; } } };
            assert_eq!(doubled.take(2).collect::<Vec<u32>>().await, [0, 1]);
        });
    });
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn a_generator_that_is_dropped_before_or_after_a_try_has_no_clean_up_to_miss() {
    let told = told(|| {
        run(async {
            let g = || {
                async_gen! {
                    type Yield = u32; type Sent = (); type Error = &'static str;
                    yield 1;
                    try { tick().await; } finally { tick().await; }
                    yield 2;
                }
            };
            drop(g());
            let mut before = Box::pin(g());
            before.anext().await.unwrap();
            drop(before);
            let mut after = Box::pin(g());
            after.anext().await.unwrap();
            after.anext().await.unwrap();
            drop(after);
        });
    });
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn a_generator_that_is_dropped_in_a_finally_or_its_try_is_told_of() {
    for place in 0..3 {
        let told = told(|| {
            run(async {
                let mut g = Box::pin(async_gen! {
                    type Yield = u32; type Sent = (); type Error = &'static str;
                    try { yield 0; } finally { yield 1; }
                    for await n in async_gen! { type Yield = u32; type Sent = (); type Error = &'static str; try { yield 2; } finally { tick().await; } } { yield n; }
                });
                for n in 0..=place {
                    assert_eq!(g.anext().await, Ok(n));
                }
            });
        });
        assert!(!told.is_empty(), "{place}");
        assert!(told[0].contains("clean-up did not run"), "{told:?}");
    }
}

#[test]
fn a_clean_up_error_at_a_loop_over_a_try_stream_is_raised_or_told() {
    let fail = || Err::<(), _>("rollback failed".to_owned());
    let mut raised = false;
    let told = told(|| {
        run(async {
            let mut g = pin!(async_gen! {
                type Yield = u32; type Sent = (); type Error = String;
                let rows = try_stream! {
                    type Yield = u32; type Error = String;
                    try { yield 1; yield 2; } finally { fail()?; }
                };
                for await row in rows { yield row?; break; }
            });
            assert_eq!(g.anext().await, Ok(1));
            raised = g.anext().await.unwrap_err().to_string().contains("rollback failed");
        });
    });
    assert!(raised || told.iter().any(|text| text.contains("rollback failed")), "{told:?}");
}

#[test]
fn a_clean_up_error_at_a_loop_over_an_async_gen_is_raised_and_not_told() {
    let fail = || Err::<(), _>("rollback failed".to_owned());
    let told = told(|| {
        run(async {
            let mut g = pin!(async_gen! {
                type Yield = u32; type Sent = (); type Error = String;
                let rows = async_gen! {
                    type Yield = u32; type Sent = (); type Error = String;
                    try { yield 1; yield 2; } finally { fail()?; }
                };
                for await row in rows { yield row; break; }
            });
            assert_eq!(g.anext().await, Ok(1));
            assert!(g.anext().await.unwrap_err().to_string().contains("rollback failed"));
        });
    });
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn a_generator_with_clean_up_that_ends_or_is_closed_is_not_told_of() {
    let told = told(|| {
        run(async {
            let g = || {
                async_gen! {
                    type Yield = u32; type Sent = (); type Error = &'static str;
                    for await n in async_gen! { type Yield = u32; type Sent = (); type Error = &'static str; try { yield 1; yield 2; } finally { tick().await; } } {
                        try { yield n; } catch "thrown" {} finally { tick().await; }
                    }
                }
            };
            let mut closed = pin!(g());
            closed.anext().await.unwrap();
            closed.aclose().await.unwrap();
            let mut ended = pin!(g());
            while ended.anext().await.is_ok() {}
            let mut thrown = pin!(g());
            thrown.anext().await.unwrap();
            assert!(thrown.athrow("other").await.is_err());
        });
    });
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn a_generator_that_is_dropped_where_a_catch_would_see_closing_is_told_of() {
    let told_of = |sees_closing| {
        told(|| {
            run(async {
                let mut g = Box::pin(async_gen! {
                    type Yield = u32; type Sent = (); type Error = &'static str;
                    if sees_closing {
                        try { yield 1; } catch GeneratorExit { tick().await; }
                    } else {
                        try { yield 1; } catch _ { tick().await; }
                    }
                });
                assert_eq!(g.anext().await, Ok(1));
            });
        })
    };
    assert_eq!(told_of(true).len(), 1);
    assert_eq!(told_of(false), Vec::<String>::new());
}

/// Of the generator that is being closed, and of the one whose loop closes it.
#[test]
fn a_generator_that_is_dropped_while_its_loop_closes_another_is_told_of() {
    let told = told(|| {
        run(async {
            let mut g = Box::pin(async_gen! {
                type Yield = u32; type Sent = (); type Error = &'static str;
                let inner = async_gen! { type Yield = u32; type Sent = (); type Error = &'static str; try { yield 1; } finally { tick().await; } };
                for await n in inner { yield n; }
            });
            assert_eq!(g.anext().await, Ok(1));
            assert!(futures::poll!(pin!(g.aclose())).is_pending());
        });
    });
    assert_eq!(told.len(), 2, "{told:?}");
}
