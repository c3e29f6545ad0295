//! Types that are made of functions in C's way.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int, c_uint, c_void};
use std::ptr;

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

pub(super) fn slot(slot: c_int, pfunc: *mut c_void) -> ffi::PyType_Slot {
    ffi::PyType_Slot { slot, pfunc }
}

/// A type with a module's name and its own, and objects of this size: 0 is that of its base.
///
/// # Safety
///
/// Each slot has a function of its type, which does what the interpreter asks of it; or an array that is there for ever.
pub(super) unsafe fn make_type<'py>(
    py: Python<'py>,
    name: &'static CStr,
    size: usize,
    flags: std::ffi::c_ulong,
    slots: impl IntoIterator<Item = ffi::PyType_Slot>,
    base: Option<&Bound<'py, PyType>>,
) -> PyResult<Bound<'py, PyType>> {
    let too_large = |_| PyRuntimeError::new_err("the type is too large");
    let mut slots: Vec<_> = slots.into_iter().chain([slot(0, ptr::null_mut())]).collect();
    let mut spec = ffi::PyType_Spec {
        name: name.as_ptr(),
        basicsize: c_int::try_from(size).map_err(too_large)?,
        itemsize: 0,
        flags: c_uint::try_from(flags).map_err(too_large)?,
        slots: slots.as_mut_ptr(),
    };
    let bases = base.map(|base| PyTuple::new(py, [base])).transpose()?;
    let bases = bases.as_ref().map_or(ptr::null_mut(), Bound::as_ptr);
    // SAFETY: attached; the specification is complete, ends with a zero, and has what the caller promises.
    let class = unsafe { ffi::PyType_FromSpecWithBases(&raw mut spec, bases) };
    // SAFETY: a new reference, or null and an exception.
    Ok(unsafe { Bound::from_owned_ptr_or_err(py, class) }?.cast_into()?)
}
