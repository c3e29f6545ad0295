//! Drives a body as a Python frame is driven: it is sent a value, or an exception is thrown in, and it runs to its next
//! `yield`, to its end, or to the next point where it waits for the event loop.

use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use asyncgen::State;
use pyo3::exceptions::{PyGeneratorExit, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;

use super::body::{Body, Command};
use super::bridge::Bridge;
use crate::process::stack;
use crate::protocol::Resumed;
use crate::protocol::coroutine::Answer;
use crate::wait::wake_state::WakeState;
use crate::wait::{self, Wait};

/// What the step in flight waits for.
enum Waiting {
    Nothing,
    /// A Python awaitable in the body: the bridge holds what it handed up.
    Python,
    /// The body's waker.
    Waker(Wait),
}

pub(crate) struct Driver {
    body: Box<dyn Body>,
    /// Where the body stands.
    state: State,
    bridge: Bridge,
    waiting: Waiting,
    /// An exception was thrown into this step: it is on its way out, and what is awaited now is clean-up.
    thrown: bool,
    /// This step closes the generator (contract clause C20).
    closing: bool,
    wake_state: Arc<WakeState>,
    waker: Waker,
    /// Of a body that gives the event loop a turn now and then, if it is always ready.
    row: Option<Row>,
}

/// Steps in a row that were ready: the event loop has had no turn meanwhile.
#[derive(Default)]
struct Row {
    steps: u32,
    since: Option<Instant>,
}

impl Row {
    /// The clock is looked at once in so many steps.
    const STEPS: u32 = 64;
    const LONGEST: Duration = Duration::from_millis(10);

    /// Is it time to give the event loop a turn, for timeouts and cancellations to get through?
    fn is_long(&mut self) -> bool {
        self.steps += 1;
        if self.steps < Self::STEPS {
            return false;
        }
        self.steps = 0;
        let since = self.since.get_or_insert_with(Instant::now);
        since.elapsed() > Self::LONGEST
    }
}

impl Driver {
    pub(crate) fn new(body: Box<dyn Body>) -> Self {
        let wake_state = WakeState::new();
        let waker = Waker::from(Arc::clone(&wake_state));
        Self {
            state: body.state(),
            row: body.gives_turns().then(Row::default),
            body,
            bridge: Bridge::default(),
            waiting: Waiting::Nothing,
            thrown: false,
            closing: false,
            wake_state,
            waker,
        }
    }

    /// What a Python awaitable in the body handed up.
    fn up(&self) -> Option<&Py<PyAny>> {
        self.bridge.up.as_ref()
    }

    fn send_down(&mut self, answer: Answer) {
        self.bridge.down = Some(answer);
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// What the step in flight waits for, as `ag_await` shows it.
    pub(crate) fn awaited(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        match &self.waiting {
            Waiting::Nothing => None,
            Waiting::Python => self.up().map(|object| object.clone_ref(py)),
            Waiting::Waker(wait) => Some(wait.object(py)),
        }
    }

    /// Begins a step, or goes on with the one in flight.
    pub(crate) fn resume(&mut self, py: Python<'_>, command: Command) -> Resumed {
        // Before anything is changed: the step is not begun, or stays in flight.
        if !stack::is_left() {
            return Resumed::raised(stack::too_deep());
        }
        match (&command, &self.waiting) {
            // What comes out of an awaitable is the body's own: a closing goes on.
            (Command::Send(_), _) | (Command::Throw(_), Waiting::Python) => {}
            (Command::Throw(_), _) => self.closing = false,
            (Command::Close, _) => self.closing = true,
        }
        let command = match self.waiting {
            Waiting::Nothing => {
                if self.state == State::Suspended
                    && matches!(command, Command::Send(None))
                    && self.row.as_mut().is_some_and(Row::is_long)
                    && let Some(turn) = self.turn(py)
                {
                    return turn;
                }
                Some(command)
            }
            _ => match self.answer(py, command) {
                Ok(command) => command,
                Err(waits) => return waits,
            },
        };
        let Poll::Ready(resumed) = self.poll(py, command) else { return self.wait(py) };
        self.thrown = false;
        let closing = std::mem::take(&mut self.closing);
        match resumed {
            // Whoever carries on with a closing sees the generator end.
            Resumed::Raised(error) if closing && error.is_instance_of::<PyGeneratorExit>(py) => {
                Resumed::Returned(py.None())
            }
            resumed => resumed,
        }
    }

    /// Gives the event loop a turn before the step begins, if one runs here.
    #[cold]
    fn turn(&mut self, py: Python<'_>) -> Option<Resumed> {
        self.row = Some(Row::default());
        match Wait::turn(py, false).transpose()? {
            Ok((wait, object)) => {
                self.waiting = Waiting::Waker(wait);
                Some(Resumed::Await(object))
            }
            Err(error) => Some(Resumed::raised(error)),
        }
    }

    /// What the event loop answers to what the step in flight waits for. What the body is to be sent of it, if the body is
    /// to go on.
    #[inline(never)]
    fn answer(&mut self, py: Python<'_>, command: Command) -> Result<Option<Command>, Resumed> {
        let answer = command.into_answer(py);
        match std::mem::replace(&mut self.waiting, Waiting::Nothing) {
            Waiting::Nothing => Ok(None),
            Waiting::Python => {
                self.send_down(answer);
                Ok(None)
            }
            Waiting::Waker(wait) => match wait.resume(py, answer) {
                // The loop had a turn before the step began.
                Resumed::Returned(_) | Resumed::Yielded(_) if self.state == State::Suspended => {
                    Ok(Some(Command::Send(None)))
                }
                Resumed::Returned(_) | Resumed::Yielded(_) => Ok(None),
                Resumed::Await(object) => {
                    self.waiting = Waiting::Waker(wait);
                    Err(Resumed::Await(object))
                }
                Resumed::Raised(error) => Ok(Some(Command::Throw(error))),
            },
        }
    }

    /// Goes on with a step whose awaitable was dropped half-way (contract clause C18): whoever awaits now waits for
    /// what that one waited for; an exception is raised where the body stands (C19).
    pub(crate) fn carry_on(&mut self, py: Python<'_>, command: Command) -> Resumed {
        match (&self.waiting, command) {
            // Closing it once more throws nothing in a second time.
            (Waiting::Python, command) if matches!(command, Command::Send(_)) || self.is_repeated(&command) => {
                match self.hand_up_again(py) {
                    Ok(object) => Resumed::Await(object),
                    Err(error) => Resumed::raised(error),
                }
            }
            (Waiting::Python, command) => self.resume(py, command),
            (Waiting::Waker(_) | Waiting::Nothing, command) => {
                // The wait belonged to the task that is gone.
                self.waiting = Waiting::Nothing;
                self.resume(py, command)
            }
        }
    }

    fn is_repeated(&self, command: &Command) -> bool {
        self.closing && matches!(command, Command::Close)
    }

    fn hand_up_again(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let Some(object) = self.up() else {
            return Err(PyRuntimeError::new_err("the step that was abandoned can't be carried on with"));
        };
        let object = object.bind(py);
        if object.hasattr(intern!(py, "_asyncio_future_blocking"))? {
            wait::asyncio::claim(object)?;
        }
        Ok(object.clone().unbind())
    }

    /// The body waits: for what it handed up, or for its waker.
    #[inline(never)]
    fn wait(&mut self, py: Python<'_>) -> Resumed {
        if let Some(object) = self.up() {
            let object = object.clone_ref(py);
            self.waiting = Waiting::Python;
            return Resumed::Await(object);
        }
        if let Some(row) = &mut self.row {
            *row = Row::default();
        }
        match self.wait_for_waker(py) {
            Ok((wait, object)) => {
                self.waiting = Waiting::Waker(wait);
                Resumed::Await(object)
            }
            // The step stays in flight: it can be carried on with where a loop runs.
            Err(error) => Resumed::raised(error),
        }
    }

    /// Polls the body, which begins a step if there is a command.
    #[allow(clippy::inline_always, reason = "it is called for every item")]
    #[inline(always)]
    fn poll(&mut self, py: Python<'_>, mut command: Option<Command>) -> Poll<Resumed> {
        loop {
            self.thrown |= matches!(command, Some(Command::Throw(_) | Command::Close));
            self.wake_state.reset();
            let polled = self.body.step(py, command, &self.waker, &mut self.bridge);
            if let (Poll::Pending, Some(error)) = (&polled, self.bridge.raised.take()) {
                // The body stands at an await of what has raised this.
                command = Some(Command::Throw(Box::new(error)));
                continue;
            }
            self.state = match &polled {
                Poll::Pending | Poll::Ready(Resumed::Await(_)) => State::Running,
                Poll::Ready(Resumed::Yielded(_)) => State::Suspended,
                // The end, or a value that is none of Python's: the body stands at its `yield`.
                Poll::Ready(Resumed::Returned(_) | Resumed::Raised(_)) => self.body.state(),
            };
            return polled;
        }
    }

    /// A body that was woken while it was polled only gives way: the loop gets a turn.
    fn wait_for_waker(&self, py: Python<'_>) -> PyResult<(Wait, Py<PyAny>)> {
        if self.wake_state.is_woken()
            && let Some(turn) = Wait::turn(py, self.thrown)?
        {
            return Ok(turn);
        }
        Wait::start(py, &self.wake_state, self.thrown)
    }

    /// A new step begins at a `yield`. The turn that the loop had before a step that nobody waits for any more is over.
    pub(crate) fn forget_turn(&mut self) {
        if matches!(self.waiting, Waiting::Waker(_)) {
            self.waiting = Waiting::Nothing;
        }
    }

    /// Closes the generator as far as that goes without an event loop.
    pub(crate) fn close_at_once(&mut self, py: Python<'_>) -> Resumed {
        let in_python = matches!(self.waiting, Waiting::Python);
        self.waiting = Waiting::Nothing;
        let command = if in_python {
            self.send_down(Command::Close.into_answer(py));
            None
        } else {
            Some(Command::Close)
        };
        match self.poll(py, command) {
            Poll::Ready(resumed) => resumed,
            Poll::Pending => match self.up().map(|object| object.clone_ref(py)) {
                Some(object) => {
                    self.waiting = Waiting::Python;
                    Resumed::Await(object)
                }
                None => Resumed::Await(py.None()),
            },
        }
    }

    /// Python objects that the garbage collector is to know of.
    pub(crate) fn traverse(&self, visit: &pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.bridge.up)?;
        if let Waiting::Waker(wait) = &self.waiting {
            wait.traverse(visit)?;
        }
        // As long as somebody else has the waker, a timer maybe, the task that waits is to be woken: it is no garbage.
        let ours = 2; // `wake_state`, and `waker`
        if Arc::strong_count(&self.wake_state) == ours { self.wake_state.traverse(visit) } else { Ok(()) }
    }
}
