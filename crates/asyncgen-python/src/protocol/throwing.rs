//! The arguments of `throw`, as CPython takes them.

use pyo3::exceptions::{PyBaseException, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyTraceback, PyTuple, PyType};

/// The exception that `throw(type[, value[, traceback]])`, or `throw(value)`, raises.
pub(crate) fn exception(args: &Bound<'_, PyTuple>, method: &str) -> PyResult<PyErr> {
    match args.len() {
        0 => return Err(PyTypeError::new_err(format!("{method} expected at least 1 argument, got 0"))),
        1..=3 => {}
        n => return Err(PyTypeError::new_err(format!("{method} expected at most 3 arguments, got {n}"))),
    }
    let kind = args.get_item(0)?;
    let value = args.get_item(1).ok().filter(|value| !value.is_none());
    let traceback = match args.get_item(2).ok().filter(|traceback| !traceback.is_none()) {
        None => None,
        Some(traceback) => Some(
            traceback
                .cast_into::<PyTraceback>()
                .map_err(|_| PyTypeError::new_err("throw() third argument must be a traceback object"))?,
        ),
    };
    let instance = if let Ok(class) = kind.cast::<PyType>()
        && class.is_subclass_of::<PyBaseException>()?
    {
        match value {
            None => class.call0()?,
            Some(value) if value.is_instance(class)? => value,
            Some(value) => match value.cast::<PyTuple>() {
                Ok(arguments) => class.call1(arguments)?,
                Err(_) => class.call1((value,))?,
            },
        }
    } else if kind.is_instance_of::<PyBaseException>() {
        if value.is_some() {
            return Err(PyTypeError::new_err("instance exception may not have a separate value"));
        }
        kind
    } else {
        return Err(PyTypeError::new_err(format!(
            "exceptions must be classes or instances deriving from BaseException, not {}",
            kind.get_type().name()?
        )));
    };
    if !instance.is_instance_of::<PyBaseException>() {
        return Err(PyTypeError::new_err(format!(
            "calling {} should have returned an instance of BaseException, not {}",
            args.get_item(0)?.repr()?,
            instance.get_type().name()?
        )));
    }
    if let Some(traceback) = traceback {
        instance.setattr("__traceback__", traceback)?;
    }
    Ok(PyErr::from_value(instance))
}
