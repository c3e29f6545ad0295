//! Beside tonic's streams in both directions, over TCP.

use asyncgen::AsyncGeneratorExt;
use asyncgen_remote::{Body, Connection, RemoteError, connect, serve};
use futures::future::join_all;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::elsewhere::elsewhere;
use crate::grpc;
use crate::item::{Item, echo, item, items, taken};
use crate::measure::{Case, Comparison, Effort, in_turns, timed};

/// A listener for the other end, and its address.
pub fn listener() -> (std::net::TcpListener, std::net::SocketAddr) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn connection<B: Body>(handler: impl Fn(()) -> B + Send + Sync + 'static) -> Connection {
    let (listener, address) = listener();
    elsewhere(async move |ready: oneshot::Sender<()>| {
        ready.send(()).unwrap();
        let (stream, _) = TcpListener::from_std(listener).unwrap().accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        serve(stream, handler).ended().await;
    })
    .await;
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    connect(stream)
}

/// So many sessions at once on one connection, each so many steps, beside as many streams.
async fn beside_streams(case: Case, effort: Effort, sessions: u64) -> Comparison {
    let each = case.values / sessions;
    let connection = connection(echo).await;
    let mut all: Vec<_> = (0..sessions).map(|_| connection.open::<Item, Option<Item>, RemoteError>(&())).collect();
    join_all(all.iter_mut().map(async |far| far.anext().await.unwrap())).await;
    let client = grpc::Client::new().await;
    let mut echoes = join_all((0..sessions).map(|_| client.echo())).await;
    let ours = async || {
        let steps = all.iter_mut().map(async |far| {
            for id in 1..=each {
                assert_eq!(far.asend(Some(item(id))).await.unwrap().id, id);
            }
        });
        timed(join_all(steps)).await
    };
    let theirs = async || {
        let steps = echoes.iter_mut().map(async |echo| {
            for id in 1..=each {
                assert_eq!(echo.send(item(id)).await.id, id);
            }
        });
        timed(join_all(steps)).await
    };
    in_turns(case, effort, ours, theirs).await
}

pub async fn steps(effort: Effort) -> Comparison {
    let case = Case {
        what: "TCP: steps, one after the other",
        peer: "tonic's stream in both directions",
        goal: 1.0,
        values: effort.of(6000),
    };
    beside_streams(case, effort, 1).await
}

pub async fn many(effort: Effort) -> Comparison {
    let case = Case {
        what: "TCP: steps of 100 sessions at once",
        peer: "100 of tonic's streams in both directions",
        goal: 1.0,
        values: effort.of(60_000),
    };
    beside_streams(case, effort, 100).await
}

pub async fn ahead(effort: Effort) -> Comparison {
    let case = Case {
        what: "TCP: `ahead(256)`",
        peer: "tonic's stream in one direction",
        goal: 1.0,
        values: effort.of(100_000),
    };
    let connection = connection(items).await;
    let client = grpc::Client::new().await;
    let count = case.values;
    let ours = async || taken(connection.open(&()).ahead(256), count).await;
    let theirs = async || {
        timed(async {
            let mut items = client.items().await;
            for id in 0..count {
                assert_eq!(items.message().await.unwrap().unwrap().id, id);
            }
        })
        .await
    };
    in_turns(case, effort, ours, theirs).await
}
