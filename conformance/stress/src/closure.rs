//! The programs' bodies in the closure form.

use std::future::poll_fn;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use asyncgen::__private::yield_from_directly;
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, Refused, Resume, State, Step, Yielder, generator};

use crate::foreign::{Weird, Wrapped};
use crate::program::{Caught, How, Program, Statement};
use crate::world::{Boxed, Forms, Token, World};

type Y<'a> = Yielder<'a, Token, Option<Token>, Token>;
type Run<'r> = Pin<Box<dyn Future<Output = Result<Flow, Token>> + Send + 'r>>;

/// How a block is left.
#[derive(PartialEq)]
enum Flow {
    On,
    Return,
    Break,
    Continue,
}

pub(crate) fn closure(
    program: Arc<Program>,
    world: World,
) -> impl AsyncGenerator<Yield = Token, Sent = Option<Token>, Error = Token> + Send {
    generator!(|y| {
        let _guard = world.guard("body");
        let body = Body { world: &world, direct: is_direct(&program, &world) };
        if body.block(&mut y, &program.body).await? == Flow::On {
            world.log("end");
        }
        Ok(())
    })
}

fn is_direct(program: &Program, world: &World) -> bool {
    matches!(world.forms(), Forms::Mixed(forms) if (program.bits ^ forms) & 0b1100 != 0)
}

#[derive(Clone, Copy)]
struct Body<'r> {
    world: &'r World,
    direct: bool,
}

impl<'r> Body<'r> {
    /// Awaited where it is made, as all that it awaits: a block waits for nothing but the statement that runs.
    fn block<'s: 'r>(self, y: &'r mut Y<'_>, statements: &'s [Statement]) -> Run<'r> {
        Box::pin(async move {
            for statement in statements {
                match self.statement(y, statement).await? {
                    Flow::On => {}
                    flow => return Ok(flow),
                }
            }
            Ok(Flow::On)
        })
    }

    async fn statement(self, y: &mut Y<'_>, statement: &Statement) -> Result<Flow, Token> {
        let world = self.world;
        match statement {
            Statement::Mark(number) => world.log(format!("mark {number}")),
            Statement::Yield(number) => {
                let sent = y.yield_(Token::new(*number)).await;
                world.sent(*number, sent.as_ref());
            }
            Statement::Await(polls) => world.pause(*polls).await,
            Statement::Raise(number) => y.raise(Token::new(*number)).await,
            Statement::Question(number) => return Err(Token::new(*number)),
            Statement::Exit => y.raise(Exception::GeneratorExit).await,
            Statement::Panic => world.panic("in a body"),
            Statement::Return => return Ok(Flow::Return),
            Statement::Break => return Ok(Flow::Break),
            Statement::Continue => return Ok(Flow::Continue),
            Statement::From(how, program) => self.from(y, *how, program).await,
            Statement::Abandon(steps, program) => {
                let mut abandoned = world.own(program);
                steps_of(&mut abandoned, *steps, world, "abandon").await;
            }
            Statement::Catch(caught, block, handler) => return self.catch(y, *caught, block, handler).await,
            Statement::Finally(block, clean_up) => {
                let guard = world.guard("finally");
                let flow = self.finally(y, block, clean_up).await;
                drop(guard);
                return Ok(flow);
            }
            Statement::For(items, program, block) => {
                return Ok(match self.for_(y, *items, program, block).await {
                    Flow::Return => Flow::Return,
                    _ => Flow::On,
                });
            }
            _ => self.wild(y, statement).await,
        }
        Ok(Flow::On)
    }

    /// `yield from`.
    async fn delegate<G>(self, y: &mut Y<'_>, generator: G)
    where
        G: AsyncGenerator<Yield = Token, Sent = Option<Token>, Error = Token>,
    {
        if self.direct {
            // SAFETY: it is awaited here, and so are this function's future, and the blocks and scopes around it.
            #[allow(unsafe_code)]
            unsafe { yield_from_directly(generator, y) }.await;
        } else {
            y.yield_from(generator).await;
        }
    }

    async fn from(self, y: &mut Y<'_>, how: How, program: &Arc<Program>) {
        let world = self.world;
        let state = match how {
            How::Boxed => return self.delegate(y, world.make(program)).await,
            How::Owned => return self.delegate(y, world.own(program)).await,
            How::Wrapped => return self.delegate(y, Wrapped(world.make(program))).await,
            How::WrappedOwned => return self.delegate(y, Wrapped(world.own(program))).await,
            How::PinnedOnStack => {
                let mut pinned = std::pin::pin!(world.make(program));
                return self.delegate(y, pinned.as_mut()).await;
            }
            How::Weird(seed) => {
                let mut weird = Weird::new(seed, world);
                self.delegate(y, &mut weird).await;
                return world.log("weird ended");
            }
            How::Borrowed => {
                let mut borrowed = world.make(program);
                self.delegate(y, &mut borrowed).await;
                borrowed.state()
            }
            How::OwnedBorrowed => {
                let mut borrowed = world.own(program);
                self.delegate(y, &mut borrowed).await;
                borrowed.state()
            }
            How::PreStarted(steps) => {
                let mut borrowed = world.own(program);
                steps_of(&mut borrowed, steps, world, "pre").await;
                self.delegate(y, &mut borrowed).await;
                borrowed.state()
            }
            How::HalfWay => {
                let mut borrowed = world.own(program);
                once(borrowed.anext()).await;
                world.log(format!("half-way {:?}", borrowed.state()));
                self.delegate(y, &mut borrowed).await;
                borrowed.state()
            }
            How::AfterCatch => {
                let mut borrowed = world.make(program);
                let caught = y
                    .catch(async |mut y| {
                        self.delegate(&mut y, &mut borrowed).await;
                        Ok(())
                    })
                    .await;
                if caught.is_err() {
                    world.log(format!("caught, {:?}", borrowed.state()));
                }
                self.delegate(y, &mut borrowed).await;
                borrowed.state()
            }
        };
        world.log(format!("borrowed {state:?}"));
    }

    async fn catch(
        self,
        y: &mut Y<'_>,
        caught: Caught,
        block: &[Statement],
        handler: &[Statement],
    ) -> Result<Flow, Token> {
        let guard = self.world.guard("catch");
        let outcome = y.catch(async |mut y| self.block(&mut y, block).await).await;
        let flow = match (outcome, caught) {
            (Ok(flow), _) => flow,
            (Err(Exception::GeneratorExit), Caught::Errors) => y.raise(Exception::GeneratorExit).await,
            (Err(exception), _) => {
                self.world.caught(&exception);
                drop(exception);
                self.block(y, handler).await?
            }
        };
        drop(guard);
        Ok(flow)
    }

    async fn finally(self, y: &mut Y<'_>, block: &[Statement], clean_up: &[Statement]) -> Flow {
        y.finally(
            async |mut y| {
                self.world.entered();
                self.block(&mut y, block).await
            },
            async |mut y| {
                self.world.begun();
                self.block(&mut y, clean_up).await?;
                self.world.ended();
                Ok(())
            },
        )
        .await
    }

    async fn for_(self, y: &mut Y<'_>, most: u8, program: &Arc<Program>, block: &[Statement]) -> Flow {
        let looped = Mutex::new(self.world.own(program));
        let step = |begin: &mut Option<Resume<_, _>>, cx: &mut Context<'_>| {
            let looped = &mut *looped.lock().unwrap_or_else(PoisonError::into_inner);
            if looped.state() == State::Closed {
                return Poll::Ready(Step::Returned);
            }
            if let Some(resume) = begin.take() {
                // Nobody refuses these who has not ended.
                let _: Result<(), Refused<_, _>> = Pin::new(&mut *looped).begin(resume);
            }
            Pin::new(looped).poll_step(cx)
        };
        let flow = y
            .finally(
                async |mut y| {
                    for seen in 0.. {
                        let mut begin = Some(Resume::Next);
                        match poll_fn(|cx| step(&mut begin, cx)).await {
                            Step::Yielded(item) => self.world.log(format!("item {item:?}")),
                            Step::Returned => break,
                            Step::Raised(exception) => y.raise(exception).await,
                        }
                        match self.block(&mut y, block).await? {
                            Flow::Return => return Ok(Flow::Return),
                            Flow::Break => break,
                            Flow::On if seen >= most => break,
                            Flow::On | Flow::Continue => {}
                        }
                    }
                    Ok(Flow::On)
                },
                async |_| {
                    let mut begin = Some(Resume::Close);
                    match poll_fn(|cx| step(&mut begin, cx)).await {
                        Step::Raised(Exception::Error(error)) => Err(error),
                        _ => Ok(()),
                    }
                },
            )
            .await;
        drop(looped);
        if flow == Flow::On {
            self.world.log("loop left");
        }
        flow
    }

    /// What only the closure form has.
    async fn wild(self, y: &mut Y<'_>, statement: &Statement) {
        let world = self.world;
        match statement {
            Statement::Select(number, polls) => {
                let sent = first(y.yield_(Token::new(*number)), world.pause(*polls)).await;
                world.log(format!("select {sent:?}"));
            }
            Statement::Leak(number) => leak_after(1, Box::pin(y.yield_(Token::new(*number)))).await,
            Statement::LeakScope(number) => {
                let scope = async |mut y: Y<'_>| {
                    let sent = y.yield_(Token::new(*number)).await;
                    world.sent(*number, sent.as_ref());
                    Ok(())
                };
                leak_after(1, Box::pin(y.catch(scope))).await;
            }
            Statement::LeakDelegation(polls, program) => {
                let mut borrowed = world.make(program);
                Token::may_leak_one();
                leak_after(*polls, Box::pin(y.yield_from(&mut borrowed))).await;
                world.log(format!("leaked delegation to {:?}", borrowed.state()));
                let closed = borrowed.aclose().await;
                world.log(format!("{closed:?}"));
            }
            Statement::SelectDelegation(polls, program) => {
                let mut borrowed = world.own(program);
                let done = first(y.yield_from(&mut borrowed), world.pause(*polls)).await;
                world.log(format!("select delegation {done:?} {:?}", borrowed.state()));
            }
            Statement::YieldInDrop(number, leaks) => {
                let scope = async |y: Y<'_>| {
                    let mut guard = YieldInDrop { y, world, number: *number, leaks: *leaks };
                    let sent = guard.y.yield_(Token::new(*number)).await;
                    world.sent(*number, sent.as_ref());
                    world.pause(1).await;
                    Ok(())
                };
                let caught = y.catch(scope).await;
                world.log(format!("{caught:?}"));
            }
            Statement::PanicInDrop(number) => {
                let scope = async |mut y: Y<'_>| {
                    let _guard = PanicInDrop(world);
                    let sent = y.yield_(Token::new(*number)).await;
                    world.sent(*number, sent.as_ref());
                    Ok(())
                };
                let caught = y.catch(scope).await;
                world.log(format!("{caught:?}"));
            }
            _ => unreachable!("every other statement is in both forms"),
        }
    }
}

struct YieldInDrop<'a, 'w> {
    y: Y<'a>,
    world: &'w World,
    number: u8,
    leaks: bool,
}

impl Drop for YieldInDrop<'_, '_> {
    fn drop(&mut self) {
        let mut yields = self.y.yield_(Token::new(self.number));
        let poll = Pin::new(&mut yields).poll(&mut Context::from_waker(Waker::noop()));
        self.world.log(format!("yielded in a destructor {}", poll.is_ready()));
        if self.leaks {
            std::mem::forget(yields);
        }
    }
}

struct PanicInDrop<'a>(&'a World);

impl Drop for PanicInDrop<'_> {
    fn drop(&mut self) {
        self.0.log("panic in a destructor");
        // A second panic would abort, as everywhere.
        if !std::thread::panicking() {
            resume_unwind(Box::new("expected"));
        }
    }
}

/// What a body of the keyword form delegates to.
pub(crate) async fn delegate(how: How, program: &Arc<Program>, world: &World) -> Boxed {
    match how {
        How::Weird(seed) => Box::pin(Weird::new(seed, world)),
        How::Wrapped => Box::pin(Wrapped(world.make(program))),
        How::WrappedOwned => Box::pin(Wrapped(world.own(program))),
        How::Owned | How::OwnedBorrowed => Box::pin(world.own(program)),
        How::PreStarted(steps) => {
            let mut generator = world.own(program);
            steps_of(&mut generator, steps, world, "pre").await;
            Box::pin(generator)
        }
        How::HalfWay => {
            let mut generator = world.own(program);
            once(generator.anext()).await;
            world.log(format!("half-way {:?}", generator.state()));
            Box::pin(generator)
        }
        How::Boxed | How::Borrowed | How::PinnedOnStack | How::AfterCatch => world.make(program),
    }
}

/// Makes so many steps, unless it ends before.
pub(crate) async fn steps_of<G>(generator: &mut G, steps: u8, world: &World, what: &str)
where
    G: AsyncGenerator<Yield = Token, Sent = Option<Token>, Error = Token> + Unpin,
{
    for _ in 0..steps {
        let result = generator.anext().await;
        world.log(format!("{what} {result:?}"));
        if result.is_err() {
            break;
        }
    }
}

/// Polls once.
pub(crate) async fn once(future: impl Future + Send) {
    let mut future = Box::pin(future);
    poll_fn(|cx| {
        let _: Poll<_> = future.as_mut().poll(cx);
        Poll::Ready(())
    })
    .await;
}

/// Polls so often, then leaks it.
async fn leak_after<F: Future + Send>(polls: u8, mut future: Pin<Box<F>>) {
    for _ in 0..polls {
        let mut is_ready = false;
        poll_fn(|cx| {
            is_ready = future.as_mut().poll(cx).is_ready();
            Poll::Ready(())
        })
        .await;
        if is_ready {
            break;
        }
    }
    std::mem::forget(future);
}

/// What the first future gives, if it is ready before the second one, or with it.
async fn first<F: Future + Send>(first: F, second: impl Future<Output = ()> + Send) -> Option<F::Output> {
    let (mut first, mut second) = (Box::pin(first), Box::pin(second));
    poll_fn(|cx| match first.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => second.as_mut().poll(cx).map(|()| None),
    })
    .await
}
