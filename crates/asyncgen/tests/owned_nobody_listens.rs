//! Where there is neither a hook nor `tracing`, a debug build says on standard error that clean-up was missed.
#![cfg(all(feature = "macros", not(feature = "tracing")))]

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::process::Command;
use std::task::Poll;

use asyncgen::hooks::{self, Unraisable, UnraisableHook};
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Yielder, async_gen, generator};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! { try { yield 1; } finally { println!("closed"); } }
}

/// What the test of this name, run in a process of its own, says on standard error.
fn stderr_of(test: &str) -> String {
    let itself = std::env::current_exe().unwrap();
    let output = Command::new(itself).args(["--ignored", "--exact", "--nocapture", test]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn drops_one() {
    let mut g = pin!(rows());
    assert_eq!(async_io::block_on(g.anext()), Ok(1));
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn drops_one_and_listens() {
    hooks::set_unraisable(Some(UnraisableHook::new(|_| {})));
    let mut g = pin!(rows());
    assert_eq!(async_io::block_on(g.anext()), Ok(1));
}

#[test]
#[cfg(debug_assertions)]
fn one_line_names_the_function_and_what_to_do() {
    let said = stderr_of("drops_one");
    let line = said.lines().find(|line| line.starts_with("asyncgen: ")).unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains("owned_nobody_listens::rows"), "{line}");
    assert!(line.contains("its clean-up did not run"), "{line}");
    assert!(line.contains("set_unraisable"), "{line}");
    assert_eq!(said.matches("asyncgen: ").count(), 1, "{said}");
}

#[test]
fn a_hook_is_told_alone() {
    assert!(!stderr_of("drops_one_and_listens").contains("asyncgen: "));
}

// --- a yield that is not polled -------------------------------------------------------------------------------------

/// A body whose yield is in a collection that polls only what was woken.
async fn waits_for_ever() {
    let mut g = pin!(generator!(|y: Yielder<'_, u32, Option<u32>>| {
        let mut unordered: FuturesUnordered<_> = std::iter::once(async { y.yield_(1).await }).collect();
        unordered.next().await;
    }));
    assert_eq!(g.anext().await, Ok(1));
    assert!(g.asend(Some(2)).now_or_never().is_none());
    for _ in 0..3 {
        assert!(g.anext().now_or_never().is_none());
    }
}

/// Bodies whose yields are polled whenever they are.
async fn all_is_well() {
    let mut g = pin!(generator!(|y: Yielder<'_, u32>| {
        let mut ticks = 0;
        let tick = poll_fn(|cx| {
            ticks += 1;
            cx.waker().wake_by_ref();
            if ticks < 9 { Poll::Pending } else { Poll::Ready(()) }
        });
        let yields = async {
            for n in 0..3 {
                y.yield_(n).await;
            }
        };
        futures::join!(yields, tick);
    }));
    while g.anext().await.is_ok() {}
    // A poll that polls nothing, as `select!` does when the task is to give others a turn.
    let mut g = pin!(generator!(|y: Yielder<'_, u32>| {
        for n in 0..5 {
            let mut turns = 0;
            let mut yields = pin!(y.yield_(n));
            poll_fn(|cx| {
                turns += 1;
                if turns == 2 {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                yields.as_mut().poll(cx)
            })
            .await;
        }
    }));
    while g.anext().await.is_ok() {}
    let mut g = pin!(async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        for n in 0..3 {
            tokio::select! {
                () = pending() => {}
                () = async {} => { yield n; }
            }
            poll_fn(|cx| { cx.waker().wake_by_ref(); Poll::<()>::Pending }).now_or_never();
            pin!(rows()).anext().await.unwrap();
        }
    });
    while g.anext().await.is_ok() {}
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn yields_in_a_collection() {
    async_io::block_on(waits_for_ever());
}

#[test]
#[ignore = "run by another test, in a process of its own"]
fn yields_where_they_are_polled() {
    hooks::set_unraisable(Some(UnraisableHook::new(|what| {
        if let Unraisable::YieldNotPolled { .. } = what {
            eprintln!("asyncgen: {what}");
        }
    })));
    async_io::block_on(all_is_well());
}

#[test]
#[cfg(debug_assertions)]
fn a_yield_that_is_not_polled_is_told_once() {
    let said = stderr_of("yields_in_a_collection");
    let line = said.lines().find(|line| line.starts_with("asyncgen: ")).unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains("owned_nobody_listens::waits_for_ever"), "{line}");
    assert!(line.contains("was not polled") && line.contains("FuturesUnordered"), "{line}");
    assert_eq!(said.matches("asyncgen: ").count(), 1, "{said}");
}

#[test]
fn a_yield_that_is_polled_is_not_told() {
    assert!(!stderr_of("yields_where_they_are_polled").contains("asyncgen: "));
}
