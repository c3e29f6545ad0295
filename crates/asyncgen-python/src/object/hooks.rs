//! The first step of a generator, and its last: PEP 525's hooks.

use std::sync::atomic::Ordering;

use asyncgen::State;
use pyo3::exceptions::{PyGeneratorExit, PyRuntimeError};
use pyo3::prelude::*;

use super::{GeneratorObject, PutBack};
use crate::process::gate;
use crate::process::modules::Attribute;
use crate::protocol::Resumed;

/// At the first operation, the hooks of the moment are kept.
#[inline]
pub(crate) fn init(slf: &Bound<'_, GeneratorObject>) -> PyResult<()> {
    if slf.get().hooked.load(Ordering::Relaxed) { Ok(()) } else { keep_hooks(slf) }
}

#[cold]
fn keep_hooks(slf: &Bound<'_, GeneratorObject>) -> PyResult<()> {
    static GET: Attribute = Attribute::new(c"sys", "get_asyncgen_hooks");
    let this = slf.get();
    // They are functions of Python's.
    let _in_step = gate::begin_step(slf.py());
    this.hooked.store(true, Ordering::Relaxed);
    let hooks = GET.get(slf.py())?.call0()?;
    let finalizer = hooks.get_item(1)?;
    if !finalizer.is_none() {
        drop(this.finalizer.replace(Some(finalizer.unbind())));
    }
    let first_iter = hooks.get_item(0)?;
    if !first_iter.is_none() {
        first_iter.call1((slf,))?;
    }
    Ok(())
}

/// CPython's `_PyGen_Finalize`: a generator that was not closed is given to the event loop, which closes it; where there
/// was none, it is closed as far as that goes without waiting.
pub(crate) fn finalize(slf: &Bound<'_, GeneratorObject>) -> PyResult<()> {
    let py = slf.py();
    let this = slf.get();
    if this.state() == State::Closed {
        return Ok(());
    }
    // In a cycle of garbage, the collector may have closed the coroutine already, without asking anybody.
    if this.state() != State::Created
        && let Some(held) = this.origin.coroutine()
        && held.has_ended(py)?
    {
        return Ok(());
    }
    let finalizer = this.finalizer.with(|finalizer| finalizer.as_ref().map(|finalizer| finalizer.clone_ref(py)));
    if let Some(finalizer) = finalizer
        && !this.is_closed()
    {
        return finalizer.call1(py, (slf,)).map(drop);
    }
    if this.state() == State::Created {
        if let Some(coroutine) = this.origin.coroutine() {
            coroutine.close_unless_started();
        }
        return Ok(());
    }
    let Some(driver) = this.driver.take() else { return Ok(()) };
    let mut running = PutBack { object: this, driver: Some(driver) };
    let Some(driver) = &mut running.driver else { return Ok(()) };
    match driver.close_at_once(py) {
        Resumed::Returned(_) => Ok(()),
        Resumed::Raised(error) if error.is_instance_of::<PyGeneratorExit>(py) => Ok(()),
        Resumed::Raised(error) => Err(*error),
        Resumed::Yielded(_) => Err(PyRuntimeError::new_err("async generator ignored GeneratorExit")),
        Resumed::Await(_) => Err(PyRuntimeError::new_err(format!(
            "async generator ignored GeneratorExit: {} awaited during finalization; install a finalization hook \
             (asyncio and trio do), or close it: 'async with aclosing(...):'",
            this.qualname(py).bind(py).repr()?
        ))),
    }
}
