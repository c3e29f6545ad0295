use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::{AsyncGenerator, Refused, Resume, SentValue, State, Step};

pin_project! {
    /// What [`map_sent`](crate::AdaptExt::map_sent) makes.
    #[must_use = "a generator does nothing until it is driven"]
    pub struct MapSent<G, F, S> {
        #[pin]
        generator: G,
        map: F,
        _sent: PhantomData<fn(S)>,
    }
}

impl<G, F, S> MapSent<G, F, S> {
    pub(super) fn new(generator: G, map: F) -> Self {
        Self { generator, map, _sent: PhantomData }
    }
}

super::adaptor!(MapSent<G, F, S>);

impl<G, F, S> AsyncGenerator for MapSent<G, F, S>
where
    G: AsyncGenerator,
    S: SentValue,
    F: FnMut(S) -> G::Sent,
{
    type Yield = G::Yield;
    type Sent = S;
    type Error = G::Error;

    /// A value is mapped only where it is taken: one that is refused is given back as it was.
    #[inline]
    fn begin(self: Pin<&mut Self>, resume: Resume<S, G::Error>) -> Result<(), Refused<S, G::Error>> {
        let state = self.generator.state();
        let this = self.project();
        let resume = match resume {
            Resume::Send(value) => match state {
                State::Suspended => Resume::Send((this.map)(value)),
                State::Created | State::Running if value.is_nothing() => Resume::Next,
                State::Created => return Err(Refused::JustStarted(value)),
                State::Running => return Err(Refused::AlreadyRunning(Resume::Send(value))),
                State::Closed => return Err(Refused::Closed(Resume::Send(value))),
            },
            Resume::Next => match (state, S::nothing()) {
                (State::Suspended, Some(nothing)) => Resume::Send((this.map)(nothing)),
                (State::Suspended, None) => return Err(Refused::AlreadyStarted),
                _ => Resume::Next,
            },
            Resume::Throw(exception) => Resume::Throw(exception),
            Resume::Close => Resume::Close,
        };
        this.generator.begin(resume).map_err(|refused| match refused {
            Refused::JustStarted(_) | Refused::AlreadyStarted => Refused::AlreadyStarted,
            Refused::AlreadyRunning(resume) => Refused::AlreadyRunning(given_back(resume)),
            Refused::Closed(resume) => Refused::Closed(given_back(resume)),
        })
    }

    #[inline]
    fn poll_step(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<G::Yield, G::Error>> {
        self.project().generator.poll_step(cx)
    }

    #[inline]
    fn state(&self) -> State {
        self.generator.state()
    }

    super::owns_what_its_generator_owns!();
}

/// (No generator that says that it is suspended refuses a value, but one that answers wrongly.)
fn given_back<S, T, E>(resume: Resume<S, E>) -> Resume<T, E> {
    match resume {
        Resume::Next | Resume::Send(_) => Resume::Next,
        Resume::Throw(exception) => Resume::Throw(exception),
        Resume::Close => Resume::Close,
    }
}
