//! What is told to nobody goes to the hook for that, and nothing else does. (The hook is one for all threads: so these are in
//! a process of their own.)
#![forbid(unsafe_code)]
#![cfg(all(feature = "macros", feature = "std"))]

mod common;

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};

use asyncgen::hooks::{self, UnraisableHook};
use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, IntoStream, IntoStreamExt, StepError, async_gen, stream, try_stream,
};
use futures::StreamExt;

use crate::common::now;

/// What is reported while `program` runs.
fn reports(program: impl FnOnce()) -> Vec<String> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one: MutexGuard<'_, ()> = ONE_AT_A_TIME.lock().unwrap();
    let reported = Arc::new(Mutex::new(Vec::new()));
    let sink = reported.clone();
    hooks::set_unraisable(Some(UnraisableHook::new(move |what| sink.lock().unwrap().push(what.to_string()))));
    program();
    hooks::set_unraisable(None);
    std::mem::take(&mut *reported.lock().unwrap())
}

fn numbers() -> IntoStream<impl AsyncGenerator<Yield = u32, Sent = (), Error = std::convert::Infallible>> {
    async_gen! { for i in 0.. { yield i; } }.into_stream()
}

#[test]
fn no_clean_up_is_missed_where_there_is_none() {
    let reports = reports(|| {
        let doubled = stream! { for await n in stream! { for i in 0.. { yield i; } } { yield 2 * n; } };
        assert_eq!(now(doubled.take(3).collect::<Vec<u32>>()), [0, 2, 4]);
        let doubled = stream! { for await n in numbers() { yield 2 * n; } };
        assert_eq!(now(doubled.take(3).collect::<Vec<u32>>()), [0, 2, 4]);
    });
    assert!(reports.is_empty(), "{reports:?}");
}

#[test]
fn an_error_of_the_clean_up_of_what_a_loop_leaves_is_told() {
    let reports = reports(|| {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let rows = try_stream! {
                type Yield = u32; type Error = String;
                try { yield 1; yield 2; } finally { Err("rollback failed".to_owned())?; }
            };
            for await row in rows { yield row?; break; }
        });
        assert_eq!((now(g.anext()), now(g.anext())), (Ok(1), Err(StepError::StopAsyncIteration)));
    });
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].contains("rollback failed"), "{reports:?}");

    let mut g = pin!(async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        let rows = async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            try { yield 1; yield 2; } finally { Err("rollback failed".to_owned())?; }
        };
        for await row in rows { yield row; break; }
    });
    assert_eq!(now(g.anext()), Ok(1));
    let error = now(g.anext()).unwrap_err();
    assert!(format!("{error:?}").contains("rollback failed"), "{error:?}");
}

/// A hook that drives generators itself, and panics.
#[test]
fn a_hook_that_drives_generators_and_panics() {
    let calls = Arc::new(Mutex::new(0));
    let count = calls.clone();
    let _ = reports(|| {
        hooks::set_unraisable(Some(UnraisableHook::new(move |_| {
            let call = {
                let mut calls = count.lock().unwrap();
                *calls += 1;
                *calls
            };
            if call < 10 {
                // Misses its clean-up, which is told to this hook.
                drop_in_a_try();
            }
            panic!("the hook panics");
        })));
        let result = std::panic::catch_unwind(drop_in_a_try);
        drop(result);
    });
    assert!(*calls.lock().unwrap() > 0);
}

fn drop_in_a_try() {
    let mut g = Box::pin(async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        try { yield 1; } finally { std::future::ready(()).await; }
    });
    assert_eq!(now(g.anext()), Ok(1));
    drop(g);
}
