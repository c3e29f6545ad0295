//! Python's plain values, on the wire.

use pyo3::prelude::*;
use serde::{Deserialize, Serialize};

/// Whatever is made of `None`, booleans, numbers, text, bytes, lists and dictionaries.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Plain(pub(super) rmpv::Value);

impl Plain {
    pub(super) fn of(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        pythonize::depythonize(value).map(Self).map_err(PyErr::from)
    }
}

impl From<&str> for Plain {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl<'py> FromPyObject<'_, 'py> for Plain {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Self::of(&value)
    }
}

impl<'py> IntoPyObject<'py> for Plain {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        pythonize::pythonize(py, &self.0).map_err(PyErr::from)
    }
}
