//! Clean-up that takes an hour, under paused time.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
use tokio::time::{Instant, sleep, timeout};

type Log = Arc<Mutex<Vec<&'static str>>>;

fn session(log: Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> + Send {
    async_gen! {
        try {
            loop { sleep(Duration::from_secs(60)).await; yield 1; }
        } finally {
            log.lock().unwrap().push("logging out");
            sleep(Duration::from_secs(3600)).await;
            log.lock().unwrap().push("logged out");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn closing_takes_an_hour_and_may_be_waited_for_in_parts() {
    let log = Log::default();
    let mut g = pin!(session(Arc::clone(&log)));
    g.anext().await.unwrap();
    let begin = Instant::now();
    assert!(timeout(Duration::from_secs(1), g.aclose()).await.is_err());
    assert_eq!(*log.lock().unwrap(), ["logging out"]);
    g.aclose().await.unwrap();
    assert_eq!(begin.elapsed(), Duration::from_secs(3600));
    assert_eq!(*log.lock().unwrap(), ["logging out", "logged out"]);
}

#[tokio::test(start_paused = true)]
async fn a_session_is_interrupted_while_it_sleeps() {
    let log = Log::default();
    let mut g = pin!(session(Arc::clone(&log)));
    assert!(timeout(Duration::from_secs(1), g.anext()).await.is_err());
    let begin = Instant::now();
    g.aclose().await.unwrap();
    assert_eq!(begin.elapsed(), Duration::from_secs(3600));
}
