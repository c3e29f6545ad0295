//! A generator in a task of its own: its handle is a generator that does the same.
#![cfg(all(feature = "tokio", feature = "macros"))]

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use asyncgen::tokio::{ahead, scope, spawned};
use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, Refused, Resume, State, Step, StepError, async_gen,
};
use futures::FutureExt;
use tokio::time::{Instant, sleep, timeout};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, word: impl Into<String>) {
        self.0.lock().unwrap().push(word.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn raised<P>(error: &str) -> StepError<String, P> {
    StepError::Raised(Exception::Error(error.to_owned()))
}

/// Yields what was sent; says what it catches; "fatal" it does not catch.
fn echo(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = String> + Send + use<> {
    let log = log.clone();
    async_gen! {
        type Sent = Option<u32>;
        type Error = String;
        log.add("begins");
        let mut value = 0;
        try {
            loop {
                try {
                    value = (yield value).unwrap_or(value + 1);
                    sleep(Duration::from_secs(1)).await;
                } catch error if error != "fatal" {
                    log.add(error);
                    value = 100;
                }
            }
        } finally {
            sleep(Duration::from_secs(1)).await;
            log.add("cleaned up");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn all_four_operations_go_through_it() {
    let log = Log::default();
    let mut g = spawned(echo(&log));
    tokio::task::yield_now().await;
    assert_eq!(log.take(), [""; 0], "it is lazy");
    assert_eq!(g.asend(Some(1)).await, Err(StepError::JustStarted(Some(1))));
    assert_eq!(g.anext().await, Ok(0));
    assert_eq!(g.asend(Some(7)).await, Ok(7));
    assert_eq!(g.anext().await, Ok(8));
    assert_eq!(g.athrow("caught".to_owned()).await, Ok(Some(100)));
    assert_eq!(g.athrow("fatal".to_owned()).await, Err(raised("fatal")));
    assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    assert_eq!(g.athrow("late".to_owned()).await, Ok(None));
    assert_eq!(log.take(), ["begins", "caught", "cleaned up"]);
}

#[tokio::test(start_paused = true)]
async fn an_error_that_is_thrown_in_meanwhile_is_raised_at_the_await_in_the_task() {
    let log = Log::default();
    let mut g = spawned(echo(&log));
    assert_eq!(g.anext().await, Ok(0));
    assert!(timeout(Duration::from_millis(10), g.anext()).await.is_err());
    let start = Instant::now();
    assert_eq!(g.athrow("now".to_owned()).await, Ok(Some(100)));
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(log.take(), ["begins", "now"]);
}

#[tokio::test(start_paused = true)]
async fn closing_waits_for_the_clean_up_in_the_task_wherever_the_body_stands() {
    for in_step in [false, true] {
        let log = Log::default();
        let mut g = spawned(echo(&log));
        assert_eq!(g.anext().await, Ok(0));
        if in_step {
            assert!(timeout(Duration::from_millis(10), g.anext()).await.is_err());
        }
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(log.take(), ["begins", "cleaned up"]);
        assert_eq!(g.state(), State::Closed);
    }
}

#[tokio::test(start_paused = true)]
async fn a_handle_that_is_dropped_is_waited_for_by_its_scope() {
    for in_step in [false, true] {
        let log = Log::default();
        let ((), report) = scope(async {
            let mut g = spawned(echo(&log));
            assert_eq!(g.anext().await, Ok(0));
            if in_step {
                assert!(timeout(Duration::from_millis(10), g.anext()).await.is_err());
            }
        })
        .await;
        assert_eq!(log.take(), ["begins", "cleaned up"]);
        assert!(report.is_clean(), "{report:?}");
    }
}

#[tokio::test]
async fn a_panic_of_the_body_comes_out_of_the_step() {
    let mut g = spawned(async_gen! {
        type Yield = u32; type Sent = (); type Error = Infallible;
        yield 1;
        panic!("of the body");
    });
    assert_eq!(g.anext().await, Ok(1));
    let panic = tokio::spawn(async move { g.anext().await }).await.unwrap_err().into_panic();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"of the body"));
}

#[tokio::test]
async fn an_error_of_the_clean_up_comes_out_of_the_closing() {
    let mut g = spawned(async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        try { yield 1; } finally { raise!("clean-up"); }
    });
    assert_eq!(g.anext().await, Ok(1));
    assert_eq!(g.aclose().await.unwrap_err().to_string(), "clean-up");
}

/// Counts how far it is.
fn counting(
    made: &Arc<AtomicU32>,
    last: u32,
    log: &Log,
) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> + Send + use<> {
    let (made, log) = (made.clone(), log.clone());
    async_gen! {
        type Error = String;
        let mut n = 0;
        while n < last {
            made.store(n, SeqCst);
            n += 1;
            try { yield n - 1; } catch error { log.add(format!("{error} at {}", n - 1)); n = 50; }
        }
    }
}

async fn idle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn it_runs_so_many_values_ahead_and_no_further() {
    let made = Arc::default();
    let mut g = ahead(counting(&made, 100, &Log::default()), 3);
    for n in 0..20 {
        assert_eq!(g.anext().await, Ok(n));
        idle().await;
        assert_eq!(made.load(SeqCst), n + 3);
    }
    assert_eq!(g.aclose().await, Ok(()));
}

#[tokio::test]
async fn what_was_made_ahead_of_an_error_is_dropped_and_it_goes_ahead_after_it_too() {
    let (made, log) = (Arc::default(), Log::default());
    let mut g = ahead(counting(&made, 100, &log), 3);
    assert_eq!(g.anext().await, Ok(0));
    idle().await;
    assert_eq!(g.athrow("jump".to_owned()).await, Ok(Some(50)));
    assert_eq!(log.take(), ["jump at 3"]);
    for n in 51..60 {
        assert_eq!(g.anext().await, Ok(n));
        idle().await;
        assert_eq!(made.load(SeqCst), n + 3);
    }
}

#[tokio::test]
async fn an_error_that_finds_the_body_ended_comes_out() {
    let mut g = ahead(counting(&Arc::default(), 2, &Log::default()), 10);
    assert_eq!(g.anext().await, Ok(0));
    idle().await;
    assert_eq!(g.athrow("late".to_owned()).await, Err(raised("late")));
    assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
}

#[tokio::test]
async fn all_values_come_before_the_end_and_before_an_error() {
    let mut g = ahead(counting(&Arc::default(), 4, &Log::default()), 10);
    for n in 0..4 {
        assert_eq!(g.try_anext().await, Ok(Some(n)));
    }
    assert_eq!(g.try_anext().await, Ok(None));

    let mut g = ahead(
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            yield 1;
            yield 2;
            raise!("third");
        },
        10,
    );
    assert_eq!(g.try_anext().await, Ok(Some(1)));
    idle().await;
    assert_eq!(g.try_anext().await, Ok(Some(2)));
    assert_eq!(g.try_anext().await, Err("third".to_owned()));
    assert_eq!(g.try_anext().await, Ok(None));
}

#[tokio::test]
async fn an_error_that_the_body_has_raised_ahead_comes_first() {
    let mut g = ahead(
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            yield 1;
            yield 2;
            raise!("its own");
        },
        10,
    );
    assert_eq!(g.anext().await, Ok(1));
    idle().await;
    let thrown = Exception::Error("thrown in".to_owned());
    assert_eq!(g.athrow(thrown.clone()).await, Err(StepError::AlreadyRunning(thrown)));
    assert_eq!(g.anext().await, Ok(2));
    assert_eq!(g.anext().await, Err(raised("its own")));

    // Closing tells it.
    let mut g = ahead(
        async_gen! { type Yield = u32; type Sent = (); type Error = String; yield 1; yield 2; raise!("its own"); },
        10,
    );
    assert_eq!(g.anext().await, Ok(1));
    idle().await;
    assert_eq!(g.aclose().await.unwrap_err().to_string(), "its own");
    assert_eq!(g.state(), State::Closed);
}

#[tokio::test]
async fn a_body_that_yields_while_the_handle_is_closed() {
    let mut g = spawned(async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        try { yield 1; } finally { yield 2; }
    });
    assert_eq!(g.anext().await, Ok(1));
    assert_eq!(g.aclose().await, Err(CloseError::IgnoredGeneratorExit(2)));
    // The `finally` comes to its end, and lets the exception out that went through it.
    assert_eq!(g.anext().await, Err(StepError::Raised(Exception::GeneratorExit)));
}

#[tokio::test]
async fn a_second_error_is_given_back_while_the_first_one_waits() {
    let log = Log::default();
    let mut g = spawned(echo(&log));
    assert_eq!(g.anext().await, Ok(0));
    assert!(timeout(Duration::from_millis(10), g.athrow("fatal".to_owned())).await.is_err());
    // It waits for the clean-up.
    assert!(timeout(Duration::from_millis(10), g.athrow("first".to_owned())).await.is_err());
    let second = Exception::Error("second".to_owned());
    assert_eq!(g.athrow(second.clone()).await, Err(StepError::AlreadyRunning(second)));
}

/// The body has its own handle, and throws into it.
#[tokio::test]
async fn a_body_that_drives_itself_is_already_running() {
    type Handle = Arc<Mutex<Option<asyncgen::BoxGenerator<String, (), String>>>>;
    let handle = Handle::default();
    let own = handle.clone();
    let mut g = spawned(async_gen! {
        type Yield = String; type Sent = (); type Error = String;
        yield "first".into();
        let answer = own.lock().unwrap().as_mut().unwrap().athrow("from inside".to_owned()).now_or_never();
        yield format!("{answer:?}");
    });
    assert_eq!(g.anext().await, Ok("first".into()));
    assert!(g.anext().now_or_never().is_none());
    *handle.lock().unwrap() = Some(g);
    idle().await;
    let mut g = handle.lock().unwrap().take().unwrap();
    let answer = g.anext().await.unwrap();
    assert!(answer.contains("AlreadyRunning") && answer.contains("from inside"), "{answer}");
    assert_eq!(g.aclose().await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_thrown_into_and_closed_while_other_threads_poll_it() {
    for round in 0..200 {
        let log = Log::default();
        let inner = log.clone();
        let mut g = spawned(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            try {
                for n in 0.. { try { tokio::task::yield_now().await; yield n; } catch error { inner.add(error); } }
            } finally {
                tokio::task::yield_now().await;
                inner.add("cleaned up");
            }
        });
        // (Before, it might be thrown into a body that has not come to its first `try`.)
        assert_eq!(g.anext().await, Ok(0));
        for n in 0..round % 7 {
            let _ = timeout(Duration::ZERO, g.anext()).await;
            if n % 2 == 0 {
                assert!(g.athrow(n.to_string()).await.unwrap().is_some());
            }
        }
        match g.aclose().await {
            Ok(()) => {}
            other => panic!("{other:?}"),
        }
        let said = log.take();
        let thrown: Vec<String> = (0..round % 7).filter(|n| n % 2 == 0).map(|n| n.to_string()).collect();
        assert!(said.is_empty() || said[said.len() - 1] == "cleaned up", "{said:?}");
        assert!(said.len() <= thrown.len() + 1, "{said:?}");
    }
}

/// Counts what is alive.
struct Counted(Arc<AtomicU32>);

impl Counted {
    fn new(alive: &Arc<AtomicU32>) -> Self {
        alive.fetch_add(1, SeqCst);
        Self(alive.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[tokio::test]
async fn all_that_is_made_is_dropped_once_whichever_way_it_ends() {
    for count in [0, 2] {
        for way in 0..6 {
            let alive = Arc::<AtomicU32>::default();
            let inner = alive.clone();
            let body = async_gen! {
                type Yield = Counted; type Sent = (); type Error = String;
                let _body = Counted::new(&inner);
                try {
                    for n in 0..3 { yield Counted::new(&inner); tokio::task::yield_now().await; assert!(n < 2 || way != 5); }
                } finally {
                    tokio::task::yield_now().await;
                    let _clean_up = Counted::new(&inner);
                }
            };
            let mut g = if count == 0 { spawned(body) } else { ahead(body, count) };
            drop(g.anext().await.unwrap());
            match way {
                0 => while g.try_anext().await.unwrap().is_some() {},
                1 => g.aclose().await.unwrap(),
                2 => drop(g.athrow("thrown".to_owned()).await),
                3 => drop(g.anext().now_or_never()),
                4 => {}
                _ => {
                    let panicked = tokio::spawn(async move { while g.anext().await.is_ok() {} }).await;
                    assert!(panicked.is_err());
                    idle().await;
                    assert_eq!(alive.load(SeqCst), 0, "ahead: {count}, way: {way}");
                    continue;
                }
            }
            drop(g);
            idle().await;
            assert_eq!(alive.load(SeqCst), 0, "ahead: {count}, way: {way}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_begun_while_another_thread_ends_a_step_is_answered_by_its_own_step() {
    for round in 0..2_000 {
        let mut g = ahead(
            async_gen! { type Yield = u32; type Sent = (); type Error = String; for n in 0..100_000 { yield n; } },
            100_000,
        );
        assert_eq!(g.anext().await, Ok(0));
        if round % 2 == 0 {
            assert_eq!(g.aclose().await, Ok(()));
        } else {
            assert_eq!(g.athrow("x".to_owned()).await, Err(raised("x")));
        }
        // An error of the body's own is told by the closing that comes just then.
        let mut g = spawned(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            yield 1;
            std::thread::sleep(Duration::from_micros(20));
            raise!("own");
        });
        assert_eq!(g.anext().await, Ok(1));
        if g.anext().now_or_never().is_some() {
            continue;
        }
        if round % 4 == 0 {
            tokio::task::yield_now().await;
        }
        let closed = g.aclose().await;
        assert!(closed == Ok(()) || closed == Err(CloseError::Raised("own".to_owned())), "{closed:?}");
    }
}

/// A generator that panics, and does not say that it is closed.
struct PanicsForEver;

impl AsyncGenerator for PanicsForEver {
    type Yield = u32;
    type Sent = ();
    type Error = String;

    fn begin(self: Pin<&mut Self>, _: Resume<(), String>) -> Result<(), Refused<(), String>> {
        Ok(())
    }

    fn poll_step(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Step<u32, String>> {
        panic!("again");
    }

    fn state(&self) -> State {
        State::Running
    }
}

#[tokio::test]
async fn a_generator_that_panics_is_polled_no_more() {
    for mut g in [spawned(PanicsForEver), ahead(PanicsForEver, 3)] {
        let (panic, mut g) = tokio::spawn(async move {
            let panic = std::panic::AssertUnwindSafe(g.anext()).catch_unwind().await.unwrap_err();
            (panic, g)
        })
        .await
        .unwrap();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"again"));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    }
}

#[tokio::test(start_paused = true)]
async fn a_closing_that_is_called_again_throws_nothing_a_second_time() {
    let mut g = spawned(async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        let mut closings = 0;
        loop {
            try { yield 1; } catch GeneratorExit {
                closings += 1;
                tokio::task::yield_now().await;
                yield 100 + closings;
            }
        }
    });
    assert_eq!(g.anext().await, Ok(1));
    assert!(g.aclose().now_or_never().is_none());
    sleep(Duration::from_millis(10)).await;
    assert_eq!(g.aclose().await, Err(CloseError::IgnoredGeneratorExit(101)));
}

#[test]
fn what_is_thrown_in_after_its_runtime_is_gone_comes_back_out() {
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (first, second) = (runtime(), runtime());
    let mut g = spawned(async_gen! { type Yield = u32; type Sent = (); type Error = String; yield 1; yield 2; });
    assert_eq!(first.block_on(g.anext()), Ok(1));
    drop(first);
    assert_eq!(second.block_on(g.athrow("thrown".to_owned())), Err(raised("thrown")));
}

#[test]
fn a_first_step_outside_of_a_runtime_begins_nothing() {
    let mut g = spawned(async_gen! { type Yield = u32; type Sent = (); type Error = String; yield 1; });
    let step = std::panic::AssertUnwindSafe(|| g.anext().now_or_never());
    assert!(std::panic::catch_unwind(step).is_err());
    assert_eq!(g.state(), State::Created);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(g.anext()), Ok(1));
}

/// Panics once, when it is dropped.
struct PanicsOnce(u32, Arc<AtomicU32>);

impl Drop for PanicsOnce {
    fn drop(&mut self) {
        assert!(self.1.fetch_add(1, SeqCst) != 1, "in a destructor");
    }
}

#[tokio::test]
async fn a_value_that_panics_as_it_is_dropped_leaves_the_handle_as_it_was() {
    let drops = Arc::<AtomicU32>::default();
    let inner = drops.clone();
    let mut g = ahead(
        async_gen! {
            type Yield = PanicsOnce; type Sent = (); type Error = String;
            for n in 0..9 { yield PanicsOnce(n, inner.clone()); }
        },
        3,
    );
    assert_eq!(g.anext().await.unwrap().0, 0);
    idle().await;
    assert!(std::panic::AssertUnwindSafe(g.aclose()).catch_unwind().await.is_err());
    assert_eq!(g.aclose().await.ok(), Some(()));
    assert_eq!(g.state(), State::Closed);
}

#[tokio::test]
async fn a_body_that_is_always_ready_lets_others_have_their_turn() {
    let made = Arc::default();
    let mut g = ahead(counting(&made, 1_000_000, &Log::default()), 1_000_000);
    assert_eq!(g.anext().await, Ok(0));
    tokio::task::yield_now().await;
    assert!(made.load(SeqCst) < 10_000);
}

#[tokio::test]
async fn without_a_finalizer_the_task_closes_the_body_all_the_same() {
    let log = Log::default();
    let mut g = spawned({
        let log = log.clone();
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            try { yield 1; } finally { tokio::task::yield_now().await; log.add("cleaned up"); }
        }
    });
    assert_eq!(g.anext().await, Ok(1));
    drop(g);
    idle().await;
    assert_eq!(log.take(), ["cleaned up"]);
}

#[test]
fn a_runtime_that_ends_leaves_no_step_hanging() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let mut g = spawned(async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        yield 1;
        std::future::pending::<()>().await;
    });
    assert_eq!(runtime.block_on(g.anext()), Ok(1));
    runtime.shutdown_background();
    let step = async_io::block_on(g.anext());
    assert_eq!(step, Err(StepError::Raised(Exception::GeneratorExit)));
}
