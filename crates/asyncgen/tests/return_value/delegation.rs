//! `yield from` evaluates to the value of the generator that it delegates to.

use std::pin::pin;

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, Exception, ReturningGenerator, StepError, Yielder, async_gen, generator,
};
use futures::FutureExt;

use crate::keyword::{Log, forever, run, tick};

type Error = String;

fn parts(n: u32) -> impl ReturningGenerator<Yield = u32, Sent = (), Error = Error, Return = String> {
    async_gen! { type Return = String; yield n; yield n + 1; format!("{n}..") }
}

fn plain(n: u32) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Error> {
    async_gen! { yield n; }
}

async fn values<G: AsyncGenerator<Sent = ()> + Unpin>(g: &mut G) -> Vec<G::Yield> {
    let mut values = Vec::new();
    while let Ok(value) = g.anext().await {
        values.push(value);
    }
    values
}

#[test]
fn to_the_value_where_it_is_used() {
    run(async {
        let log = &Log::default();
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = Error; type Return = String;
            let log: &Log = log;
            let first = yield from parts(1);
            log.add(first.unwrap());
            yield from parts(3);
            try {
                log.add((yield from parts(5)).unwrap());
            } finally {
                log.add((yield from parts(7)).unwrap());
            }
            // Of one that has none, to nothing.
            let () = yield from plain(9);
            match 1 { 1 => yield from plain(10), _ => {} }
            (yield from parts(11)).unwrap()
        });
        assert_eq!(values(&mut g).await, (1..=12).collect::<Vec<_>>());
        assert_eq!(g.return_value(), Some("11..".to_owned()));
        assert_eq!(log.take(), "1.. 5.. 7..");
    });
}

#[test]
fn at_every_depth_and_through_every_owner() {
    fn deep(
        depth: u32,
    ) -> std::pin::Pin<Box<dyn ReturningGenerator<Yield = u32, Sent = (), Error = Error, Return = u32>>> {
        Box::pin(async_gen! {
            type Return = u32;
            yield depth;
            if depth == 0 { return 1; }
            let below = (yield from deep(depth - 1)).unwrap();
            yield depth;
            below + 1
        })
    }
    run(async {
        let mut g = deep(100);
        let expected: Vec<u32> = (0..=100).rev().chain(1..=100).collect();
        assert_eq!(values(&mut g).await, expected);
        assert_eq!(g.return_value(), Some(101));
    });
}

#[test]
fn what_is_borrowed_gives_its_value_once() {
    run(async {
        let mut inner = pin!(parts(1));
        {
            let mut borrowed = inner.as_mut();
            let mut g = pin!(async_gen! {
                type Yield = u32; type Sent = (); type Error = Error; type Return = (bool, bool);
                let first = yield from borrowed.as_mut();
                let second = yield from borrowed.as_mut();
                (first.is_some(), second.is_some())
            });
            assert_eq!(values(&mut g).await, [1, 2]);
            assert_eq!(g.return_value(), Some((true, false)));
        }
        assert_eq!(inner.return_value(), None);
    });
}

#[test]
fn a_value_that_answers_what_is_thrown_in_is_what_it_evaluates_to() {
    fn inner() -> impl ReturningGenerator<Yield = u32, Sent = (), Error = Error, Return = String> {
        async_gen! {
            type Return = String;
            try { yield 1; forever().await; } catch text { return text; }
            String::new()
        }
    }
    run(async {
        fn inner_values() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Error> {
            async_gen! {
                let text = (yield from inner()).unwrap();
                if text == "thrown" { yield 2; }
            }
        }
        // At a yield, and at an await.
        let mut g = pin!(inner_values());
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.athrow("thrown".to_owned()).await, Ok(Some(2)));
        let mut g = pin!(inner_values());
        assert_eq!(g.anext().await, Ok(1));
        assert!(g.anext().now_or_never().is_none());
        assert_eq!(g.athrow("thrown".to_owned()).await, Ok(Some(2)));
    });
}

#[test]
fn a_closing_that_the_inner_answers_with_a_value_goes_on_all_the_same() {
    // PEP 380: the inner generator is closed, and then `GeneratorExit` goes on.
    let log = &Log::default();
    run(async {
        let inner = || {
            async_gen! {
                type Yield = u32; type Sent = (); type Error = Error; type Return = u32;
                try { yield 1; } catch GeneratorExit { log.add("inner"); }
                2
            }
        };
        let outer = || {
            async_gen! {
                type Yield = u32; type Sent = (); type Error = Error; type Return = u32;
                let log: &Log = log;
                try {
                    let value = yield from inner();
                    log.add(format!("{value:?}"));
                } catch GeneratorExit {
                    log.add("outer");
                }
                3
            }
        };
        let mut g = pin!(outer());
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(g.return_value(), None);
        assert_eq!(log.take(), "inner outer");
        let mut g = pin!(outer());
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.athrow(Exception::GeneratorExit).await, Err(StepError::StopAsyncIteration));
        assert_eq!(g.return_value(), Some(3));
        assert_eq!(log.take(), "inner outer");
    });
}

#[test]
fn in_the_closure_form() {
    run(async {
        let mut g = pin!(generator!(|y: Yielder<'_, u32, (), Error>| -> Option<String> {
            let value = y.yield_from(parts(1)).value().await;
            y.yield_from(parts(3)).await;
            value
        }));
        assert_eq!(values(&mut g).await, [1, 2, 3, 4]);
        assert_eq!(g.return_value(), Some(Some("1..".to_owned())));
    });
}

#[test]
fn a_generic_body_delegates_to_what_it_knows() {
    fn through<G>(inner: G) -> impl ReturningGenerator<Yield = u32, Sent = (), Error = Error, Return = G::Return>
    where
        G: ReturningGenerator<Yield = u32, Sent = (), Error = Error>,
        G::Return: Default,
    {
        async_gen! { type Return = G::Return; (yield from inner).unwrap_or_default() }
    }
    fn around<G: AsyncGenerator<Yield = u32, Sent = (), Error = Error>>(
        inner: G,
    ) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Error> {
        async_gen! { yield from inner }
    }
    run(async {
        let mut g = pin!(through(parts(1)));
        assert_eq!(values(&mut g).await, [1, 2]);
        assert_eq!(g.return_value(), Some("1..".to_owned()));
        assert_eq!(values(&mut pin!(around(parts(1)))).await, [1, 2]);
    });
}

#[test]
fn a_tick_in_between_changes_nothing() {
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = Error; type Return = u32;
            let value = yield from async_gen! {
                type Yield = u32; type Sent = (); type Error = Error; type Return = u32;
                tick().await; yield 1; tick().await; 5
            };
            tick().await;
            value.unwrap() + 1
        });
        assert_eq!(values(&mut g).await, [1]);
        assert_eq!(g.return_value(), Some(6));
    });
}
