//! The gateway: each request is a session with some worker, its tokens are events.

use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;

use async_nats::Client;
use asyncgen::{AsyncGenerator, OwnedExt, async_gen};
use asyncgen_remote::{Remote, nats};
use axum::Router;
use axum::extract::{Query, State};
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use futures::Stream;
use tokio::net::TcpListener;

use crate::token::{FarmError, Prompt, Token};

/// How soon it is noticed that a worker is gone, or this gateway.
const LEASE: Duration = Duration::from_secs(2);

/// The tokens of a worker as events, and an event that says why there are no more, if they have not come to their end.
fn events(tokens: Remote<Token, (), FarmError>) -> impl AsyncGenerator<Yield = Event, Sent = (), Error = Infallible> {
    async_gen! {
        type Yield = Event;
        type Sent = ();
        type Error = Infallible;

        let mut tokens = tokens;
        loop {
            match asyncgen::AsyncGeneratorExt::anext(&mut tokens).await {
                Ok(token) => yield Event::default().event(token.worker).data(token.text),
                Err(asyncgen::StepError::Raised(error)) => {
                    println!("{error}");
                    yield Event::default().event("error").data(error.to_string());
                    return;
                }
                Err(_) => {
                    yield Event::default().event("end").data("");
                    return;
                }
            }
        }
    }
}

async fn tokens(
    State(client): State<Client>,
    Query(prompt): Query<Prompt>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let tokens = nats::open::<_, Token, (), FarmError>(&client, "tokens", &prompt).lease(LEASE);
    // Dropped half-way when the client hangs up, and with it the generator: the worker's is closed.
    Sse::new(futures::StreamExt::map(events(tokens).boxed(), Ok))
}

pub(crate) async fn run(url: &str, address: &str) -> Result<(), Box<dyn Error>> {
    let client = async_nats::connect(url).await?;
    let listener = TcpListener::bind(address).await?;
    println!("listens on {}", listener.local_addr()?);
    let routes = Router::new().route("/tokens", get(tokens)).with_state(client);
    axum::serve(listener, routes).await?;
    Ok(())
}
