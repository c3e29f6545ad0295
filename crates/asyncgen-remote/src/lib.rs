//! Asynchronous generators whose consumer is elsewhere: in another process, or on another machine.
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "simulation"))]
mod any_bytes;
mod carrier;
mod consumer;
mod count;
mod error;
mod frame;
mod id;
#[cfg(feature = "nats")]
pub mod nats;
mod opening;
mod outbox;
mod refusal;
mod settings;
mod stream;
mod value;
mod worker;

pub use consumer::Remote;
pub use count::Counts;
pub use error::RemoteError;
pub use settings::{Limits, Terms};
pub use stream::{Connection, connect, open, serve, serve_with};
pub use value::Format;
pub use worker::{Report, Server, context};

/// What the tests, the fuzz target and the benchmark of this crate use. Nothing here stays as it is.
#[doc(hidden)]
pub mod __private {
    use std::fmt::Debug;
    use std::sync::Arc;
    use std::time::Duration;

    use asyncgen::{AsyncGenerator, SentValue};
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    #[cfg(feature = "simulation")]
    pub use crate::any_bytes::any_bytes;
    pub use crate::carrier::{Address, Arrival, Incoming, Outgoing};
    pub use crate::consumer::machine::To;
    pub use crate::frame::{Frame, Frames, Kind, Malformed};
    pub use crate::id::Id;
    #[cfg(feature = "simulation")]
    pub use crate::id::simulated::seed;
    use crate::consumer::mux::{Handle, Mux};
    use crate::settings::{BEAT, DEFAULT_FRAME};
    use crate::{Counts, Limits, Remote, RemoteError, Server};

    /// Serves over any carrier.
    pub fn serve_on<A, H, Q, G>(
        incoming: impl Incoming<A>,
        outgoing: impl Outgoing<A>,
        handler: H,
        limits: Limits,
    ) -> Server
    where
        A: Address,
        H: Fn(Q) -> G + Send + Sync + 'static,
        Q: DeserializeOwned,
        G: AsyncGenerator + Send + 'static,
        G::Yield: Serialize,
        G::Sent: DeserializeOwned + SentValue + Send,
        G::Error: Serialize + DeserializeOwned + Debug + Send,
    {
        let counters = Arc::default();
        let handler = crate::worker::handler(handler);
        let link = crate::worker::link::Link::new(None, crate::who(), limits, handler, Arc::clone(&counters));
        Server::spawn(counters, move |stop| Arc::new(link).run(incoming, outgoing, stop))
    }

    /// The consumers' end of any carrier.
    pub struct ConnectionOn<A: Address>(Handle<A>);

    impl<A: Address> Debug for ConnectionOn<A> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("ConnectionOn").finish_non_exhaustive()
        }
    }

    /// The consumers' end of any carrier.
    pub fn connect_on<A: Address>(incoming: impl Incoming<A>, outgoing: impl Outgoing<To<A>>) -> ConnectionOn<A> {
        ConnectionOn(Mux::new(BEAT, Duration::ZERO, |mux| {
            tokio::spawn(mux.run(incoming, outgoing));
        }))
    }

    impl<A: Address> ConnectionOn<A> {
        /// A generator at the other end.
        pub fn open<Y, S, E>(&self, arguments: &(impl Serialize + ?Sized)) -> Remote<Y, S, E>
        where
            Y: DeserializeOwned + 'static,
            S: Serialize + SentValue + 'static,
            E: Serialize + DeserializeOwned + From<RemoteError> + Debug + Send + 'static,
        {
            crate::consumer::open(self.0.clone(), Ok(""), arguments, DEFAULT_FRAME)
        }

        /// How many sessions there are.
        pub fn counts(&self) -> Counts {
            self.0.mux().counters.counts()
        }
    }
}

/// What consumers know this process by.
fn who() -> String {
    format!("process {}", std::process::id())
}
