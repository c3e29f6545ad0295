//! Parts of a body that get to see an exception: Python's `try` blocks.
//!
//! Rust cannot raise an exception at an await; it can drop a future there. So an exception is a cancellation of the
//! innermost scope, which is told why: the scope finds it in the mailbox, drops its inner future, and goes on from
//! there.
//!
//! A scope is innermost when as many scopes are around the body's point as are around itself. It also looks after its
//! inner future was pending: then an exception is there that was raised inside, or one that a scope further in was not
//! polled to take.

mod catch;
mod clean_up;
mod finally;
mod value;
mod yield_from;

pub use catch::Catch;
pub(crate) use clean_up::CleanUp;
pub use finally::Finally;
pub use value::YieldFromValue;
#[cfg(feature = "macros")]
pub(crate) use value::{Ending, Valued};
#[cfg(feature = "macros")]
pub use value::{WithValue, WithoutValue};
pub use yield_from::YieldFrom;

use crate::Exception;
use crate::engine::Mailbox;

/// An async closure that is called with an `A`, whose future has a name.
///
/// It is implemented for all of them. (A bound of `AsyncFnOnce` alone would do, if it did not keep generators from
/// being `Send`.)
#[doc(hidden)]
pub trait ScopeBody<A>: FnOnce(A) -> Self::Future {
    type Future: Future<Output = Self::Value>;
    type Value;
}

impl<A, F, Fut> ScopeBody<A> for F
where
    F: FnOnce(A) -> Fut,
    Fut: Future,
{
    type Future = Fut;
    type Value = Fut::Output;
}

impl<Y, S, E> Mailbox<Y, S, E> {
    /// Enters a scope; returns its level: the number of scopes around what is in it.
    #[inline]
    pub(crate) fn enter(&self) -> u32 {
        let level = self.depth() + 1;
        self.set_depth(level);
        level
    }

    /// Leaves the scope of this level, and what is left of scopes in it whose futures were leaked. `0` is a scope that
    /// was not entered.
    #[inline]
    pub(crate) fn leave(&self, level: u32) {
        if level > 0 {
            self.set_depth(level - 1);
        }
    }

    /// The exception that a scope of this level takes before it polls what is in it.
    #[inline]
    pub(crate) fn take_exception_at(&self, level: u32) -> Option<Exception<E>> {
        if self.depth() == level { self.take_exception() } else { None }
    }
}
