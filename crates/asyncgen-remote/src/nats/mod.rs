//! Over [NATS](https://nats.io): names instead of addresses, any number of workers that share the work, any number of
//! machines.
//!
//! A worker [`serve`]s a name, a consumer [`open`]s it. Sessions survive what the client survives: a server that restarts,
//! a cluster that loses one of several. What was lost on the way is sent again, and no step runs twice.
//!
//! Over NATS the largest frame is [`Limits::frame`], and not more than the server's `max_payload` (1 MiB, unless it is
//! configured otherwise).
//!
//! What it needs of the server, and how to protect it, is in the README's chapter on security.

mod carrier;
mod links;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_nats::{Client, Subject, Subscriber};
use asyncgen::SentValue;
use bytes::Bytes;
use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;

use self::carrier::{WorkerIncoming, WorkerOutgoing, opening, worker};
use crate::id::Id;
use crate::settings::Limits;
use crate::worker::link::Link;
use crate::{Body, Counts, Remote, RemoteError, Server, consumer, worker as worker_end};

/// Serves generators by this name to whoever [`open`]s it: `handler` makes one of the arguments. Several workers that serve
/// a name share the work. It returns when the NATS server that it is connected to knows of it (after a second, if the worker may
/// not publish to `_INBOX.>` and so can't be told), and serves until the [`Server`] is shut down (not
/// until it is dropped).
///
/// A name is one or several words with dots between them, as NATS's subjects: `search`, `eu.search`.
///
/// # Errors
///
/// [`RemoteError::Garbled`] if the name is not one; [`RemoteError::Lost`] if there is no connection to the NATS server any
/// more.
///
/// ```no_run
/// use asyncgen::{AsyncGenerator, async_gen};
/// use asyncgen_remote::{RemoteError, nats};
///
/// fn numbers(from: u32) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = RemoteError> {
///     async_gen! { for n in from.. { yield n; } }
/// }
///
/// # async fn example() -> Result<(), async_nats::Error> {
/// let client = async_nats::connect("nats://127.0.0.1").await?;
/// let server = nats::serve(&client, "numbers", numbers).await?;
/// assert_eq!(server.counts().open, 0);
/// # Ok(()) }
/// ```
pub async fn serve<H, Q, G>(client: &Client, name: &str, handler: H) -> Result<Server, RemoteError>
where
    H: Fn(Q) -> G + Send + Sync + 'static,
    Q: DeserializeOwned,
    G: Body,
{
    serve_with(client, name, handler, Limits::default()).await
}

/// As [`serve`], with limits of your own.
///
/// # Errors
///
/// Those of [`serve`].
///
/// ```no_run
/// # use asyncgen::{AsyncGenerator, async_gen};
/// # use asyncgen_remote::{Limits, RemoteError, nats};
/// # fn numbers(from: u32) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = RemoteError> {
/// #     async_gen! { for n in from.. { yield n; } }
/// # }
/// # async fn example(client: async_nats::Client) -> Result<(), RemoteError> {
/// let limits = Limits { sessions: 100, ..Limits::default() };
/// let server = nats::serve_with(&client, "numbers", numbers, limits).await?;
/// assert_eq!(server.counts().open, 0);
/// # Ok(()) }
/// ```
pub async fn serve_with<H, Q, G>(
    client: &Client,
    name: &str,
    handler: H,
    mut limits: Limits,
) -> Result<Server, RemoteError>
where
    H: Fn(Q) -> G + Send + Sync + 'static,
    Q: DeserializeOwned,
    G: Body,
{
    if !is_name(name) {
        return Err(RemoteError::Garbled { what: format!("the name {name:?} of a service") });
    }
    limits.frame = limits.frame.min(largest(client));
    let id = Id::random();
    let who = format!("{name} worker {id:?} ({})", crate::who());
    let address = worker(id);
    let lost = |error: async_nats::Error| {
        tracing::debug!(target: "asyncgen_remote", "the name {name:?} can't be served: {error}");
        RemoteError::Lost { who: "the NATS server".into(), since: SystemTime::now() }
    };
    let (opens, frames) = subscribe(client, name, &address).await.map_err(lost)?;

    let counters = Arc::default();
    let handler = worker_end::handler(handler);
    let link = Arc::new(Link::new(Some(name.into()), who, limits, handler, Arc::clone(&counters)));
    let (incoming, outgoing) = (WorkerIncoming::new(opens, frames), WorkerOutgoing::new(client.clone(), address));
    Ok(Server::spawn(counters, move |stop| link.run(incoming, outgoing, stop)))
}

/// Subscribes to what a worker listens to, and waits until the server knows of it.
async fn subscribe(
    client: &Client,
    name: &str,
    address: &Subject,
) -> Result<(Subscriber, Subscriber), async_nats::Error> {
    let opens = client.queue_subscribe(opening(name), GROUP.into()).await?;
    let mut frames = client.subscribe(address.clone()).await?;
    // Nobody listens there. The server says so to this worker's address, which nobody else knows yet; and it takes what it is
    // sent in order.
    client.publish_with_reply(client.new_inbox(), address.clone(), Bytes::new()).await?;
    client.flush().await?;
    // Who may not publish there is not answered.
    let _known = tokio::time::timeout(MOST_PATIENCE, frames.next()).await;
    Ok((opens, frames))
}

/// How long to wait for the server to say that it knows of a worker.
const MOST_PATIENCE: Duration = Duration::from_secs(1);

/// The queue group of all workers.
const GROUP: &str = "asyncgen";

/// A generator whose body runs at one of the workers that [`serve`] this name, made of these arguments.
///
/// `Q` is the type of the arguments, `Y`, `S` and `E` are the generator's `Yield`, `Sent` and `Error`. If nobody serves the
/// name, its first step raises [`RemoteError::NobodyServes`] at once.
///
/// ```no_run
/// use asyncgen::AsyncGeneratorExt;
/// use asyncgen_remote::{RemoteError, nats};
///
/// # async fn example() -> Result<(), async_nats::Error> {
/// let client = async_nats::connect("nats://127.0.0.1").await?;
/// let mut numbers = nats::open::<_, u32, (), RemoteError>(&client, "numbers", &5);
/// assert_eq!(numbers.anext().await?, 5);
/// assert_eq!(numbers.anext().await?, 6);
/// numbers.aclose().await?;
/// # Ok(()) }
/// ```
#[track_caller]
pub fn open<Q, Y, S, E>(client: &Client, name: &str, arguments: &Q) -> Remote<Y, S, E>
where
    Q: Serialize + ?Sized,
    Y: DeserializeOwned + 'static,
    S: Serialize + SentValue + 'static,
    E: Serialize + DeserializeOwned + From<RemoteError> + Debug + Send + 'static,
{
    let name = if is_name(name) { Ok(name) } else { Err(name) };
    consumer::open(links::of(client), name, arguments, largest(client))
}

/// How many sessions this client's consumers have now, and how those have ended that are no more. (They are counted from
/// anew when there was none for some seconds.)
///
/// ```no_run
/// # async fn example(client: async_nats::Client) {
/// assert_eq!(asyncgen_remote::nats::counts(&client).open, 0);
/// # }
/// ```
#[must_use]
pub fn counts(client: &Client) -> Counts {
    links::of(client).mux().counters.counts()
}

/// Words of what can be in a subject, with dots between them.
fn is_name(name: &str) -> bool {
    name.len() <= 200
        && name.split('.').all(|word| {
            !word.is_empty() && word.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '*' && c != '>')
        })
}

/// The largest frame that the server takes, with the byte of the version.
fn largest(client: &Client) -> usize {
    match client.server_info().max_payload {
        // There was no connection yet.
        0 => usize::MAX,
        payload => payload - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_words_with_dots_between_them() {
        for name in ["a", "search", "eu.search-2", "größe"] {
            assert!(is_name(name), "{name:?}");
        }
        for name in ["", ".", "a.", ".a", "a..b", "a b", "a.*", ">", "a\r\nPUB x", &"x".repeat(201)] {
            assert!(!is_name(name), "{name:?}");
        }
    }
}
