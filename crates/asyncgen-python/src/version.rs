//! Where the versions of CPython differ.

use std::sync::OnceLock;

use pyo3::exceptions::PyDeprecationWarning;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// Since 3.12.4, an awaitable that was refused can't be used again, `throw` is refused as `send` is, and `close` raises
/// `GeneratorExit` in the body.
pub(crate) fn is_strict(py: Python<'_>) -> bool {
    static STRICT: OnceLock<bool> = OnceLock::new();
    *STRICT.get_or_init(|| py.version_info() >= (3, 12, 4))
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
