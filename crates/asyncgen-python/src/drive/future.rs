//! A Rust future with its types erased, which is driven as a generator is that yields nothing and ends with a value.

use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use asyncgen::State;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use super::body::{Body, Command, Gil, dropped, polled};
use super::bridge::{self, Bridge};
use crate::protocol::Resumed;

pub(crate) struct FutureBody<F: Send + 'static> {
    /// `None` once it is dropped.
    future: Option<Pin<Box<F>>>,
    gil: Gil,
    started: bool,
    thrown: Option<PyErr>,
}

impl<F: Send + 'static> FutureBody<F> {
    pub(crate) fn new(future: F, gil: Gil) -> Self {
        Self { future: Some(Box::pin(future)), gil, started: false, thrown: None }
    }

    fn drop_future(&mut self) {
        if let Some(future) = self.future.take() {
            dropped(self.gil, future);
        }
    }
}

impl<F, T, E> Body for FutureBody<F>
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: for<'py> IntoPyObject<'py> + Send,
    E: Into<PyErr> + Send,
{
    /// A future has no scopes that could catch an exception: it is dropped, and the exception comes out.
    fn step(&mut self, py: Python<'_>, command: Option<Command>, waker: &Waker, bridge: &mut Bridge) -> Poll<Resumed> {
        if let Some(command) = command {
            self.started = true;
            if let Err(error) = command.into_answer(py) {
                self.drop_future();
                self.thrown = Some(error);
            }
        }
        if let Some(error) = self.thrown.take() {
            return Poll::Ready(Resumed::raised(error));
        }
        let Some(future) = &mut self.future else { return Poll::Ready(Resumed::Returned(py.None())) };
        let poll = || bridge::enter(bridge, || future.as_mut().poll(&mut Context::from_waker(waker)));
        let result = match polled(py, self.gil, poll) {
            Ok(result) => ready!(result).map_err(Into::into),
            Err(error) => Err(error),
        };
        self.drop_future();
        Poll::Ready(match result.and_then(|value| value.into_py_any(py)) {
            Ok(value) => Resumed::Returned(value),
            Err(error) => Resumed::raised(error),
        })
    }

    fn state(&self) -> State {
        match (&self.future, self.started) {
            (None, _) => State::Closed,
            (Some(_), false) => State::Created,
            (Some(_), true) => State::Running,
        }
    }

    fn gives_turns(&self) -> bool {
        false
    }
}

impl<F: Send + 'static> Drop for FutureBody<F> {
    fn drop(&mut self) {
        self.drop_future();
    }
}
