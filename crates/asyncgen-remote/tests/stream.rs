//! The contract over a byte stream in one process, and what a wire adds to it.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, IntoStreamExt, State, StepError, Yielder, async_gen,
    generator,
};
use asyncgen_remote::{Limits, Remote, RemoteError, Server, connect, open, serve, serve_with};
use futures::StreamExt;
use support::{Failed, Log, Relay, counting, own};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::{Instant, sleep, timeout};

type Counting = Remote<i64, Option<i64>, Failed>;

const LEASE: Duration = Duration::from_secs(4);

fn started(from: i64) -> (Counting, Server, Log) {
    let log = Log::default();
    let (here, there) = duplex(4096);
    let server = serve(there, counting(&log));
    (open(here, &from).lease(LEASE), server, log)
}

fn remote<T: std::fmt::Debug, R: std::fmt::Debug>(result: Result<T, StepError<Failed, R>>) -> RemoteError {
    match result {
        Err(StepError::Raised(Exception::Error(Failed::Remote(error)))) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn every_operation_does_what_it_does_without_a_wire() {
    let (mut g, _server, log) = started(5);
    assert_eq!(g.state(), State::Created);
    assert_eq!(g.asend(Some(1)).await, Err(StepError::JustStarted(Some(1))));
    assert_eq!(g.anext().await, Ok(5));
    assert_eq!(g.anext().await, Ok(6));
    assert_eq!(g.asend(Some(10)).await, Ok(16));
    assert_eq!(g.athrow(own("skip")).await, Ok(Some(-1)));
    assert_eq!(g.state(), State::Suspended);
    assert_eq!(log.take(), ["begin", "caught skip"]);
    assert_eq!(g.aclose().await, Ok(()));
    assert_eq!(log.take(), ["cleaning", "cleaned"], "aclose waits for the clean-up");
    assert_eq!(g.state(), State::Closed);
    assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    assert_eq!(g.athrow(own("late")).await, Ok(None));
    assert_eq!(g.aclose().await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn an_error_that_nobody_catches_comes_back_after_the_clean_up() {
    let (mut g, server, log) = started(0);
    g.anext().await.unwrap();
    assert_eq!(g.athrow(own("stop")).await, Err(StepError::Raised(Exception::Error(own("stop")))));
    assert_eq!(log.take(), ["begin", "cleaning", "cleaned"]);
    drop(g);
    let counts = server.counts();
    assert_eq!((counts.opened, counts.open, counts.raised), (1, 0, 1), "{counts}");
}

#[tokio::test(start_paused = true)]
async fn the_end_is_the_end() {
    let (mut g, server, _) = started(0);
    g.anext().await.unwrap();
    assert_eq!(g.asend(Some(0)).await, Err(StepError::StopAsyncIteration));
    assert_eq!(g.state(), State::Closed);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(server.counts().returned, 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_the_first_step() {
    let log = Log::default();
    let (here, mut there) = duplex(4096);
    let mut g: Counting = open(here, &1);
    assert_eq!(g.athrow(own("early")).await, Err(StepError::Raised(Exception::Error(own("early")))));
    drop(g);
    let mut sent = Vec::new();
    there.read_to_end(&mut sent).await.unwrap();
    assert_eq!(sent, [0_u8; 0], "C10: it comes straight back");
    assert_eq!(log.take(), [""; 0]);

    let (here, mut there) = duplex(4096);
    let mut g: Counting = open(here, &1);
    assert_eq!(g.aclose().await, Ok(()));
    drop(g);
    there.read_to_end(&mut sent).await.unwrap();
    assert_eq!(sent, [0_u8; 0], "C13");
}

#[tokio::test(start_paused = true)]
async fn a_step_whose_future_was_dropped_stays_in_flight() {
    let body = |(): ()| {
        async_gen! {
            type Yield = u32;
            type Sent = Option<u32>;
            type Error = Failed;
            sleep(Duration::from_secs(1)).await;
            let sent = yield 1;
            yield sent.unwrap_or(0);
        }
    };
    let (here, there) = duplex(4096);
    serve(there, body);
    let mut g: Remote<u32, Option<u32>, Failed> = open(here, &());
    assert!(timeout(Duration::from_millis(100), g.anext()).await.is_err());
    assert_eq!(g.state(), State::Running);
    assert_eq!(g.asend(Some(7)).await, Err(StepError::AlreadyRunning(Some(7))));
    assert_eq!(g.anext().await, Ok(1), "C18");
    assert_eq!(g.asend(Some(7)).await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn closing_reaches_the_body_in_the_middle_of_its_await() {
    let (mut g, server, log) = started(0);
    g.anext().await.unwrap();
    assert!(timeout(Duration::from_millis(100), g.athrow(own("wait"))).await.is_err(), "it waits for an hour");
    assert_eq!(log.take(), ["begin", "caught wait", "waits"]);
    let closing = timeout(Duration::from_secs(1), g.aclose()).await;
    assert_eq!(closing.expect("C19: it does not wait for the await"), Ok(()));
    assert_eq!(log.take(), ["cleaning", "cleaned"]);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(server.counts().closed, 1);
}

#[tokio::test(start_paused = true)]
async fn an_error_reaches_the_body_in_the_middle_of_its_await() {
    let (mut g, _server, log) = started(0);
    g.anext().await.unwrap();
    assert!(timeout(Duration::from_millis(100), g.athrow(own("wait"))).await.is_err());
    let thrown = timeout(Duration::from_secs(1), g.athrow(own("stop"))).await;
    assert_eq!(thrown.unwrap(), Err(StepError::Raised(Exception::Error(own("stop")))));
    assert_eq!(log.count("cleaned"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_closing_that_was_given_up_is_carried_on_with() {
    let (mut g, _server, log) = started(0);
    g.anext().await.unwrap();
    assert!(timeout(Duration::from_millis(2), g.aclose()).await.is_err(), "its clean-up takes 5 ms");
    assert_eq!(g.state(), State::Running);
    assert_eq!(g.aclose().await, Ok(()), "C20");
    assert_eq!(log.take(), ["begin", "cleaning", "cleaned"]);
}

#[tokio::test(start_paused = true)]
async fn what_ignores_closing_gives_its_value_and_can_be_closed_again() {
    let body = |(): ()| {
        generator!(|y: Yielder<'_, u32, (), Failed>| {
            let _closed = y.try_yield(1).await;
            y.yield_(2).await;
        })
    };
    let (here, there) = duplex(4096);
    serve(there, body);
    let mut g: Remote<u32, (), Failed> = open(here, &());
    assert_eq!(g.anext().await, Ok(1));
    assert_eq!(g.aclose().await, Err(CloseError::IgnoredGeneratorExit(2)));
    assert_eq!(g.aclose().await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn it_can_be_delegated_to_looped_over_and_made_a_stream() {
    let log = Log::default();
    let (here, there) = duplex(4096);
    serve(there, counting(&log));
    let inner: Counting = open(here, &3);
    let mut outer = Box::pin(async_gen! {
        type Yield = i64;
        type Sent = Option<i64>;
        type Error = Failed;
        yield from inner;
    });
    assert_eq!(outer.anext().await, Ok(3));
    assert_eq!(outer.asend(Some(4)).await, Ok(7));
    assert_eq!(outer.athrow(own("skip")).await, Ok(Some(-1)));
    assert_eq!(outer.aclose().await, Ok(()));
    assert_eq!(log.take(), ["begin", "caught skip", "cleaning", "cleaned"], "C23");

    let (here, there) = duplex(4096);
    serve(there, counting(&log));
    let inner: Counting = open(here, &3);
    let mut first = Box::pin(async_gen! {
        type Yield = i64;
        type Sent = ();
        type Error = Failed;
        for await item in inner {
            if item > 3 { break; }
            yield item;
        }
        yield -3;
    });
    assert_eq!(first.anext().await, Ok(3));
    assert_eq!(first.anext().await, Ok(-3));
    assert_eq!(log.take(), ["begin", "cleaning", "cleaned"], "C24: it is closed before the loop is left");

    let (here, there) = duplex(4096);
    serve(there, counting(&log));
    let numbers: Counting = open(here, &1);
    let numbers: Vec<_> = numbers.into_try_stream().take(3).map(Result::unwrap).collect().await;
    assert_eq!(numbers, [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn dropped_half_way_it_is_closed_and_a_scope_waits_for_it() {
    let log = Log::default();
    let (here, there) = duplex(4096);
    let server = serve(there, counting(&log));
    let (first, report) = asyncgen::tokio::scope(async {
        let mut g: Counting = open(here, &1);
        g.anext().await
    })
    .await;
    assert_eq!(first, Ok(1));
    assert!(report.is_clean() && report.closed == 1, "{report}");
    assert_eq!(log.take(), ["begin", "cleaning", "cleaned"], "C22");
    assert!(server.ended().await.is_clean());
}

#[tokio::test(start_paused = true)]
async fn a_consumer_whose_connection_breaks_leaves_nothing_behind() {
    let log = Log::default();
    let (here, there) = duplex(4096);
    let server = serve(there, counting(&log));
    let runtime = std::thread::spawn(move || {
        // A runtime of its own, which ends with all that is in it.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut g: Counting = open(here, &7);
        let first = runtime.block_on(g.anext());
        std::mem::forget(g);
        first
    });
    let first = tokio::task::spawn_blocking(|| runtime.join().unwrap()).await.unwrap();
    assert_eq!(first, Ok(7));
    let report = server.ended().await;
    assert!(report.is_clean() && report.closed == 1, "{report}");
    assert_eq!(log.take(), ["begin", "cleaning", "cleaned"]);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_falls_silent_is_lost_within_the_lease_and_named() {
    let log = Log::default();
    let (here, there, relay) = Relay::pair();
    let server = serve(there, counting(&log));
    let mut g: Counting = open(here, &0).lease(LEASE);
    g.anext().await.unwrap();
    let worker = format!("process {}", std::process::id());
    assert_eq!(g.who(), worker);
    sleep(LEASE * 5).await;
    assert_eq!(g.anext().await, Ok(1), "while both are there, nobody is lost");

    relay.hold();
    let before = Instant::now();
    let RemoteError::Lost { who, .. } = remote(g.anext().await) else { panic!("it is another error") };
    let waited = before.elapsed();
    assert_eq!(who, worker);
    assert!(waited <= LEASE + Duration::from_millis(100), "{waited:?}");
    assert_eq!(g.state(), State::Closed);
    log.until("cleaned", 1).await;
    assert_eq!(log.take(), ["begin", "cleaning", "cleaned"], "the worker has noticed as well");
    assert_eq!(server.counts().lost, 1);
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_is_shorter_than_the_lease_loses_nothing() {
    let log = Log::default();
    let (here, there, relay) = Relay::pair();
    serve(there, counting(&log));
    let mut g: Counting = open(here, &0).lease(LEASE);
    g.anext().await.unwrap();
    for n in 1..20 {
        relay.hold();
        let step = timeout(LEASE / 2, g.anext()).await;
        assert!(step.is_err());
        relay.release();
        assert_eq!(g.anext().await, Ok(n), "each step has run once, however often it was sent");
    }
    assert_eq!(log.take(), ["begin"]);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_shuts_down_closes_its_generators_and_says_so() {
    let (mut g, server, log) = started(0);
    g.anext().await.unwrap();
    assert!(timeout(Duration::from_millis(10), g.athrow(own("wait"))).await.is_err());
    let report = server.shutdown(Duration::from_secs(5)).await;
    assert!(report.is_clean() && report.closed == 1, "{report}");
    assert_eq!(log.take(), ["begin", "caught wait", "waits", "cleaning", "cleaned"]);
    assert!(matches!(remote(g.anext().await), RemoteError::ShuttingDown { who } if who.starts_with("process")));
    assert_eq!(g.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_clean_up_that_takes_longer_than_the_limit_is_in_the_report() {
    let body = |(): ()| {
        async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = Failed;
            try { yield 1; } finally { std::future::pending::<()>().await; }
        }
    };
    let (here, there) = duplex(4096);
    let server = serve(there, body);
    let mut g: Remote<u32, (), Failed> = open(here, &());
    g.anext().await.unwrap();
    let report = server.shutdown(Duration::from_secs(5)).await;
    assert_eq!((report.dropped, report.scope.unfinished.len()), (1, 1), "{report}");
    assert!(!report.is_clean());
}

#[tokio::test(start_paused = true)]
async fn an_error_of_clean_up_that_nobody_waits_for_is_in_the_report() {
    let body = |(): ()| {
        async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = Failed;
            try { yield 1; } finally { raise!(own("no connection")); }
        }
    };
    let (here, there) = duplex(4096);
    let server = serve(there, body);
    let mut g: Remote<u32, (), Failed> = open(here, &());
    g.anext().await.unwrap();
    let report = server.shutdown(Duration::from_secs(5)).await;
    assert_eq!(report.failed, [r#"Own("no connection")"#]);
}

#[tokio::test(start_paused = true)]
async fn ahead_gives_all_values_in_order_and_runs_no_further_than_allowed() {
    let made = Arc::new(AtomicU64::new(0));
    let in_body = made.clone();
    let body = move |to: u64| {
        let made = in_body.clone();
        async_gen! {
            type Yield = u64;
            type Sent = ();
            type Error = Failed;
            for n in 0..to {
                made.store(n + 1, Relaxed);
                yield n;
            }
        }
    };
    let (here, there) = duplex(4096);
    serve(there, body);
    let connection = connect(here);
    let mut g = connection.open::<u64, (), Failed>(&1000).ahead(16);
    for n in 0..1000 {
        assert_eq!(g.anext().await, Ok(n));
        assert!(made.load(Relaxed) <= n + 1 + 16 + 1, "{} were made when {n} were taken", made.load(Relaxed));
    }
    assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));

    let mut g = connection.open::<u64, (), Failed>(&1000).ahead(16);
    g.anext().await.unwrap();
    g.anext().await.unwrap();
    sleep(Duration::from_millis(10)).await;
    assert_eq!(made.load(Relaxed), 2 + 16, "it has run ahead");
    assert_eq!(g.aclose().await, Ok(()));
    assert!(connection.counts().dropped_values >= 15, "{}", connection.counts());
}

#[tokio::test(start_paused = true)]
async fn more_is_made_ahead_while_that_which_is_there_is_taken() {
    let made = Arc::new(AtomicU64::new(0));
    let in_body = made.clone();
    let body = move |(): ()| {
        let made = in_body.clone();
        async_gen! {
            type Yield = u64;
            type Sent = ();
            type Error = Failed;
            for n in 0.. {
                made.store(n + 1, Relaxed);
                yield n;
            }
        }
    };
    let (here, there) = duplex(4096);
    serve(there, body);
    // The consumer, on the only thread that there is, never waits for anything else.
    let mut g = open::<u64, (), Failed>(here, &()).ahead(16);
    for n in 0..1000 {
        assert_eq!(g.anext().await, Ok(n));
        assert!(n < 16 || made.load(Relaxed) > n + 2, "all that was made ahead is taken");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_closes_or_throws_gets_none_of_what_was_made_ahead_though_the_end_is_there() {
    let body = |fails: bool| {
        async_gen! {
            type Yield = u64;
            type Sent = ();
            type Error = Failed;
            for n in 0..5 { yield n; }
            if fails { raise!(own("at the end")); }
        }
    };
    let (here, there) = duplex(4096);
    serve(there, body);
    let connection = connect(here);
    for fails in [false, true] {
        let all_is_there = async || {
            let mut g = connection.open::<u64, (), Failed>(&fails).ahead(16);
            assert_eq!((g.anext().await, g.anext().await), (Ok(0), Ok(1)));
            sleep(Duration::from_millis(10)).await;
            g
        };
        let at_the_end = Exception::Error(own("at the end"));
        let closed = if fails { Err(CloseError::Raised(own("at the end"))) } else { Ok(()) };
        assert_eq!(all_is_there().await.aclose().await, closed);
        let raised = if fails { at_the_end } else { Exception::Error(own("late")) };
        assert_eq!(all_is_there().await.athrow(own("late")).await, Err(StepError::Raised(raised)));
    }
    assert_eq!(connection.counts().dropped_values, 4 * 3);
}

#[tokio::test(start_paused = true)]
async fn large_values_that_are_made_ahead_wait_with_the_body() {
    let made = Arc::new(AtomicU64::new(0));
    let in_body = made.clone();
    let body = move |(): ()| {
        let made = in_body.clone();
        async_gen! {
            type Yield = String;
            type Sent = ();
            type Error = Failed;
            for _ in 0..200 {
                made.fetch_add(1, Relaxed);
                yield "x".repeat(100_000);
            }
        }
    };
    let (here, there) = duplex(4096);
    serve(there, body);
    let mut g: Remote<String, (), Failed> = open(here, &()).ahead(1000);
    g.anext().await.unwrap();
    g.anext().await.unwrap();
    for _ in 2..200 {
        assert_eq!(g.anext().await.map(|text| text.len()), Ok(100_000));
    }
    assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_is_an_error_at_either_end_and_closes_the_generator() {
    let log = Log::default();
    let words = log.clone();
    let body = move |size: usize| {
        let log = words.clone();
        async_gen! {
            type Yield = String;
            type Sent = Option<String>;
            type Error = Failed;
            try { loop { yield "x".repeat(size); } } finally { log.add("cleaned"); }
        }
    };
    let (here, there) = duplex(4096);
    let limits = Limits { frame: 10_000, ..Limits::default() };
    serve_with(there, body, limits);
    let connection = connect(here);
    let mut g = connection.open::<String, Option<String>, Failed>(&20_000);
    assert!(matches!(remote(g.anext().await), RemoteError::TooLarge { limit: 10_000, size: 20_000.. }));
    assert_eq!((g.state(), log.take()), (State::Closed, vec!["cleaned".to_owned()]));

    let mut g = connection.open::<String, Option<String>, Failed>(&10);
    g.anext().await.unwrap();
    let error = remote(g.asend(Some("x".repeat(20_000))).await);
    assert!(matches!(error, RemoteError::TooLarge { limit: 10_000, size: 20_000.. }), "{error:?}");
    log.until("cleaned", 1).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_not_of_the_expected_type_is_garbled_at_either_end() {
    let (g, _server, log) = started(0);
    drop(g);
    let (here, there) = duplex(4096);
    serve(there, counting(&log));
    let connection = connect(here);
    let mut g = connection.open::<String, Option<i64>, Failed>(&3);
    assert!(matches!(remote(g.anext().await), RemoteError::Garbled { what } if what.contains("String")));
    log.until("cleaned", 1).await;
    let mut g = connection.open::<i64, Option<String>, Failed>(&3);
    g.anext().await.unwrap();
    assert!(matches!(remote(g.asend(Some("x".into())).await), RemoteError::Garbled { .. }));
    log.until("cleaned", 2).await;
    let mut g = connection.open::<i64, Option<i64>, Failed>("no number");
    assert!(matches!(remote(g.anext().await), RemoteError::Garbled { what } if what.contains("i64")));
    assert_eq!(log.count("begin"), 2);
}

#[tokio::test(start_paused = true)]
async fn there_are_no_more_sessions_than_allowed() {
    let log = Log::default();
    let (here, there) = duplex(4096);
    serve_with(there, counting(&log), Limits { sessions: 2, ..Limits::default() });
    let connection = connect(here);
    let open = || connection.open::<i64, Option<i64>, Failed>(&0);
    let (mut a, mut b, mut c) = (open(), open(), open());
    a.anext().await.unwrap();
    b.anext().await.unwrap();
    assert!(matches!(remote(c.anext().await), RemoteError::Busy { .. }));
    a.aclose().await.unwrap();
    sleep(Duration::from_millis(1)).await;
    assert_eq!(open().anext().await, Ok(0));
}

#[tokio::test(start_paused = true)]
async fn a_panic_comes_to_the_consumer_and_closes_the_generator() {
    let body = |(): ()| {
        async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = Failed;
            yield 1;
            panic!("out of cheese");
        }
    };
    let (here, there) = duplex(4096);
    let server = serve(there, body);
    let mut g: Remote<u32, (), Failed> = open(here, &());
    g.anext().await.unwrap();
    let error = remote(g.anext().await);
    assert_eq!(error, RemoteError::Panicked { message: "out of cheese".into() }, "C21");
    assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    assert_eq!(server.counts().panicked, 1);
}

#[tokio::test(start_paused = true)]
async fn a_second_error_waits_for_the_first_one_and_none_is_lost() {
    let log = Log::default();
    let words = log.clone();
    let body = move |(): ()| {
        let log = words.clone();
        async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = Failed;
            try {
                try { yield 1; } finally { sleep(Duration::from_secs(1)).await; }
            } catch Failed::Own(text) {
                log.add(text);
                try { sleep(Duration::from_secs(1)).await; } catch Failed::Own(text) { log.add(text); }
                yield 2;
            }
        }
    };
    let (here, there) = duplex(4096);
    serve(there, body);
    let mut g: Remote<u32, (), Failed> = open(here, &());
    g.anext().await.unwrap();
    assert!(timeout(Duration::from_millis(1), g.athrow(own("a"))).await.is_err());
    assert!(timeout(Duration::from_millis(1), g.athrow(own("b"))).await.is_err());
    assert!(timeout(Duration::from_millis(1), g.athrow(own("c"))).await.is_err());
    let step = g.anext().await;
    assert_eq!(log.take(), ["a", "b"]);
    assert_eq!(step, Err(StepError::Raised(Exception::Error(own("c")))), "raised at the next yield");

    let (here, there) = duplex(4096);
    serve(there, |(): ()| {
        async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = Failed;
            try { yield 1; } finally { std::future::pending::<()>().await; }
        }
    });
    let mut g: Remote<u32, (), Failed> = open(here, &());
    g.anext().await.unwrap();
    for _ in 0..16 {
        assert!(timeout(Duration::from_millis(1), g.athrow(own("a"))).await.is_err());
    }
    let refused = g.athrow(own("z")).await;
    assert_eq!(refused, Err(StepError::AlreadyRunning(Exception::Error(own("z")))), "given back");
}

#[tokio::test(start_paused = true)]
async fn an_exception_that_crosses_the_end_is_raised_there() {
    let (here, there, relay) = Relay::pair();
    let connection = connect(here);
    serve(there, |(): ()| {
        async_gen! {
            type Yield = u32;
            type Sent = ();
            type Error = Failed;
            yield 1;
            sleep(Duration::from_millis(50)).await;
        }
    });
    let mut g = connection.open::<u32, (), Failed>(&());
    g.anext().await.unwrap();
    // The body returns while its answer, and what is thrown in, are on their way.
    assert!(timeout(Duration::from_millis(10), g.anext()).await.is_err());
    relay.hold();
    sleep(Duration::from_millis(100)).await;
    assert!(timeout(Duration::from_millis(10), g.athrow(own("late"))).await.is_err());
    relay.release();
    let end = g.anext().await;
    assert_eq!(end, Err(StepError::Raised(Exception::Error(own("late")))), "nothing is lost");

    // The same where the end has arrived, and nobody has looked.
    let mut g = connection.open::<u32, (), Failed>(&());
    g.anext().await.unwrap();
    assert!(timeout(Duration::from_millis(10), g.anext()).await.is_err());
    sleep(Duration::from_millis(100)).await;
    assert_eq!(g.athrow(own("late")).await, Err(StepError::Raised(Exception::Error(own("late")))));
    assert_eq!(g.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_no_protocol_end_the_connection_and_nothing_else() {
    for garbage in [
        &[0xff; 64][..],
        &[0, 0, 0, 1, 1],
        &[0, 0, 0, 2, 1, 0x55],
        &[0, 0, 0, 0],
        b"GET / HTTP/1.1

",
    ] {
        let log = Log::default();
        let (mut here, there) = duplex(4096);
        let server = serve(there, counting(&log));
        here.write_all(garbage).await.unwrap();
        drop(here);
        assert!(server.ended().await.is_clean());
        assert_eq!(log.take(), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn another_version_of_the_protocol_is_an_error_that_says_so() {
    let (here, mut there) = duplex(4096);
    let mut g: Remote<u32, (), Failed> = open(here, &());
    let step = tokio::spawn(async move { g.anext().await });
    let mut packet = [0; 4 + 1 + 29];
    there.read_exact(&mut packet).await.unwrap();
    // A packet of version 2, to the session that has asked.
    let mut answer = vec![0, 0, 0, 18, 2, 0x81];
    answer.extend(&packet[6..22]);
    there.write_all(&answer).await.unwrap();
    assert_eq!(remote(step.await.unwrap()), RemoteError::OtherVersion { theirs: 2, ours: 1 });
}

#[tokio::test(start_paused = true)]
async fn both_ends_count_how_sessions_end() {
    let log = Log::default();
    let (here, there) = duplex(4096);
    let server = serve(there, counting(&log));
    let connection = connect(here);
    let open = || connection.open::<i64, Option<i64>, Failed>(&0);
    let (mut a, mut b, mut c, mut d) = (open(), open(), open(), open());
    for g in [&mut a, &mut b, &mut c, &mut d] {
        g.anext().await.unwrap();
    }
    a.aclose().await.unwrap();
    b.asend(Some(0)).await.unwrap_err();
    c.athrow(own("x")).await.unwrap_err();
    sleep(Duration::from_millis(1)).await;
    for counts in [connection.counts(), server.counts()] {
        let all = (counts.open, counts.opened, counts.closed, counts.returned, counts.raised);
        assert_eq!(all, (1, 4, 1, 1, 1), "{counts}");
    }
}

#[tokio::test(start_paused = true)]
async fn sessions_that_are_asked_for_and_not_begun_are_limited_in_number_and_size_and_forgotten() {
    use asyncgen_remote::__private::{Frame, Frames, Id, Kind};

    // "name": "", "lease_ms": 1000, "format": 0
    let head = b"\x83\xa4name\xa0\xa8lease_ms\xcd\x03\xe8\xa6format\x00";
    let ask = |size: usize| {
        let mut payload = u32::try_from(head.len()).unwrap().to_be_bytes().to_vec();
        payload.extend_from_slice(head);
        payload.resize(payload.len() + size, 0);
        let mut packet = bytes::BytesMut::from(&[1][..]);
        Frame::with(Kind::Open, Id::random(), 0, payload).encode(&mut packet);
        packet
    };
    let log = Log::default();
    let (mut here, there) = duplex(1 << 20);
    let limits = Limits { frame: 10_000, unfinished: 100, ..Limits::default() };
    serve_with(there, counting(&log), limits);
    for (size, count, refused) in [(9_000, 80, 10), (10, 150, 50)] {
        for _ in 0..count {
            let packet = ask(size);
            here.write_u32(u32::try_from(packet.len()).unwrap()).await.unwrap();
            here.write_all(&packet).await.unwrap();
        }
        let (mut opened, mut busy) = (0, 0);
        while opened + busy < count {
            let length = here.read_u32().await.unwrap();
            let mut packet = vec![0; usize::try_from(length).unwrap()];
            here.read_exact(&mut packet).await.unwrap();
            for frame in Frames::of(packet.into()).map(Result::unwrap) {
                match frame.kind {
                    Kind::Opened => opened += 1,
                    Kind::Refused if frame.payload[0] == 4 => busy += 1,
                    _ => panic!("{frame:?}"),
                }
            }
        }
        assert_eq!(busy, refused, "of {count} with {size} bytes");
        // Nobody begins them.
        sleep(Duration::from_secs(2)).await;
    }
    assert_eq!(log.take(), [""; 0], "no body was made");
}
