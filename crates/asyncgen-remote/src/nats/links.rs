//! A link for each client: all consumers of a client share it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use async_nats::{Client, Statistics};

use super::carrier::{ConsumerIncoming, ConsumerOutgoing, Place};
use crate::consumer::mux::{Handle, Mux};
use crate::settings::BEAT;

/// How long a link stays subscribed when nobody uses it.
const LINGER: Duration = Duration::from_secs(5);

/// Clients have no name. But each connection has statistics, which its clones share.
struct Entry {
    client: Weak<Statistics>,
    mux: Weak<Mux<Place>>,
}

static LINKS: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

/// The link of this client. There is a new one if it has none, or had one that nobody has used for a while.
pub(super) fn of(client: &Client) -> Handle<Place> {
    let statistics = client.statistics();
    let mut links = LINKS.lock().unwrap_or_else(PoisonError::into_inner);
    // While a weak reference is there, no other client has that address.
    links.retain(|entry| entry.client.strong_count() > 0 && entry.mux.strong_count() > 0);
    let found = links.iter().find(|entry| std::ptr::eq(entry.client.as_ptr(), Arc::as_ptr(&statistics)));
    if let Some(handle) = found.and_then(|entry| entry.mux.upgrade()).and_then(|mux| mux.handle()) {
        return handle;
    }
    links.retain(|entry| !std::ptr::eq(entry.client.as_ptr(), Arc::as_ptr(&statistics)));
    let of_link = client.clone();
    let handle = Mux::link(BEAT, LINGER, move |mux| {
        tokio::spawn(async move {
            if let Err(error) = run(mux, of_link).await {
                tracing::debug!(target: "asyncgen_remote", "the connection to NATS has ended: {error}");
            }
        });
    });
    links.push(Entry { client: Arc::downgrade(&statistics), mux: Arc::downgrade(handle.mux()) });
    handle
}

async fn run(mux: Arc<Mux<Place>>, client: Client) -> io::Result<()> {
    let inbox = client.new_inbox();
    let Ok(subscriber) = client.subscribe(format!("{inbox}.*")).await else {
        return mux.broken(io::ErrorKind::NotConnected.into());
    };
    mux.run(ConsumerIncoming::new(subscriber), ConsumerOutgoing::new(client, inbox)).await
}
