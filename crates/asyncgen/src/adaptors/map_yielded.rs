use core::pin::Pin;
use core::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::{AsyncGenerator, Nothing, Refused, Resume, State, Step};

pin_project! {
    /// What [`map_yielded`](crate::AdaptExt::map_yielded) makes.
    #[must_use = "a generator does nothing until it is driven"]
    pub struct MapYielded<G, F> {
        #[pin]
        generator: G,
        map: F,
    }
}

impl<G, F> MapYielded<G, F> {
    pub(super) fn new(generator: G, map: F) -> Self {
        Self { generator, map }
    }
}

super::adaptor!(MapYielded<G, F>);

impl<G, F, Y> AsyncGenerator for MapYielded<G, F>
where
    G: AsyncGenerator,
    F: FnMut(G::Yield) -> Y,
{
    type Yield = Y;
    type Sent = G::Sent;
    type Error = G::Error;

    #[inline]
    fn begin(self: Pin<&mut Self>, resume: Resume<G::Sent, G::Error>) -> Result<(), Refused<G::Sent, G::Error>> {
        self.project().generator.begin(resume)
    }

    #[inline]
    fn poll_step(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, G::Error>> {
        let this = self.project();
        this.generator.poll_step(cx).map(|step| mapped(step, this.map))
    }

    #[inline]
    fn poll_anext(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Y, G::Error>>
    where
        G::Sent: Nothing,
    {
        let this = self.project();
        this.generator.poll_anext(cx).map(|step| mapped(step, this.map))
    }

    #[inline]
    fn state(&self) -> State {
        self.generator.state()
    }

    super::owns_what_its_generator_owns!();
}

#[inline]
fn mapped<Y, E, Z>(step: Step<Y, E>, map: &mut impl FnMut(Y) -> Z) -> Step<Z, E> {
    match step {
        Step::Yielded(value) => Step::Yielded(map(value)),
        Step::Returned => Step::Returned,
        Step::Raised(exception) => Step::Raised(exception),
    }
}
