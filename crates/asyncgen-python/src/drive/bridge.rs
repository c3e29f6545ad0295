//! How a Python awaitable inside a Rust body reaches the event loop.
//!
//! A Python coroutine that is not ready hands an object to whoever drives it (asyncio: the future it waits for), and
//! is resumed with a value or an exception. A Rust future can do neither: `Pending` carries nothing. The bridge is the
//! missing part. It belongs to the driver of one generator, and a thread-local leads to it while that driver polls, where
//! [`HandUp`] finds it: what the awaitable wants goes *up* to the loop, what the loop answers comes *down*.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::protocol::coroutine::Answer;

/// The two directions. `up` stays full for as long as the body waits for an answer.
#[derive(Default)]
pub(crate) struct Bridge {
    pub(crate) up: Option<Py<PyAny>>,
    pub(crate) down: Option<Answer>,
    /// What a Python awaitable has raised that is no `Exception`: the driver is to raise it where the body stands.
    pub(crate) raised: Option<PyErr>,
    /// What a Python generator has raised that is no `Exception`, for which the body saw `GeneratorExit`.
    pub(crate) exit: Option<PyErr>,
}

thread_local! {
    /// The one that is current. It is alive, and nobody else uses it: [`enter`] has the only borrow of it, for as long as
    /// its address is here.
    static CURRENT: Cell<Option<NonNull<Bridge>>> = const { Cell::new(None) };
}

/// Runs `f` with the bridge that is current, if one is.
fn with_current<T>(f: impl FnOnce(Option<&mut Bridge>) -> T) -> T {
    // Nobody finds it meanwhile.
    let restore = Restore(CURRENT.take());
    // SAFETY: it was current, and is not now.
    f(restore.0.map(|mut bridge| unsafe { bridge.as_mut() }))
}

/// Puts a bridge back, however that ends which was done meanwhile.
struct Restore(Option<NonNull<Bridge>>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

/// Runs `f`, in which this bridge is the one that futures find.
pub(crate) fn enter<T>(bridge: &mut Bridge, f: impl FnOnce() -> T) -> T {
    let _outer = Restore(CURRENT.replace(Some(NonNull::from(bridge))));
    f()
}

/// Is this thread polling a generator that Python drives?
pub(crate) fn is_there() -> bool {
    with_current(|bridge| bridge.is_some())
}

/// What a Python generator has raised is on its way through the body as `GeneratorExit`. `Err`: nobody would know it again.
pub(crate) fn remember_exit(error: PyErr) -> Result<(), PyErr> {
    with_current(|bridge| match bridge {
        Some(bridge) => {
            drop(bridge.exit.replace(error));
            Ok(())
        }
        None => Err(error),
    })
}

/// Raises an exception that is no error at this await of the body, as if the driver had thrown it in.
pub(crate) enum RaiseHere {
    Start(PyErr),
    Raised(PyErr),
    Done,
}

impl Future for RaiseHere {
    type Output = PyErr;

    /// Clean-up is not interrupted (contract clause C25): when this is polled again, it gets the exception as an error.
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<PyErr> {
        match std::mem::replace(&mut *self, Self::Done) {
            Self::Start(error) => {
                let copy = Python::attach(|py| error.clone_ref(py));
                let passed = with_current(|bridge| bridge.map(|bridge| bridge.raised = Some(copy)));
                if passed.is_none() {
                    return Poll::Ready(error);
                }
                *self = Self::Raised(error);
                Poll::Pending
            }
            Self::Raised(error) => Poll::Ready(error),
            Self::Done => Poll::Pending,
        }
    }
}

/// Hands one object up to the event loop, and is ready with its answer.
pub(crate) struct HandUp {
    stage: Stage,
}

enum Stage {
    Start(Py<PyAny>),
    Waiting,
    Done,
}

impl HandUp {
    pub(crate) fn new(object: Py<PyAny>) -> Self {
        Self { stage: Stage::Start(object) }
    }
}

impl Future for HandUp {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Answer> {
        with_current(|bridge| {
            let Some(bridge) = bridge else {
                self.stage = Stage::Done;
                return Poll::Ready(Err(PyRuntimeError::new_err(
                    "a Python awaitable can only be awaited in the body of a generator that Python code drives",
                )));
            };
            match std::mem::replace(&mut self.stage, Stage::Waiting) {
                Stage::Start(_) if bridge.up.is_some() => {
                    self.stage = Stage::Done;
                    Poll::Ready(Err(PyRuntimeError::new_err(
                        "a generator's body can't wait for two Python awaitables at once: make tasks of them, or use gather()",
                    )))
                }
                Stage::Start(object) => {
                    bridge.up = Some(object);
                    Poll::Pending
                }
                Stage::Waiting => match bridge.down.take() {
                    Some(answer) => {
                        bridge.up = None;
                        self.stage = Stage::Done;
                        Poll::Ready(answer)
                    }
                    None => Poll::Pending,
                },
                Stage::Done => {
                    self.stage = Stage::Done;
                    Poll::Pending
                }
            }
        })
    }
}

impl Drop for HandUp {
    /// The body does not wait any more: what the loop answers is nobody's.
    fn drop(&mut self) {
        if matches!(self.stage, Stage::Waiting) {
            // Outside of a poll the whole body is being dropped, and the bridge with it.
            let abandoned = with_current(|bridge| bridge.map(|bridge| (bridge.up.take(), bridge.down.take())));
            drop(abandoned);
        }
    }
}
