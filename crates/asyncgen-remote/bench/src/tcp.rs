//! Beside tonic, over TCP.

use std::time::Instant;

use asyncgen::AsyncGeneratorExt;
use asyncgen_remote::{Connection, RemoteError, connect, serve};
use tokio::net::{TcpListener, TcpStream};

use crate::{Item, echo, elsewhere, grpc, in_turns, item, items, row};

async fn connection<H, G>(handler: H) -> Connection
where
    H: Fn(()) -> G + Send + Sync + 'static,
    G: asyncgen::AsyncGenerator<Yield = Item, Error = RemoteError> + Send + 'static,
    G::Sent: serde::de::DeserializeOwned + asyncgen::SentValue + Send,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    elsewhere(async move {
        let listener = TcpListener::from_std(listener).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        serve(stream, handler).ended().await;
    });
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    connect(stream)
}

pub async fn steps() {
    const COUNT: u64 = 5000;
    let ours = connection(echo).await;
    let mut far = ours.open::<Item, Option<Item>, RemoteError>(&());
    far.anext().await.unwrap();
    let far = tokio::sync::Mutex::new(far);
    let theirs = tokio::sync::Mutex::new(grpc::Client::new().await.echo().await);
    let ours = || async {
        let far = &mut *far.lock().await;
        let before = Instant::now();
        for id in 1..=COUNT {
            assert_eq!(far.asend(Some(item(id))).await.unwrap().id, id);
        }
        before.elapsed()
    };
    let theirs = || async {
        let echo = &mut *theirs.lock().await;
        let before = Instant::now();
        for id in 1..=COUNT {
            assert_eq!(echo.send(item(id)).await.id, id);
        }
        before.elapsed()
    };
    let (ours, theirs) = in_turns(ours, theirs).await;
    row("TCP: steps, beside tonic's stream in both directions", ours, theirs, COUNT, "at least 1.00");
}

pub async fn ahead() {
    const COUNT: u64 = 100_000;
    let connection = connection(items).await;
    let client = grpc::Client::new().await;
    let ours = || async {
        let mut far = connection.open::<Item, (), RemoteError>(&()).ahead(256);
        let before = Instant::now();
        for id in 0..COUNT {
            assert_eq!(far.anext().await.unwrap().id, id);
        }
        let took = before.elapsed();
        far.aclose().await.unwrap();
        took
    };
    let theirs = || async {
        let mut items = client.items().await;
        let before = Instant::now();
        for id in 0..COUNT {
            assert_eq!(items.message().await.unwrap().unwrap().id, id);
        }
        before.elapsed()
    };
    let (ours, theirs) = in_turns(ours, theirs).await;
    row("TCP: `ahead(256)`, beside tonic's stream", ours, theirs, COUNT, "at least 1.00");
}
