//! Over any ordered byte stream: a unix socket, TCP, TLS, or a pair in one process.

mod framing;

use std::fmt::{self, Debug};
use std::sync::Arc;
use std::time::Duration;

use asyncgen::SentValue;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};

use self::framing::{Reader, Writer};
use crate::consumer::mux::{Handle, Mux};
use crate::settings::{BEAT, DEFAULT_FRAME, Limits};
use crate::worker::link::Link;
use crate::{Body, Counts, Remote, RemoteError, Server, consumer, worker};

/// Serves generators to whoever is at the other end of a byte stream, until that ends: `handler` makes one of the
/// arguments that a consumer has given to [`open`]. It returns at once, and must be called on a tokio runtime.
///
/// When the stream ends, or its consumer is not heard of for as long as the lease, the generators are closed, and their
/// clean-up runs.
///
/// # Panics
///
/// Outside of a tokio runtime.
///
/// ```
/// use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
/// use asyncgen_remote::RemoteError;
///
/// # #[derive(Debug, serde::Serialize, serde::Deserialize)] struct Failed(String);
/// # impl From<RemoteError> for Failed { fn from(error: RemoteError) -> Self { Self(error.to_string()) } }
/// fn echo(mut word: String) -> impl AsyncGenerator<Yield = String, Sent = Option<String>, Error = Failed> {
///     async_gen! {
///         while let Some(next) = yield word {
///             word = next;
///         }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (here, there) = tokio::io::duplex(1024);
/// asyncgen_remote::serve(there, echo);
///
/// let mut words = asyncgen_remote::open::<String, Option<String>, Failed>(here, "hello");
/// assert_eq!(words.anext().await.unwrap(), "hello");
/// assert_eq!(words.asend(Some("again".into())).await.unwrap(), "again");
/// words.aclose().await.unwrap();
/// # }
/// ```
pub fn serve<IO, H, Q, G>(io: IO, handler: H) -> Server
where
    IO: AsyncRead + AsyncWrite + Send + 'static,
    H: Fn(Q) -> G + Send + Sync + 'static,
    Q: DeserializeOwned,
    G: Body,
{
    serve_with(io, handler, Limits::default())
}

/// As [`serve`], with limits of your own.
///
/// # Panics
///
/// Outside of a tokio runtime.
///
/// ```
/// use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
/// use asyncgen_remote::{Limits, RemoteError};
///
/// # #[derive(Debug, serde::Serialize, serde::Deserialize)] struct Failed(String);
/// # impl From<RemoteError> for Failed { fn from(error: RemoteError) -> Self { Self(error.to_string()) } }
/// fn numbers(_: ()) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Failed> {
///     async_gen! { yield 1; }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (here, there) = tokio::io::duplex(1024);
/// asyncgen_remote::serve_with(there, numbers, Limits { sessions: 0, ..Limits::default() });
/// let error = asyncgen_remote::open::<u32, (), Failed>(here, &()).anext().await.unwrap_err();
/// assert!(format!("{error:?}").contains("as many sessions as it may have"));
/// # }
/// ```
pub fn serve_with<IO, H, Q, G>(io: IO, handler: H, limits: Limits) -> Server
where
    IO: AsyncRead + AsyncWrite + Send + 'static,
    H: Fn(Q) -> G + Send + Sync + 'static,
    Q: DeserializeOwned,
    G: Body,
{
    let frame = limits.frame;
    let counters = Arc::default();
    let link = Arc::new(Link::new(None, crate::who(), limits, worker::handler(handler), Arc::clone(&counters)));
    let (read, write) = tokio::io::split(io);
    Server::spawn(counters, move |stop| link.run(Reader::new(read, frame), Writer::new(write), stop))
}

/// A generator whose body is at the other end of a byte stream, where [`serve`] makes it of these arguments. The stream is
/// for this one generator: it ends when that has ended, or is dropped and closed. For several, [`connect`].
///
/// `Y`, `S` and `E` are the generator's `Yield`, `Sent` and `Error`. The first step must be made on a tokio runtime.
///
/// ```
/// use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
/// use asyncgen_remote::RemoteError;
///
/// # #[derive(Debug, serde::Serialize, serde::Deserialize)] struct Failed(String);
/// # impl From<RemoteError> for Failed { fn from(error: RemoteError) -> Self { Self(error.to_string()) } }
/// fn numbers((from, to): (u32, u32)) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Failed> {
///     async_gen! { for n in from..to { yield n; } }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (here, there) = tokio::io::duplex(1024);
/// asyncgen_remote::serve(there, numbers);
/// let mut numbers = asyncgen_remote::open::<u32, (), Failed>(here, &(3, 5));
/// assert_eq!(numbers.anext().await.unwrap(), 3);
/// assert_eq!(numbers.anext().await.unwrap(), 4);
/// # }
/// ```
#[track_caller]
pub fn open<Y, S, E>(
    io: impl AsyncRead + AsyncWrite + Send + 'static,
    arguments: &(impl Serialize + ?Sized),
) -> Remote<Y, S, E>
where
    Y: DeserializeOwned + 'static,
    S: Serialize + SentValue + 'static,
    E: Serialize + DeserializeOwned + From<RemoteError> + Debug + Send + 'static,
{
    connect(io).open(arguments)
}

/// The consumers' end of a byte stream that carries any number of generators. It does nothing before the first step of one.
///
/// The stream ends when this, and all generators that were opened on it, are gone.
///
/// ```
/// use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
/// use asyncgen_remote::RemoteError;
///
/// # #[derive(Debug, serde::Serialize, serde::Deserialize)] struct Failed(String);
/// # impl From<RemoteError> for Failed { fn from(error: RemoteError) -> Self { Self(error.to_string()) } }
/// fn numbers(from: u32) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Failed> {
///     async_gen! { for n in from.. { yield n; } }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (here, there) = tokio::io::duplex(1024);
/// asyncgen_remote::serve(there, numbers);
/// let connection = asyncgen_remote::connect(here);
/// let mut low = connection.open::<u32, (), Failed>(&1);
/// let mut high = connection.open::<u32, (), Failed>(&100);
/// assert_eq!(low.anext().await.unwrap(), 1);
/// assert_eq!(high.anext().await.unwrap(), 100);
/// assert_eq!(low.anext().await.unwrap(), 2);
/// assert_eq!(connection.counts().open, 2);
/// # }
/// ```
pub fn connect(io: impl AsyncRead + AsyncWrite + Send + 'static) -> Connection {
    let handle = Mux::link(BEAT, Duration::ZERO, |mux| {
        let (read, write) = tokio::io::split(io);
        tokio::spawn(async move {
            if let Err(error) = mux.run(Reader::new(read, DEFAULT_FRAME), Writer::new(write)).await {
                tracing::debug!(target: "asyncgen_remote", "the connection has ended: {error}");
            }
        });
    });
    Connection { handle }
}

/// What [`connect`] returns.
pub struct Connection {
    handle: Handle<()>,
}

impl Connection {
    /// A generator whose body is at the other end: see [`open`].
    ///
    /// ```
    /// # use asyncgen_remote::Remote;
    /// let (here, _there) = tokio::io::duplex(1024);
    /// let connection = asyncgen_remote::connect(here);
    /// let _numbers: Remote<u32> = connection.open(&());
    /// assert_eq!(connection.counts().opened, 0, "nothing happens before the first step");
    /// ```
    #[track_caller]
    pub fn open<Y, S, E>(&self, arguments: &(impl Serialize + ?Sized)) -> Remote<Y, S, E>
    where
        Y: DeserializeOwned + 'static,
        S: Serialize + SentValue + 'static,
        E: Serialize + DeserializeOwned + From<RemoteError> + Debug + Send + 'static,
    {
        consumer::open(self.handle.clone(), Ok(""), arguments, DEFAULT_FRAME)
    }

    /// How many sessions there are, and how those have ended that are no more.
    ///
    /// ```
    /// let (here, _there) = tokio::io::duplex(1024);
    /// assert_eq!(asyncgen_remote::connect(here).counts().open, 0);
    /// ```
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.handle.mux().counters.counts()
    }
}

impl Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("counts", &self.counts()).finish_non_exhaustive()
    }
}
