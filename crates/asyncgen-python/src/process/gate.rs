//! The way into the interpreter, which is closed when the interpreter shuts down.
//!
//! A thread that waits for the interpreter lock when the interpreter has ended is ended too, by unwinding it, which Rust
//! does not survive. So nobody may be on the way in by then, and no thread but the one that ends the interpreter may be in
//! the middle of a step, which lets the lock go and takes it back. When the last `atexit` function has returned, the gate
//! is closed: nobody gets in any more, those who are inside are waited for, and the runtime's threads are ended.
//!
//! The moment after the last `atexit` function is found by what is registered there: an object that nobody else refers to,
//! and that is dropped with the registrations, when all of them have been called.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::modules;
use super::swap::Swap;

static CLOSED: AtomicBool = AtomicBool::new(false);
/// Threads of Rust's that are on their way in, or inside.
static INSIDE: AtomicUsize = AtomicUsize::new(0);
/// Steps in the middle of which threads of Python's are. Only changed by who holds the interpreter lock.
static STEPS: AtomicUsize = AtomicUsize::new(0);
static REGISTERED: AtomicBool = AtomicBool::new(false);
static LAST: Swap<Option<fn()>> = Swap::new(None);

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

/// Runs `f` with the interpreter; `None` if that is shutting down. For threads of Rust's.
pub(crate) fn attach<T>(f: impl FnOnce(Python<'_>) -> T) -> Option<T> {
    let _inside = Inside::enter()?;
    Python::try_attach(|py| keeping_exception(py, || f(py)))
}

/// Runs `f` while an exception may be on its way: destructors are called then, too, and what they call must not see it.
pub(crate) fn keeping_exception<T>(py: Python<'_>, f: impl FnOnce() -> T) -> T {
    let on_its_way = PyErr::take(py);
    let result = f();
    if let Some(error) = on_its_way {
        error.restore(py);
    }
    result
}

/// A thread of Python's is in the middle of a step, until this is dropped.
pub(crate) struct InStep(());

/// To be called when Python calls this crate for a step, or for whatever else may let the interpreter lock go. After the gate was closed it only returns in the thread that ends
/// the interpreter: any other has no business there any more, and is parked for ever, as CPython does since 3.14.
pub(crate) fn begin_step(py: Python<'_>) -> InStep {
    if is_closed() {
        park_unless_last(py);
    }
    // The interpreter lock is held: no other thread writes at the same time.
    STEPS.store(STEPS.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    InStep(())
}

impl Drop for InStep {
    fn drop(&mut self) {
        // A fork in the middle of a step has counted anew.
        STEPS.store(STEPS.load(Ordering::Relaxed).saturating_sub(1), Ordering::Relaxed);
    }
}

/// Runs `f` without the interpreter lock. A thread that comes back after the gate was closed, and was not waited for, is
/// parked before it asks for the lock.
pub(crate) fn detach<T: Send>(py: Python<'_>, f: impl FnOnce() -> T + Send) -> T {
    py.detach(|| {
        let result = f();
        if IS_ABANDONED.load(Ordering::Acquire) && !is_last_thread() {
            park();
        }
        result
    })
}

/// Was the gate closed? Then nothing can be polled any more that needs the runtime.
pub(crate) fn is_closed() -> bool {
    CLOSED.load(Ordering::Relaxed)
}

pub(crate) fn shutting_down() -> PyErr {
    PyRuntimeError::new_err("the interpreter is shutting down: an asynchronous generator in Rust can't go on any more")
}

/// The thread that ends the interpreter, when the gate is closed.
static LAST_THREAD: Swap<Option<std::thread::ThreadId>> = Swap::new(None);
/// Threads that were inside when the gate was closed were waited for in vain.
static IS_ABANDONED: AtomicBool = AtomicBool::new(false);

fn is_last_thread() -> bool {
    LAST_THREAD.with(|last| *last == Some(std::thread::current().id()))
}

fn park_unless_last(py: Python<'_>) {
    if !is_last_thread() {
        py.detach(park);
    }
}

fn park() {
    loop {
        std::thread::park();
    }
}

/// What is to be called when the gate is closed, and nobody is inside any more.
pub(crate) fn at_close(function: fn()) {
    LAST.with(|last| *last = Some(function));
}

/// Sees to it that the gate is closed in time. To be called before any thread may want to come in.
pub(crate) fn open(py: Python<'_>) -> PyResult<()> {
    if REGISTERED.load(Ordering::Relaxed) {
        return Ok(());
    }
    let closer = Py::new(py, Closer { called: AtomicBool::new(false) })?;
    modules::import(py, c"atexit")?.call_method1("register", (closer,))?;
    REGISTERED.store(true, Ordering::Relaxed);
    Ok(())
}

/// A fork has none of the threads that were inside, and may have none of the `atexit` functions.
pub(crate) fn forked() {
    INSIDE.store(0, Ordering::SeqCst);
    STEPS.store(0, Ordering::SeqCst);
    REGISTERED.store(false, Ordering::SeqCst);
}

/// An `atexit` function whose end matters.
#[pyclass(frozen, module = "asyncgen")]
struct Closer {
    called: AtomicBool,
}

#[pymethods]
impl Closer {
    fn __call__(&self) {
        self.called.store(true, Ordering::Relaxed);
    }
}

impl Drop for Closer {
    fn drop(&mut self) {
        if self.called.load(Ordering::Relaxed) {
            let _interpreter_is_there = Python::try_attach(close);
        } else {
            // Somebody has cleared the registrations, as multiprocessing does in a fork.
            REGISTERED.store(false, Ordering::Relaxed);
        }
    }
}

fn close(py: Python<'_>) {
    LAST_THREAD.with(|last| *last = Some(std::thread::current().id()));
    CLOSED.store(true, Ordering::SeqCst);
    let patience = Instant::now() + Duration::from_secs(5);
    // A destructor may run in the middle of a step of this very thread.
    py.detach(|| {
        while INSIDE.load(Ordering::SeqCst) + STEPS.load(Ordering::SeqCst) > 0 {
            if Instant::now() >= patience {
                IS_ABANDONED.store(true, Ordering::Release);
                break;
            }
            std::thread::sleep(Duration::from_micros(100));
        }
        if let Some(last) = LAST.replace(None) {
            last();
        }
    });
}
