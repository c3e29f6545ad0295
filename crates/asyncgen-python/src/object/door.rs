//! `PyO3`'s own way in, for a C function that is written by hand.
//!
//! The interpreter calls it while it is attached, which `PyO3` has to be told: it counts for each thread how often it is.
//! `Python::attach` asks the interpreter, for more than all the rest of a ready step costs. A function that `PyO3` has
//! made for a class needs not ask; here is the class, and the function.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr;
use std::sync::OnceLock;

use pyo3::exceptions::PySystemError;
use pyo3::ffi;
use pyo3::prelude::*;

use super::asend_type;

/// There is one, and Python code has no way to it.
#[pyclass(frozen, module = "asyncgen")]
struct Door;

#[pymethods]
#[expect(clippy::unused_self, reason = "a slot is called with it")]
impl Door {
    /// What the C function calls: by this slot, as the interpreter gives it nothing else to do.
    fn __concat__(&self, awaitable: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        asend_type::send_here(awaitable)
    }
}

/// The function, and the object that it is called with.
pub(super) struct Entrance {
    door: Py<Door>,
    function: ffi::binaryfunc,
}

static ENTRANCE: OnceLock<Entrance> = OnceLock::new();

impl Entrance {
    /// To be called before [`send`](Self::send).
    pub(super) fn make(py: Python<'_>) -> PyResult<()> {
        let door = Py::new(py, Door)?;
        // SAFETY: attached; a type that was made from slots.
        let slot = unsafe { ffi::PyType_GetSlot(py.get_type::<Door>().as_type_ptr(), ffi::Py_sq_concat) };
        if slot.is_null() {
            return Err(PySystemError::new_err("PyO3 has left a slot out"));
        }
        // SAFETY: it is the slot of functions of this type.
        let function = unsafe { std::mem::transmute::<*mut c_void, ffi::binaryfunc>(slot) };
        ENTRANCE.get_or_init(|| Self { door, function });
        Ok(())
    }

    /// [`asend_type::send_here`]; null and an exception if it fails, or panics.
    ///
    /// # Safety
    ///
    /// Attached, and the awaitable is alive.
    pub(super) unsafe fn send(awaitable: *mut ffi::PyObject) -> *mut ffi::PyObject {
        let Some(entrance) = ENTRANCE.get() else { return ptr::null_mut() };
        // SAFETY: by the caller; the function is that of the door's class.
        unsafe { (entrance.function)(entrance.door.as_ptr(), awaitable) }
    }
}
