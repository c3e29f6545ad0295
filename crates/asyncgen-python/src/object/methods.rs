//! What Python calls and looks at.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use asyncgen::State;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use pyo3::{PyTraverseError, PyVisit, intern};

use super::asend::Asend;
use super::athrow::{Athrow, Mode};
use super::seed::ObjectParts;
use super::slot::Slot;
use super::{GeneratorObject, Origin, asend_type, hooks, number};
use crate::process::gate;
use crate::process::modules::Attribute;
use crate::process::swap::Swap;
use crate::protocol::version;

#[pymethods]
#[expect(clippy::doc_markdown, reason = "these are Python's docstrings")]
#[expect(clippy::unused_self, reason = "Python calls them as methods")]
impl GeneratorObject {
    #[new]
    #[pyo3(signature = (*args, **_named))]
    fn from_seed(args: &Bound<'_, PyTuple>, _named: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let parts =
            ObjectParts::of(args).ok_or_else(|| PyTypeError::new_err("cannot create 'async_generator' instances"))?;
        Ok(Self {
            state: AtomicU8::new(number(parts.driver.state())),
            driver: Slot::new(Box::new(parts.driver)),
            running: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            hooked: AtomicBool::new(false),
            finalizer: Swap::new(None),
            name: Swap::new(parts.name),
            qualname: Swap::new(parts.qualname),
            origin: parts.origin,
        })
    }

    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, item: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        static ALIAS: Attribute = Attribute::new(c"types", "GenericAlias");
        ALIAS.get(class.py())?.call1((class, item))
    }

    fn __aiter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// What `isinstance` sees: see [`class`](super::class).
    #[getter(__class__)]
    fn seen_as<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static NATIVE: Attribute = Attribute::new(c"types", "AsyncGeneratorType");
        NATIVE.get(py).cloned()
    }

    /// asend(v) -> send 'v' in generator.
    #[pyo3(signature = (value, /))]
    fn asend(slf: &Bound<'_, Self>, value: Py<PyAny>) -> PyResult<Py<PyAny>> {
        hooks::init(slf)?;
        let value = (!value.is_none(slf.py())).then_some(value);
        asend_type::create(slf.py(), Asend::new(slf.clone().unbind(), value))
    }

    /// athrow(value)
    /// athrow(type[,value[,tb]])
    ///
    /// raise exception in generator.
    /// the (type, val, tb) signature is deprecated,
    /// and may be removed in a future version of Python.
    #[pyo3(signature = (*args))]
    fn athrow(slf: &Bound<'_, Self>, args: Bound<'_, PyTuple>) -> PyResult<Athrow> {
        version::warn_of_three_arguments(&args, "athrow")?;
        hooks::init(slf)?;
        Ok(Athrow::new(slf.clone().unbind(), Mode::Throw(args.unbind())))
    }

    /// aclose() -> raise GeneratorExit inside generator.
    fn aclose(slf: &Bound<'_, Self>) -> PyResult<Athrow> {
        hooks::init(slf)?;
        Ok(Athrow::new(slf.clone().unbind(), Mode::Close))
    }

    /// true if a step is in flight
    #[getter]
    fn ag_running(&self) -> bool {
        self.is_running()
    }

    /// true if the generator stands at a yield, or at an await
    #[getter]
    fn ag_suspended(&self) -> bool {
        match self.state() {
            State::Suspended => true,
            State::Running => !self.driver.is_empty(),
            State::Created | State::Closed => false,
        }
    }

    /// object being awaited on, or None
    #[getter]
    fn ag_await(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if self.state() != State::Running {
            return Ok(None);
        }
        if let Some(held) = self.origin.coroutine() {
            return held.attribute(py, intern!(py, "cr_await"));
        }
        let Some(driver) = self.driver.take() else { return Ok(None) };
        let awaited = driver.awaited(py);
        self.driver.put(driver);
        Ok(awaited)
    }

    /// the frame of the body, or None if it has ended
    #[getter]
    fn ag_frame(slf: &Bound<'_, Self>) -> PyResult<Option<Py<PyAny>>> {
        let py = slf.py();
        let this = slf.get();
        if this.state() == State::Closed {
            return Ok(None);
        }
        match this.origin.coroutine() {
            Some(held) => held.attribute(py, intern!(py, "cr_frame")),
            None => this.frame(py),
        }
    }

    /// the code of the body
    #[getter]
    fn ag_code(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        match self.origin.coroutine() {
            Some(held) => held.attribute(py, intern!(py, "cr_code")),
            None => self.code(py),
        }
    }

    /// name of the async generator
    #[getter(__name__)]
    fn get_name(&self, py: Python<'_>) -> Py<PyString> {
        self.name(py)
    }

    #[setter(__name__)]
    fn set_name(&self, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = name.cast::<PyString>().map_err(|_| must_be_string("__name__"))?;
        drop(self.name.replace(name.clone().unbind()));
        Ok(())
    }

    #[deleter(__name__)]
    fn delete_name(&self) -> PyResult<()> {
        Err(must_be_string("__name__"))
    }

    /// qualified name of the async generator
    #[getter(__qualname__)]
    fn get_qualname(&self, py: Python<'_>) -> Py<PyString> {
        self.qualname(py)
    }

    #[setter(__qualname__)]
    fn set_qualname(&self, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let name = name.cast::<PyString>().map_err(|_| must_be_string("__qualname__"))?;
        drop(self.qualname.replace(name.clone().unbind()));
        Ok(())
    }

    #[deleter(__qualname__)]
    fn delete_qualname(&self) -> PyResult<()> {
        Err(must_be_string("__qualname__"))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> String {
        let py = slf.py();
        let (name, address) = (slf.get().qualname(py), slf.as_ptr());
        match &slf.get().origin {
            Origin::Python(_) => format!("<async_generator object {} at {address:p}>", name.bind(py)),
            Origin::Rust(place) => format!("<async_generator object {} at {address:p}, of {place}>", name.bind(py)),
        }
    }

    /// CPython's `_PyGen_Finalize`: a generator that was not closed is given to the event loop, which closes it; where
    /// there was none, it is closed as far as that goes without waiting.
    fn _finalize(slf: &Bound<'_, Self>) -> PyResult<()> {
        let _in_step = gate::begin_step(slf.py());
        hooks::finalize(slf)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.finalizer.try_with(|finalizer| visit.call(finalizer)).transpose()?;
        if let Some(driver) = self.driver.take() {
            let traversed = driver.traverse(&visit);
            self.driver.put(driver);
            traversed?;
        }
        match self.origin.coroutine() {
            Some(held) => held.traverse(&visit),
            None => Ok(()),
        }
    }

    fn __clear__(&self) {
        let finalizer = self.finalizer.take();
        let driver = self.driver.take();
        if driver.is_some() {
            self.state.store(number(State::Closed), Ordering::Relaxed);
        }
        drop((finalizer, driver));
        if let Some(held) = self.origin.coroutine() {
            held.clear();
        }
    }
}

fn must_be_string(attribute: &str) -> PyErr {
    PyTypeError::new_err(format!("{attribute} must be set to a string object"))
}
