//! Where the versions of CPython differ.

use std::sync::OnceLock;

use pyo3::exceptions::{PyDeprecationWarning, PyImportError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::process::modules;

/// Since 3.12.4, an awaitable that was refused can't be used again, `throw` is refused as `send` is, and `close` raises
/// `GeneratorExit` in the body.
pub(crate) fn is_strict(py: Python<'_>) -> bool {
    static STRICT: OnceLock<bool> = OnceLock::new();
    *STRICT.get_or_init(|| py.version_info() >= (3, 12, 4))
}

/// Before 3.11, the interpreter looks for signals only where a loop makes a call, or jumps back within one frame.
pub(crate) fn misses_signals(py: Python<'_>) -> bool {
    static MISSES: OnceLock<bool> = OnceLock::new();
    *MISSES.get_or_init(|| py.version_info() < (3, 11))
}

/// # Errors
///
/// `ImportError` in a subinterpreter: PyO3 attaches threads to the main one alone, and would wait for it for ever.
#[allow(unsafe_code)]
pub(crate) fn require_main_interpreter(_: Python<'_>) -> PyResult<()> {
    // SAFETY: attached, by the token; both only look.
    let interpreter = unsafe { pyo3::ffi::PyInterpreterState_GetID(pyo3::ffi::PyInterpreterState_Get()) };
    if interpreter == 0 {
        return Ok(());
    }
    Err(PyImportError::new_err(
        "asynchronous generators in Rust work in the main interpreter alone, not in subinterpreters",
    ))
}

/// # Errors
///
/// `RuntimeError` if the interpreter runs without its lock.
pub(crate) fn require_lock(py: Python<'_>) -> PyResult<()> {
    let is_enabled = modules::import(py, c"sys")?.getattr_opt("_is_gil_enabled")?;
    if is_enabled.is_none_or(|is_enabled| is_enabled.call0().is_ok_and(|enabled| enabled.is_truthy().unwrap_or(true))) {
        return Ok(());
    }
    Err(PyRuntimeError::new_err(
        "asynchronous generators in Rust need the interpreter lock: say so with #[pymodule(gil_used = true)]",
    ))
}

/// Since 3.12, PEP 479 is about what a body raises: what is thrown into a generator that was not started comes out as it is.
pub(crate) fn lets_through_what_is_thrown_in_first(py: Python<'_>) -> bool {
    static LETS: OnceLock<bool> = OnceLock::new();
    *LETS.get_or_init(|| py.version_info() >= (3, 12))
}

/// Since 3.13, an awaitable that was never awaited is warned of.
pub(crate) fn warns_of_never_awaited(py: Python<'_>) -> bool {
    static WARNS: OnceLock<bool> = OnceLock::new();
    *WARNS.get_or_init(|| py.version_info() >= (3, 13))
}

/// Since 3.12, `throw(type, value, traceback)` is deprecated.
pub(crate) fn warn_of_three_arguments(args: &Bound<'_, PyTuple>, method: &str) -> PyResult<()> {
    let py = args.py();
    if args.len() < 2 || py.version_info() < (3, 12) {
        return Ok(());
    }
    let message =
        format!("the (type, exc, tb) signature of {method}() is deprecated, use the single-arg signature instead.");
    PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), &std::ffi::CString::new(message)?, 1)
}
