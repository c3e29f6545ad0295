//! The stream of events: a generator that holds a lease.

use std::net::SocketAddr;
use std::time::Duration;

use asyncgen::{BoxGenerator, OwnedExt, async_gen};
use axum::response::sse::Event;

use crate::leases::Leases;

/// An event every ten milliseconds, for as long as somebody listens.
pub(crate) fn events(leases: Leases, client: SocketAddr) -> BoxGenerator<Event, (), sqlx::Error> {
    async_gen! {
        let lease = leases.reserve().await?;
        try {
            leases.take(lease, &client.to_string()).await?;
            let mut ticks = tokio::time::interval(Duration::from_millis(10));
            for n in 0_u64.. {
                ticks.tick().await;
                yield Event::default().event("tick").id(n.to_string()).data(format!("event {n}"));
            }
        } finally {
            leases.release(lease).await?;
        }
    }
    .boxed()
}
