use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep};

use crate::{AsyncGenerator, Refused, Resume, State, Step};

pin_project! {
    /// What [`time_limit`](crate::AdaptExt::time_limit) makes.
    #[must_use = "a generator does nothing until it is driven"]
    pub struct TimeLimit<G> {
        #[pin]
        generator: G,
        limit: Duration,
        // Made with the first step: outside of a runtime, there may be none.
        #[pin]
        timer: Option<Sleep>,
        // The timer is set for the step in flight.
        is_set: bool,
        // The step closes the generator, which has no limit.
        closing: bool,
        // `None` was yielded, and the generator is in the middle of a step.
        gave_up: bool,
    }
}

impl<G> TimeLimit<G> {
    pub(super) fn new(generator: G, limit: Duration) -> Self {
        Self { generator, limit, timer: None, is_set: false, closing: false, gave_up: false }
    }
}

super::adaptor!(TimeLimit<G>);

impl<G: AsyncGenerator> AsyncGenerator for TimeLimit<G> {
    type Yield = Option<G::Yield>;
    type Sent = G::Sent;
    type Error = G::Error;

    fn begin(self: Pin<&mut Self>, resume: Resume<G::Sent, G::Error>) -> Result<(), Refused<G::Sent, G::Error>> {
        let this = self.project();
        let closing = match resume {
            Resume::Close => true,
            Resume::Throw(_) => false,
            Resume::Next | Resume::Send(_) => *this.closing,
        };
        this.generator.begin(resume)?;
        *this.closing = closing;
        if *this.gave_up {
            *this.is_set = false;
            *this.gave_up = false;
        }
        Ok(())
    }

    fn poll_step(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Option<G::Yield>, G::Error>> {
        let mut this = self.project();
        if *this.gave_up {
            return Poll::Pending;
        }
        if let Poll::Ready(step) = this.generator.poll_step(cx) {
            *this.is_set = false;
            *this.closing = false;
            return Poll::Ready(match step {
                Step::Yielded(value) => Step::Yielded(Some(value)),
                Step::Returned => Step::Returned,
                Step::Raised(exception) => Step::Raised(exception),
            });
        }
        if *this.closing {
            return Poll::Pending;
        }
        if !std::mem::replace(this.is_set, true) {
            match this.timer.as_mut().as_pin_mut() {
                Some(timer) => timer.reset(Instant::now() + *this.limit),
                None => this.timer.set(Some(sleep(*this.limit))),
            }
        }
        let is_over = this.timer.as_pin_mut().is_some_and(|timer| timer.poll(cx).is_ready());
        if !is_over {
            return Poll::Pending;
        }
        *this.gave_up = true;
        Poll::Ready(Step::Yielded(None))
    }

    /// Where `None` was yielded, a step is in flight.
    fn state(&self) -> State {
        self.generator.state()
    }

    super::owns_what_its_generator_owns!();
}
