//! The way from threads of tokio's into the interpreter, which is closed when the interpreter shuts down.
//!
//! A thread that waits for the interpreter lock when the interpreter has ended is ended too, by unwinding it, which
//! Rust does not survive. So nobody may be on the way in or inside by then: an `atexit` function lets nobody in any
//! more, waits until those who are in have left, and ends the tasks on the shared runtime, which may enter by
//! themselves.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::runtime;

static CLOSED: AtomicBool = AtomicBool::new(false);
static INSIDE: AtomicUsize = AtomicUsize::new(0);

struct Inside;

impl Inside {
    fn enter() -> Option<Self> {
        INSIDE.fetch_add(1, Ordering::SeqCst);
        let inside = Self;
        (!CLOSED.load(Ordering::SeqCst)).then_some(inside)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs `f` with the interpreter; `None` if that is shutting down.
pub(crate) fn attach<T>(f: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    let _inside = Inside::enter()?;
    Python::try_attach(f)
}

/// Sees to it that the gate is closed in time. To be called before any thread may want to come in.
pub(crate) fn open(py: Python<'_>) -> PyResult<()> {
    static REGISTERED: PyOnceLock<()> = PyOnceLock::new();
    let registered = REGISTERED.get_or_try_init(py, || {
        py.import("atexit")?.call_method1("register", (wrap_pyfunction!(close, py)?,)).map(drop)
    });
    registered.copied()
}

#[pyfunction]
fn close(py: Python<'_>) {
    CLOSED.store(true, Ordering::SeqCst);
    let patience = Instant::now() + Duration::from_secs(5);
    py.detach(|| {
        while INSIDE.load(Ordering::SeqCst) > 0 && Instant::now() < patience {
            std::thread::sleep(Duration::from_micros(100));
        }
        runtime::shut_down();
    });
}
