use core::pin::Pin;
use core::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::closing::{begin_to_close, poll_close};
use crate::{AsyncGenerator, Exception, Nothing, Refused, Resume, State, Step};

pin_project! {
    /// What [`map_error`](crate::AdaptExt::map_error) makes.
    #[must_use = "a generator does nothing until it is driven"]
    pub struct MapError<G, F, B, E> {
        #[pin]
        generator: G,
        map: F,
        back: B,
        passing: Passing<E>,
    }
}

/// An error on its way past the generator, which can't be told what it is.
enum Passing<E> {
    No,
    /// It is raised when the generator is closed.
    Closing(E),
    /// It was raised.
    Closed,
}

/// What [`error_into`](crate::AdaptExt::error_into) makes.
pub type ErrorInto<G, E> =
    MapError<G, fn(<G as AsyncGenerator>::Error) -> E, fn(E) -> Result<<G as AsyncGenerator>::Error, E>, E>;

pub(super) fn error_into<G, E>(generator: G) -> ErrorInto<G, E>
where
    G: AsyncGenerator,
    E: From<G::Error>,
{
    MapError::new(generator, E::from, Err)
}

impl<G, F, B, E> MapError<G, F, B, E> {
    pub(crate) fn new(generator: G, map: F, back: B) -> Self {
        Self { generator, map, back, passing: Passing::No }
    }
}

super::adaptor!(MapError<G, F, B, E>);

impl<G, F, B, E> AsyncGenerator for MapError<G, F, B, E>
where
    G: AsyncGenerator,
    F: FnMut(G::Error) -> E,
    B: FnMut(E) -> Result<G::Error, E>,
{
    type Yield = G::Yield;
    type Sent = G::Sent;
    type Error = E;

    #[inline]
    fn begin(self: Pin<&mut Self>, resume: Resume<G::Sent, E>) -> Result<(), Refused<G::Sent, E>> {
        let resume = match resume {
            Resume::Next if matches!(self.passing, Passing::No) => Resume::Next,
            Resume::Send(value) if matches!(self.passing, Passing::No) => Resume::Send(value),
            resume => return self.begin_unusual(resume),
        };
        let this = self.project();
        let map = this.map;
        this.generator.begin(resume).map_err(|refused| refused_again(refused, map))
    }

    #[inline]
    fn poll_step(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<G::Yield, E>> {
        let this = self.project();
        if !matches!(this.passing, Passing::No) {
            return poll_passing(this.generator, this.map, this.passing, cx);
        }
        this.generator.poll_step(cx).map(|step| ended(step, this.map))
    }

    #[inline]
    fn poll_anext(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<G::Yield, E>>
    where
        G::Sent: Nothing,
    {
        let this = self.project();
        if !matches!(this.passing, Passing::No) {
            return poll_passing(this.generator, this.map, this.passing, cx);
        }
        this.generator.poll_anext(cx).map(|step| ended(step, this.map))
    }

    #[inline]
    fn state(&self) -> State {
        match self.passing {
            Passing::No => self.generator.state(),
            Passing::Closing(_) => State::Running,
            Passing::Closed => State::Closed,
        }
    }

    super::owns_what_its_generator_owns!();
}

impl<G, F, B, E> MapError<G, F, B, E>
where
    G: AsyncGenerator,
    F: FnMut(G::Error) -> E,
    B: FnMut(E) -> Result<G::Error, E>,
{
    /// A step that begins with an error, or while one passes by.
    #[inline(never)]
    fn begin_unusual(self: Pin<&mut Self>, resume: Resume<G::Sent, E>) -> Result<(), Refused<G::Sent, E>> {
        let this = self.project();
        match this.passing {
            Passing::No => {}
            // The step in flight closes the generator, and is carried on with.
            Passing::Closing(_) => {
                return match resume {
                    Resume::Next | Resume::Close | Resume::Throw(Exception::GeneratorExit) => Ok(()),
                    resume => Err(Refused::AlreadyRunning(resume)),
                };
            }
            Passing::Closed if matches!(resume, Resume::Close) => return Ok(()),
            Passing::Closed => return Err(Refused::Closed(resume)),
        }
        let resume = match resume {
            Resume::Next => Resume::Next,
            Resume::Send(value) => Resume::Send(value),
            Resume::Close => Resume::Close,
            Resume::Throw(Exception::GeneratorExit) => Resume::Throw(Exception::GeneratorExit),
            Resume::Throw(Exception::Error(error)) if this.generator.state() == State::Closed => {
                return Err(Refused::Closed(Resume::Throw(Exception::Error(error))));
            }
            Resume::Throw(Exception::Error(error)) => match (this.back)(error) {
                Ok(error) => Resume::Throw(Exception::Error(error)),
                Err(error) => {
                    begin_to_close(this.generator);
                    *this.passing = Passing::Closing(error);
                    return Ok(());
                }
            },
        };
        let map = this.map;
        this.generator.begin(resume).map_err(|refused| refused_again(refused, map))
    }
}

#[cold]
fn poll_passing<G: AsyncGenerator, E>(
    generator: Pin<&mut G>,
    map: &mut impl FnMut(G::Error) -> E,
    passing: &mut Passing<E>,
    cx: &mut Context<'_>,
) -> Poll<Step<G::Yield, E>> {
    let closed = if generator.state() == State::Running { ready!(poll_close(generator, cx)) } else { Ok(()) };
    let passed = core::mem::replace(passing, Passing::Closed);
    Poll::Ready(match (closed, passed) {
        // As in Python, where an error that is raised while another one is on its way takes its place.
        (Err(error), _) => Step::Raised(Exception::Error(map(error))),
        (Ok(()), Passing::Closing(error)) => Step::Raised(Exception::Error(error)),
        (Ok(()), Passing::No | Passing::Closed) => Step::Returned,
    })
}

#[inline]
fn ended<Y, E, D>(step: Step<Y, E>, map: &mut impl FnMut(E) -> D) -> Step<Y, D> {
    match step {
        Step::Yielded(value) => Step::Yielded(value),
        Step::Returned => Step::Returned,
        Step::Raised(exception) => Step::Raised(exception.map(map)),
    }
}

#[cold]
fn refused_again<S, E, D>(refused: Refused<S, E>, map: &mut impl FnMut(E) -> D) -> Refused<S, D> {
    match refused {
        Refused::JustStarted(value) => Refused::JustStarted(value),
        Refused::AlreadyStarted => Refused::AlreadyStarted,
        Refused::AlreadyRunning(resume) => Refused::AlreadyRunning(mapped(resume, map)),
        Refused::Closed(resume) => Refused::Closed(mapped(resume, map)),
    }
}

fn mapped<S, E, D>(resume: Resume<S, E>, map: &mut impl FnMut(E) -> D) -> Resume<S, D> {
    match resume {
        Resume::Next => Resume::Next,
        Resume::Send(value) => Resume::Send(value),
        Resume::Throw(exception) => Resume::Throw(exception.map(map)),
        Resume::Close => Resume::Close,
    }
}
