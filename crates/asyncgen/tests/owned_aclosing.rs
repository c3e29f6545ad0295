//! `aclosing` closes on every way out of its block.

mod owned_support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Waker};

use asyncgen::{AsyncGeneratorExt, CloseError, Yielder, aclosing, generator};
use futures::executor::block_on;
use owned_support::{Count, counting};

#[test]
fn it_closes_at_the_end_of_the_block() {
    let count = Count::default();
    let value = block_on(aclosing(counting(&count), async |mut g| g.anext().await));
    assert_eq!(value.unwrap(), Ok(0));
    assert_eq!((count.begun(), count.ended()), (1, 1));
}

#[test]
fn it_closes_when_the_block_returns_an_error() {
    let count = Count::default();
    let value = block_on(aclosing(counting(&count), async |mut g| {
        let n = g.anext().await.unwrap();
        "no number".parse::<u32>()?;
        Ok::<_, std::num::ParseIntError>(n)
    }));
    assert!(value.unwrap().is_err());
    assert_eq!(count.ended(), 1);
}

#[test]
fn c13_a_generator_that_the_block_did_not_start_is_closed_without_running() {
    let count = Count::default();
    assert!(block_on(aclosing(counting(&count), async |_| ())).is_ok());
    assert_eq!(count.begun(), 0);
}

#[test]
fn c14_an_error_of_the_clean_up_comes_with_the_value_of_the_block() {
    let failing = generator!(|y: Yielder<'_, u32, (), &'static str>| {
        y.finally(
            async |mut y| {
                y.yield_(1).await;
                Ok(())
            },
            async |_| Err("no connection"),
        )
        .await;
    });
    let error = block_on(aclosing(failing, async |mut g| g.anext().await)).unwrap_err();
    assert_eq!(error.value, Ok(1));
    assert_eq!(error.error, CloseError::Raised("no connection"));
    assert_eq!(error.to_string(), "no connection");
}

#[test]
fn it_does_not_close_when_the_block_panics() {
    let count = Count::default();
    let run = AssertUnwindSafe(|| {
        block_on(aclosing(counting(&count), async |mut g| {
            g.anext().await.unwrap();
            panic!("in the block, as wanted");
        }))
        .map_err(|_| ())
    });
    assert!(catch_unwind(run).is_err());
    assert_eq!(count.begun(), 0);
}

#[test]
fn it_does_not_close_when_it_is_dropped_half_way() {
    let count = Count::default();
    {
        let mut closing = pin!(aclosing(counting(&count), async |mut g| {
            g.anext().await.unwrap();
            std::future::pending::<()>().await;
        }));
        assert!(closing.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(count.begun(), 0);
}

#[test]
fn its_future_is_send_if_the_generator_is() {
    fn assert_send<T: Send>(_: &T) {}
    let base = 1;
    let closing = aclosing(counting(&Count::default()), async |mut g| g.anext().await.map(|n| n + base));
    assert_send(&closing);
    assert_eq!(block_on(closing).unwrap(), Ok(1));
}
