//! The same bodies on the engine.
#![allow(unsafe_code, reason = "delegation in constant time is unsafe to ask for: only macros do")]

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use asyncgen::__private::yield_from_directly;
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, StepError, Yielder, generator};

use crate::body::{Answer, Block, Call, Delegation, Observed, Operation, Statement};
use crate::common::{pending_for, poll};

type Notes = Rc<RefCell<Vec<String>>>;
type Generator = Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str>>>;

pub(crate) struct Engine {
    generator: Generator,
    notes: Notes,
}

fn make(body: Block, delegation: Delegation, notes: Notes) -> Generator {
    Box::pin(generator!(|y| run(&mut y, body, delegation, notes).await))
}

type Running<'y> = Pin<Box<dyn Future<Output = Result<(), &'static str>> + 'y>>;

fn run<'y>(
    y: &'y mut Yielder<'_, u32, Option<u32>, &'static str>,
    body: Block,
    delegation: Delegation,
    notes: Notes,
) -> Running<'y> {
    Box::pin(async move {
        let note = |text: String| notes.borrow_mut().push(text);
        for statement in &*body {
            match statement {
                Statement::Yield(value) => {
                    let sent = y.yield_(*value).await;
                    note(format!("sent {sent:?}"));
                }
                Statement::TryYield(value) => match y.try_yield(*value).await {
                    Ok(sent) => note(format!("sent {sent:?}")),
                    Err(exception) => note(format!("the yield caught {exception}")),
                },
                Statement::Await(polls) => pending_for(*polls).await,
                Statement::Note(text) => note((*text).to_owned()),
                Statement::Raise(exception) => y.raise(*exception).await,
                Statement::Fail(error) => Err(*error)?,
                Statement::Catch(block, handler) => {
                    let caught =
                        y.catch(async |mut y| run(&mut y, Rc::clone(block), delegation, Rc::clone(&notes)).await).await;
                    if let Err(exception) = caught {
                        note(format!("caught {exception}"));
                        run(y, Rc::clone(handler), delegation, Rc::clone(&notes)).await?;
                    }
                }
                Statement::Finally(block, clean_up) => {
                    y.finally(
                        async |mut y| run(&mut y, Rc::clone(block), delegation, Rc::clone(&notes)).await,
                        async |mut y| run(&mut y, Rc::clone(clean_up), delegation, Rc::clone(&notes)).await,
                    )
                    .await;
                }
                Statement::YieldFrom(block) => {
                    let inner = make(Rc::clone(block), delegation, Rc::clone(&notes));
                    match delegation {
                        Delegation::LevelByLevel => y.yield_from(inner).await,
                        // SAFETY: it is awaited where it is made, and so is every future around it.
                        Delegation::Direct => unsafe { yield_from_directly(inner, y) }.await,
                    }
                }
            }
        }
        Ok(())
    })
}

impl Engine {
    pub(crate) fn new(body: &Block, delegation: Delegation) -> Self {
        let notes = Notes::default();
        Self { generator: make(Rc::clone(body), delegation, Rc::clone(&notes)), notes }
    }

    pub(crate) fn call(&mut self, call: Call) -> Observed {
        let answer = self.answer(call);
        Observed { answer, state: self.generator.state(), notes: self.notes.take() }
    }

    fn answer(&mut self, Call { operation, polls }: Call) -> Answer {
        let g = &mut self.generator;
        let answer = match operation {
            Operation::Anext => poll_up_to(polls, g.anext()).map(|end| end.map_or_else(failed, Answer::Value)),
            Operation::Asend(value) => {
                poll_up_to(polls, g.asend(Some(value))).map(|end| end.map_or_else(failed, Answer::Value))
            }
            Operation::Athrow(exception) => poll_up_to(polls, g.athrow(exception))
                .map(|end| end.map_or_else(failed, |value| value.map_or(Answer::Nothing, Answer::Value))),
            Operation::Aclose => poll_up_to(polls, g.aclose()).map(|end| match end {
                Ok(()) => Answer::Nothing,
                Err(CloseError::IgnoredGeneratorExit(value)) => Answer::IgnoredGeneratorExit(value),
                Err(CloseError::Raised(error)) => Answer::Raised(error.into()),
            }),
        };
        answer.unwrap_or(Answer::Pending)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "`map_or_else` hands it over")]
fn failed<R>(error: StepError<&'static str, R>) -> Answer {
    match error {
        StepError::StopAsyncIteration => Answer::StopAsyncIteration,
        StepError::Raised(exception) => Answer::Raised(exception),
        StepError::JustStarted(_) => Answer::JustStarted,
        StepError::AlreadyRunning(_) => Answer::AlreadyRunning,
    }
}

/// The end of a future that is dropped after so many polls.
fn poll_up_to<F: Future>(polls: u32, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    (0..polls).find_map(|_| match poll(future.as_mut()) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}
