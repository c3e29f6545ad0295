//! The scopes of the keyword form: the engine's, around an `async` block that is written in place.
//!
//! The block may use the variables of the body, and so may the clean-up that comes after it: the block is gone by then.
#![allow(unsafe_code)] // An `unsafe fn` is declared here; nothing unsafe is done.

use crate::engine::MailboxRef;
use crate::raise::Raising;
use crate::scope::{Catch, CleanUp, Ending};
use crate::{Exception, Raise, Yielder};

/// A scope that was not entered yet.
#[must_use = "a scope does nothing until it is given to `catch` or `clean_up`"]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct Scope<'y, Y, S, E> {
    pub(super) mailbox: MailboxRef<'y, Y, S, E>,
}

/// A scope, and the yielder for the block inside it.
///
/// # Safety
///
/// The yielder is used by the block alone that the scope is made with, and only while the scope polls it. (The macros
/// see to it: nobody else knows the yielder's name.)
#[inline]
pub unsafe fn split<Y, S, E>(yielder: Yielder<'_, Y, S, E>) -> (Scope<'_, Y, S, E>, Yielder<'_, Y, S, E>) {
    let mailbox = yielder.mailbox;
    let inner = Yielder::new(mailbox.share());
    (Scope { mailbox }, inner)
}

/// `try`.
#[inline]
pub fn catch<Y, S, E, T, Fut>(scope: Scope<'_, Y, S, E>, body: Fut) -> Catch<'_, Y, S, E, Fut>
where
    Fut: Future<Output = Result<T, E>>,
{
    Catch::new(scope.mailbox, body)
}

/// `finally`: runs `block`, then goes on as `outcome` says, or as the block does if it leaves by a way of its own.
#[inline]
pub fn clean_up<Y, S, E, T, D, Fut>(
    scope: Scope<'_, Y, S, E>,
    outcome: Result<T, Exception<E>>,
    block: Fut,
) -> CleanUp<'_, Y, S, E, T, Fut>
where
    Fut: Future<Output = Result<D, E>>,
    D: Ending<T>,
{
    CleanUp::new(scope.mailbox, outcome, block)
}

/// `raise!`. (The future's type tells the compiler better than `!` does that nothing comes after it.)
#[inline]
pub fn raise<Y, S, E>(yielder: Yielder<'_, Y, S, E>, exception: impl Raise<E>) -> Raising<'_, Y, S, E> {
    Raising::new(yielder.mailbox, exception.into_exception())
}

/// An exception goes on that was not caught.
#[inline]
pub fn go_on<Y, S, E>(yielder: Yielder<'_, Y, S, E>, exception: Exception<E>) -> Raising<'_, Y, S, E> {
    Raising::new(yielder.mailbox, exception)
}
