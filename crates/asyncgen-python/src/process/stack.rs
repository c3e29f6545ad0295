//! How much of the stack is left.
//!
//! Bodies that drive each other through Python nest on the stack. The interpreter limits the number of its own frames; it
//! knows nothing of how large those of Rust are, nor how small the stack of a thread is.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::hint::black_box;

use pyo3::PyErr;
use pyo3::exceptions::PyRecursionError;

/// What must be left: for what a poll calls, and for destructors that call each other. (The interpreter nests those of its
/// own objects up to fifty times before it puts the others off.)
const RESERVE: usize = if cfg!(debug_assertions) { 512 * 1024 } else { 112 * 1024 };

/// What is assumed where the operating system is not asked: so much below the place where this is called first.
const ASSUMED: usize = 512 * 1024;

thread_local! {
    /// The lowest address that may be used; 0 is not known yet.
    static LIMIT: Cell<usize> = const { Cell::new(0) };
}

#[inline]
pub(crate) fn is_left() -> bool {
    let marker = 0_u8;
    let here = black_box(&raw const marker).addr();
    let limit = LIMIT.get();
    limit != 0 && here >= limit || look(here)
}

#[cold]
fn look(here: usize) -> bool {
    if LIMIT.get() == 0 {
        LIMIT.set(lowest().unwrap_or(here.saturating_sub(ASSUMED)).saturating_add(RESERVE));
    }
    here >= LIMIT.get()
}

pub(crate) fn too_deep() -> PyErr {
    PyRecursionError::new_err(
        "maximum recursion depth exceeded: too many asynchronous generators, one inside of the other, for this stack",
    )
}

/// The lowest address of this thread's stack.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn lowest() -> Option<usize> {
    let mut attributes = std::mem::MaybeUninit::uninit();
    let mut lowest = std::ptr::null_mut();
    let mut size = 0;
    // SAFETY: it fills the attributes in, which are used only if it says so, and destroyed.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let found = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut lowest, &raw mut size) == 0;
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        found.then(|| lowest.addr())
    }
}

/// The lowest address of this thread's stack.
#[cfg(target_os = "macos")]
fn lowest() -> Option<usize> {
    // SAFETY: asks for this thread's own.
    let (highest, size) = unsafe {
        (libc::pthread_get_stackaddr_np(libc::pthread_self()), libc::pthread_get_stacksize_np(libc::pthread_self()))
    };
    highest.addr().checked_sub(size)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
fn lowest() -> Option<usize> {
    None
}
