//! The waker of a generator that Python drives.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Wake;

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::process::gate;
use crate::process::swap::Swap;

const IDLE: u8 = 0;
/// Somebody called the waker since the poll began.
const WOKEN: u8 = 1;
/// The task waits in the event loop, and the first call of the waker must wake it.
const WAITING: u8 = 2;

/// What the waker of a body does: it notes that it was called, and wakes the Python task that waits for it.
pub(crate) struct WakeState {
    state: AtomicU8,
    alarm: Swap<Option<Alarm>>,
}

/// How a task is woken: `schedule(callback)`, which can be called from any thread.
pub(crate) struct Alarm {
    pub(crate) schedule: Py<PyAny>,
    pub(crate) callback: Py<PyAny>,
}

impl Alarm {
    fn ring(&self, py: Python<'_>) {
        // It fails if the loop is closed: then nobody waits any more.
        let _closed = self.schedule.call1(py, (&self.callback,));
    }
}

impl WakeState {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { state: AtomicU8::new(IDLE), alarm: Swap::new(None) })
    }

    /// Before a poll: what woke the body so far is dealt with by it.
    pub(crate) fn reset(&self) {
        if self.state.load(Ordering::Acquire) != IDLE && self.state.swap(IDLE, Ordering::AcqRel) == WAITING {
            self.take();
        }
    }

    /// Was the waker called since the poll began?
    pub(crate) fn is_woken(&self) -> bool {
        self.state.load(Ordering::Acquire) == WOKEN
    }

    /// After a poll that was pending: the next wake-up rings `alarm`. If there was one meanwhile, it rings now.
    pub(crate) fn wait(&self, py: Python<'_>, alarm: Alarm) {
        drop(self.alarm.replace(Some(alarm)));
        if self.state.compare_exchange(IDLE, WAITING, Ordering::AcqRel, Ordering::Acquire).is_err()
            && let Some(alarm) = self.take()
        {
            alarm.ring(py);
        }
    }

    /// For the garbage collector.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        let visited = self.alarm.try_with(|alarm| {
            alarm.as_ref().map_or(Ok(()), |alarm| {
                visit.call(&alarm.schedule)?;
                visit.call(&alarm.callback)
            })
        });
        visited.unwrap_or(Ok(()))
    }

    fn take(&self) -> Option<Alarm> {
        self.alarm.take()
    }
}

impl Wake for WakeState {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    /// Called from any thread. It may have to wait for the interpreter lock: nobody who holds that lock waits for
    /// this thread, as bodies are polled and dropped without it.
    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(WOKEN, Ordering::AcqRel) == WAITING
            && let Some(alarm) = self.take()
        {
            // `None`: the interpreter is shutting down, and its loops with it.
            let rung = gate::attach(|py| alarm.ring(py));
            if rung.is_none() {
                std::mem::forget(alarm);
            }
        }
    }
}
