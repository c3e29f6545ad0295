//! A cursor in a transaction: committed at the end, rolled back on every other way out.

use std::cell::RefCell;
use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
use futures::{Stream, stream};

use crate::keyword::{run, tick};
use crate::language::{all, closed_after, raised, thrown_after};

type Log = RefCell<Vec<&'static str>>;

struct Transaction<'l> {
    log: &'l Log,
    rows: Vec<Result<u32, &'static str>>,
}

impl Transaction<'_> {
    async fn commit(self) -> Result<(), &'static str> {
        tick().await;
        self.log.borrow_mut().push("committed");
        Ok(())
    }

    async fn rollback(self) -> Result<(), &'static str> {
        tick().await;
        self.log.borrow_mut().push("rolled back");
        Ok(())
    }

    fn fetch(&mut self) -> impl Stream<Item = Result<u32, &'static str>> + '_ {
        stream::iter(self.rows.drain(..))
    }
}

/// Each handler uses the transaction up, and so does the end.
fn users(mut tx: Transaction<'_>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        try {
            for await row in tx.fetch() {
                yield row?;
            }
        } catch error {
            tx.rollback().await?;
            raise!(error);
        } catch GeneratorExit {
            tx.rollback().await?;
            raise!(GeneratorExit);
        }
        tx.commit().await?;
    }
}

#[test]
fn it_is_committed_or_rolled_back_and_the_error_goes_on() {
    let log = &Log::default();
    let tx = |rows: &[Result<u32, &'static str>]| Transaction { log, rows: rows.to_vec() };
    assert_eq!(all(users(tx(&[Ok(1), Ok(2)]))), (vec![1, 2], Ok(())));
    assert_eq!(log.take(), ["committed"]);
    assert_eq!(all(users(tx(&[Ok(1), Err("disk")]))), (vec![1], raised("disk")));
    assert_eq!(log.take(), ["rolled back"]);
    assert_eq!(thrown_after(1, "thrown", users(tx(&[Ok(1), Ok(2)]))), (vec![1], raised("thrown")));
    assert_eq!(log.take(), ["rolled back"]);
    assert_eq!(closed_after(1, users(tx(&[Ok(1), Ok(2)]))), (vec![1], Ok(())));
    assert_eq!(log.take(), ["rolled back"]);
}

/// With a flag and a `finally`.
fn users_with_a_flag(mut tx: Transaction<'_>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
    async_gen! {
        let mut complete = false;
        try {
            for await row in tx.fetch() { yield row?; }
            complete = true;
        } finally {
            if complete { tx.commit().await?; } else { tx.rollback().await?; }
        }
    }
}

#[test]
fn the_same_by_a_finally_that_uses_the_transaction_up() {
    let log = &Log::default();
    let tx = || Transaction { log, rows: vec![Ok(1), Ok(2)] };
    assert_eq!(all(users_with_a_flag(tx())), (vec![1, 2], Ok(())));
    assert_eq!(log.take(), ["committed"]);
    assert_eq!(closed_after(1, users_with_a_flag(tx())), (vec![1], Ok(())));
    assert_eq!(log.take(), ["rolled back"]);
    run(async {
        let mut g = pin!(users_with_a_flag(tx()));
        assert_eq!(g.anext().await, Ok(1));
        assert!(g.athrow("thrown").await.is_err());
    });
    assert_eq!(log.take(), ["rolled back"]);
}
