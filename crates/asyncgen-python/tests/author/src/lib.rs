//! An extension that is built for one version of CPython: the library must not ask for the stable ABI, which has neither
//! exceptions to derive from nor buffers.

use asyncgen::{Yielder, generator};
use asyncgen_python::IntoPython;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

/// The end of a page.
#[pyclass(extends = PyException)]
struct PageError {
    #[pyo3(get)]
    page: u32,
}

#[pymethods]
impl PageError {
    #[new]
    fn new(page: u32) -> Self {
        Self { page }
    }
}

/// The bytes of a buffer; then an error of its own class.
#[pyfunction]
fn bytes_of(py: Python<'_>, buffer: PyBuffer<u8>) -> PyResult<IntoPython> {
    let bytes = buffer.to_vec(py)?;
    Ok(IntoPython::new(generator!(|y: Yielder<'_, u8, (), PyErr>| {
        for byte in bytes {
            y.yield_(byte).await;
        }
        Err(Python::attach(|py| PyErr::from_type(py.get_type::<PageError>(), (7,))))
    }))
    .named("bytes_of"))
}

#[pymodule]
mod asyncgen_author {
    #[pymodule_export]
    use super::{PageError, bytes_of};
}
