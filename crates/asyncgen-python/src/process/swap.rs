//! A mutex for Python objects: nothing of its content is ever dropped while it is locked, and no Python code runs.
//!
//! The destructor of a Python object may run any code, which may want the same mutex again, or let the interpreter lock go
//! while another thread holds that and waits for the mutex. Either would be a deadlock.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

pub(crate) struct Swap<T>(Mutex<T>);

impl<T> Swap<T> {
    pub(crate) const fn new(content: T) -> Self {
        Self(Mutex::new(content))
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts something else in; what was there is the caller's to drop, when the mutex is unlocked.
    #[must_use = "it is dropped here, and not while the mutex is locked"]
    pub(crate) fn replace(&self, content: T) -> T {
        std::mem::replace(&mut *self.lock(), content)
    }

    /// Looks at the content. `f` must neither drop nor call anything of Python's; a reference may be cloned.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        f(&mut self.lock())
    }

    /// For the garbage collector, which may come at any time: `None` if the mutex is locked.
    pub(crate) fn try_with<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
        match self.0.try_lock() {
            Ok(content) => Some(f(&content)),
            Err(TryLockError::Poisoned(poisoned)) => Some(f(&poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl<T> Swap<Option<T>> {
    pub(crate) fn take(&self) -> Option<T> {
        self.replace(None)
    }
}
