//! The adaptor `time_limit`: a step that takes longer stays in flight.
#![cfg(feature = "tokio")]

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use asyncgen::{AdaptExt, AsyncGenerator, AsyncGeneratorExt, Exception, State, StepError, async_gen};
use tokio::time::{Instant, sleep};

type Log = Rc<RefCell<Vec<String>>>;

fn events(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = String> + use<> {
    let log = log.clone();
    async_gen! {
        for n in 0.. {
            try {
                sleep(Duration::from_secs(25)).await;
                yield n;
            } catch error {
                log.borrow_mut().push(error);
            } finally {
                if n > 0 { sleep(Duration::from_secs(50)).await; }
                log.borrow_mut().push(format!("end of {n}"));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn it_yields_nothing_and_the_step_goes_on() {
    let start = Instant::now();
    let mut g = pin!(events(&Log::default()).time_limit(Duration::from_secs(10)));
    for expected in [None, None, Some(0)] {
        assert_eq!(g.anext().await, Ok(expected));
    }
    assert_eq!(start.elapsed().as_secs(), 25);
    assert_eq!(g.state(), State::Suspended);
}

#[tokio::test(start_paused = true)]
async fn a_value_is_refused_while_a_step_is_in_flight() {
    let mut g = pin!(events(&Log::default()).time_limit(Duration::from_secs(10)));
    assert_eq!(g.anext().await, Ok(None));
    assert_eq!(g.state(), State::Running);
    assert_eq!(g.asend(Some(5)).await, Err(StepError::AlreadyRunning(Some(5))));
    assert_eq!(g.anext().await, Ok(None));
    assert_eq!(g.anext().await, Ok(Some(0)));
}

#[tokio::test(start_paused = true)]
async fn what_is_thrown_in_then_is_raised_at_the_await() {
    let log = Log::default();
    let mut g = pin!(events(&log).time_limit(Duration::from_secs(10)));
    assert_eq!(g.anext().await, Ok(None));
    assert_eq!(g.athrow("enough".to_owned()).await, Ok(Some(None)));
    assert_eq!(*log.borrow(), ["enough", "end of 0"]);
}

#[tokio::test(start_paused = true)]
async fn closing_has_no_limit() {
    let log = Log::default();
    let start = Instant::now();
    let mut g = pin!(events(&log).time_limit(Duration::from_secs(30)));
    assert_eq!(g.anext().await, Ok(Some(0)));
    assert_eq!(g.anext().await, Ok(Some(1)));
    assert_eq!(g.aclose().await, Ok(()));
    assert_eq!(start.elapsed().as_secs(), 100);
    assert_eq!(*log.borrow(), ["end of 0", "end of 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_step_that_was_dropped_goes_on_too_with_its_limit() {
    let mut g = pin!(events(&Log::default()).time_limit(Duration::from_secs(10)));
    assert!(tokio::time::timeout(Duration::from_secs(4), g.anext()).await.is_err());
    let start = Instant::now();
    assert_eq!(g.anext().await, Ok(None));
    assert_eq!(start.elapsed().as_secs(), 6);
    assert_eq!(g.athrow(Exception::GeneratorExit).await, Err(StepError::Raised(Exception::GeneratorExit)));
}
