//! Beside tonic's streams in both directions, over TCP.

use std::time::Instant;

use asyncgen::AsyncGeneratorExt;
use asyncgen_remote::{Body, Connection, RemoteError, connect, serve};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::elsewhere::elsewhere;
use crate::grpc;
use crate::item::{Item, echo, item, items};
use crate::measure::{Case, Comparison, Effort, in_turns};

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

pub async fn steps(effort: Effort) -> Comparison {
    let case = Case {
        what: "TCP: steps, one after the other",
        peer: "tonic's stream in both directions",
        goal: 1.0,
        values: effort.of(6000),
    };
    let mut far = connection(echo).await.open::<Item, Option<Item>, RemoteError>(&());
    far.anext().await.unwrap();
    let mut echo = grpc::Client::new().await.echo().await;
    let count = case.values;
    let ours = async || {
        let before = Instant::now();
        for id in 1..=count {
            assert_eq!(far.asend(Some(item(id))).await.unwrap().id, id);
        }
        before.elapsed()
    };
    let theirs = async || {
        let before = Instant::now();
        for id in 1..=count {
            assert_eq!(echo.send(item(id)).await.id, id);
        }
        before.elapsed()
    };
    in_turns(case, effort, ours, theirs).await
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
    let ours = async || {
        let mut far = connection.open::<Item, (), RemoteError>(&()).ahead(256);
        let before = Instant::now();
        for id in 0..count {
            assert_eq!(far.anext().await.unwrap().id, id);
        }
        let took = before.elapsed();
        far.aclose().await.unwrap();
        took
    };
    let theirs = async || {
        let before = Instant::now();
        let mut items = client.items().await;
        for id in 0..count {
            assert_eq!(items.message().await.unwrap().unwrap().id, id);
        }
        before.elapsed()
    };
    in_turns(case, effort, ours, theirs).await
}
