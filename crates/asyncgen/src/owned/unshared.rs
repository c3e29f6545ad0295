//! A value that can be shared though it may not be: for a moment at a time.

use std::sync::{Mutex, PoisonError};

/// What a [`Mutex`] is, but that `&mut` costs nothing: from several threads, the value is looked at by one after the other.
pub(super) struct Unshared<T> {
    value: T,
    looking: Mutex<()>,
}

#[allow(unsafe_code, reason = "as for a `Mutex`")]
// SAFETY: a shared reference gives nobody the value but for the length of `look`, and no two threads at once: the value's way
// from one thread to the next is that of a value which is sent. Whoever has `&mut` is alone.
unsafe impl<T: Send> Sync for Unshared<T> {}

impl<T> Unshared<T> {
    pub(super) const fn new(value: T) -> Self {
        Self { value, looking: Mutex::new(()) }
    }

    #[inline]
    pub(super) const fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    pub(super) fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        let _alone = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        look(&self.value)
    }
}
