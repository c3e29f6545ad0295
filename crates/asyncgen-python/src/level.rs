//! How many Rust bodies are being polled in a thread, one inside of the other, with Python in between.

use std::cell::Cell;

use pyo3::PyResult;
use pyo3::exceptions::PyRecursionError;

thread_local! {
    static LEVELS: Cell<u32> = const { Cell::new(0) };
}

/// One of them. The interpreter limits its own frames; it knows nothing of how much of the stack these take.
pub(crate) struct Level;

impl Level {
    const MOST: u32 = 400;

    /// # Errors
    ///
    /// `RecursionError` if there are too many.
    pub(crate) fn enter() -> PyResult<Self> {
        let level = LEVELS.get();
        if level == Self::MOST {
            return Err(PyRecursionError::new_err(
                "maximum recursion depth exceeded: too many asynchronous generators of Rust, one inside of the other",
            ));
        }
        LEVELS.set(level + 1);
        Ok(Self)
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        LEVELS.set(LEVELS.get() - 1);
    }
}
