//! A generator in a task of its own, and the generator that is its handle.

use core::any::Any;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::boxed::Box;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::{AsyncGenerator, BoxGenerator, Exception, OwnedExt, Refused, Resume, SentValue, State, Step, hooks};

/// Runs a generator in a task of its own; the handle is a generator that does the same.
///
/// The task is spawned, on the runtime that is current then, when the handle's first step is made, and belongs to the handle: what
/// is sent, thrown in and closed goes there, also in the middle of a step. When the handle is dropped half-way, it is closed as any
/// [owned](crate::OwnedExt) generator is: so is the body in the task, whose clean-up runs there, and
/// [`scope`](super::scope()) waits for it. A panic of the body comes out of the handle's step.
///
/// (A value at the end is hidden, as by [`boxed`](crate::OwnedExt::boxed).)
///
/// One thing differs: where the body has yielded just when an error is thrown into a step in flight (its future was dropped), or the
/// handle is closed then, the value is dropped, and the error raised at that `yield`. (Throwing into a step in flight, and
/// closing, wait for the body's poll if it is just polled on another thread.)
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
    Handle::new(generator.boxed(), 0).boxed()
}

/// As [`spawned`], and the task is up to `count` values ahead of the handle: for producers that have something to wait for.
///
/// What was made ahead and not taken is dropped when the handle is closed, or an error thrown in: that is raised where the body
/// stands, or comes out of the handle if the body has ended meanwhile. (If it has raised an error of its own, `athrow` gives
/// back what was to be thrown in, as [`StepError::AlreadyRunning`](crate::StepError::AlreadyRunning): that error is to come first.)
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
    Handle::new(generator.boxed(), count).boxed()
}

/// What the handle and the task share.
struct Shared<Y, S, E> {
    /// The body, which the handle begins the steps of, and the task polls. `None` when the task is gone.
    generator: Mutex<Option<BoxGenerator<Y, S, E>>>,
    outbox: Mutex<Outbox<Y, E>>,
    /// How many steps are made before they are asked for.
    ahead: usize,
}

/// What a step led to, or what the body panicked with.
type Ended<Y, E> = Result<Step<Y, E>, Box<dyn Any + Send>>;

struct Outbox<Y, E> {
    /// The steps that were made and not taken.
    steps: VecDeque<Ended<Y, E>>,
    handle: Option<Waker>,
    task: Option<Waker>,
    /// The thread that is polling the body.
    polling: Option<ThreadId>,
    handle_is_gone: bool,
    task_is_gone: bool,
}

/// Steps that are nobody's any more. They are dropped outside of all locks, as what they hold is the user's.
type Lost<Y, E> = VecDeque<Ended<Y, E>>;

impl<Y, E> Outbox<Y, E> {
    /// Where the body has ended, and nobody knows: what becomes of an interruption then. Gives back what is for the body.
    #[allow(clippy::type_complexity, reason = "it says both")]
    fn after_the_end<S>(&mut self, resume: Resume<S, E>) -> Result<(Option<Resume<S, E>>, Lost<Y, E>), Refused<S, E>> {
        let end = match self.steps.back() {
            None | Some(Ok(Step::Yielded(_))) => return Ok((Some(resume), VecDeque::new())),
            Some(end) => end,
        };
        let end = match (resume, end) {
            (Resume::Close, _) => self.steps.pop_back(),
            (Resume::Throw(exception), Ok(Step::Returned)) => Some(Ok(Step::Raised(exception))),
            (resume, _) => return Err(Refused::AlreadyRunning(resume)),
        };
        Ok((None, core::mem::replace(&mut self.steps, end.into_iter().collect())))
    }
}

impl<Y, S, E> Shared<Y, S, E> {
    fn generator(&self) -> MutexGuard<'_, Option<BoxGenerator<Y, S, E>>> {
        self.generator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox<Y, E>> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_task(&self) {
        let task = self.outbox().task.take();
        task.into_iter().for_each(Waker::wake);
    }

    fn wake_handle(&self) {
        let handle = self.outbox().handle.take();
        handle.into_iter().for_each(Waker::wake);
    }
}

/// The generator, as its consumer sees it.
struct Handle<Y, S, E> {
    shared: Arc<Shared<Y, S, E>>,
    state: State,
    is_spawned: bool,
    /// The step in flight is a closing.
    is_closing: bool,
}

impl<Y, S, E> Unpin for Handle<Y, S, E> {}

impl<Y: Send + 'static, S: SentValue + Send + 'static, E: fmt::Debug + Send + 'static> Handle<Y, S, E> {
    fn new(generator: BoxGenerator<Y, S, E>, ahead: usize) -> Self {
        let outbox = Outbox {
            steps: VecDeque::new(),
            handle: None,
            task: None,
            polling: None,
            handle_is_gone: false,
            task_is_gone: false,
        };
        let shared = Shared { generator: Mutex::new(Some(generator)), outbox: Mutex::new(outbox), ahead };
        Self { shared: Arc::new(shared), state: State::Created, is_spawned: false, is_closing: false }
    }

    /// Begins a step of the body, or raises something in the one that is in flight.
    fn deliver(&mut self, resume: Resume<S, E>) -> Result<(), Refused<S, E>> {
        let before = self.state;
        if self.shared.outbox().polling == Some(thread::current().id()) {
            // It is the body that asks this of itself.
            return Err(Refused::AlreadyRunning(resume));
        }
        let closes = matches!(resume, Resume::Close);
        // Outside of every runtime, this is where it panics: nothing was begun so far.
        let runtime = (!self.is_spawned && !closes).then(tokio::runtime::Handle::current);
        let lost = {
            let mut generator = self.shared.generator();
            let (for_the_body, mut lost) = self.shared.outbox().after_the_end(resume)?;
            self.state = State::Running;
            match (for_the_body, generator.as_mut()) {
                // There is an end already, or, as the runtime is gone with the body, there will be none.
                (None, _) | (Some(Resume::Next | Resume::Send(_)), None) => {}
                (Some(resume), Some(generator)) => {
                    let interrupts = matches!(resume, Resume::Throw(_) | Resume::Close);
                    if let Err(refused) = Pin::new(&mut *generator).begin(resume) {
                        self.state = before;
                        return Err(refused);
                    }
                    if interrupts {
                        // What was made before that.
                        lost = core::mem::take(&mut self.shared.outbox().steps);
                    }
                    if generator.state() == State::Closed {
                        self.state = State::Closed;
                    }
                }
                (Some(Resume::Throw(exception)), None) => {
                    self.shared.outbox().steps.push_back(Ok(Step::Raised(exception)));
                }
                (Some(Resume::Close), None) => self.state = State::Closed,
            }
            lost
        };
        self.is_closing = closes;
        if let (State::Running, Some(runtime)) = (self.state, runtime) {
            self.is_spawned = true;
            // Who closes it, if nobody else does, is who would close the handle.
            runtime.spawn(hooks::inherit(Task { shared: self.shared.clone() }));
        }
        self.shared.wake_task();
        drop(lost);
        Ok(())
    }
}

impl<Y: Send + 'static, S: SentValue + Send + 'static, E: fmt::Debug + Send + 'static> AsyncGenerator
    for Handle<Y, S, E>
{
    type Yield = Y;
    type Sent = S;
    type Error = E;

    fn begin(self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>> {
        let this = self.get_mut();
        match (this.state, resume) {
            // C18: nothing carries on with the step in flight. (And C13.)
            (State::Running, Resume::Next) | (State::Closed, Resume::Close) => Ok(()),
            (State::Closed, resume) => Err(Refused::Closed(resume)),
            // C20: it throws nothing a second time, also where the body has answered already.
            (State::Running, Resume::Close) if this.is_closing => Ok(()),
            (State::Running, Resume::Send(value)) if value.is_nothing() => Ok(()),
            (State::Running, resume @ Resume::Send(_)) => Err(Refused::AlreadyRunning(resume)),
            (State::Suspended, Resume::Next | Resume::Send(_)) if this.is_spawned && this.shared.ahead > 0 => {
                // The task begins it, or has already.
                this.state = State::Running;
                Ok(())
            }
            (_, resume) => this.deliver(resume),
        }
    }

    fn poll_step(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, E>> {
        let this = self.get_mut();
        match this.state {
            State::Created | State::Suspended => return Poll::Pending,
            State::Closed => return Poll::Ready(Step::Returned),
            State::Running => {}
        }
        // (Wakers are the user's, too.)
        let waker = cx.waker().clone();
        let (ended, _replaced) = {
            let mut outbox = this.shared.outbox();
            match outbox.steps.pop_front() {
                Some(ended) => (Some(ended), None),
                // The runtime is shutting down.
                None if outbox.task_is_gone => (Some(Ok(Step::Raised(Exception::GeneratorExit))), None),
                None => (None, outbox.handle.replace(waker)),
            }
        };
        let Some(ended) = ended else { return Poll::Pending };
        this.is_closing = false;
        this.state = if let Ok(Step::Yielded(_)) = ended { State::Suspended } else { State::Closed };
        if this.shared.ahead > 0 {
            this.shared.wake_task();
        }
        Poll::Ready(ended.unwrap_or_else(|panic| resume_unwind(panic)))
    }

    fn state(&self) -> State {
        self.state
    }
}

impl<Y, S, E> Drop for Handle<Y, S, E> {
    fn drop(&mut self) {
        self.shared.outbox().handle_is_gone = true;
        self.shared.wake_task();
    }
}

/// What polls the body. It lasts for as long as there is something to poll.
struct Task<Y, S, E> {
    shared: Arc<Shared<Y, S, E>>,
}

/// So many steps are made before others on the runtime have their turn.
const STEPS_AT_ONCE: usize = 64;

impl<Y, S: SentValue, E> Task<Y, S, E> {
    /// Puts a step into the outbox, if one has ended; `Ready(false)` when there are none any more.
    fn poll_step(&self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut slot = self.shared.generator();
        let Some(generator) = slot.as_mut() else { return Poll::Ready(false) };
        match generator.state() {
            State::Running => {}
            State::Suspended if self.shared.outbox().steps.len() < self.shared.ahead => {
                // Nobody refuses that but who answers wrongly.
                let _: Result<(), Refused<S, E>> = Pin::new(&mut *generator).begin(Resume::Next);
            }
            State::Created | State::Suspended => return Poll::Pending,
            State::Closed => return Poll::Ready(false),
        }
        self.shared.outbox().polling = Some(thread::current().id());
        let polled = catch_unwind(AssertUnwindSafe(|| Pin::new(&mut *generator).poll_step(cx)));
        let mut outbox = self.shared.outbox();
        outbox.polling = None;
        // It is there before anybody else can begin something.
        match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(step)) => outbox.steps.push_back(Ok(step)),
            Err(panic) => {
                outbox.steps.push_back(Err(panic));
                drop(outbox);
                // C21, whatever it says itself.
                let panicked = slot.take();
                drop(slot);
                drop(panicked);
            }
        }
        Poll::Ready(true)
    }
}

impl<Y, S: SentValue, E> Future for Task<Y, S, E> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..STEPS_AT_ONCE {
            let waker = cx.waker().clone();
            let _replaced = {
                let mut outbox = self.shared.outbox();
                if outbox.handle_is_gone {
                    return Poll::Ready(());
                }
                outbox.task.replace(waker)
            };
            if !core::task::ready!(self.poll_step(cx)) {
                return Poll::Ready(());
            }
            self.shared.wake_handle();
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<Y, S, E> Drop for Task<Y, S, E> {
    fn drop(&mut self) {
        // It has an owner, which sees to its clean-up.
        let generator = self.shared.generator().take();
        drop(generator);
        self.shared.outbox().task_is_gone = true;
        self.shared.wake_handle();
    }
}
