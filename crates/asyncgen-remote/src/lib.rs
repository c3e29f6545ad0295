//! Asynchronous generators whose consumer is elsewhere: in another process, or on another machine.
//!
//! The worker writes a generator as always, and [`serve`]s it. The consumer [`open`]s it, and drives it as always: `anext`,
//! `asend`, `athrow`, `aclose`. Clean-up is awaited, on the worker, also when the consumer hangs up, crashes or loses its
//! network.
//!
//! ```
//! use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
//! use asyncgen_remote::{self as remote, RemoteError};
//! use serde::{Deserialize, Serialize};
//!
//! /// What the search raises, and has thrown in. It takes errors of the way between by `From`.
//! #[derive(Debug, Serialize, Deserialize)]
//! enum SearchError {
//!     TooFast,
//!     Remote(RemoteError),
//! }
//!
//! impl From<RemoteError> for SearchError {
//!     fn from(error: RemoteError) -> Self {
//!         Self::Remote(error)
//!     }
//! }
//!
//! /// The pages of a search. Send a number to go to that page.
//! fn search(words: String) -> impl AsyncGenerator<Yield = String, Sent = Option<u32>, Error = SearchError> {
//!     async_gen! {
//!         let mut page = 1;
//!         try {
//!             loop {
//!                 try {
//!                     page = match yield format!("{words}, page {page}") {
//!                         Some(number) => number,
//!                         None => page + 1,
//!                     };
//!                 } catch SearchError::TooFast {
//!                     tokio::time::sleep(std::time::Duration::from_millis(10)).await;
//!                 }
//!             }
//!         } finally {
//!             println!("logged out"); // on the worker; it may await
//!         }
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! // Two ends of a byte stream: here in one process; else of a unix socket, TCP, TLS.
//! let (here, there) = tokio::io::duplex(1024);
//! remote::serve(there, search);
//!
//! let mut pages = remote::open::<String, Option<u32>, SearchError>(here, "ferris");
//! assert_eq!(pages.anext().await.unwrap(), "ferris, page 1");
//! assert_eq!(pages.asend(Some(40)).await.unwrap(), "ferris, page 40");
//! assert_eq!(pages.athrow(SearchError::TooFast).await.unwrap().unwrap(), "ferris, page 40");
//! pages.aclose().await.unwrap(); // the worker has logged out
//! # }
//! ```
//!
//! Over NATS (module [`nats`]) there are names instead of addresses, and any number of workers that share the work:
//! `remote::nats::serve(&client, "search", search).await?`, and
//! `remote::nats::open::<_, String, Option<u32>, SearchError>(&client, "search", "ferris")`.
//!
//! # What can go wrong, and who is told
//!
//! A [`RemoteError`] says it, at the consumer, as an error of the step or of the closing. Both ends hold a *lease*: whoever
//! has heard nothing of the other for that long ([10 seconds](Remote::lease)) takes it for lost. The worker then closes the
//! generator, and its clean-up runs, once; what fails in it is in the server's [`Report`]. No operation runs twice,
//! however often it has to be sent.
//!
//! # Runtime
//!
//! Both ends need a tokio runtime with timers: the worker's bodies run on it, and the consumer's first step starts a task that
//! speaks for all sessions of a connection.
//!
//! # Features
//!
//! - `nats` (default): the module [`nats`].
//! - `json`: values as JSON, if the consumer [says so](Remote::format).
//!
//! The protocol is described in `PROTOCOL.md`, and the README has a chapter on security.
#![cfg_attr(not(feature = "nats"), allow(rustdoc::broken_intra_doc_links))]
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
pub use worker::{Body, Report, Returning, Server, context, returning};

/// What the tests, the fuzz target and the benchmark of this crate use. Nothing here stays as it is.
#[doc(hidden)]
pub mod __private {
    use std::fmt::Debug;
    use std::sync::Arc;
    use std::time::Duration;

    use asyncgen::SentValue;
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    #[cfg(feature = "simulation")]
    pub use crate::any_bytes::any_bytes;
    pub use crate::carrier::{Address, Arrival, Incoming, Outgoing};
    pub use crate::consumer::machine::To;
    use crate::consumer::mux::{Handle, Mux};
    pub use crate::frame::{Frame, Frames, Kind, Malformed};
    pub use crate::id::Id;
    #[cfg(feature = "simulation")]
    pub use crate::id::simulated::seed;
    use crate::settings::{BEAT, DEFAULT_FRAME};
    use crate::{Body, Counts, Limits, Remote, RemoteError, Server};

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
        G: Body,
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
        ConnectionOn(Mux::link(BEAT, Duration::ZERO, |mux| {
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
        #[must_use]
        pub fn counts(&self) -> Counts {
            self.0.mux().counters.counts()
        }
    }
}

/// What consumers know this process by.
fn who() -> String {
    format!("process {}", std::process::id())
}
