//! What a new object is made from.

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::Origin;
use crate::drive::driver::Driver;
use crate::process::swap::Swap;

/// What a new object is made from. Python code can't make one, and so no generator object either.
#[pyclass(frozen, module = "asyncgen")]
pub(crate) struct ObjectSeed(pub(super) Swap<Option<ObjectParts>>);

pub(crate) struct ObjectParts {
    pub(crate) driver: Driver,
    pub(crate) name: Py<PyString>,
    pub(crate) qualname: Py<PyString>,
    pub(crate) origin: Origin,
}

impl ObjectParts {
    /// Those of the seed that these arguments are, which can be used once.
    pub(crate) fn of(args: &Bound<'_, PyTuple>) -> Option<Self> {
        let seed = args.get_item(0).ok()?;
        seed.cast::<ObjectSeed>().ok()?.get().0.take()
    }
}
