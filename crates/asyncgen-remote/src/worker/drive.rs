//! The task that runs a session's body.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use asyncgen::{AsyncGenerator, Exception, Owned, OwnedExt, Refused, Resume, Step};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument;

use super::body::Body;
use super::machine::{Cause, Outcome};
use crate::RemoteError;
use crate::consumer::machine::Operation;
use crate::frame::HEADER;
use crate::id::{Id, Short};
use crate::refusal::Refusal;
use crate::value::Format;

/// What a generator is made of.
pub(crate) struct Start {
    pub(crate) session: Id,
    pub(crate) name: String,
    pub(crate) arguments: Bytes,
    pub(crate) format: Format,
    pub(crate) frame: usize,
    pub(crate) context: BTreeMap<String, String>,
}

/// The session, as the task that runs its body sees it.
pub(crate) trait Site: Send + Sync {
    /// The next operation, if there is one. Why the generator is to be closed without one, if it is.
    fn next(&self, cx: &mut Context<'_>) -> (Option<Operation>, Option<Cause>);
    /// The step in flight has ended so.
    fn stepped(&self, outcome: &Outcome);
    /// The task ends.
    fn ended(&self, ended: Ended);
}

/// How a task has ended.
pub(crate) enum Ended {
    /// Together with the body, or the body was never begun.
    Well,
    /// The generator was closed since nobody wanted it any more, and it went well.
    Closed,
    /// The same, and it went wrong.
    Failed(String),
    /// The task was dropped. The generator has gone to a finalizer.
    Dropped,
}

/// Makes a generator, and the task that runs it.
pub(crate) type Handler = Arc<dyn Fn(Start, Box<dyn Site>) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

tokio::task_local! {
    static CONTEXT: Arc<BTreeMap<String, String>>;
}

/// What the consumer has carried to the body that calls this, with [`Remote::with_context`](crate::Remote::with_context).
/// Nothing, where no session's body is run.
///
/// ```
/// use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
/// use asyncgen_remote::RemoteError;
///
/// fn who(_: ()) -> impl AsyncGenerator<Yield = Option<String>, Sent = (), Error = String> {
///     async_gen! { yield asyncgen_remote::context().get("user").cloned(); }
/// }
///
/// # #[derive(Debug, serde::Serialize, serde::Deserialize)] struct Failed(String);
/// # impl From<RemoteError> for Failed { fn from(error: RemoteError) -> Self { Self(error.to_string()) } }
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (here, there) = tokio::io::duplex(1024);
/// asyncgen_remote::serve(there, who);
/// let mut names = asyncgen_remote::open::<Option<String>, (), Failed>(here, &()).with_context("user", "ferris");
/// assert_eq!(names.anext().await.unwrap().as_deref(), Some("ferris"));
/// assert!(asyncgen_remote::context().is_empty());
/// # }
/// ```
#[must_use]
pub fn context() -> Arc<BTreeMap<String, String>> {
    CONTEXT.try_with(Arc::clone).unwrap_or_default()
}

/// A handler that makes generators by a function.
pub(crate) fn handler<H, Q, G>(make: H) -> Handler
where
    H: Fn(Q) -> G + Send + Sync + 'static,
    Q: DeserializeOwned,
    G: Body,
{
    Arc::new(move |start, site| {
        let site = Guard(Some(site));
        let context = Arc::new(start.context);
        let span = tracing::debug_span!(
            target: "asyncgen_remote", "worker", session = %Short(start.session), name = start.name,
            traceparent = context.get("traceparent"),
        );
        let generator = catch_unwind(AssertUnwindSafe(|| {
            let call = || start.format.read(&start.arguments).map(|arguments| make(arguments).generator().owned());
            CONTEXT.sync_scope(context.clone(), || span.in_scope(call))
        }));
        let drive = match generator {
            Ok(Ok(generator)) => Ok(Drive::<G>::new(generator, start.format, start.frame)),
            Ok(Err(error)) => Err(Refusal::Garbled(error.to_string())),
            Err(panic) => Err(Refusal::Panicked(message(&*panic))),
        };
        Box::pin(CONTEXT.scope(context, run(site, drive)).instrument(span))
    })
}

/// Tells the session of the task's end, in every case.
struct Guard(Option<Box<dyn Site>>);

impl Guard {
    fn end(&mut self, ended: Ended) {
        if let Some(site) = self.0.take() {
            site.ended(ended);
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.end(Ended::Dropped);
    }
}

async fn run<B: Body>(mut guard: Guard, made: Result<Drive<B>, Refusal>) {
    let Some(site) = guard.0.as_deref() else { return };
    let ended = match made {
        Ok(mut drive) => poll_fn(|cx| drive.poll(site, cx)).await,
        Err(refusal) => {
            poll_fn(|cx| {
                let _first: (Option<Operation>, Option<Cause>) = site.next(cx);
                Poll::Ready(())
            })
            .await;
            site.stepped(&Outcome::Failed(refusal));
            Ended::Well
        }
    };
    guard.end(ended);
}

type Yield<B> = <<B as Body>::Generator as AsyncGenerator>::Yield;
type Error<B> = <<B as Body>::Generator as AsyncGenerator>::Error;

/// A generator, and where it stands between its consumer's operations.
struct Drive<B: Body> {
    generator: Owned<B::Generator>,
    format: Format,
    frame: usize,
    in_step: bool,
    /// Errors that were thrown in while an earlier one waits: each waits for the one before (C25).
    held: VecDeque<Error<B>>,
    /// What the consumer is told when the generator has been closed because of it.
    fault: Option<Refusal>,
    /// It is closed since nobody wants it any more.
    for_good: bool,
}

impl<B: Body> Drive<B> {
    fn new(generator: Owned<B::Generator>, format: Format, frame: usize) -> Self {
        Self { generator, format, frame, in_step: false, held: VecDeque::new(), fault: None, for_good: false }
    }

    fn poll(&mut self, site: &dyn Site, cx: &mut Context<'_>) -> Poll<Ended> {
        loop {
            loop {
                let (operation, cause) = site.next(cx);
                if cause.is_some() && !self.for_good {
                    self.for_good = true;
                    self.close();
                }
                let Some(operation) = operation else { break };
                self.begin(operation);
            }
            self.raise_held();
            if !self.in_step {
                return Poll::Pending;
            }
            let step = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut self.generator).poll_step(cx)));
            let step = match step {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(step)) => step,
                Err(panic) => {
                    let message = message(&*panic);
                    site.stepped(&Outcome::Failed(Refusal::Panicked(message.clone())));
                    return Poll::Ready(self.ended(Err(format!("it panicked: {message}"))));
                }
            };
            self.in_step = false;
            if let Some(ended) = self.stepped(step, site) {
                return Poll::Ready(ended);
            }
        }
    }

    fn begin(&mut self, operation: Operation) {
        self.in_step = true;
        if self.fault.is_some() {
            return; // it is being closed
        }
        let resume = match operation {
            Operation::Next => Resume::Next,
            Operation::Send(value) => match self.format.read(&value) {
                Ok(value) => Resume::Send(value),
                Err(error) => return self.fail(Refusal::Garbled(error.to_string())),
            },
            Operation::Throw(None) => Resume::Throw(Exception::GeneratorExit),
            Operation::Throw(Some(error)) => match self.format.read(&error) {
                Ok(error) if self.held.is_empty() => Resume::Throw(Exception::Error(error)),
                Ok(error) => return self.held.push_back(error),
                Err(error) => return self.fail(Refusal::Garbled(error.to_string())),
            },
            Operation::Close => Resume::Close,
        };
        let begun = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut self.generator).begin(resume)));
        match begun {
            Ok(Ok(()) | Err(Refused::Closed(_))) => {}
            Ok(Err(Refused::AlreadyRunning(Resume::Throw(Exception::Error(error))))) => self.held.push_back(error),
            // The consumer has asked for what can't be: it knows the generator as another one than this.
            Ok(Err(refused)) => self.fail(Refusal::Garbled(format!("the generator refuses this: {}", name(&refused)))),
            Err(panic) => self.fail(Refusal::Panicked(message(&*panic))),
        }
    }

    /// Closes the generator because of a fault, and tells the consumer of that.
    fn fail(&mut self, fault: Refusal) {
        self.fault.get_or_insert(fault);
        self.close();
    }

    fn close(&mut self) {
        self.held.clear();
        // Refused by nobody who has not ended.
        let begun = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut self.generator).begin(Resume::Close)));
        self.in_step |= matches!(begun, Ok(Ok(())));
    }

    /// Raises the next error that waits, if it can be raised now.
    fn raise_held(&mut self) {
        while let Some(error) = self.held.pop_front() {
            match Pin::new(&mut self.generator).begin(Resume::Throw(Exception::Error(error))) {
                Ok(()) => self.in_step = true,
                Err(Refused::AlreadyRunning(Resume::Throw(Exception::Error(error)))) => {
                    self.held.push_front(error);
                    return;
                }
                Err(_) => return,
            }
        }
    }

    /// The step in flight has ended so. `Some` if the task has, too.
    fn stepped(&mut self, step: Step<Yield<B>, Error<B>>, site: &dyn Site) -> Option<Ended> {
        if let Some(fault) = &self.fault {
            site.stepped(&Outcome::Failed(fault.clone()));
            return Some(self.ended(failure(&step)));
        }
        if self.for_good {
            let failed = failure(&step);
            site.stepped(&Outcome::Returned(Bytes::new()));
            return Some(self.ended(failed));
        }
        let outcome = match step {
            // An error waits: it is raised at this yield, as at every other (C25).
            Step::Yielded(_) if !self.held.is_empty() => return None,
            Step::Yielded(value) => match self.write(&value).map(Outcome::Yielded) {
                Ok(outcome) => outcome,
                Err(refusal) => {
                    self.fail(refusal);
                    return None;
                }
            },
            // What waits is raised at the body's end.
            Step::Returned => match self.held.pop_front() {
                None => self.returned(),
                Some(error) => self.raised(Exception::Error(error)),
            },
            Step::Raised(exception) => self.raised(exception),
        };
        site.stepped(&outcome);
        (!matches!(outcome, Outcome::Yielded(_))).then_some(Ended::Well)
    }

    fn returned(&mut self) -> Outcome {
        let written = B::end(&mut self.generator, self.format);
        self.sized(written).map_or_else(Outcome::Failed, Outcome::Returned)
    }

    fn raised(&self, exception: Exception<Error<B>>) -> Outcome {
        match exception {
            Exception::GeneratorExit => Outcome::Raised(None),
            Exception::Error(error) => match self.write(&error) {
                Ok(bytes) => Outcome::Raised(Some(bytes)),
                // What the consumer can't be told is told here.
                Err(refusal) => {
                    tracing::warn!(target: "asyncgen_remote", "an error can't be sent to its consumer: {error:?}");
                    Outcome::Failed(refusal)
                }
            },
        }
    }

    fn write<T: Serialize>(&self, value: &T) -> Result<Bytes, Refusal> {
        self.sized(self.format.write(value))
    }

    /// What was written, if it is not larger than a frame may be.
    fn sized(&self, written: Result<Bytes, RemoteError>) -> Result<Bytes, Refusal> {
        let bytes = written.map_err(|error| Refusal::Garbled(error.to_string()))?;
        // The version, the head, and the tag of an exception.
        let size = 1 + HEADER + 1 + bytes.len();
        if size > self.frame {
            let number = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
            return Err(Refusal::TooLarge { size: number(size), limit: number(self.frame) });
        }
        Ok(bytes)
    }

    fn ended(&self, failed: Result<(), String>) -> Ended {
        match failed {
            Err(failed) if self.for_good || self.fault.is_some() => {
                tracing::warn!(target: "asyncgen_remote", "the clean-up of a generator that nobody wants any more failed: {failed}");
                Ended::Failed(failed)
            }
            Ok(()) if self.for_good => Ended::Closed,
            _ => Ended::Well,
        }
    }
}

/// What is wrong with this end of a closing.
fn failure<Y, E: Debug>(step: &Step<Y, E>) -> Result<(), String> {
    match step {
        Step::Returned | Step::Raised(Exception::GeneratorExit) => Ok(()),
        Step::Raised(Exception::Error(error)) => Err(format!("{error:?}")),
        Step::Yielded(_) => Err("it ignored GeneratorExit: it yielded while it was closed".into()),
    }
}

fn name<S, E>(refused: &Refused<S, E>) -> &'static str {
    match refused {
        Refused::JustStarted(_) => "it was just started",
        Refused::AlreadyStarted => "it waits for a value",
        Refused::AlreadyRunning(_) => "it is running",
        Refused::Closed(_) => "it is closed",
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it is no text".into())
}
