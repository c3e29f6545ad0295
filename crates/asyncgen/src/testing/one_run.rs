//! One run of one generator, interrupted once at most.

use core::fmt;
use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};
use std::boxed::Box;
use std::format;
use std::string::String;

use super::clock::Clock;
use super::report::{Interruption, Run, Way, What};
use super::spy::Spy;
use super::watch::Watch;
use crate::hooks::{CleanUpError, CleanUpErrorKind, LocalFinalizer};
use crate::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, Nothing, Owned, OwnedExt, State, StepError};

/// How many places there are to interrupt a run, by each way.
#[derive(Clone, Copy, Default)]
pub(super) struct Places([usize; 4]);

impl Places {
    pub(super) fn of(&self, way: Way) -> usize {
        self.0[way as usize]
    }
}

type Throw<'t, E> = Option<Box<dyn FnMut() -> E + 't>>;

pub(super) struct OneRun<'w, G: AsyncGenerator> {
    // `None` when it was dropped.
    generator: Option<Owned<G, LocalFinalizer>>,
    interrupt: Option<(Way, usize)>,
    steps: usize,
    watch: &'w Watch,
    clock: &'w Clock,
    /// The places until now that it could have been interrupted at, by each way.
    places: Places,
    awaits: usize,
    yields: usize,
    interruption: Option<Interruption>,
}

/// How an operation went.
enum Operated<T> {
    Done(T),
    /// Its future was dropped.
    Interrupted,
}

/// What is left to be done.
enum Next {
    Step,
    Throw,
    Close,
    Drop,
}

/// The ways to interrupt a step, and a closing.
const STEP: &[Way] = &[Way::Throw, Way::Close, Way::Drop, Way::Cancel];
const CLOSING: &[Way] = &[Way::Drop, Way::Cancel];
/// The ways to interrupt it where no step is in flight.
const YIELD: &[Way] = &[Way::Throw, Way::Close, Way::Drop];
const NEVER: &[Way] = &[];

impl<'w, G> OneRun<'w, G>
where
    G: AsyncGenerator<Sent: Nothing, Error: fmt::Debug> + 'static,
{
    pub(super) fn new(
        generator: G,
        interrupt: Option<(Way, usize)>,
        steps: usize,
        watch: &'w Watch,
        clock: &'w Clock,
    ) -> Self {
        let generator = Some(generator.owned_local());
        Self {
            generator,
            interrupt,
            steps,
            watch,
            clock,
            places: Places::default(),
            awaits: 0,
            yields: 0,
            interruption: None,
        }
    }

    pub(super) fn places(&self) -> Places {
        self.places
    }

    pub(super) fn interruption(&self) -> Option<Interruption> {
        self.interruption.clone()
    }

    pub(super) async fn finish(&mut self, throw: &mut Throw<'_, G::Error>) -> Result<Run, What> {
        let ended = self.operations(throw).await;
        if let Err(what) = ended {
            self.watch.forget(self.generator.take());
            return Err(what);
        }
        // What it does as it is dropped belongs to the run.
        let generator = self.generator.take();
        let is_open = generator.as_ref().is_some_and(|generator| generator.state() != State::Closed);
        let dropped = self.watch.within(|| drop(generator)).map_err(What::Panicked);
        let of_clean_up = self.finalize().await.inspect_err(|_| self.watch.forget(()))?;
        dropped?;
        if is_open {
            return Err(What::NotClosed);
        }
        Ok(Run { interruption: self.interruption(), yielded: self.yields, error: ended?.or(of_clean_up) })
    }

    /// The error that comes out at the end.
    async fn operations(&mut self, throw: &mut Throw<'_, G::Error>) -> Result<Option<String>, What> {
        let mut next = Next::Step;
        let mut was_interrupted = false;
        loop {
            let operated = match (&mut next, throw.as_mut()) {
                (Next::Step, _) if self.yields < self.steps => self.step().await?,
                (Next::Throw, Some(error)) => {
                    let error = error();
                    self.throw(error).await?
                }
                (Next::Drop, _) => {
                    let generator = self.generator.take();
                    self.watch.within(|| drop(generator)).map_err(What::Panicked)?;
                    return Ok(None);
                }
                (Next::Step | Next::Throw | Next::Close, _) => match self.close().await? {
                    Operated::Done(end) => return Ok(end),
                    Operated::Interrupted => Operated::Interrupted,
                },
            };
            next = match operated {
                Operated::Done(Err(end)) => return Ok(end),
                Operated::Done(Ok(())) | Operated::Interrupted => Next::Step,
            };
            if !was_interrupted && self.interruption.is_some() {
                was_interrupted = true;
                next = match self.interrupt {
                    Some((Way::Throw, _)) => Next::Throw,
                    Some((Way::Close, _)) => Next::Close,
                    Some((Way::Drop, _)) => Next::Drop,
                    Some((Way::Cancel, _)) | None => next,
                };
            }
        }
    }

    /// A step, with the end if that is what it led to.
    async fn step(&mut self) -> Result<Operated<Result<(), Option<String>>>, What> {
        let Some(mut generator) = self.generator.take() else { return Ok(Operated::Done(Err(None))) };
        let operated = self.operate(generator.anext(), STEP).await;
        self.generator = Some(generator);
        Ok(match operated? {
            Operated::Done(Ok(_value)) => {
                self.yields += 1;
                self.is_here(YIELD, true, || None);
                Operated::Done(Ok(()))
            }
            Operated::Done(Err(end)) => Operated::Done(Err(error_of(end))),
            Operated::Interrupted => Operated::Interrupted,
        })
    }

    async fn throw(&mut self, error: G::Error) -> Result<Operated<Result<(), Option<String>>>, What> {
        let Some(mut generator) = self.generator.take() else { return Ok(Operated::Done(Err(None))) };
        let operated = self.operate(generator.athrow(error), NEVER).await;
        self.generator = Some(generator);
        Ok(match operated? {
            Operated::Done(Ok(value)) => {
                self.yields += usize::from(value.is_some());
                Operated::Done(Ok(()))
            }
            // It was given back: the generator goes on without.
            Operated::Done(Err(StepError::AlreadyRunning(_) | StepError::JustStarted(_))) => Operated::Done(Ok(())),
            Operated::Done(Err(end)) => Operated::Done(Err(error_of(end))),
            Operated::Interrupted => Operated::Interrupted,
        })
    }

    async fn close(&mut self) -> Result<Operated<Option<String>>, What> {
        let Some(mut generator) = self.generator.take() else { return Ok(Operated::Done(None)) };
        let operated = self.operate(generator.aclose(), CLOSING).await;
        self.generator = Some(generator);
        Ok(match operated? {
            Operated::Done(Ok(())) => Operated::Done(None),
            Operated::Done(Err(CloseError::Raised(error))) => Operated::Done(Some(format!("{error:?}"))),
            Operated::Done(Err(CloseError::IgnoredGeneratorExit(_value))) => return Err(What::Yielded),
            Operated::Interrupted => Operated::Interrupted,
        })
    }

    /// Closes what was dropped half-way in the run, as a finalizer would: the generator itself, and others.
    async fn finalize(&mut self) -> Result<Option<String>, What> {
        let mut first = None;
        loop {
            let closed = if let Some(generator) = self.watch.take_local_unfinished() {
                self.operate(generator.close(), NEVER).await?
            } else if let Some(generator) = self.watch.take_unfinished() {
                self.operate(generator.close(), NEVER).await?
            } else {
                return Ok(first);
            };
            if let Operated::Done(Err(error)) = closed {
                first = first.or(Some(clean_up_error(&error)?));
            }
        }
    }

    /// Drives an operation, until it is done or this is the place to interrupt it.
    async fn operate<T>(&mut self, operation: impl Future<Output = T>, by: &[Way]) -> Result<Operated<T>, What> {
        let mut operation = pin!(operation);
        poll_fn(|cx| {
            let spy = Spy::new(cx.waker());
            let waker = spy.waker();
            let polled = self.watch.within(|| poll_watched(operation.as_mut(), &mut Context::from_waker(&waker)));
            match polled {
                Err(message) => Poll::Ready(Err(What::Panicked(message))),
                Ok(Poll::Ready(value)) => Poll::Ready(Ok(Operated::Done(value))),
                Ok(Poll::Pending) => {
                    self.awaits += 1;
                    if self.is_here(by, false, || spy.place()) {
                        return Poll::Ready(Ok(Operated::Interrupted));
                    }
                    match self.clock.is_over(cx.waker()) {
                        Some(limit) => Poll::Ready(Err(What::Hung { limit, place: spy.place() })),
                        None => Poll::Pending,
                    }
                }
            }
        })
        .await
    }

    /// Is this the place to interrupt it? There is one.
    fn is_here(&mut self, by: &[Way], at_yield: bool, place: impl FnOnce() -> Option<String>) -> bool {
        let here = by.iter().find(|&&way| self.interrupt == Some((way, self.places.of(way)))).copied();
        for &way in by {
            self.places.0[way as usize] += 1;
        }
        if let Some(way) = here {
            let Self { awaits, yields, .. } = *self;
            self.interruption = Some(Interruption { way, awaits, yields, at_yield, place: place() });
        }
        here.is_some()
    }
}

/// Everything above this in a backtrace is the generator's. (Its name is looked for.)
#[inline(never)]
fn poll_watched<F: Future>(future: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<F::Output> {
    future.poll(cx)
}

fn error_of<E: fmt::Debug, R>(end: StepError<E, R>) -> Option<String> {
    match end {
        StepError::Raised(Exception::Error(error)) => Some(format!("{error:?}")),
        _ => None,
    }
}

/// The error that clean-up raised.
fn clean_up_error(error: &CleanUpError) -> Result<String, What> {
    match error.kind() {
        CleanUpErrorKind::Raised(error) => Ok(error.clone()),
        CleanUpErrorKind::IgnoredGeneratorExit => Err(What::Yielded),
    }
}
