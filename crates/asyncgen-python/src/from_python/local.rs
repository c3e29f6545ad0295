//! A step of a Python generator in the body of a generator that Python drives: see [`bridge`](crate::drive::bridge).

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pyo3::exceptions::{PyException, PyGeneratorExit};
use pyo3::prelude::*;

use crate::drive::bridge::{HandUp, RaiseHere};
use crate::protocol::Resumed;
use crate::protocol::coroutine::{Answer, Coroutine, iterator_of, step};

/// Awaits one awaitable; an exception can be raised where it waits.
pub(crate) struct LocalStep {
    // Dropped, and so given up, before the coroutine is closed.
    hand_up: Option<HandUp>,
    coroutine: Coroutine,
    answer: Option<Answer>,
    thrown_into: bool,
}

impl LocalStep {
    pub(crate) fn new(awaitable: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = awaitable.py();
        Ok(Self {
            hand_up: None,
            coroutine: Coroutine::new(iterator_of(awaitable)?),
            answer: Some(Ok(py.None())),
            thrown_into: false,
        })
    }

    /// One that has begun: this iterator has handed an object up.
    pub(crate) fn waiting(iterator: Py<PyAny>, object: Py<PyAny>) -> Self {
        let (hand_up, coroutine) = (Some(HandUp::new(object)), Coroutine::new(iterator));
        Self { hand_up, coroutine, answer: None, thrown_into: false }
    }

    /// Has the event loop thrown an exception in, a cancellation for example?
    pub(crate) fn was_thrown_into(&self) -> bool {
        self.thrown_into
    }

    pub(crate) fn throw(&mut self, error: PyErr) {
        self.hand_up = None;
        self.answer = Some(Err(error));
    }
}

impl Future for LocalStep {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        loop {
            if let Some(hand_up) = &mut self.hand_up {
                let answer = ready!(Pin::new(hand_up).poll(cx));
                self.hand_up = None;
                self.thrown_into |= answer.is_err();
                self.answer = Some(answer);
            }
            let Some(answer) = self.answer.take() else { return Poll::Pending };
            match Python::attach(|py| step(self.coroutine.get(py), answer)) {
                Resumed::Await(object) | Resumed::Yielded(object) => self.hand_up = Some(HandUp::new(object)),
                Resumed::Returned(value) => {
                    self.coroutine.ended();
                    return Poll::Ready(Ok(value));
                }
                Resumed::Raised(error) => {
                    self.coroutine.ended();
                    return Poll::Ready(Err(*error));
                }
            }
        }
    }
}

/// Awaits a Python awaitable in the body of a generator that Python code drives: a coroutine, a task, a future.
///
/// It runs in the Python task that awaits the generator's step, as if the body were a Python function: what it waits
/// for goes up to the event loop, whichever that is, and a cancellation of the task is raised inside it. While it
/// waits, the task waits for it alone: in a `select!` with a Rust future, that future is looked at when the awaitable
/// goes on. Two of them can't wait at once: [`spawn_python`](crate::spawn_python) makes tasks of them, which can.
///
/// ```ignore
/// let sleep = Python::attach(|py| py.import("asyncio")?.call_method1("sleep", (1,)).map(Bound::unbind))?;
/// await_python(sleep).await?;
/// ```
///
/// What the awaitable raises that is no `Exception`, a cancellation for example, is raised at this await as closing is:
/// `catch GeneratorExit` sees it, `finally` runs, and it comes out as it was. In clean-up, which is not interrupted, it is
/// an error. So is Python's own `GeneratorExit`: that is how the closing of a step that was dropped half-way arrives here.
///
/// # Errors
///
/// What the awaitable raises; `TypeError` if the object is not awaitable; `RuntimeError` outside of such a body.
pub async fn await_python(awaitable: Py<PyAny>) -> PyResult<Py<PyAny>> {
    let error = match Python::attach(|py| LocalStep::new(awaitable.bind(py)))?.await {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let is_error =
        |py: Python<'_>| error.is_instance_of::<PyException>(py) || error.is_instance_of::<PyGeneratorExit>(py);
    if Python::attach(is_error) { Err(error) } else { Err(RaiseHere::Start(error).await) }
}
