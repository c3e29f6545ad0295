//! A body's way to the mailbox beside it.

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::Mailbox;
use crate::Yielder;

/// The mailbox's address, on its way into the body. Only the macros of this crate use it.
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct RawYielder<Y, S, E>(NonNull<Mailbox<Y, S, E>>);

// SAFETY: it is good for nothing but to make a reference to the mailbox: see `Sync` of the mailbox.
unsafe impl<Y: Send, S: Send, E: Send> Send for RawYielder<Y, S, E> {}
// SAFETY: a shared reference to it is good for nothing.
unsafe impl<Y, S, E> Sync for RawYielder<Y, S, E> {}

impl<Y, S, E> RawYielder<Y, S, E> {
    pub(in crate::engine) fn new(mailbox: &Mailbox<Y, S, E>) -> Self {
        Self(NonNull::from(mailbox))
    }

    /// The yielder of the body that owns `anchor`.
    ///
    /// # Safety
    ///
    /// `self` was given to the closure that makes a generator's body, and `anchor` is a local variable of that body.
    #[must_use]
    pub unsafe fn lend(self, anchor: &()) -> Yielder<'_, Y, S, E> {
        let () = *anchor;
        // SAFETY: the body is alive, as a local variable of it is; the mailbox lives longer: invariant 2.
        let mailbox = unsafe { self.0.as_ref() };
        Yielder::new(MailboxRef { mailbox, invariant: PhantomData })
    }

    /// What the body of the keyword form owns.
    ///
    /// # Safety
    ///
    /// `self` was given to the closure that makes a generator's body, and that body alone uses what comes of it.
    #[must_use]
    #[cfg(feature = "macros")]
    pub unsafe fn into_body(self) -> BodyYielder<Y, S, E> {
        BodyYielder(self)
    }
}

/// A yielder that the body itself owns. Its type names no lifetime, and it needs no room beside the address.
#[cfg(feature = "macros")]
#[doc(hidden)]
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct BodyYielder<Y, S, E>(RawYielder<Y, S, E>);

#[cfg(feature = "macros")]
impl<Y, S, E> BodyYielder<Y, S, E> {
    #[inline]
    pub(crate) fn yielder(&mut self) -> Yielder<'_, Y, S, E> {
        // SAFETY: the body uses this, by `into_body`, and so is alive; the mailbox lives longer: invariant 2.
        let mailbox = unsafe { self.0.0.as_ref() };
        Yielder::new(MailboxRef { mailbox, invariant: PhantomData })
    }
}

/// A mailbox that was lent for `'a`. The lifetime is invariant: a yielder can't be exchanged for that of another
/// generator, nor leave its own.
pub(crate) struct MailboxRef<'a, Y, S, E> {
    mailbox: &'a Mailbox<Y, S, E>,
    invariant: PhantomData<fn(&'a ()) -> &'a ()>,
}

impl<Y, S, E> MailboxRef<'_, Y, S, E> {
    /// The same mailbox, for a part of its time.
    #[inline]
    pub(crate) fn reborrow(&mut self) -> MailboxRef<'_, Y, S, E> {
        MailboxRef { mailbox: self.mailbox, invariant: PhantomData }
    }

    /// A second reference, for a scope and the future inside it, which takes its turn only while the scope polls it.
    #[inline]
    pub(crate) fn share(&self) -> Self {
        MailboxRef { mailbox: self.mailbox, invariant: PhantomData }
    }
}

impl<Y, S, E> core::ops::Deref for MailboxRef<'_, Y, S, E> {
    type Target = Mailbox<Y, S, E>;
    #[inline]
    fn deref(&self) -> &Mailbox<Y, S, E> {
        self.mailbox
    }
}
