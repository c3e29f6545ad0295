//! Over a real NATS server.
#![cfg(feature = "nats")]

#[path = "support/nats.rs"]
mod server;
mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::ConnectOptions;
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, State, StepError, async_gen};
use asyncgen_remote::{Limits, Remote, RemoteError, nats};
use server::NatsServer;
use support::{Failed, Log, counting, own};
use tokio::time::{Instant, sleep, timeout};

type Counting = Remote<i64, Option<i64>, Failed>;

fn remote<T: std::fmt::Debug, R: std::fmt::Debug>(result: Result<T, StepError<Failed, R>>) -> RemoteError {
    match result {
        Err(StepError::Raised(Exception::Error(Failed::Remote(error)))) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn every_operation_does_what_it_does_without_a_wire() {
    let nats_server = NatsServer::start().await;
    let log = Log::default();
    let worker = nats_server.client().await;
    let server = nats::serve(&worker, "counting", counting(&log)).await.unwrap();
    let client = nats_server.client().await;
    let mut g: Counting = nats::open(&client, "counting", &5);
    assert_eq!(g.asend(Some(1)).await, Err(StepError::JustStarted(Some(1))));
    assert_eq!(g.anext().await, Ok(5));
    assert!(g.who().starts_with("counting worker "), "{}", g.who());
    assert_eq!(g.asend(Some(10)).await, Ok(15));
    assert_eq!(g.athrow(own("skip")).await, Ok(Some(-1)));
    assert!(timeout(Duration::from_millis(50), g.athrow(own("wait"))).await.is_err());
    assert_eq!(g.state(), State::Running);
    assert_eq!(g.aclose().await, Ok(()));
    assert_eq!(log.take(), ["begin", "caught skip", "caught wait", "waits", "cleaning", "cleaned"]);
    let counts = nats::counts(&client);
    assert_eq!((counts.open, counts.closed), (0, 1), "{counts}");
    assert!(server.shutdown(Duration::from_secs(1)).await.is_clean());
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn that_nobody_serves_is_known_at_once() {
    let nats_server = NatsServer::start().await;
    let client = nats_server.client().await;
    let before = Instant::now();
    for name in ["counting", "no name", "*", ">"] {
        let mut g: Counting = nats::open(&client, name, &5);
        assert_eq!(remote(g.anext().await), RemoteError::NobodyServes { name: name.into() });
        assert_eq!(g.state(), State::Closed);
    }
    assert!(before.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn who_serves_can_be_reached_from_then_on() {
    let nats_server = NatsServer::start().await;
    let log = Log::default();
    let worker = nats_server.client().await;
    let client = nats_server.client().await;
    for n in 0..500 {
        let name = format!("counting.{n}");
        nats::serve(&worker, &name, counting(&log)).await.unwrap();
        assert_eq!(nats::open::<_, i64, Option<i64>, Failed>(&client, &name, &n).anext().await, Ok(n));
    }
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn who_may_not_be_told_that_the_server_knows_of_it_serves_nevertheless() {
    let config = std::env::temp_dir().join(format!("asyncgen-remote-{}-narrow.conf", std::process::id()));
    let users = r#"authorization { users = [
        { user: worker, password: w, permissions: {
            subscribe: ["asyncgen.open.counting asyncgen", "asyncgen.to.>"], publish: ["_INBOX.gateway.>"] } }
        { user: gateway, password: g, permissions: {
            subscribe: ["_INBOX.gateway.>"], publish: ["asyncgen.open.counting", "asyncgen.to.*"] } }
    ] }"#;
    std::fs::write(&config, users).unwrap();
    let more = ["-c".to_owned(), config.to_str().unwrap().to_owned()];
    let nats_server = NatsServer::start_with(server::free_port(), &more).await;
    let user = |name: &str, password: &str| ConnectOptions::with_user_and_password(name.into(), password.into());
    let worker = user("worker", "w").connect(nats_server.url()).await.unwrap();
    let log = Log::default();
    nats::serve(&worker, "counting", counting(&log)).await.unwrap();
    let gateway = user("gateway", "g").custom_inbox_prefix("_INBOX.gateway");
    let client = gateway.connect(nats_server.url()).await.unwrap();
    let mut g: Counting = nats::open(&client, "counting", &5);
    assert_eq!((g.anext().await, g.anext().await), (Ok(5), Ok(6)));
    g.aclose().await.unwrap();
    std::fs::remove_file(config).unwrap();
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn several_workers_share_the_work() {
    let nats_server = NatsServer::start().await;
    let log = Log::default();
    let mut workers = Vec::new();
    for _ in 0..3 {
        let client = nats_server.client().await;
        workers.push(nats::serve(&client, "counting", counting(&log)).await.unwrap());
    }
    let client = nats_server.client().await;
    let mut names = BTreeSet::new();
    let mut all = Vec::new();
    for n in 0..60 {
        let mut g: Counting = nats::open(&client, "counting", &n);
        assert_eq!(g.anext().await, Ok(n));
        names.insert(g.who());
        all.push(g);
    }
    assert_eq!(names.len(), 3, "{names:?}");
    // One of them shuts down. Its consumers are told; the others go on.
    let report = workers.remove(0).shutdown(Duration::from_secs(5)).await;
    assert!(report.is_clean() && report.closed > 0, "{report}");
    let mut told = 0;
    for (n, g) in all.iter_mut().enumerate() {
        match g.anext().await {
            Ok(value) => assert_eq!(value, i64::try_from(n).unwrap() + 1),
            error => {
                assert!(matches!(remote(error), RemoteError::ShuttingDown { .. }));
                told += 1;
            }
        }
    }
    assert_eq!(told, report.closed);
    // What is opened now goes to one that is there.
    for n in 0..20 {
        assert_eq!(nats::open::<_, i64, Option<i64>, Failed>(&client, "counting", &n).anext().await, Ok(n));
    }
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn a_server_that_restarts_in_the_middle_of_a_step_loses_nothing() {
    let mut nats_server = NatsServer::start().await;
    let body = |pause: u64| {
        async_gen! {
            type Yield = u64;
            type Sent = Option<u64>;
            type Error = Failed;
            let mut sum = 0;
            loop {
                let add = yield sum;
                sleep(Duration::from_millis(pause)).await;
                sum += add.unwrap_or(1);
            }
        }
    };
    let worker = nats_server.client().await;
    nats::serve(&worker, "sums", body).await.unwrap();
    let client = nats_server.client().await;
    let mut all = Vec::new();
    for n in 0..50 {
        let mut g = nats::open::<_, u64, Option<u64>, Failed>(&client, "sums", &(n * 10));
        g.anext().await.unwrap();
        all.push(tokio::spawn(async move {
            for sent in 1..=10 {
                assert_eq!(g.asend(Some(sent)).await, Ok(sent * (sent + 1) / 2), "each step has run once");
            }
            g.aclose().await.unwrap();
        }));
    }
    for _ in 0..3 {
        sleep(Duration::from_millis(150)).await;
        nats_server.kill();
        sleep(Duration::from_millis(100)).await;
        nats_server.start_again().await;
    }
    for task in all {
        timeout(Duration::from_secs(30), task).await.expect("it does not hang").unwrap();
    }
    let counts = nats::counts(&client);
    assert_eq!((counts.open, counts.closed), (0, 50), "{counts}");
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn who_is_not_heard_of_is_lost_at_both_ends_within_the_lease() {
    let mut nats_server = NatsServer::start().await;
    let log = Log::default();
    let lease = Duration::from_millis(800);
    let worker = nats_server.client().await;
    let server = nats::serve(&worker, "counting", counting(&log)).await.unwrap();
    let client = nats_server.client().await;
    let mut g: Counting = nats::open(&client, "counting", &0).lease(lease);
    g.anext().await.unwrap();
    sleep(lease * 2).await;
    g.anext().await.unwrap();
    nats_server.kill();
    let before = Instant::now();
    let error = remote(g.anext().await);
    assert!(matches!(&error, RemoteError::Lost { who, .. } if who.starts_with("counting worker")), "{error:?}");
    assert!(before.elapsed() < lease + Duration::from_millis(200), "{:?}", before.elapsed());
    log.until("cleaned", 1).await;
    assert!(before.elapsed() < lease + Duration::from_millis(500), "{:?}", before.elapsed());
    assert_eq!(server.counts().lost, 1);
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn what_is_larger_than_the_server_takes_is_too_large() {
    let config = std::env::temp_dir().join(format!("asyncgen-remote-{}.conf", std::process::id()));
    std::fs::write(&config, "max_payload: 4096\n").unwrap();
    let more = ["-c".to_owned(), config.to_str().unwrap().to_owned()];
    let nats_server = NatsServer::start_with(server::free_port(), &more).await;
    let worker = nats_server.client().await;
    let body = |size: usize| {
        async_gen! {
            type Yield = String;
            type Sent = ();
            type Error = Failed;
            loop { yield "x".repeat(size); }
        }
    };
    nats::serve_with(&worker, "texts", body, Limits::default()).await.unwrap();
    let client = nats_server.client().await;
    let mut fits = nats::open::<_, String, (), Failed>(&client, "texts", &4000);
    assert_eq!(fits.anext().await.unwrap().len(), 4000);
    let mut large = nats::open::<_, String, (), Failed>(&client, "texts", &5000);
    assert!(matches!(remote(large.anext().await), RemoteError::TooLarge { limit: 4095, .. }));
    let mut arguments = nats::open::<_, String, (), Failed>(&client, "texts", &"x".repeat(5000));
    assert!(matches!(remote(arguments.anext().await), RemoteError::TooLarge { limit: 4095, .. }));
    std::fs::remove_file(config).unwrap();
}

#[tokio::test]
#[ignore = "needs a NATS server: .ci/run remote"]
async fn ahead_loses_nothing_where_bare_publishing_would() {
    let nats_server = NatsServer::start().await;
    let worker = nats_server.client().await;
    let body = |to: u64| {
        async_gen! {
            type Yield = u64;
            type Sent = ();
            type Error = Failed;
            for n in 0..to { yield n; }
        }
    };
    nats::serve(&worker, "numbers", body).await.unwrap();
    let client = nats_server.client().await;
    let mut g = nats::open::<_, u64, (), Failed>(&client, "numbers", &200_000).ahead(256);
    for n in 0..200_000 {
        assert_eq!(g.anext().await, Ok(n));
    }
    assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
}
