//! A generator in a task of its own, and the generator that is its handle.

use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::Poll;
use std::panic::resume_unwind;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use crate::closing::{begin_to_close, poll_close};
use crate::{AsyncGenerator, BoxGenerator, Exception, OwnedExt, Refused, Resume, SentValue, Step, async_gen, hooks};

/// Runs a generator in a task of its own; the handle is a generator that does the same.
///
/// The task is spawned, on the runtime that is current then, when the handle's first step is made, and belongs to the handle: what
/// is sent, thrown in and closed goes there, also in the middle of a step. When the handle is dropped half-way, it is closed as any
/// [owned](crate::OwnedExt) generator is: so is the body in the task, whose clean-up runs there, and
/// [`scope`](super::scope()) waits for it. A panic of the body comes out of the handle's step.
///
/// (A value at the end is hidden, as by [`boxed`](crate::OwnedExt::boxed).)
///
/// Two things differ: a second error, while a first one waits for the body's clean-up (contract clause C25), is not given back but
/// waits, too; and where the body has yielded just when an error is thrown into a step in flight, the value is dropped, and the error
/// raised at that `yield`.
///
/// ```
/// use asyncgen::{async_gen, tokio::spawned, AsyncGeneratorExt, StepError};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let echo = async_gen! {
///     type Yield = Option<u32>; type Sent = Option<u32>; type Error = String;
///     let mut sent = None;
///     loop { try { sent = yield sent; } catch error { sent = Some(error.len() as u32); } }
/// };
/// let mut echo = spawned(echo);
/// assert_eq!(echo.anext().await, Ok(None));
/// assert_eq!(echo.asend(Some(7)).await, Ok(Some(7)));
/// assert_eq!(echo.athrow("four".to_owned()).await, Ok(Some(Some(4))));
/// assert_eq!(echo.aclose().await, Ok(()));
/// assert_eq!(echo.anext().await, Err(StepError::StopAsyncIteration));
/// # }
/// ```
///
/// # Panics
///
/// Its first step panics outside of a tokio runtime.
#[track_caller]
pub fn spawned<G>(generator: G) -> BoxGenerator<G::Yield, G::Sent, G::Error>
where
    G: AsyncGenerator<Yield: Send, Sent: SentValue + Send, Error: fmt::Debug + Send> + Send + 'static,
{
    handle(generator, 0).boxed()
}

/// As [`spawned`], and the task is up to `count` values ahead of the handle: for producers that have something to wait for.
///
/// What was made ahead and not taken is dropped when the handle is closed, or an error thrown in: that is raised where the body
/// stands, or comes out of the handle if the body has ended meanwhile.
///
/// ```
/// use asyncgen::{async_gen, tokio::ahead, AsyncGeneratorExt};
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// static MADE: AtomicU32 = AtomicU32::new(0);
/// let numbers = async_gen! {
///     type Yield = u32; type Sent = (); type Error = std::convert::Infallible;
///     for n in 0..100 { MADE.store(n, Relaxed); yield n; }
/// };
/// let mut numbers = ahead(numbers, 3);
/// assert_eq!(numbers.anext().await, Ok(0));
/// tokio::task::yield_now().await;
/// assert_eq!(MADE.load(Relaxed), 3);
/// numbers.aclose().await.unwrap();
/// # }
/// ```
///
/// # Panics
///
/// Its first step panics outside of a tokio runtime.
#[track_caller]
pub fn ahead<G>(generator: G, count: usize) -> BoxGenerator<G::Yield, (), G::Error>
where
    G: AsyncGenerator<Yield: Send, Sent = (), Error: fmt::Debug + Send> + Send + 'static,
{
    handle(generator, count).boxed()
}

/// The handle's body: each step is one of the task's, whatever is raised meanwhile is raised there, and its end is waited for.
#[allow(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    reason = "it is the macro's, whose own path this crate gives it"
)]
fn handle<G>(
    generator: G,
    ahead: usize,
) -> impl AsyncGenerator<Yield = G::Yield, Sent = G::Sent, Error = G::Error> + Send + 'static
where
    G: AsyncGenerator<Yield: Send, Sent: SentValue + Send, Error: fmt::Debug + Send> + Send + 'static,
{
    async_gen! {
        let mut task = Task::spawn(generator, ahead);
        try {
            let mut resume = Resume::Next;
            loop {
                task.begin(resume);
                let step = loop {
                    break try { task.step().await } catch error { task.begin(Resume::Throw(Exception::Error(error))); continue };
                };
                match step {
                    Step::Yielded(value) => {
                        resume = try { Resume::Send(yield value) } catch error { Resume::Throw(Exception::Error(error)) };
                    }
                    Step::Returned => return,
                    Step::Raised(exception) => raise!(exception),
                }
            }
        } finally {
            task.close().await?;
        }
    }
}

/// The task, as its handle sees it.
struct Task<Y, S, E> {
    commands: UnboundedSender<Command<S, E>>,
    answers: UnboundedReceiver<Answer<Y, E>>,
    join: JoinHandle<Result<(), E>>,
    /// How many errors were thrown in: what was made before the last of them is nobody's any more.
    errors: u32,
    /// How many steps are begun before they are asked for.
    ahead: usize,
    /// It has given its last answer.
    ended: bool,
}

struct Command<S, E> {
    resume: Resume<S, E>,
    errors: u32,
}

struct Answer<Y, E> {
    step: Step<Y, E>,
    errors: u32,
}

impl<Y: Send + 'static, S: SentValue + Send + 'static, E: fmt::Debug + Send + 'static> Task<Y, S, E> {
    fn spawn<G>(generator: G, ahead: usize) -> Self
    where
        G: AsyncGenerator<Yield = Y, Sent = S, Error = E> + Send + 'static,
    {
        let (commands, receiver) = unbounded_channel();
        let (sender, answers) = unbounded_channel();
        // Who closes it, if nobody else does, is who would close the handle.
        let work = work(generator, receiver, sender);
        let join = tokio::spawn(hooks::inherit(work));
        let task = Self { commands, answers, join, errors: 0, ahead, ended: false };
        task.go_ahead();
        task
    }

    fn go_ahead(&self) {
        (0..self.ahead).for_each(|_| self.send(Resume::Next));
    }

    fn send(&self, resume: Resume<S, E>) {
        // A task that has ended has said so in its last answer.
        let _ended = self.commands.send(Command { resume, errors: self.errors });
    }

    fn begin(&mut self, resume: Resume<S, E>) {
        let is_error = matches!(resume, Resume::Throw(_));
        self.errors += u32::from(is_error);
        self.send(resume);
        if is_error {
            // What was begun before is nobody's.
            self.go_ahead();
        }
    }

    async fn step(&mut self) -> Step<Y, E> {
        loop {
            match self.answers.recv().await {
                // That was before an error was thrown in.
                Some(Answer { step: Step::Yielded(_) | Step::Returned, errors }) if errors != self.errors => {}
                Some(Answer { step, .. }) => {
                    self.ended = !matches!(step, Step::Yielded(_));
                    return step;
                }
                None => return self.lost().await,
            }
        }
    }

    /// The task has ended without an answer: the body has panicked, or the runtime is shutting down.
    async fn lost(&mut self) -> Step<Y, E> {
        self.ended = true;
        match (&mut self.join).await {
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            _ => Step::Raised(Exception::GeneratorExit),
        }
    }

    /// Closes the body, and waits until its clean-up has run.
    async fn close(&mut self) -> Result<(), E> {
        if self.ended {
            return Ok(());
        }
        self.ended = true;
        self.send(Resume::Close);
        match (&mut self.join).await {
            Ok(closed) => closed,
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            Err(_) => Ok(()),
        }
    }
}

/// What the task does. Its generator has an owner: if the handle is gone and has not closed it, that sees to the clean-up.
async fn work<G>(
    generator: G,
    mut commands: UnboundedReceiver<Command<G::Sent, G::Error>>,
    answers: UnboundedSender<Answer<G::Yield, G::Error>>,
) -> Result<(), G::Error>
where
    G: AsyncGenerator<Yield: Send, Sent: SentValue + Send, Error: fmt::Debug + Send> + Send + 'static,
{
    let mut generator = generator.boxed();
    let mut generator = Pin::new(&mut generator);
    // Steps that are to be made, and an error that could not be thrown in, as another one waited (C25).
    let mut steps = 0_usize;
    let mut waiting = None;
    let mut errors = 0;
    loop {
        let resume = if steps > 0 {
            steps -= 1;
            Resume::Next
        } else {
            let Some(command) = commands.recv().await else { return Ok(()) };
            errors = command.errors;
            command.resume
        };
        let resume = match (resume, waiting.take()) {
            (Resume::Next | Resume::Send(_), Some(exception)) => Resume::Throw(exception),
            (resume, still) => {
                waiting = still;
                resume
            }
        };
        if matches!(resume, Resume::Close) {
            return close(generator, waiting).await;
        }
        match generator.as_mut().begin(resume) {
            Ok(()) => {}
            // It has ended while it was ahead: so an error goes by it.
            Err(Refused::Closed(resume)) => {
                let step = match resume {
                    Resume::Throw(exception) => Step::Raised(exception),
                    Resume::Next | Resume::Send(_) | Resume::Close => Step::Returned,
                };
                let _nobody = answers.send(Answer { step, errors });
                continue;
            }
            // (Nobody else refuses, but who answers wrongly.)
            Err(_) => return Ok(()),
        }
        let step = poll_fn(|cx| {
            while let Poll::Ready(command) = commands.poll_recv(cx) {
                match command {
                    None => return Poll::Ready(Err(Interrupted::Gone)),
                    Some(Command { resume: Resume::Close, .. }) => return Poll::Ready(Err(Interrupted::Closed)),
                    Some(Command { resume: Resume::Next | Resume::Send(_), .. }) => steps += 1,
                    Some(Command { resume, errors: now }) => {
                        (errors, steps) = (now, 0);
                        if let Err(Refused::AlreadyRunning(Resume::Throw(exception))) = generator.as_mut().begin(resume)
                        {
                            waiting = Some(exception);
                        }
                    }
                }
            }
            generator.as_mut().poll_step(cx).map(Ok)
        });
        match step.await {
            Ok(step) => {
                let step = match (step, waiting.take()) {
                    (Step::Returned, Some(exception)) => Step::Raised(exception),
                    (step, still) => {
                        waiting = still;
                        step
                    }
                };
                let _nobody = answers.send(Answer { step, errors });
            }
            Err(Interrupted::Closed) => return close(generator, waiting).await,
            Err(Interrupted::Gone) => return Ok(()),
        }
    }
}

/// What a step is interrupted by, other than an error.
enum Interrupted {
    Closed,
    Gone,
}

async fn close<G: AsyncGenerator>(
    mut generator: Pin<&mut G>,
    waiting: Option<Exception<G::Error>>,
) -> Result<(), G::Error> {
    if begin_to_close(generator.as_mut()) {
        poll_fn(|cx| poll_close(generator.as_mut(), cx)).await?;
    }
    match waiting {
        Some(Exception::Error(error)) => Err(error),
        Some(Exception::GeneratorExit) | None => Ok(()),
    }
}
