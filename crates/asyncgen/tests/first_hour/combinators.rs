//! Generic combinators: what is sent, thrown in and closed goes on to the inner generator.

use std::pin::pin;

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, Nothing, SentValue, StartError, StepError, async_gen,
};
use futures::FutureExt;
use futures::future::{Either, select};

use crate::keyword::{Log, forever, run, tick};
use crate::language::all;

/// As `Iterator::map`.
fn map<G, T>(g: G, mut f: impl FnMut(G::Yield) -> T) -> impl AsyncGenerator<Yield = T, Sent = G::Sent, Error = G::Error>
where
    G: AsyncGenerator<Sent: SentValue>,
{
    async_gen! {
        type Error = G::Error;
        let mut g = pin!(g);
        let mut value = match g.start().await {
            Ok(value) => value,
            Err(StartError::Raised(exception)) => raise!(exception),
            Err(_) => return,
        };
        loop {
            let step = try {
                let sent = yield f(value);
                Ok(g.asend(sent).await)
            } catch error {
                Err(g.athrow(error).await)
            } catch GeneratorExit {
                match g.aclose().await {
                    Ok(()) => raise!(GeneratorExit),
                    Err(CloseError::Raised(error)) => raise!(error),
                    Err(CloseError::IgnoredGeneratorExit(value)) => Err(Ok(Some(value))),
                }
            };
            value = match step {
                Ok(Ok(next)) | Err(Ok(Some(next))) => next,
                Ok(Err(StepError::Raised(exception))) | Err(Err(StepError::Raised(exception))) => raise!(exception),
                _ => return,
            };
        }
    }
}

fn take<G>(g: G, count: usize) -> impl AsyncGenerator<Yield = G::Yield, Sent = (), Error = G::Error>
where
    G: AsyncGenerator<Sent: Nothing>,
{
    async_gen! {
        let mut left = count;
        if count == 0 { return }
        for await x in g {
            yield x;
            left -= 1;
            if left == 0 { break }
        }
    }
}

fn filter<G>(
    g: G,
    mut f: impl FnMut(&G::Yield) -> bool,
) -> impl AsyncGenerator<Yield = G::Yield, Sent = (), Error = G::Error>
where
    G: AsyncGenerator<Sent: Nothing>,
{
    async_gen! { for await x in g { if f(&x) { yield x; } } }
}

fn chunks<G>(g: G, size: usize) -> impl AsyncGenerator<Yield = Vec<G::Yield>, Sent = (), Error = G::Error>
where
    G: AsyncGenerator<Sent: Nothing>,
{
    async_gen! {
        let mut chunk = Vec::with_capacity(size);
        for await x in g {
            chunk.push(x);
            if chunk.len() == size {
                yield chunk;
                chunk = Vec::with_capacity(size);
            }
        }
        if !chunk.is_empty() { yield chunk; }
    }
}

#[derive(Debug, PartialEq)]
enum TimeoutError<E> {
    TimedOut,
    Inner(E),
}

fn timeout<G>(g: G, polls: u32) -> impl AsyncGenerator<Yield = G::Yield, Sent = (), Error = TimeoutError<G::Error>>
where
    G: AsyncGenerator<Sent: Nothing>,
{
    async_gen! {
        type Error = TimeoutError<G::Error>;
        let mut g = pin!(g);
        try {
            loop {
                match select(g.anext(), pin!(crate::common::pending_for(polls))).await {
                    Either::Right(_) => raise!(TimeoutError::TimedOut),
                    Either::Left((Ok(x), _)) => { yield x; }
                    Either::Left((Err(StepError::StopAsyncIteration), _)) => return,
                    Either::Left((Err(StepError::Raised(exception)), _)) => raise!(exception.map(TimeoutError::Inner)),
                    Either::Left(_) => unreachable!(),
                }
            }
        } finally {
            let _ = g.aclose().await;
        }
    }
}

fn counter(count: u32, log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = String> {
    async_gen! {
        type Error = String;
        let mut i = 0;
        try {
            while i < count {
                let mut sent = None;
                try { sent = yield i; } catch error { log.add(error); }
                i = sent.unwrap_or(i + 1);
            }
        } finally {
            tick().await;
            log.add(format_args!("closed at {i}"));
        }
    }
}

#[test]
fn a_map_passes_on_what_is_sent_thrown_and_closed() {
    run(async {
        let log = &Log::default();
        let mut mapped = pin!(map(counter(10, log), |n| format!("<{n}>")));
        assert_eq!(mapped.anext().await, Ok("<0>".into()));
        assert_eq!(mapped.asend(Some(7)).await, Ok("<7>".into()));
        assert_eq!(mapped.athrow("oops".to_owned()).await, Ok(Some("<8>".into())));
        assert_eq!(mapped.aclose().await, Ok(()));
        assert_eq!(log.take(), "oops closed at 8");
    });
}

#[test]
fn loops_over_loops_close_from_the_inside_out() {
    let log = &Log::default();
    let chunked = chunks(take(filter(counter(100, log), |n| n % 2 == 0), 5), 2);
    assert_eq!(all(chunked), (vec![vec![0, 2], vec![4, 6], vec![8]], Ok(())));
    assert_eq!(log.take(), "closed at 8");
    assert_eq!(all(take(counter(100, log), 0)).0.len(), 0);
    assert_eq!(log.take(), "");
}

#[test]
fn a_time_limit_closes_what_hangs() {
    run(async {
        let log = &Log::default();
        let mut limited = pin!(timeout(
            async_gen! {
                type Yield = u32; type Sent = (); type Error = String;
                try { yield 1; forever().await; } finally { log.add("closed"); }
            },
            0
        ));
        assert_eq!(limited.anext().await, Ok(1));
        assert_eq!(
            limited.anext().now_or_never(),
            Some(Err(StepError::Raised(Exception::Error(TimeoutError::TimedOut))))
        );
        assert_eq!(log.take(), "closed");
    });
}
