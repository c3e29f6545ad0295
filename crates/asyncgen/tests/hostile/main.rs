//! Programs without `unsafe` that try to break the library. What compiles is harmless; `tests/ui/hostile` has what must not.
#![forbid(unsafe_code)]
#![cfg(feature = "macros")]

#[path = "../common/mod.rs"]
mod common;

mod by_hand;
mod destructors;
mod faults;
mod leaks;
mod liars;
mod macros;
mod names;
mod rebinding;
mod traits;
mod wakers;

/// Leaks what is boxed. Its address is kept, so that leak checkers see that it is meant.
fn leak<T>(boxed: std::pin::Pin<Box<T>>)
where
    T: ?Sized,
{
    static LEAKED: std::sync::Mutex<Vec<usize>> = std::sync::Mutex::new(Vec::new());
    LEAKED.lock().unwrap().push(std::ptr::from_ref(&*boxed).cast::<()>() as usize);
    std::mem::forget(boxed);
}
