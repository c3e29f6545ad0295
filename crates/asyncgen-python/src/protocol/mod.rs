//! CPython's own rules, which need nothing of this crate's generators: how coroutines are resumed, how awaitables end, and
//! where the versions of CPython differ.

pub(crate) mod coroutine;
pub(crate) mod ending;
pub(crate) mod stage;
pub(crate) mod throwing;
pub(crate) mod version;

use pyo3::prelude::*;

/// What a resumption led to: of a coroutine, of a wait in the event loop, of a generator's body.
pub(crate) enum Resumed {
    /// The task waits: this is for the event loop.
    Await(Py<PyAny>),
    /// A generator has yielded this.
    Yielded(Py<PyAny>),
    /// The end. A coroutine returns a value; everything else returns `None`.
    Returned(Py<PyAny>),
    /// (In a box, so that values travel in registers.)
    Raised(Box<PyErr>),
}

impl Resumed {
    pub(crate) fn raised(error: PyErr) -> Self {
        Self::Raised(Box::new(error))
    }
}
