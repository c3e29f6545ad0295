//! What may be used after a panic was caught: `UnwindSafe`, of a generator whose body is.
//!
//! A panic in the body drops it, and closes the generator (contract clause C21). So what a generator keeps for its driver and
//! its body is never seen half-changed, and what is left to ask is whether the body is, which may share something with others.

use core::panic::{RefUnwindSafe, UnwindSafe};

use crate::Generator;
use crate::engine::{Frame, Mailbox};

// Nobody sees what is in them once the body is gone.
impl<Y, S, E> UnwindSafe for Mailbox<Y, S, E> {}
impl<Y, S, E> RefUnwindSafe for Mailbox<Y, S, E> {}
impl<Y, S, E> UnwindSafe for Frame<Y, S, E> {}
impl<Y, S, E> RefUnwindSafe for Frame<Y, S, E> {}

impl<Y, S, E, F, Fut, K, const D: bool> UnwindSafe for Generator<Y, S, E, F, Fut, K, D>
where
    F: UnwindSafe,
    Fut: UnwindSafe,
{
}

// A shared reference tells its state, and nothing else.
impl<Y, S, E, F, Fut, K, const D: bool> RefUnwindSafe for Generator<Y, S, E, F, Fut, K, D> {}
