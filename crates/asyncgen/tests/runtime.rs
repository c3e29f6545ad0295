//! Generators on a real runtime: moved between threads, and with `select!`, `join!` and timeouts around their yields.
#![forbid(unsafe_code)]

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, State, StepError, Yielder, generator};
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

type Log = Arc<Mutex<Vec<String>>>;

/// Counts, catches errors, and cleans up with a real await.
fn counter(log: Log) -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = String> + Send {
    generator!(|y| {
        let note = |text: &str| log.lock().unwrap().push(text.to_owned());
        y.finally(
            async |mut y| {
                let mut n = 0;
                loop {
                    let step: Result<Option<u32>, _> = y
                        .catch(async |mut y| {
                            yield_now().await;
                            Ok(y.yield_(n).await)
                        })
                        .await;
                    n = match step {
                        Ok(sent) => sent.unwrap_or(n + 1),
                        Err(Exception::Error(error)) if error == "reset" => 0,
                        Err(Exception::Error(error)) => return Err(error),
                        Err(Exception::GeneratorExit) => return Ok(()),
                    };
                }
            },
            async |_| {
                note("clean-up begins");
                sleep(Duration::from_millis(5)).await;
                note("clean-up ends");
                Ok(())
            },
        )
        .await;
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn generators_with_catch_and_finally_are_spawned_on_many_threads() {
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            tokio::spawn(async {
                let log = Log::default();
                let mut g = Box::pin(counter(Arc::clone(&log)));
                for n in 0..20 {
                    assert_eq!(g.anext().await, Ok(n));
                }
                assert_eq!(g.asend(Some(100)).await, Ok(100));
                assert_eq!(g.athrow("reset".to_owned()).await, Ok(Some(0)));
                // Another task, and so another thread, closes it.
                tokio::spawn(async move {
                    assert_eq!(g.anext().await, Ok(1));
                    assert_eq!(g.aclose().await, Ok(()));
                    assert_eq!(g.state(), State::Closed);
                })
                .await
                .unwrap();
                assert_eq!(*log.lock().unwrap(), ["clean-up begins", "clean-up ends"]);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_generator_is_handed_from_task_to_task_in_the_middle_of_a_step() {
    let mut g = Box::pin(generator!(|y: Yielder<'_, u32>| {
        for n in 0.. {
            sleep(Duration::from_millis(2)).await;
            y.yield_(n).await;
        }
    }));
    for n in 0..10 {
        let mut value = None;
        while value.is_none() {
            (g, value) = tokio::spawn(async move {
                let value = timeout(Duration::from_micros(500), g.anext()).await;
                (g, value.ok())
            })
            .await
            .unwrap();
        }
        assert_eq!(value, Some(Ok(n)), "a step that was given up was lost, or was run twice");
    }
}

#[tokio::test]
async fn a_body_that_is_stuck_is_closed_at_once_and_its_clean_up_runs() {
    let log = Log::default();
    let in_body = Arc::clone(&log);
    let mut g = pin!(generator!(|y: Yielder<'_, u32, (), String>| {
        y.finally(
            async |mut y| {
                y.yield_(1).await;
                sleep(Duration::from_secs(3600)).await;
                Ok(())
            },
            async |_| {
                sleep(Duration::from_millis(1)).await;
                in_body.lock().unwrap().push("cleaned up".to_owned());
                Ok(())
            },
        )
        .await;
    }));
    assert_eq!(g.anext().await, Ok(1));
    assert!(timeout(Duration::from_millis(5), g.anext()).await.is_err(), "the body should be stuck");
    let start = Instant::now();
    assert_eq!(timeout(Duration::from_secs(60), g.aclose()).await, Ok(Ok(())));
    assert!(start.elapsed() < Duration::from_secs(30), "closing waited for the stuck await");
    assert_eq!(*log.lock().unwrap(), ["cleaned up"]);
}

#[tokio::test]
async fn a_time_limit_around_a_closing_can_be_tried_again() {
    let log = Log::default();
    let mut g = pin!(counter(Arc::clone(&log)));
    assert_eq!(g.anext().await, Ok(0));
    let mut tries = 0;
    // One poll at least, and no more than one if it is pending.
    while timeout(Duration::ZERO, g.aclose()).await.is_err() {
        tries += 1;
        sleep(Duration::from_millis(1)).await;
    }
    assert!(tries > 0, "the clean-up takes longer than the limit");
    assert_eq!(*log.lock().unwrap(), ["clean-up begins", "clean-up ends"], "it ran once");
}

#[tokio::test]
async fn a_value_that_a_select_takes_back_is_not_yielded() {
    let mut g = pin!(generator!(|y: Yielder<'_, &'static str, Option<u32>>| {
        let mut ticks = 0;
        loop {
            tokio::select! {
                biased;
                () = yield_now(), if ticks == 0 => ticks += 1,
                sent = y.yield_("yielded") => {
                    assert_eq!(sent, Some(5));
                    break;
                }
            }
        }
        tokio::select! {
            biased;
            _ = y.yield_("taken back") => unreachable!(),
            () = std::future::ready(()) => {}
        }
        y.yield_("the next").await;
    }));
    // The first select polls the yield, too: its value is out before the other branch is ready.
    assert_eq!(g.anext().await, Ok("yielded"));
    let next = match g.asend(Some(5)).await {
        // The other branch was ready first, the value that was sent was dropped with the yield, which is made again.
        Ok("yielded") => g.asend(Some(5)).await,
        next => next,
    };
    assert_eq!(next, Ok("the next"));
    assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
}

#[tokio::test]
async fn a_join_of_a_yield_and_real_work_waits_for_both() {
    let mut g = pin!(generator!(|y: Yielder<'_, u32, Option<u32>>| {
        let work = async {
            sleep(Duration::from_millis(3)).await;
            10
        };
        let (sent, done) = tokio::join!(y.yield_(1), work);
        y.yield_(sent.unwrap() + done).await;
    }));
    assert_eq!(g.anext().await, Ok(1));
    assert_eq!(g.asend(Some(5)).await, Ok(15));
}

#[tokio::test]
async fn a_timeout_around_a_yield_gives_up_a_slow_consumer() {
    let mut g = pin!(generator!(|y: Yielder<'_, &'static str, Option<u32>>| {
        let answer = timeout(Duration::from_millis(5), y.yield_("quick!")).await;
        y.yield_(if answer.is_ok() { "in time" } else { "too late" }).await;
    }));
    assert_eq!(g.anext().await, Ok("quick!"));
    sleep(Duration::from_millis(20)).await;
    // The value goes to the yield, which is polled before the limit.
    assert_eq!(g.asend(Some(1)).await, Ok("in time"));
}

#[tokio::test]
async fn the_closure_may_be_written_as_any_other() {
    fn inferred() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
        generator!(move |mut y| y.yield_(3).await)
    }

    let n = 1;
    let mut g = pin!(generator!(move |y: Yielder<'_, u32>| {
        y.yield_(n).await;
    }));
    assert_eq!(g.anext().await, Ok(1));
    let mut g = pin!(generator!(|mut y: Yielder<'_, u32>| {
        y.yield_(2).await;
    }));
    assert_eq!(g.anext().await, Ok(2));
    assert_eq!(pin!(inferred()).anext().await, Ok(3));
}
