//! A step of a Python generator in the body of a generator that Python drives: see [`bridge`](crate::bridge).

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pyo3::prelude::*;

use crate::awaiting::{Coroutine, iterator_of};
use crate::bridge::{Answer, Suspend};
use crate::step::{Stepped, step};

/// Awaits one awaitable; an exception can be raised where it waits.
pub(crate) struct LocalStep {
    // Dropped, and so given up, before the coroutine is closed.
    suspend: Option<Suspend>,
    coroutine: Coroutine,
    answer: Option<Answer>,
}

impl LocalStep {
    pub(crate) fn new(awaitable: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = awaitable.py();
        Ok(Self { suspend: None, coroutine: Coroutine::new(iterator_of(awaitable)?), answer: Some(Ok(py.None())) })
    }

    pub(crate) fn throw(&mut self, error: PyErr) {
        self.suspend = None;
        self.answer = Some(Err(error));
    }
}

impl Future for LocalStep {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answer> {
        loop {
            if let Some(suspend) = &mut self.suspend {
                let answer = ready!(Pin::new(suspend).poll(cx));
                self.suspend = None;
                self.answer = Some(answer);
            }
            let Some(answer) = self.answer.take() else { return Poll::Pending };
            match Python::attach(|py| step(self.coroutine.get(py), answer)) {
                Stepped::Suspended(object) => self.suspend = Some(Suspend::new(object)),
                Stepped::Returned(value) => {
                    self.coroutine.ended();
                    return Poll::Ready(Ok(value));
                }
                Stepped::Raised(error) => {
                    self.coroutine.ended();
                    return Poll::Ready(Err(error));
                }
            }
        }
    }
}
