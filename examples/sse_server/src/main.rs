//! A server-sent-events server. Each stream holds a lease in a database for as long as it runs; a client that hangs up
//! leaves none behind, and neither does a server that is shut down.
//!
//! ```text
//! cargo run -p sse_server -- leases.db 127.0.0.1:8080
//! curl -N http://127.0.0.1:8080/events        # hang up with Ctrl-C
//! curl http://127.0.0.1:8080/leases           # 0 open, 1 taken
//! ```

mod events;
mod leases;

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use asyncgen::IntoStreamExt;
use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use futures::{Stream, StreamExt};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::leases::Leases;

#[derive(Clone)]
struct App {
    leases: Leases,
    stopping: watch::Receiver<bool>,
}

async fn stream(
    State(app): State<App>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
) -> Sse<impl Stream<Item = sqlx::Result<Event>>> {
    let events = events::events(app.leases, client).into_try_stream();
    // The stream is dropped when the client hangs up, or when the server stops, and with it the generator: half-way.
    Sse::new(events.take_until(until_true(app.stopping)))
}

async fn open_leases(State(app): State<App>) -> String {
    match app.leases.count().await {
        Ok((open, taken)) => format!("{open} open, {taken} taken\n"),
        Err(error) => format!("{error}\n"),
    }
}

async fn until_true(mut flag: watch::Receiver<bool>) {
    // An error means that nobody can set it any more.
    let _ = flag.wait_for(|flag| *flag).await;
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let database = arguments.next().unwrap_or_else(|| "leases.db".to_owned());
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());

    let (stop, stopping) = watch::channel(false);
    let leases = Leases::open(&database).await?;
    let app = App { leases: leases.clone(), stopping: stopping.clone() };
    let routes = Router::new().route("/events", get(stream)).route("/leases", get(open_leases)).with_state(app);

    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    let server = axum::serve(listener, routes.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(until_true(stopping));

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        let _ = stop.send(true);
    });

    // The server's tasks know nothing of the scope: it is for the whole runtime.
    let (result, report) =
        asyncgen::tokio::scope(server.into_future()).whole_runtime().limit(Duration::from_secs(10)).await;
    println!("{report}");
    result?;
    let (open, taken) = leases.count().await?;
    println!("{open} open, {taken} taken");
    if open > 0 || !report.is_clean() {
        return Err("leases were left behind".into());
    }
    Ok(())
}
