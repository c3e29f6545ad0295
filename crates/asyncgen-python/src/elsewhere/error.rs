//! Python's exceptions, on the wire.

use asyncgen_remote::RemoteError as Remote;
use pyo3::create_exception;
use pyo3::exceptions::{PyBaseException, PyException};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use serde::{Deserialize, Serialize};

use super::value::Plain;
use crate::PythonError;

create_exception!(
    asyncgen.remote,
    RemoteError,
    PyException,
    "What went wrong between a consumer and its worker (`kind` says what), or an exception of the other side that is not a \
     built-in one."
);

/// What a generator raises, or has thrown in. An exception of Python is its class, its text, and its arguments if they are
/// plain; whatever else a worker in another language raises is a value.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum WireError {
    /// An exception of Python.
    Python {
        exception: String,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        args: Option<Vec<Plain>>,
    },
    /// An error of the way between, which is made at the consumer.
    Remote { remote: String, text: String },
    /// Anything else.
    Other(Plain),
}

impl WireError {
    pub(super) fn remote(kind: &str, text: String) -> Self {
        Self::Remote { remote: kind.into(), text }
    }
}

impl From<Remote> for WireError {
    fn from(error: Remote) -> Self {
        let kind = match &error {
            Remote::NobodyServes { .. } => "NobodyServes",
            Remote::Lost { .. } => "Lost",
            Remote::ShuttingDown { .. } => "ShuttingDown",
            Remote::Busy { .. } => "Busy",
            Remote::TooLarge { .. } => "TooLarge",
            Remote::OtherVersion { .. } => "OtherVersion",
            Remote::Panicked { .. } => "Panicked",
            _ => "Garbled",
        };
        Self::remote(kind, error.to_string())
    }
}

impl From<PyErr> for WireError {
    fn from(error: PyErr) -> Self {
        let attached = crate::process::gate::attach(|py| {
            let class = error.get_type(py).qualname().map_or_else(|_| "Exception".to_owned(), |name| name.to_string());
            let value = error.value(py);
            let text = value.str().map_or_else(|_| String::new(), |text| text.to_string());
            let args = value.getattr(intern!(py, "args")).and_then(|args| args.extract()).ok();
            Self::Python { exception: class, text, args }
        });
        attached.unwrap_or_else(|| Self::Python { exception: "SystemExit".into(), text: String::new(), args: None })
    }
}

impl PythonError for WireError {
    fn from_python(error: PyErr) -> Result<Self, PyErr> {
        Ok(error.into())
    }
}

impl From<WireError> for PyErr {
    fn from(error: WireError) -> Self {
        let error = Python::try_attach(|py| error.raised(py).unwrap_or_else(|error| error));
        error.unwrap_or_else(|| RemoteError::new_err("the interpreter is shutting down"))
    }
}

impl WireError {
    fn raised(self, py: Python<'_>) -> PyResult<PyErr> {
        let (kind, text) = match self {
            Self::Python { exception, text, args } => {
                let args = args.unwrap_or_else(|| vec![Plain::from(text.as_str())]);
                // Only a built-in exception that is made of plain values. No other class is looked up, let alone imported.
                if let Ok(class) = py.import("builtins")?.getattr(&*exception) {
                    let is_one = class
                        .cast::<pyo3::types::PyType>()
                        .is_ok_and(|class| class.is_subclass_of::<PyException>().unwrap_or(false));
                    if let (true, Ok(instance)) = (is_one, class.call1(PyTuple::new(py, args)?)) {
                        if instance.is_instance_of::<PyBaseException>() {
                            return Ok(PyErr::from_value(instance));
                        }
                    }
                }
                (exception, text)
            }
            Self::Remote { remote, text } => (remote, text),
            Self::Other(value) => {
                let value = value.into_pyobject(py)?;
                let error = RemoteError::new_err((value.clone().unbind(),));
                error.value(py).setattr("kind", "Raised")?;
                return Ok(error);
            }
        };
        let error = RemoteError::new_err((text,));
        error.value(py).setattr("kind", kind)?;
        Ok(error)
    }
}
