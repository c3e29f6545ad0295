//! Two generators merged by `select!`, both closed whatever happens.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, StepError, async_gen};

use crate::common::pending_for;
use crate::keyword::{Log, tick};
use crate::language::{all, closed_after, raised, thrown_after};

fn every<'l>(
    ticks: u32,
    count: u32,
    name: &'static str,
    log: &'l Log,
) -> impl AsyncGenerator<Yield = String, Sent = (), Error = &'static str> + 'l {
    async_gen! {
        try {
            for i in 0..count {
                pending_for(ticks).await;
                if i == 7 { raise!("seven"); }
                yield format!("{name}{i}");
            }
        } finally {
            tick().await;
            log.add(name);
        }
    }
}

fn merge<T, E>(
    a: impl AsyncGenerator<Yield = T, Sent = (), Error = E>,
    b: impl AsyncGenerator<Yield = T, Sent = (), Error = E>,
) -> impl AsyncGenerator<Yield = T, Sent = (), Error = E> {
    async_gen! {
        type Error = E;
        let mut a = pin!(a);
        let mut b = pin!(b);
        try {
            let (mut a_done, mut b_done) = (false, false);
            while !a_done || !b_done {
                tokio::select! {
                    biased;
                    x = a.anext(), if !a_done => match x {
                        Ok(x) => { yield x; }
                        Err(StepError::StopAsyncIteration) => a_done = true,
                        Err(StepError::Raised(exception)) => raise!(exception),
                        Err(_) => unreachable!(),
                    },
                    x = b.anext(), if !b_done => match x {
                        Ok(x) => { yield x; }
                        Err(StepError::StopAsyncIteration) => b_done = true,
                        Err(StepError::Raised(exception)) => raise!(exception),
                        Err(_) => unreachable!(),
                    },
                }
            }
        } finally {
            if let Err(CloseError::Raised(error)) = a.aclose().await { raise!(error); }
            if let Err(CloseError::Raised(error)) = b.aclose().await { raise!(error); }
        }
    }
}

/// Wakes itself, as nothing here waits for anything.
fn merged(log: &Log) -> impl AsyncGenerator<Yield = String, Sent = (), Error = &'static str> {
    merge(every(0, 2, "a", log), every(0, 9, "b", log))
}

#[test]
fn both_are_merged_and_closed() {
    let log = &Log::default();
    let (values, end) = all(merged(log));
    assert_eq!(values, ["a0", "a1", "b0", "b1", "b2", "b3", "b4", "b5", "b6"]);
    assert_eq!(end, raised("seven"));
    assert_eq!(log.take(), "a b");
    assert_eq!(closed_after(1, merged(log)).1, Ok(()));
    assert_eq!(log.take(), "a");
    assert_eq!(closed_after(3, merged(log)).1, Ok(()));
    assert_eq!(log.take(), "a b");
    assert_eq!(thrown_after(3, "thrown", merged(log)), (vec!["a0".into(), "a1".into(), "b0".into()], raised("thrown")));
    assert_eq!(log.take(), "a b");
}
