//! A generator whose body is elsewhere.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use asyncgen::{
    AsyncGenerator, BoxReturningGenerator, Exception, Nothing, OwnedExt, Refused, Resume, ReturningGenerator,
    SentValue, State, Step,
};
use bytes::Bytes;
use futures_core::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::machine::{Answer, Operation, Terms};
use super::mux::{Handle, Mux};
use super::shared::{Ask, Wire};
use crate::RemoteError;
use crate::carrier::Address;
use crate::frame::HEADER;
use crate::id::Id;
use crate::opening::{Opening, millis};
use crate::settings::{DEFAULT_FRAME, DEFAULT_LEASE};
use crate::value::Format;

/// A generator whose body is elsewhere: what [`open`](crate::open) returns. It is its owner, too.
///
/// It is driven as any other: `anext`, `asend`, `athrow`, `aclose`. It can be delegated to, looped over, made a stream.
/// Nothing is sent before its first step (contract clause C1), which asks for a worker, and then for the first value.
///
/// Dropped half-way, it is closed by the runtime of its first step, as every owned generator (C22): the worker runs its
/// clean-up, and an [`asyncgen::tokio::scope`] waits for that, and reports it. If this process does not get to it, the
/// worker closes the generator when the lease has run out.
///
/// # What a wire adds to the contract
///
/// - Errors of the way between, as [`RemoteError`], converted into the generator's own `E`. They end the generator.
/// - The body runs on while a step's future is dropped (C18); elsewhere nothing runs then. So it may have come to its
///   `yield` when an exception is thrown after it. The exception is raised there, and the value, which nobody has
///   taken, is dropped: [`Counts::dropped_values`](crate::Counts::dropped_values) counts them. If it has come to
///   its end, the exception is raised at the end, and comes out.
/// - The value that a body ends with (C26) crosses the wire where both ends say so: [`returning`](Self::returning).
/// - A second error that is thrown into one step while a first one waits (C25) waits too, instead of being refused; the
///   sixteenth is refused.
///
/// # Examples
///
/// ```
/// use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
/// use asyncgen_remote::RemoteError;
///
/// #[derive(Debug, serde::Serialize, serde::Deserialize)]
/// struct Failed(String);
///
/// impl From<RemoteError> for Failed {
///     fn from(error: RemoteError) -> Self {
///         Self(error.to_string())
///     }
/// }
///
/// fn countdown(from: u32) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Failed> {
///     async_gen! { for n in (1..=from).rev() { yield n; } }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (here, there) = tokio::io::duplex(1024);
/// asyncgen_remote::serve(there, countdown);
/// let mut numbers = asyncgen_remote::open::<u32, (), Failed>(here, &2);
/// assert_eq!(numbers.anext().await.unwrap(), 2);
/// assert_eq!(numbers.anext().await.unwrap(), 1);
/// assert!(numbers.anext().await.is_err());
/// # }
/// ```
#[must_use = "a generator does nothing until it is driven"]
pub struct Remote<Y, S = (), E = RemoteError, R = ()> {
    owned: BoxReturningGenerator<Y, Bytes, S, E>,
    setup: Arc<Setup>,
    read: fn(Format, &[u8]) -> Result<R, RemoteError>,
    fail: fn(RemoteError) -> E,
    value: Option<R>,
}

// Nothing in it is pinned.
impl<Y, S, E, R> Unpin for Remote<Y, S, E, R> {}

/// What can be set before the first step.
struct Setup {
    wire: Box<dyn Wire>,
    first: std::sync::Mutex<First>,
}

impl Setup {
    fn first(&self) -> std::sync::MutexGuard<'_, First> {
        self.first.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

struct First {
    lease: Duration,
    format: Format,
    context: BTreeMap<String, String>,
}

impl<Y, S, E, R> Remote<Y, S, E, R> {
    fn set(self, set: impl FnOnce(&mut First, &mut dyn Ask)) -> Self {
        let mut set = Some(set);
        self.setup.wire.with(&mut |machine| {
            let mut first = self.setup.first();
            if let (State::Created, Some(set)) = (machine.state(), set.take()) {
                set(&mut first, machine);
            }
        });
        self
    }

    /// How long nothing may be heard of the other side, from either end, before it is taken for lost: 10 seconds, if
    /// nothing else is said. The worker may have [limits](crate::Limits::lease) to it. Without effect after the first step.
    ///
    /// Each side says something at least four times in that time.
    ///
    /// ```
    /// # use asyncgen_remote::{Remote, RemoteError};
    /// # use std::time::Duration;
    /// let (here, _there) = tokio::io::duplex(1024);
    /// let numbers: Remote<u32> = asyncgen_remote::open(here, &()).lease(Duration::from_secs(2));
    /// assert_eq!(numbers.terms().lease, Duration::from_secs(2));
    /// ```
    pub fn lease(self, lease: Duration) -> Self {
        self.set(|first, machine| {
            first.lease = lease.max(Duration::from_millis(1));
            machine.terms().lease = first.lease;
        })
    }

    /// How values are written. Without effect after the first step.
    ///
    /// ```
    /// # use asyncgen_remote::{Format, Remote};
    /// let (here, _there) = tokio::io::duplex(1024);
    /// let numbers: Remote<u32> = asyncgen_remote::open(here, &()).format(Format::MessagePack);
    /// assert_eq!(numbers.terms().format, Format::MessagePack);
    /// ```
    pub fn format(self, format: Format) -> Self {
        self.set(|first, _| first.format = format)
    }

    /// Carries this to the worker, where [`context`](crate::context) gives it to the body: a `traceparent`, say. Without
    /// effect after the first step.
    ///
    /// ```
    /// # use asyncgen_remote::Remote;
    /// let (here, _there) = tokio::io::duplex(1024);
    /// let numbers: Remote<u32> = asyncgen_remote::open(here, &()).with_context("user", "ferris");
    /// assert_eq!(numbers.terms().context["user"], "ferris");
    /// ```
    pub fn with_context(self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.set(|first, _| {
            first.context.insert(key.into(), value.into());
        })
    }

    /// What was set, or is in force.
    ///
    /// ```
    /// # use asyncgen_remote::Remote;
    /// let (here, _there) = tokio::io::duplex(1024);
    /// let numbers: Remote<u32> = asyncgen_remote::open(here, &());
    /// assert_eq!(numbers.terms().lease.as_secs(), 10);
    /// assert_eq!(numbers.terms().ahead, 0);
    /// ```
    #[must_use]
    pub fn terms(&self) -> crate::Terms {
        let (mut lease, mut ahead) = (Duration::ZERO, 0);
        self.setup.wire.with(&mut |machine| Terms { lease, ahead, .. } = machine.terms().clone());
        let first = self.setup.first();
        crate::Terms { lease, ahead, format: first.format, context: first.context.clone() }
    }

    /// The worker's name, once there is one.
    ///
    /// ```
    /// # use asyncgen_remote::Remote;
    /// let (here, _there) = tokio::io::duplex(1024);
    /// let numbers: Remote<u32> = asyncgen_remote::open(here, &());
    /// assert!(numbers.who().starts_with("whoever serves"));
    /// ```
    #[must_use]
    pub fn who(&self) -> String {
        let mut who = String::new();
        self.setup.wire.with(&mut |machine| who = machine.who());
        who
    }

    /// The same generator, with the value that its body ends with (contract clause C26): a `Value`.
    ///
    /// The step that ends it gives [`StopAsyncIteration`](asyncgen::StepError::StopAsyncIteration), as always;
    /// [`return_value`](asyncgen::AsyncGeneratorExt::return_value) is the value then, once, and `yield from` evaluates to it. A
    /// closing discards it. The worker's handler is [`returning`](crate::returning), too. Of one that is not, the value is
    /// `()` (or `None`); if that is no `Value`, or the value that comes is none, the step raises [`RemoteError::Garbled`].
    ///
    /// ```
    /// use asyncgen::{AsyncGenerator, AsyncGeneratorExt, ReturningGenerator, StepError, async_gen};
    /// use asyncgen_remote::{RemoteError, open, returning, serve};
    ///
    /// # #[derive(Debug, serde::Serialize, serde::Deserialize)] struct Failed(String);
    /// # impl From<RemoteError> for Failed { fn from(error: RemoteError) -> Self { Self(error.to_string()) } }
    /// fn tokens(_: ()) -> impl ReturningGenerator<Yield = String, Sent = (), Error = Failed, Return = u32> {
    ///     async_gen! { type Return = u32; yield "to".into(); yield "ken".into(); 2 }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let (here, there) = tokio::io::duplex(1024);
    /// serve(there, returning(tokens));
    /// let far = open::<String, (), Failed>(here, &()).returning::<u32>();
    ///
    /// let mut told = Box::pin(async_gen! {
    ///     type Error = Failed;
    ///     let count = yield from far;
    ///     yield format!("{} tokens", count.unwrap());
    /// });
    /// assert_eq!(told.anext().await.unwrap(), "to");
    /// assert_eq!(told.anext().await.unwrap(), "ken");
    /// assert_eq!(told.anext().await.unwrap(), "2 tokens");
    /// # }
    /// ```
    pub fn returning<Value: DeserializeOwned>(self) -> Remote<Y, S, E, Value> {
        Remote { owned: self.owned, setup: self.setup, read: Format::read_short, fail: self.fail, value: None }
    }

    /// Says how many operations were sent so far: for tests that go in step with the worker.
    #[doc(hidden)]
    pub fn operations(&self) -> impl Fn() -> u64 + use<Y, S, E, R> {
        let setup = self.setup.clone();
        move || {
            let mut sent = 0;
            setup.wire.with(&mut |machine| sent = machine.sent());
            sent
        }
    }
}

impl<Y, E, R> Remote<Y, (), E, R> {
    /// Lets the worker run up to so many values ahead, so that a stream of values in one direction does not wait for a
    /// round trip each. Only where nothing is sent. Without effect after the first step; the worker has a
    /// [limit](crate::Limits::ahead) to it, too.
    ///
    /// What was made ahead and is not taken, since the generator is closed or an error is thrown in, is dropped.
    ///
    /// ```
    /// # use asyncgen_remote::Remote;
    /// let (here, _there) = tokio::io::duplex(1024);
    /// let numbers: Remote<u32> = asyncgen_remote::open(here, &()).ahead(256);
    /// assert_eq!(numbers.terms().ahead, 256);
    /// ```
    pub fn ahead(self, values: u32) -> Self {
        self.set(|_, machine| machine.terms().ahead = values)
    }
}

/// What a [`Remote`] owns: the generator itself.
struct Session<Y, S, E> {
    setup: Arc<Setup>,
    name: String,
    arguments: Result<Arguments, RemoteError>,
    /// An exception that comes straight out again, without the worker.
    own: Option<Exception<E>>,
    /// What the body has ended with.
    value: Option<Bytes>,
    types: PhantomData<fn(S) -> Y>,
}

/// The arguments, in every format that may be chosen.
struct Arguments(Vec<(Format, Bytes)>);

impl Arguments {
    fn of<A: Serialize + ?Sized>(arguments: &A) -> Result<Self, RemoteError> {
        let formats = [
            Format::MessagePack,
            #[cfg(feature = "json")]
            Format::Json,
        ];
        formats.into_iter().map(|format| Ok((format, format.write(arguments)?))).collect::<Result<_, _>>().map(Self)
    }
}

// Nothing in it is pinned.
impl<Y, S, E> Unpin for Session<Y, S, E> {}

/// Makes a generator of a link. The name may be one that nobody can serve.
#[track_caller]
pub(crate) fn open<A, Q, Y, S, E>(
    handle: Handle<A>,
    name: Result<&str, &str>,
    arguments: &Q,
    frame: usize,
) -> Remote<Y, S, E>
where
    A: Address,
    Q: Serialize + ?Sized,
    Y: DeserializeOwned + 'static,
    S: Serialize + SentValue + 'static,
    E: Serialize + DeserializeOwned + From<RemoteError> + fmt::Debug + Send + 'static,
{
    let id = Id::random();
    let terms = Terms { lease: DEFAULT_LEASE, ahead: 0, frame: frame.min(DEFAULT_FRAME) };
    let first = First { lease: terms.lease, format: Format::default(), context: BTreeMap::new() };
    let shared = Mux::session(handle, id, name.unwrap_or_else(|name| name).to_owned(), terms);
    let setup = Arc::new(Setup { wire: Box::new(shared), first: std::sync::Mutex::new(first) });
    let arguments = match name {
        Ok(_) => Arguments::of(arguments),
        Err(name) => Err(RemoteError::NobodyServes { name: name.to_owned() }),
    };
    let (Ok(name) | Err(name)) = name;
    let name = name.to_owned();
    let session = Session { setup: setup.clone(), name, arguments, own: None, value: None, types: PhantomData };
    Remote { owned: session.boxed_returning(), setup, read: |_, _| Ok(()), fail: E::from, value: None }
}

impl<Y, S, E> Session<Y, S, E>
where
    S: Serialize + SentValue,
    E: Serialize + DeserializeOwned + From<RemoteError>,
{
    fn format(&self) -> Format {
        self.setup.first().format
    }

    fn ask<T: Default>(&self, mut f: impl FnMut(&mut dyn Ask) -> T) -> T {
        let mut result = T::default();
        self.setup.wire.with(&mut |machine| result = f(machine));
        result
    }

    fn state_of_machine(&self) -> State {
        let mut state = State::Created;
        self.setup.wire.with(&mut |machine| state = machine.state());
        state
    }

    /// The payload of the frame that asks for the session. Made at the first step.
    fn opening(&mut self) -> Result<Bytes, RemoteError> {
        let arguments = std::mem::replace(&mut self.arguments, Ok(Arguments(Vec::new())))?;
        let first = self.setup.first();
        let opening = Opening {
            name: self.name.clone(),
            lease: millis(first.lease),
            format: first.format.code(),
            context: first.context.clone(),
        };
        let arguments = arguments.0.into_iter().find(|(format, _)| *format == first.format);
        opening.encode(&arguments.map(|(_, bytes)| bytes).unwrap_or_default())
    }

    fn start(&mut self) {
        match self.opening().and_then(|opening| self.fits(opening)) {
            Ok(opening) => self.setup.wire.start(opening),
            Err(error) => self.setup.wire.fail(error),
        }
    }

    fn fits(&self, payload: Bytes) -> Result<Bytes, RemoteError> {
        let limit = self.ask(|machine| machine.terms().frame);
        let size = HEADER + 1 + payload.len();
        if size > limit { Err(RemoteError::TooLarge { size, limit }) } else { Ok(payload) }
    }

    /// Sends a value, or an error. If that can't be done, the step fails, and the generator is closed.
    fn transmit<T: Serialize>(&self, value: &T, operation: impl FnOnce(Bytes) -> Operation) {
        match self.format().write(value).and_then(|bytes| self.fits(bytes)) {
            Ok(bytes) => self.setup.wire.operate(operation(bytes)),
            Err(error) => self.setup.wire.fail(error),
        }
    }

    fn throw(&mut self, exception: Exception<E>) {
        match (self.ask(|machine| machine.unseen_end()), exception) {
            // The body has returned already: the exception is raised at its end.
            (Some(true), exception) => self.raise_here(exception),
            // (If it has ended with an error, that goes first, and nothing is sent.)
            (Some(false), _) | (None, Exception::GeneratorExit) => self.setup.wire.operate(Operation::Throw(None)),
            (None, Exception::Error(error)) => self.transmit(&error, |bytes| Operation::Throw(Some(bytes))),
        }
    }

    /// The exception comes straight out again.
    fn raise_here(&mut self, exception: Exception<E>) {
        self.setup.wire.with(&mut |machine| machine.raised_at_the_end());
        self.own = Some(exception);
    }
}

impl<Y, S, E> AsyncGenerator for Session<Y, S, E>
where
    Y: DeserializeOwned,
    S: Serialize + SentValue,
    E: Serialize + DeserializeOwned + From<RemoteError>,
{
    type Yield = Y;
    type Sent = S;
    type Error = E;

    #[expect(clippy::match_same_arms, reason = "it is the contract's table of states and resumptions")]
    fn begin(mut self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>> {
        let this = &mut *self;
        let wire = &this.setup.wire;
        match (this.state(), resume) {
            // C2, C3
            (State::Created, Resume::Next) => this.start(),
            (State::Created, Resume::Send(value)) if value.is_nothing() => this.start(),
            (State::Created, Resume::Send(value)) => return Err(Refused::JustStarted(value)),
            // C10, C13: the worker never hears of it.
            (State::Created, Resume::Throw(exception)) => {
                wire.with(&mut |machine| machine.close_unstarted());
                this.own = Some(exception);
            }
            (State::Created, Resume::Close) => wire.with(&mut |machine| machine.close_unstarted()),

            (State::Suspended, Resume::Next) if S::nothing().is_none() => return Err(Refused::AlreadyStarted),
            (State::Suspended, Resume::Next) => wire.operate(Operation::Next),
            (State::Suspended, Resume::Send(value)) if value.is_nothing() && S::nothing().is_some() => {
                wire.operate(Operation::Next);
            }
            (State::Suspended, Resume::Send(value)) => this.transmit(&value, Operation::Send),
            (State::Suspended, Resume::Throw(exception)) => this.throw(exception),
            (State::Suspended, Resume::Close) => wire.operate(Operation::Close),

            // C18: the step in flight is carried on with, or an exception is raised where it stands.
            (State::Running, Resume::Next) => {}
            (State::Running, Resume::Send(value)) if value.is_nothing() => {}
            (State::Running, Resume::Send(value)) => return Err(Refused::AlreadyRunning(Resume::Send(value))),
            (State::Running, resume @ Resume::Throw(_))
                if this.own.is_some() || this.ask(|machine| machine.is_full()) =>
            {
                return Err(Refused::AlreadyRunning(resume));
            }
            (State::Running, Resume::Throw(exception)) => this.throw(exception),
            // C20: a closing in flight is not begun a second time.
            (State::Running, Resume::Close) if this.own.is_some() || this.ask(|machine| machine.is_closing()) => {}
            (State::Running, Resume::Close) => wire.operate(Operation::Close),

            (State::Closed, Resume::Close) => {}
            // C6, C11, C17
            (State::Closed, resume) => return Err(Refused::Closed(resume)),
        }
        Ok(())
    }

    fn poll_step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, E>> {
        if let Some(exception) = self.own.take() {
            return Poll::Ready(Step::Raised(exception));
        }
        let Poll::Ready(answer) = self.setup.wire.poll_answer(cx) else { return Poll::Pending };
        let Some((answer, is_closing)) = answer else { return Poll::Ready(Step::Returned) };
        let read = match answer {
            Answer::Yielded(value) => self.format().read(&value).map(Step::Yielded),
            Answer::Returned(value) => {
                self.value = (!is_closing).then_some(value);
                Ok(Step::Returned)
            }
            Answer::Raised(None) => Ok(Step::Raised(Exception::GeneratorExit)),
            Answer::Raised(Some(error)) => {
                self.format().read(&error).map(|error| Step::Raised(Exception::Error(error)))
            }
            Answer::Failed(error) => Err(error),
        };
        Poll::Ready(read.unwrap_or_else(|error| {
            self.setup.wire.spoil(error.clone());
            Step::Raised(Exception::Error(error.into()))
        }))
    }

    fn state(&self) -> State {
        if self.own.is_some() { State::Running } else { self.state_of_machine() }
    }
}

impl<Y, S, E> ReturningGenerator for Session<Y, S, E>
where
    Self: AsyncGenerator,
{
    type Return = Bytes;

    fn take_return(mut self: Pin<&mut Self>) -> Option<Bytes> {
        self.value.take()
    }
}

/// What nobody has closed.
impl<Y, S, E> Drop for Session<Y, S, E> {
    fn drop(&mut self) {
        self.setup.wire.abandon();
    }
}

impl<Y, S, E, R> AsyncGenerator for Remote<Y, S, E, R> {
    type Yield = Y;
    type Sent = S;
    type Error = E;

    fn begin(mut self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>> {
        Pin::new(&mut self.owned).begin(resume)
    }

    fn poll_step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, E>> {
        let this = &mut *self;
        let step = Pin::new(&mut this.owned).poll_step(cx);
        let Poll::Ready(Step::Returned) = step else { return step };
        let Some(written) = Pin::new(&mut this.owned).take_return() else { return step };
        let format = this.setup.first().format;
        match (this.read)(format, &written) {
            Ok(value) => {
                this.value = Some(value);
                step
            }
            Err(error) => Poll::Ready(Step::Raised(Exception::Error((this.fail)(error)))),
        }
    }

    fn state(&self) -> State {
        self.owned.state()
    }
}

/// The value is `()` unless [another](Remote::returning) was asked for.
impl<Y, S, E, R> ReturningGenerator for Remote<Y, S, E, R> {
    type Return = R;

    fn take_return(mut self: Pin<&mut Self>) -> Option<R> {
        self.value.take()
    }
}

/// The values, and as the last item the error, if there is one.
impl<Y, S: Nothing, E, R> Stream for Remote<Y, S, E, R> {
    type Item = Result<Y, E>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_anext(cx).map(|step| match step {
            Step::Yielded(value) => Some(Ok(value)),
            Step::Raised(Exception::Error(error)) => Some(Err(error)),
            Step::Raised(Exception::GeneratorExit) | Step::Returned => None,
        })
    }
}

impl<Y, S, E, R> fmt::Debug for Remote<Y, S, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("who", &self.who()).finish_non_exhaustive()
    }
}
