//! Where something lies that one at a time may take: a `Mutex<Option<Box<T>>>` for one atomic operation, not four.
//!
//! # Invariants
//!
//! 1. The pointer is null, or came from `Box::into_raw`, and nobody else has it.
//! 2. Whoever makes it null, by an exchange, has the box from then on.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};

pub(crate) struct Slot<T> {
    pointer: AtomicPtr<T>,
    /// `Send` and `Sync` as a mutex is.
    _like: PhantomData<Mutex<T>>,
}

impl<T> Slot<T> {
    pub(crate) fn new(content: Box<T>) -> Self {
        Self { pointer: AtomicPtr::new(Box::into_raw(content)), _like: PhantomData }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pointer.load(Ordering::Relaxed).is_null()
    }

    pub(crate) fn take(&self) -> Option<Box<T>> {
        let pointer = self.pointer.swap(ptr::null_mut(), Ordering::Acquire);
        // SAFETY: invariants 1 and 2.
        (!pointer.is_null()).then(|| unsafe { Box::from_raw(pointer) })
    }

    /// Puts back what was taken. What is there by mistake is leaked.
    pub(crate) fn put(&self, content: Box<T>) {
        debug_assert!(self.is_empty());
        self.pointer.store(Box::into_raw(content), Ordering::Release);
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        drop(self.take());
    }
}
