//! One step of a Python coroutine.
#![allow(unsafe_code)]

use std::ptr;

use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;
use pyo3::{ffi, intern};

use crate::bridge::Answer;

/// What a coroutine does when it is resumed.
pub(crate) enum Stepped {
    /// It hands this to the event loop.
    Suspended(Py<PyAny>),
    Returned(Py<PyAny>),
    Raised(PyErr),
}

/// Resumes a coroutine, or the iterator of another awaitable.
pub(crate) fn step(iterator: &Bound<'_, PyAny>, answer: Answer) -> Stepped {
    match answer {
        Ok(value) => send(iterator, value.bind(iterator.py())),
        Err(error) => throw(iterator, error),
    }
}

fn send(iterator: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> Stepped {
    let py = iterator.py();
    let mut result = ptr::null_mut();
    // SAFETY: attached; both are borrowed for the call, and there is room for the result.
    let sent = unsafe { ffi::PyIter_Send(iterator.as_ptr(), value.as_ptr(), &raw mut result) };
    // SAFETY: a new reference, or null and an exception.
    match (sent, unsafe { Bound::from_owned_ptr_or_err(py, result) }) {
        (ffi::PySendResult::PYGEN_NEXT, Ok(object)) => Stepped::Suspended(object.unbind()),
        (_, Ok(value)) => Stepped::Returned(value.unbind()),
        (_, Err(error)) => Stepped::Raised(error),
    }
}

fn throw(iterator: &Bound<'_, PyAny>, error: PyErr) -> Stepped {
    let py = iterator.py();
    let thrown = match iterator.getattr_opt(intern!(py, "throw")) {
        Ok(Some(throw)) => throw.call1((error.into_value(py),)),
        Ok(None) => Err(error),
        Err(error) => Err(error),
    };
    match thrown {
        Ok(object) => Stepped::Suspended(object.unbind()),
        Err(error) if error.is_instance_of::<PyStopIteration>(py) => {
            match error.value(py).getattr(intern!(py, "value")) {
                Ok(value) => Stepped::Returned(value.unbind()),
                Err(error) => Stepped::Raised(error),
            }
        }
        Err(error) => Stepped::Raised(error),
    }
}
