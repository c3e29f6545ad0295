//! The same over gRPC, by tonic: written by hand what its generator of code would write.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{Stream, StreamExt};
use http::uri::PathAndQuery;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::server::{NamedService, StreamingService};
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

use crate::elsewhere::elsewhere;
use crate::item::{Item, item};
use crate::tcp::listener;

type Items = Pin<Box<dyn Stream<Item = Result<Item, Status>> + Send>>;
type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[derive(Clone)]
struct Service;

impl NamedService for Service {
    const NAME: &'static str = "bench.Service";
}

/// `true` gives back what comes, `false` gives items.
struct Method(bool);

impl StreamingService<Item> for Method {
    type Response = Item;
    type ResponseStream = Items;
    type Future = Boxed<Result<Response<Items>, Status>>;

    fn call(&mut self, request: Request<Streaming<Item>>) -> Self::Future {
        let echo = self.0;
        Box::pin(async move {
            let stream: Items = if echo {
                Box::pin(request.into_inner())
            } else {
                Box::pin(futures::stream::iter((0..).map(|id| Ok(item(id)))))
            };
            Ok(Response::new(stream))
        })
    }
}

impl tonic::codegen::Service<http::Request<Body>> for Service {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Boxed<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let method = Method(request.uri().path().ends_with("Echo"));
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(ProstCodec::<Item, Item>::default());
            Ok(grpc.streaming(method, request).await)
        })
    }
}

pub struct Client(Channel);

pub struct Echo {
    to: mpsc::Sender<Item>,
    from: Streaming<Item>,
}

impl Client {
    pub async fn new() -> Self {
        let (listener, address) = listener();
        elsewhere(async move |ready: oneshot::Sender<()>| {
            ready.send(()).unwrap();
            let incoming = TcpListenerStream::new(tokio::net::TcpListener::from_std(listener).unwrap());
            let incoming = incoming.inspect(|stream| stream.as_ref().unwrap().set_nodelay(true).unwrap());
            Server::builder().add_service(Service).serve_with_incoming(incoming).await.unwrap();
        })
        .await;
        let endpoint = Channel::from_shared(format!("http://{address}")).unwrap().tcp_nodelay(true);
        Self(endpoint.connect().await.unwrap())
    }

    async fn call(&self, method: &'static str, items: ReceiverStream<Item>) -> Streaming<Item> {
        let mut grpc = Grpc::new(self.0.clone());
        grpc.ready().await.unwrap();
        let codec = ProstCodec::<Item, Item>::default();
        grpc.streaming(Request::new(items), PathAndQuery::from_static(method), codec).await.unwrap().into_inner()
    }

    pub async fn echo(&self) -> Echo {
        let (to, items) = mpsc::channel(1);
        Echo { to, from: self.call("/bench.Service/Echo", ReceiverStream::new(items)).await }
    }

    pub async fn items(&self) -> Streaming<Item> {
        let (_, items) = mpsc::channel(1);
        self.call("/bench.Service/Items", ReceiverStream::new(items)).await
    }
}

impl Echo {
    pub async fn send(&mut self, item: Item) -> Item {
        self.to.send(item).await.unwrap();
        self.from.message().await.unwrap().unwrap()
    }
}
