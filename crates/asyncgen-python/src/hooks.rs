//! The first step of a generator, and its last: PEP 525's hooks.

use std::sync::atomic::Ordering;

use asyncgen::State;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::driver::Closed;
use crate::object::{Object, Running, lock};

/// At the first operation, the hooks of the moment are kept.
pub(crate) fn init(slf: &Bound<'_, Object>) -> PyResult<()> {
    static GET: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let this = slf.get();
    if this.hooked.load(Ordering::Relaxed) {
        return Ok(());
    }
    this.hooked.store(true, Ordering::Relaxed);
    let hooks = GET.import(slf.py(), "sys", "get_asyncgen_hooks")?.call0()?;
    let finalizer = hooks.get_item(1)?;
    if !finalizer.is_none() {
        *lock(&this.finalizer) = Some(finalizer.unbind());
    }
    let first_iter = hooks.get_item(0)?;
    if !first_iter.is_none() {
        first_iter.call1((slf,))?;
    }
    Ok(())
}

/// CPython's `_PyGen_Finalize`: a generator that was not closed is given to the event loop, which closes it; where there
/// was none, it is closed as far as that goes without waiting.
pub(crate) fn finalize(slf: &Bound<'_, Object>) -> PyResult<()> {
    let py = slf.py();
    let this = slf.get();
    if matches!(this.state(), State::Created | State::Closed) {
        return Ok(());
    }
    // In a cycle of garbage, the collector may have closed the coroutine already, without asking anybody.
    if let Some(held) = &this.coroutine
        && held.has_ended(py)?
    {
        return Ok(());
    }
    let finalizer = lock(&this.finalizer).as_ref().map(|finalizer| finalizer.clone_ref(py));
    if let Some(finalizer) = finalizer
        && !this.is_closed()
    {
        return finalizer.call1(py, (slf,)).map(drop);
    }
    let Some(driver) = this.driver.take() else { return Ok(()) };
    let mut running = Running { object: this, driver: Some(driver) };
    let Some(driver) = &mut running.driver else { return Ok(()) };
    match driver.close_at_once(py)? {
        Closed::Gracefully => Ok(()),
        Closed::Yielded => Err(PyRuntimeError::new_err("async generator ignored GeneratorExit")),
        Closed::Awaited => Err(PyRuntimeError::new_err(format!(
            "async generator ignored GeneratorExit: {} awaited during finalization; install a finalization hook \
             (asyncio and trio do), or close it: 'async with aclosing(...):'",
            this.qualname(py).bind(py).repr()?
        ))),
    }
}
