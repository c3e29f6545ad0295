//! The contract as a plain state machine: no futures, no drops, no engine.
//!
//! A body is a stack of frames and a point where it stands. Nothing here is taken from how the engine works.

use std::mem::take;
use std::rc::Rc;

use asyncgen::State;

use crate::body::{Answer, Block, Call, Exception, Observed, Operation, Statement};

#[derive(Clone)]
pub(crate) struct Model {
    state: State,
    body: Block,
    frames: Vec<Frame>,
    point: Point,
    /// What the body is resumed with at its yield.
    resumed_with: Option<Resumption>,
    /// An error and a `GeneratorExit` that are still to be raised.
    error: Option<&'static str>,
    exit: bool,
    closing: bool,
}

#[derive(Clone)]
enum Frame {
    Block { block: Block, next: usize },
    Catch { handler: Block },
    Finally { clean_up: Block },
    CleanUp { outcome: Option<Exception> },
}

#[derive(Clone)]
enum Point {
    Start,
    Yield {
        catches: bool,
    },
    Await {
        polls: u32,
    },
    Delegation {
        inner: Box<Model>,
        stage: Stage,
    },
    /// The body is not suspended.
    Between,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Start,
    Step,
    Yield,
    /// The inner generator is being closed; whether a closing of this one is the reason.
    Close {
        of_this: bool,
    },
}

#[derive(Clone)]
enum Resumption {
    Next,
    Send(Option<u32>),
    Throw(Exception),
    Close,
}

enum Refused {
    JustStarted,
    AlreadyRunning,
    Closed,
}

enum Step {
    Pending,
    Yielded(u32),
    Returned,
    Raised(Exception),
}

/// What a statement or an exception leads to: the body goes on, or it is done for this poll.
type Flow = Option<Step>;

impl Model {
    pub(crate) fn new(body: &Block) -> Self {
        Self {
            state: State::Created,
            body: Rc::clone(body),
            frames: Vec::new(),
            point: Point::Start,
            resumed_with: None,
            error: None,
            exit: false,
            closing: false,
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    pub(crate) fn call(&mut self, call: Call) -> Observed {
        let mut notes = Vec::new();
        let answer = self.answer(call, &mut notes);
        Observed { answer, state: self.state, notes }
    }

    fn answer(&mut self, Call { operation, polls }: Call, notes: &mut Vec<String>) -> Answer {
        if polls == 0 {
            return Answer::Pending;
        }
        let begun = self.begin(match operation {
            Operation::Anext => Resumption::Send(None),
            Operation::Asend(value) => Resumption::Send(Some(value)),
            Operation::Athrow(exception) => Resumption::Throw(exception),
            Operation::Aclose => Resumption::Close,
        });
        let step = match begun {
            Err(Refused::JustStarted) => return Answer::JustStarted,
            Err(Refused::AlreadyRunning) => return Answer::AlreadyRunning,
            Err(Refused::Closed) => {
                return if matches!(operation, Operation::Athrow(_)) {
                    Answer::Nothing
                } else {
                    Answer::StopAsyncIteration
                };
            }
            Ok(()) => (0..polls).map(|_| self.poll(notes)).find(|step| !matches!(step, Step::Pending)),
        };
        match (step, operation) {
            (None | Some(Step::Pending), _) => Answer::Pending,
            (Some(Step::Yielded(value)), Operation::Aclose) => Answer::IgnoredGeneratorExit(value),
            (Some(Step::Yielded(value)), _) => Answer::Value(value),
            (Some(Step::Returned | Step::Raised(Exception::GeneratorExit)), Operation::Aclose) => Answer::Nothing,
            (Some(Step::Returned), _) => Answer::StopAsyncIteration,
            (Some(Step::Raised(exception)), _) => Answer::Raised(exception),
        }
    }

    fn begin(&mut self, resumption: Resumption) -> Result<(), Refused> {
        match self.state {
            State::Created => match resumption {
                Resumption::Send(Some(_)) => return Err(Refused::JustStarted), // C3
                Resumption::Close => self.state = State::Closed,               // C13
                // C2, C10: an exception is raised before anything ran.
                Resumption::Next | Resumption::Send(None) => self.state = State::Running,
                Resumption::Throw(exception) => {
                    self.state = State::Running;
                    self.wait(exception);
                }
            },
            State::Suspended => {
                self.state = State::Running;
                self.closing = matches!(resumption, Resumption::Close);
                self.resumed_with = Some(resumption);
            }
            State::Running => match resumption {
                Resumption::Next | Resumption::Send(None) => {} // C18
                Resumption::Send(Some(_)) => return Err(Refused::AlreadyRunning),
                Resumption::Throw(Exception::Error(_)) if self.error.is_some() => return Err(Refused::AlreadyRunning),
                Resumption::Throw(exception) => {
                    self.closing &= self.exit;
                    self.wait(exception);
                }
                Resumption::Close if self.closing => {} // C20
                Resumption::Close => {
                    self.closing = true;
                    self.exit = true;
                }
            },
            State::Closed => match resumption {
                Resumption::Close => {}
                _ => return Err(Refused::Closed),
            },
        }
        Ok(())
    }

    fn wait(&mut self, exception: Exception) {
        match exception {
            Exception::GeneratorExit => self.exit = true,
            Exception::Error(error) => self.error = Some(error),
        }
    }

    /// Is clean-up running?
    fn masked(&self) -> bool {
        self.frames.iter().any(|frame| matches!(frame, Frame::CleanUp { .. }))
    }

    /// An exception to be raised at a yield: clean-up or not (C25), an error first.
    fn take_at_yield(&mut self) -> Option<Exception> {
        match self.error.take() {
            Some(error) => Some(Exception::Error(error)),
            None => take(&mut self.exit).then_some(Exception::GeneratorExit),
        }
    }

    /// An exception to be raised at an await (C19, C25).
    fn take_at_await(&mut self) -> Option<Exception> {
        if self.masked() { None } else { self.take_at_yield() }
    }

    fn poll(&mut self, notes: &mut Vec<String>) -> Step {
        match self.state {
            State::Closed => return Step::Returned,
            State::Created | State::Suspended => return Step::Pending,
            State::Running => {}
        }
        let mut flow = match std::mem::replace(&mut self.point, Point::Between) {
            Point::Start => match self.take_at_await() {
                Some(exception) => self.raise(exception, notes),
                None => self.enter(None, Rc::clone(&self.body)),
            },
            Point::Yield { catches } => match self.resumed_with.take().expect("the body stands at a yield") {
                Resumption::Next => unreachable!("every body here is sent an `Option`"),
                Resumption::Send(sent) => {
                    notes.push(format!("sent {sent:?}"));
                    None
                }
                Resumption::Throw(exception) => self.raise_at_yield(catches, exception, notes),
                Resumption::Close => self.raise_at_yield(catches, Exception::GeneratorExit, notes),
            },
            // Interrupted even if it has become ready.
            Point::Await { polls } => match self.take_at_await() {
                Some(exception) => self.raise(exception, notes),
                None => self.wait_at(polls, notes),
            },
            Point::Delegation { inner, stage } => {
                let resumption = match self.resumed_with.take() {
                    None => self.take_at_await().map(Resumption::Throw),
                    resumption => resumption,
                };
                self.delegate(inner, stage, resumption, notes)
            }
            Point::Between => unreachable!("a body that is polled stands somewhere"),
        };
        loop {
            if let Some(step) = flow {
                match step {
                    Step::Pending => {}
                    Step::Yielded(_) => {
                        self.state = State::Suspended;
                        self.closing = false;
                    }
                    Step::Returned | Step::Raised(_) => {
                        self.state = State::Closed;
                        self.frames.clear();
                    }
                }
                return step;
            }
            flow = self.run(notes);
        }
    }

    /// Runs one statement, or leaves one frame.
    fn run(&mut self, notes: &mut Vec<String>) -> Flow {
        let Some(frame) = self.frames.last_mut() else {
            return Some(match self.take_at_yield() {
                Some(exception) => self.out(exception),
                None => Step::Returned,
            });
        };
        match frame {
            Frame::Block { block, next } if *next < block.len() => {
                let statement = block[*next].clone();
                *next += 1;
                self.execute(statement, notes)
            }
            Frame::Block { .. } | Frame::Catch { .. } => {
                self.frames.pop();
                None
            }
            Frame::Finally { clean_up } => {
                let clean_up = Rc::clone(clean_up);
                *frame = Frame::CleanUp { outcome: None };
                self.frames.push(Frame::Block { block: clean_up, next: 0 });
                None
            }
            Frame::CleanUp { outcome } => {
                let outcome = *outcome;
                self.end_clean_up(outcome, notes)
            }
        }
    }

    fn execute(&mut self, statement: Statement, notes: &mut Vec<String>) -> Flow {
        match statement {
            Statement::Yield(value) => self.yield_(value, false, notes),
            Statement::TryYield(value) => self.yield_(value, true, notes),
            Statement::Await(polls) => self.wait_at(polls, notes),
            Statement::Note(note) => {
                notes.push(note.to_owned());
                None
            }
            Statement::Raise(exception) => self.raise(exception, notes),
            Statement::Fail(error) => self.raise(Exception::Error(error), notes),
            Statement::Catch(block, handler) => self.enter(Some(Frame::Catch { handler }), block),
            Statement::Finally(block, clean_up) => self.enter(Some(Frame::Finally { clean_up }), block),
            Statement::YieldFrom(block) => self.delegate(Box::new(Self::new(&block)), Stage::Start, None, notes),
        }
    }

    /// Enters a block. What waits is not raised at its start, but at its first await or yield.
    fn enter(&mut self, scope: Option<Frame>, block: Block) -> Flow {
        self.frames.extend(scope);
        self.frames.push(Frame::Block { block, next: 0 });
        None
    }

    fn yield_(&mut self, value: u32, catches: bool, notes: &mut Vec<String>) -> Flow {
        if let Some(exception) = self.take_at_yield() {
            return self.raise_at_yield(catches, exception, notes);
        }
        self.point = Point::Yield { catches };
        Some(Step::Yielded(value))
    }

    fn raise_at_yield(&mut self, catches: bool, exception: Exception, notes: &mut Vec<String>) -> Flow {
        if catches {
            notes.push(format!("the yield caught {exception}"));
            return None;
        }
        self.raise(exception, notes)
    }

    fn wait_at(&mut self, polls: u32, notes: &mut Vec<String>) -> Flow {
        if polls == 0 {
            return None;
        }
        if let Some(exception) = self.take_at_await() {
            return self.raise(exception, notes);
        }
        self.point = Point::Await { polls: polls - 1 };
        Some(Step::Pending)
    }

    /// Raises an exception: leaves frames until one takes it.
    fn raise(&mut self, exception: Exception, notes: &mut Vec<String>) -> Flow {
        while let Some(frame) = self.frames.pop() {
            match frame {
                Frame::Block { .. } => {}
                Frame::Catch { handler } => {
                    notes.push(format!("caught {exception}"));
                    self.frames.push(Frame::Block { block: handler, next: 0 });
                    return None;
                }
                Frame::Finally { clean_up } => {
                    self.frames.push(Frame::CleanUp { outcome: Some(exception) });
                    self.frames.push(Frame::Block { block: clean_up, next: 0 });
                    return None;
                }
                // Of clean-up itself: it goes out instead of what was on its way.
                Frame::CleanUp { .. } => {
                    self.frames.push(frame);
                    return self.end_clean_up(Some(exception), notes);
                }
            }
        }
        Some(self.out(exception))
    }

    /// C25: `GeneratorExit` gives way to an error that waits.
    fn raise_out_of_delegate(&mut self, exception: Exception, notes: &mut Vec<String>) -> Flow {
        let waited = match exception {
            Exception::GeneratorExit if !self.masked() => self.error.take().map(Exception::Error),
            _ => None,
        };
        self.raise(waited.unwrap_or(exception), notes)
    }

    /// C25: what waited is raised, unless an error is on its way out.
    fn end_clean_up(&mut self, outcome: Option<Exception>, notes: &mut Vec<String>) -> Flow {
        self.frames.pop();
        let waited = match outcome {
            None | Some(Exception::GeneratorExit) => self.take_at_await(),
            Some(Exception::Error(_)) => None,
        };
        waited.or(outcome).and_then(|exception| self.raise(exception, notes))
    }

    /// The exception comes out of the body.
    fn out(&self, exception: Exception) -> Step {
        match exception {
            Exception::GeneratorExit if self.closing => Step::Returned, // C12, C20
            exception => Step::Raised(exception),
        }
    }

    /// C23.
    fn delegate(
        &mut self,
        mut inner: Box<Self>,
        mut stage: Stage,
        mut resumption: Option<Resumption>,
        notes: &mut Vec<String>,
    ) -> Flow {
        if stage == Stage::Start && resumption.is_none() {
            resumption = Some(Resumption::Next);
        }
        loop {
            let mut refused = None;
            if let Some(resumption) = resumption {
                let closing_of_this = stage == (Stage::Close { of_this: true }) || self.closing;
                let (resumption, next_stage) = match resumption {
                    Resumption::Close | Resumption::Throw(Exception::GeneratorExit) => {
                        (Resumption::Close, Stage::Close { of_this: closing_of_this })
                    }
                    resumption @ Resumption::Throw(_) if matches!(stage, Stage::Close { .. }) => (resumption, stage),
                    resumption => (resumption, Stage::Step),
                };
                let thrown = match resumption {
                    Resumption::Throw(Exception::Error(error)) => Some(error),
                    _ => None,
                };
                match inner.begin(resumption) {
                    Ok(()) => stage = next_stage,
                    // It has no room for a second error, which waits here.
                    Err(Refused::AlreadyRunning) => refused = thrown,
                    Err(Refused::JustStarted | Refused::Closed) => return None,
                }
            }
            match inner.poll(notes) {
                Step::Pending => {
                    if let Some(exception) = refused.is_none().then(|| self.take_at_await()).flatten() {
                        resumption = Some(Resumption::Throw(exception));
                        continue;
                    }
                    self.error = self.error.or(refused);
                    self.point = Point::Delegation { inner, stage };
                    return Some(Step::Pending);
                }
                Step::Yielded(value) => {
                    self.error = self.error.or(refused);
                    stage = Stage::Yield;
                    let Some(exception) = self.take_at_yield() else {
                        self.point = Point::Delegation { inner, stage };
                        return Some(Step::Yielded(value));
                    };
                    resumption = Some(Resumption::Throw(exception));
                }
                Step::Returned => {
                    self.error = self.error.or(refused);
                    let Stage::Close { of_this } = stage else { return None };
                    self.closing |= of_this;
                    return self.raise_out_of_delegate(Exception::GeneratorExit, notes);
                }
                Step::Raised(exception) => {
                    self.error = self.error.or(refused);
                    return self.raise_out_of_delegate(exception, notes);
                }
            }
        }
    }
}
