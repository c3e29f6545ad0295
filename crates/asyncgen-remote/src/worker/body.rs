//! What a worker can serve.

use std::fmt::{self, Debug};

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Owned, ReturningGenerator, SentValue};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Format, RemoteError};

mod sealed {
    pub trait Sealed {}
}

/// What a worker's handler may make: any generator that can be sent to other threads, and whose types can be sent to other
/// processes; and what [`returning`] makes of it, if the value at its end is sent, too.
///
/// It says no more than that, and can't be implemented otherwise.
///
/// ```
/// use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
/// use asyncgen_remote::{Body, RemoteError, Remote, open, serve};
///
/// /// The generator that `make` makes, at the other end of a pipe.
/// fn piped<B: Body>(make: impl Fn(u32) -> B + Send + Sync + 'static) -> Remote<u32, (), Failed> {
///     let (here, there) = tokio::io::duplex(1024);
///     serve(there, make);
///     open(here, &5)
/// }
///
/// # #[derive(Debug, serde::Serialize, serde::Deserialize)] struct Failed(String);
/// # impl From<RemoteError> for Failed { fn from(error: RemoteError) -> Self { Self(error.to_string()) } }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let mut numbers = piped(|from| async_gen! { type Sent = (); type Error = Failed; for n in from.. { yield n; } });
/// assert_eq!(numbers.anext().await.unwrap(), 5);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not what a worker can serve",
    label = "not a generator, or not one that can be sent",
    note = "a handler makes a generator that is `Send` and `'static`; its `Yield` is `Serialize`, its `Sent` is `Deserialize`, its \
            `Error` is both, and `Debug`",
    note = "with `returning(handler)`, it also ends with a value that is `Serialize`"
)]
pub trait Body: sealed::Sealed + Send + 'static {
    #[doc(hidden)]
    type Generator: AsyncGenerator<
            Yield: Serialize,
            Sent: DeserializeOwned + SentValue + Send,
            Error: Serialize + DeserializeOwned + Debug + Send,
        > + Send
        + 'static;

    #[doc(hidden)]
    fn generator(self) -> Self::Generator;

    /// What it has ended with.
    #[doc(hidden)]
    fn end(generator: &mut Owned<Self::Generator>, format: Format) -> Result<Bytes, RemoteError>;
}

impl<G> sealed::Sealed for G where G: AsyncGenerator {}

impl<G> Body for G
where
    G: AsyncGenerator + Send + 'static,
    G::Yield: Serialize,
    G::Sent: DeserializeOwned + SentValue + Send,
    G::Error: Serialize + DeserializeOwned + Debug + Send,
{
    type Generator = G;

    fn generator(self) -> G {
        self
    }

    fn end(_: &mut Owned<G>, _: Format) -> Result<Bytes, RemoteError> {
        Ok(Bytes::new())
    }
}

/// A generator whose value at the end is sent to its consumer: what a handler makes that [`returning`] has wrapped. There is
/// nothing to be done with it but to serve it.
pub struct Returning<G>(G);

impl<G> sealed::Sealed for Returning<G> {}

impl<G> Body for Returning<G>
where
    G: Body<Generator: ReturningGenerator<Return: Serialize>>,
{
    type Generator = G::Generator;

    fn generator(self) -> G::Generator {
        self.0.generator()
    }

    fn end(generator: &mut Owned<G::Generator>, format: Format) -> Result<Bytes, RemoteError> {
        generator.return_value().map_or_else(|| Ok(Bytes::new()), |value| format.write_short(&value))
    }
}

impl<G> Debug for Returning<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returning").finish_non_exhaustive()
    }
}

/// Lets a worker send the values that its generators end with (contract clause C26), for consumers that [ask for
/// it](crate::Remote::returning). It wraps the handler that is given to [`serve`](crate::serve), wherever that is.
///
/// ```
/// use asyncgen::{AsyncGeneratorExt, ReturningGenerator, async_gen};
/// use asyncgen_remote::{RemoteError, open, returning, serve};
///
/// # #[derive(Debug, serde::Serialize, serde::Deserialize)] struct Failed(String);
/// # impl From<RemoteError> for Failed { fn from(error: RemoteError) -> Self { Self(error.to_string()) } }
/// /// The text's words; at the end, how many there were.
/// fn words(text: String) -> impl ReturningGenerator<Yield = String, Sent = (), Error = Failed, Return = usize> {
///     async_gen! {
///         type Return = usize;
///         let mut count = 0;
///         for word in text.split(' ') {
///             yield word.to_owned();
///             count += 1;
///         }
///         count
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (here, there) = tokio::io::duplex(1024);
/// serve(there, returning(words));
///
/// let mut words = open::<String, (), Failed>(here, "twas brillig").returning::<usize>();
/// while let Ok(word) = words.anext().await { println!("{word}"); }
/// assert_eq!(words.return_value(), Some(2));
/// # }
/// ```
pub fn returning<H, Q, G>(handler: H) -> impl Fn(Q) -> Returning<G> + Send + Sync + 'static
where
    H: Fn(Q) -> G + Send + Sync + 'static,
    G: ReturningGenerator,
{
    move |arguments| Returning(handler(arguments))
}
