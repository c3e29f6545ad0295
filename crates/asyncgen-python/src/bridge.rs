//! How a Python awaitable inside a Rust body reaches the event loop.
//!
//! A Python coroutine that is not ready hands an object to whoever drives it (asyncio: the future it waits for), and
//! is resumed with a value or an exception. A Rust future can do neither: `Pending` carries nothing. The bridge is the
//! missing part. It belongs to the driver of one generator, and lies in a thread-local while that driver polls, where
//! [`Suspend`] finds it: what the awaitable wants goes *up* to the loop, what the loop answers comes *down*.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// What the loop answers: a value that it sends (nearly always `None`), or an exception that it throws.
pub(crate) type Answer = Result<Py<PyAny>, PyErr>;

/// The two directions. `up` stays full for as long as the body waits for an answer.
#[derive(Default)]
pub(crate) struct Bridge {
    pub(crate) up: Option<Py<PyAny>>,
    pub(crate) down: Option<Answer>,
}

thread_local! {
    static CURRENT: RefCell<Option<Bridge>> = const { RefCell::new(None) };
}

/// Puts the bridge of an outer generator back when an inner one's driver is done, however it ends.
struct Restore<'b> {
    bridge: &'b mut Bridge,
    outer: Option<Bridge>,
}

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        if let Some(inner) = CURRENT.replace(self.outer.take()) {
            *self.bridge = inner;
        }
    }
}

impl Bridge {
    /// Runs `f`, in which this bridge is the one that futures find.
    pub(crate) fn enter<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let outer = CURRENT.replace(Some(std::mem::take(self)));
        let _restore = Restore { bridge: self, outer };
        f()
    }
}

/// Is this thread polling a generator that Python drives?
pub(crate) fn is_there() -> bool {
    CURRENT.with_borrow(Option::is_some)
}

/// Hands one object up to the event loop, and is ready with its answer.
pub(crate) struct Suspend {
    stage: Stage,
}

enum Stage {
    Start(Py<PyAny>),
    Waiting,
    Done,
}

impl Suspend {
    pub(crate) fn new(object: Py<PyAny>) -> Self {
        Self { stage: Stage::Start(object) }
    }
}

impl Future for Suspend {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Answer> {
        CURRENT.with_borrow_mut(|current| {
            let Some(bridge) = current else {
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

impl Drop for Suspend {
    /// The body does not wait any more: what the loop answers is nobody's.
    fn drop(&mut self) {
        if matches!(self.stage, Stage::Waiting) {
            // Outside of a poll the whole body is being dropped, and the bridge with it.
            let abandoned = CURRENT.try_with(|current| {
                current.try_borrow_mut().ok().and_then(|mut current| {
                    current.as_mut().map(|bridge| (bridge.up.take(), bridge.down.take()))
                })
            });
            drop(abandoned);
        }
    }
}
