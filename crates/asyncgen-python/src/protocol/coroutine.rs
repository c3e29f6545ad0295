//! Coroutines of Python, and other awaitables: one step, and their end.
#![allow(unsafe_code)]

use std::ptr;

use pyo3::exceptions::{PyStopIteration, PyTypeError};
use pyo3::prelude::*;
use pyo3::{ffi, intern};

use super::Resumed;
use crate::process::modules::Attribute;

/// What the loop answers: a value that it sends (nearly always `None`), or an exception that it throws.
pub(crate) type Answer = Result<Py<PyAny>, PyErr>;

/// Resumes a coroutine, or the iterator of another awaitable.
pub(crate) fn step(iterator: &Bound<'_, PyAny>, answer: Answer) -> Resumed {
    match answer {
        Ok(value) => send(iterator, value.bind(iterator.py())),
        Err(error) => throw(iterator, error),
    }
}

/// Resumes it with a value.
pub(crate) fn send(iterator: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> Resumed {
    let py = iterator.py();
    let mut result = ptr::null_mut();
    // SAFETY: attached; both are borrowed for the call, and there is room for the result.
    let sent = unsafe { ffi::PyIter_Send(iterator.as_ptr(), value.as_ptr(), &raw mut result) };
    // SAFETY: a new reference, or null and an exception.
    match (sent, unsafe { Bound::from_owned_ptr_or_err(py, result) }) {
        (ffi::PySendResult::PYGEN_NEXT, Ok(object)) => Resumed::Await(object.unbind()),
        (_, Ok(value)) => Resumed::Returned(value.unbind()),
        (_, Err(error)) => Resumed::raised(error),
    }
}

fn throw(iterator: &Bound<'_, PyAny>, error: PyErr) -> Resumed {
    let py = iterator.py();
    let thrown = match iterator.getattr_opt(intern!(py, "throw")) {
        Ok(Some(throw)) => throw.call1((error.into_value(py),)),
        Ok(None) => Err(error),
        Err(error) => Err(error),
    };
    match thrown {
        Ok(object) => Resumed::Await(object.unbind()),
        Err(error) if error.is_instance_of::<PyStopIteration>(py) => {
            match error.value(py).getattr(intern!(py, "value")) {
                Ok(value) => Resumed::Returned(value.unbind()),
                Err(error) => Resumed::raised(error),
            }
        }
        Err(error) => Resumed::raised(error),
    }
}

/// A coroutine that is closed when the body is dropped at its await.
pub(crate) struct Coroutine {
    iterator: Py<PyAny>,
    ended: bool,
}

impl Coroutine {
    pub(crate) fn new(iterator: Py<PyAny>) -> Self {
        Self { iterator, ended: false }
    }

    pub(crate) fn get<'py>(&self, py: Python<'py>) -> &Bound<'py, PyAny> {
        self.iterator.bind(py)
    }

    pub(crate) fn ended(&mut self) {
        self.ended = true;
    }
}

impl Drop for Coroutine {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let _interpreter_is_there = Python::try_attach(|py| {
            let iterator = self.iterator.bind(py);
            if let Ok(Some(close)) = iterator.getattr_opt(intern!(py, "close"))
                && let Err(error) = close.call0()
            {
                error.write_unraisable(py, Some(iterator));
            }
        });
    }
}

/// The object that `await` would resume: a coroutine itself, the iterator of any other awaitable.
pub(crate) fn iterator_of(awaitable: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    static COROUTINE: Attribute = Attribute::new(c"types", "CoroutineType");
    let py = awaitable.py();
    if awaitable.get_type_ptr().cast() == COROUTINE.get(py)?.as_ptr() {
        return Ok(awaitable.clone().unbind());
    }
    // SAFETY: this slot is for functions of this type.
    match unsafe { call_slot(awaitable, ffi::Py_am_await) } {
        Some(iterator) => Ok(iterator?.unbind()),
        // What `types.coroutine` has made.
        None if awaitable.hasattr(intern!(py, "gi_frame"))? => Ok(awaitable.clone().unbind()),
        None => {
            let name = awaitable.get_type().name()?;
            Err(PyTypeError::new_err(format!("object {name} can't be used in 'await' expression")))
        }
    }
}

/// The step of an asynchronous iterator, as `async for` takes it.
pub(crate) fn anext<'py>(iterator: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: this slot is for functions of this type.
    let anext = unsafe { call_slot(iterator, ffi::Py_am_anext) };
    // An attribute of the object's own will do, too.
    anext.unwrap_or_else(|| iterator.call_method0(intern!(iterator.py(), "__anext__")))
}

/// Calls the method that an object's type has in this slot, as the interpreter does: `None` if there is none.
///
/// # Safety
///
/// The slot is for a function that takes the object, and nothing else: [`ffi::unaryfunc`].
unsafe fn call_slot<'py>(object: &Bound<'py, PyAny>, slot: std::ffi::c_int) -> Option<PyResult<Bound<'py, PyAny>>> {
    // SAFETY: attached; the type is alive.
    let method = unsafe { ffi::PyType_GetSlot(object.get_type_ptr(), slot) };
    if method.is_null() {
        return None;
    }
    // SAFETY: by the caller.
    let method = unsafe { std::mem::transmute::<*mut std::ffi::c_void, ffi::unaryfunc>(method) };
    // SAFETY: attached, and the object is of the type that has the method.
    let result = unsafe { method(object.as_ptr()) };
    // SAFETY: a new reference, or null and an exception.
    Some(unsafe { Bound::from_owned_ptr_or_err(object.py(), result) })
}

/// Has nobody but this reference the object?
pub(crate) fn is_only_reference(_: Python<'_>, object: &Py<PyAny>) -> bool {
    // SAFETY: attached, by the token, and the object is alive.
    unsafe { ffi::Py_REFCNT(object.as_ptr()) == 1 }
}
