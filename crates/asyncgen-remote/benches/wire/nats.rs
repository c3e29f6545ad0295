//! Beside bare NATS.

use std::time::{Duration, Instant};

use async_nats::Client;
use asyncgen::AsyncGeneratorExt;
use asyncgen_remote::{Remote, RemoteError, nats};
use futures::StreamExt;

use crate::{Item, echo, elsewhere, in_turns, item, items, row};

async fn client(url: &str) -> Client {
    async_nats::connect(url).await.unwrap()
}

/// A worker of each kind.
async fn workers(url: &str) -> Client {
    let (ready, is_ready) = tokio::sync::oneshot::channel();
    let of_worker = url.to_owned();
    elsewhere(async move {
        let ours = client(&of_worker).await;
        nats::serve(&ours, "echo", echo).await.unwrap();
        nats::serve(&ours, "items", items).await.unwrap();
        let bare = client(&of_worker).await;
        let mut requests = bare.subscribe("bare").await.unwrap();
        bare.flush().await.unwrap();
        ready.send(()).unwrap();
        while let Some(request) = requests.next().await {
            bare.publish(request.reply.unwrap(), request.payload).await.unwrap();
        }
    });
    is_ready.await.unwrap();
    client(url).await
}

async fn steps_of(g: &mut Remote<Item, Option<Item>, RemoteError>, count: u64) {
    for id in 1..=count {
        assert_eq!(g.asend(Some(item(id))).await.unwrap().id, id);
    }
}

async fn requests(client: &Client, payload: Vec<u8>, count: u64) {
    for _ in 0..count {
        let answer = client.request("bare", payload.clone().into()).await.unwrap();
        assert_eq!(answer.payload.len(), payload.len());
    }
}

fn payload() -> Vec<u8> {
    format!("{:?}", item(1000)).into_bytes()
}

pub(crate) async fn steps(url: &str) {
    const COUNT: u64 = 3000;
    let client = workers(url).await;
    let mut far = nats::open::<_, Item, Option<Item>, RemoteError>(&client, "echo", &());
    far.anext().await.unwrap();
    requests(&client, payload(), 500).await;
    steps_of(&mut far, 500).await;
    let far = tokio::sync::Mutex::new(far);
    let ours = || async {
        let before = Instant::now();
        steps_of(&mut *far.lock().await, COUNT).await;
        before.elapsed()
    };
    let theirs = || async {
        let before = Instant::now();
        requests(&client, payload(), COUNT).await;
        before.elapsed()
    };
    let (ours, theirs) = in_turns(ours, theirs).await;
    row("NATS: steps, one after the other, beside request/reply", ours, theirs, COUNT, "at least 0.80");
}

pub(crate) async fn many(url: &str) {
    const SESSIONS: u64 = 1000;
    const EACH: u64 = 50;
    let client = workers(url).await;
    let mut all = Vec::new();
    for _ in 0..SESSIONS {
        let mut far = nats::open::<_, Item, Option<Item>, RemoteError>(&client, "echo", &());
        far.anext().await.unwrap();
        all.push(far);
    }
    let all = tokio::sync::Mutex::new(all);
    let ours = || async {
        let before = Instant::now();
        futures::future::join_all(all.lock().await.iter_mut().map(|far| steps_of(far, EACH))).await;
        before.elapsed()
    };
    let theirs = || async {
        let before = Instant::now();
        futures::future::join_all((0..SESSIONS).map(|_| requests(&client, payload(), EACH))).await;
        before.elapsed()
    };
    let (ours, theirs) = in_turns(ours, theirs).await;
    row(
        "NATS: steps of 1,000 sessions at once, beside as many requests",
        ours,
        theirs,
        SESSIONS * EACH,
        "at least 0.70",
    );
}

pub(crate) async fn ahead(url: &str) {
    const COUNT: u64 = 200_000;
    let client = workers(url).await;
    let ours = || async {
        let mut far = nats::open::<_, Item, (), RemoteError>(&client, "items", &()).ahead(256);
        let before = Instant::now();
        for id in 0..COUNT {
            assert_eq!(far.anext().await.unwrap().id, id);
        }
        let took = before.elapsed();
        far.aclose().await.unwrap();
        took
    };
    let mut lost = 0;
    let lost_in_all = std::cell::RefCell::new(&mut lost);
    let theirs = || async {
        let mut values = client.subscribe("flood").await.unwrap();
        client.flush().await.unwrap();
        let url = url.to_owned();
        let before = Instant::now();
        elsewhere(async move {
            let publisher = async_nats::connect(url).await.unwrap();
            for _ in 0..COUNT {
                publisher.publish("flood", payload().into()).await.unwrap();
            }
            publisher.flush().await.unwrap();
            tokio::time::sleep(Duration::from_secs(1)).await;
        });
        let mut got: u64 = 0;
        let mut latest = before;
        while got < COUNT {
            match tokio::time::timeout(Duration::from_millis(700), values.next()).await {
                Ok(Some(_)) => {
                    got += 1;
                    latest = Instant::now();
                }
                _ => break,
            }
        }
        **lost_in_all.borrow_mut() += COUNT - got;
        // As if all had come, at the rate at which they came.
        #[allow(clippy::cast_precision_loss)]
        (latest - before).mul_f64(COUNT as f64 / got.max(1) as f64)
    };
    let (ours, theirs) = in_turns(ours, theirs).await;
    row("NATS: `ahead(256)`, beside publish/subscribe", ours, theirs, COUNT, "at least 0.50");
    println!("| .. of which were lost | 0 | {lost} of {} | | 0 |", COUNT * 7);
}
