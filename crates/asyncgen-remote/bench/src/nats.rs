//! Beside raw NATS.

use std::time::{Duration, Instant};

use async_nats::Client;
use asyncgen::AsyncGeneratorExt;
use asyncgen_remote::{Remote, RemoteError, nats};
use futures::StreamExt;
use futures::future::join_all;

use crate::elsewhere::elsewhere;
use crate::item::{Item, echo, item, items, taken, written};
use crate::measure::{Case, Comparison, Effort, in_turns, timed};
use crate::nats_server::connect;

type Echo = Remote<Item, Option<Item>, RemoteError>;

/// A worker of each kind, and a client for whoever asks them.
async fn workers(url: &str) -> Client {
    let of_worker = url.to_owned();
    elsewhere(async move |ready| {
        let ours = connect(&of_worker).await;
        nats::serve(&ours, "echo", echo).await.unwrap();
        nats::serve(&ours, "items", items).await.unwrap();
        let raw = connect(&of_worker).await;
        let mut requests = raw.subscribe("raw").await.unwrap();
        raw.flush().await.unwrap();
        ready.send(()).unwrap();
        while let Some(request) = requests.next().await {
            raw.publish(request.reply.unwrap(), request.payload).await.unwrap();
        }
    })
    .await;
    connect(url).await
}

async fn echoes(client: &Client, count: u64) -> Vec<Echo> {
    let mut all: Vec<_> = (0..count).map(|_| nats::open(client, "echo", &())).collect();
    join_all(all.iter_mut().map(async |far| far.anext().await.unwrap())).await;
    all
}

async fn steps_of(far: &mut Echo, count: u64) {
    for id in 1..=count {
        assert_eq!(far.asend(Some(item(id))).await.unwrap().id, id);
    }
}

async fn requests(client: &Client, count: u64) {
    for id in 1..=count {
        let payload = written(id);
        let length = payload.len();
        assert_eq!(client.request("raw", payload.into()).await.unwrap().payload.len(), length);
    }
}

/// So many sessions at once, each so many steps, beside as many requests.
async fn beside_requests(url: &str, case: Case, effort: Effort, sessions: u64) -> Comparison {
    let client = workers(url).await;
    let mut all = echoes(&client, sessions).await;
    let each = case.values / sessions;
    let ours = async || timed(join_all(all.iter_mut().map(|far| steps_of(far, each)))).await;
    let theirs = async || timed(join_all((0..sessions).map(|_| requests(&client, each)))).await;
    in_turns(case, effort, ours, theirs).await
}

pub async fn steps(url: &str, effort: Effort) -> Comparison {
    let case = Case {
        what: "NATS: steps, one after the other",
        peer: "requests, one after the other",
        goal: 0.8,
        values: effort.of(4000),
    };
    beside_requests(url, case, effort, 1).await
}

pub async fn many(url: &str, effort: Effort) -> Comparison {
    let case = Case {
        what: "NATS: steps of 1,000 sessions at once",
        peer: "1,000 requests at once",
        goal: 0.7,
        values: effort.of(60_000),
    };
    beside_requests(url, case, effort, 1000).await
}

pub async fn ahead(url: &str, effort: Effort) -> Comparison {
    let case = Case {
        what: "NATS: `ahead(256)`, which loses nothing",
        peer: "publishing to a subscriber, which loses some",
        goal: 0.5,
        values: effort.of(200_000),
    };
    let client = workers(url).await;
    let count = case.values;
    let ours = async || taken(nats::open(&client, "items", &()).ahead(256), count).await;
    in_turns(case, effort, ours, async || flood(url, &client, count).await).await
}

/// How long so many published messages take to arrive: as if all had come at the rate at which those came that did.
async fn flood(url: &str, client: &Client, count: u64) -> Duration {
    let mut messages = client.subscribe("flood").await.unwrap();
    client.flush().await.unwrap();
    let publisher = connect(url).await;
    let before = Instant::now();
    elsewhere(async move |ready| {
        ready.send(()).unwrap();
        for id in 0..count {
            publisher.publish("flood", written(id).into()).await.unwrap();
        }
        publisher.flush().await.unwrap();
    })
    .await;
    let (mut got, mut latest) = (0, before);
    while got < count {
        let Ok(Some(_)) = tokio::time::timeout(Duration::from_millis(500), messages.next()).await else { break };
        got += 1;
        latest = Instant::now();
    }
    if got < count {
        eprintln!("{} of {count} published messages were lost", count - got);
    }
    let number = |count: u64| f64::from(u32::try_from(count).unwrap());
    (latest - before).mul_f64(number(count) / number(got))
}
