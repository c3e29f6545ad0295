//! Generators that somebody else has written.

use std::pin::Pin;
use std::task::{Context, Poll};

use asyncgen::{AsyncGenerator, Exception, Refused, Resume, State, Step};

use crate::random::Random;
use crate::world::{Token, World};

/// Passes everything on, by what the trait demands and no more.
pub(crate) struct Wrapped<G>(pub(crate) G);

impl<G: AsyncGenerator + Unpin> AsyncGenerator for Wrapped<G> {
    type Yield = G::Yield;
    type Sent = G::Sent;
    type Error = G::Error;

    fn begin(mut self: Pin<&mut Self>, resume: Resume<G::Sent, G::Error>) -> Result<(), Refused<G::Sent, G::Error>> {
        Pin::new(&mut self.0).begin(resume)
    }

    fn poll_step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<G::Yield, G::Error>> {
        Pin::new(&mut self.0).poll_step(cx)
    }

    fn state(&self) -> State {
        self.0.state()
    }
}

/// Answers as it likes.
pub(crate) struct Weird {
    random: Random,
    world: World,
    state: State,
    calls: u32,
}

impl Weird {
    /// So that every case ends.
    const ENOUGH: u32 = 40;

    pub(crate) fn new(seed: u8, world: &World) -> Self {
        Self { random: Random::new(u64::from(seed)), world: world.clone(), state: State::Created, calls: 0 }
    }
}

impl AsyncGenerator for Weird {
    type Yield = Token;
    type Sent = Option<Token>;
    type Error = Token;

    fn begin(
        mut self: Pin<&mut Self>,
        resume: Resume<Option<Token>, Token>,
    ) -> Result<(), Refused<Option<Token>, Token>> {
        self.calls += 1;
        let choice = if self.calls > Self::ENOUGH { 5 } else { self.random.below(9) };
        let result = match (choice, resume) {
            (0, resume) => Err(Refused::AlreadyRunning(resume)),
            (1, resume) => Err(Refused::Closed(resume)),
            (2, Resume::Send(value)) => Err(Refused::JustStarted(value)),
            (3, _) => Err(Refused::AlreadyStarted),
            _ => {
                self.state = State::Running;
                Ok(())
            }
        };
        self.world.log(format!("weird begin {}", result.is_ok()));
        result
    }

    fn poll_step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Token, Token>> {
        self.calls += 1;
        let step = match if self.calls > Self::ENOUGH { 5 } else { self.random.below(7) } {
            0..=2 => {
                self.state = State::Suspended;
                Poll::Ready(Step::Yielded(Token::new(250)))
            }
            3 => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            4 => Poll::Ready(Step::Raised(Exception::Error(Token::new(251)))),
            5 => Poll::Ready(Step::Returned),
            _ => Poll::Ready(Step::Raised(Exception::GeneratorExit)),
        };
        self.world.log(format!("weird step {step:?}"));
        step
    }

    fn state(&self) -> State {
        match self.calls % 3 {
            0 => State::Closed,
            1 => self.state,
            _ => State::Running,
        }
    }
}
