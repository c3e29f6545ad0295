//! A body beside its mailbox, pinned together.
//!
//! The `unsafe` code here is the pin projection to the body, and the union that the body is; it rests on the
//! invariants of [`mailbox`](super::mailbox).
#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::fmt;
use core::marker::PhantomPinned;
use core::mem::ManuallyDrop;
use core::pin::Pin;
use core::task::{Context, Poll};

use super::mailbox::{Mailbox, RawYielder, Signal};
use super::output::Keep;
use crate::{Refused, Resume, SentValue};

/// A generator whose body is an `async` block: what the macros of this crate make.
///
/// Its type can't be written out; functions return it as `impl AsyncGenerator<..>`. It must be pinned before it
/// can be driven, as any future: with [`core::pin::pin!`] on the stack, with `Box::pin` on the heap.
#[must_use = "a generator does nothing until it is driven"]
pub struct Generator<Yield, Sent, Error, F, Fut, Kept = ()> {
    /// Pinned, as soon as the generator is. Dropped before the mailbox, to which it has a pointer.
    ///
    /// A body may have references into itself, in use from one poll to the next: a shared reference to the generator,
    /// such as a look at its state needs, must not claim that nothing in the body changes.
    body: UnsafeCell<Body<F, Fut>>,
    mailbox: Mailbox<Yield, Sent, Error>,
    /// The value that the body has ended with, until it is taken (C26). Not pinned.
    kept: Kept,
    #[cfg(feature = "tracing")]
    trace: crate::trace::Trace,
    _pinned: PhantomPinned,
}

// SAFETY: it owns what makes the body, or the body, a mailbox, and what the body has ended with. (It is said here, and not left to the fields, so that the
// compiler has less to go through in generators that are in each other.)
unsafe impl<Y: Send, S: Send, E: Send, F: Send, Fut: Send, K: Send> Send for Generator<Y, S, E, F, Fut, K> {}

// SAFETY: whoever has a shared reference to a generator can't reach its body, what is in its mailbox, or what it keeps.
unsafe impl<Y: Send, S: Send, E: Send, F, Fut, K: Send> Sync for Generator<Y, S, E, F, Fut, K> {}

/// What makes the body, while the signal is `Created`; nothing, when it is `Closed`; else the body (invariant 4).
union Body<F, Fut> {
    make: ManuallyDrop<F>,
    future: ManuallyDrop<Fut>,
}

/// A generator with the body that `make` makes. Only the macros of this crate call it.
///
/// Its parameters have whole names since the compiler says them when it can't infer one.
#[doc(hidden)]
#[cfg_attr(feature = "tracing", track_caller)]
pub const fn generator<Yield, Sent, Error, F, Fut, Kept>(make: F) -> Generator<Yield, Sent, Error, F, Fut, Kept>
where
    Sent: SentValue,
    F: FnOnce(RawYielder<Yield, Sent, Error>) -> Fut,
    Fut: Future<Output: super::BodyOutput<Error, Kept = Kept>>,
    Kept: Keep,
{
    Generator {
        body: UnsafeCell::new(Body { make: ManuallyDrop::new(make) }),
        mailbox: Mailbox::new(),
        kept: Kept::NOTHING,
        #[cfg(feature = "tracing")]
        trace: crate::trace::Trace::new(),
        _pinned: PhantomPinned,
    }
}

impl<Y, S, E, F, Fut, K> Generator<Y, S, E, F, Fut, K> {
    #[inline]
    pub(super) fn mailbox(&self) -> &Mailbox<Y, S, E> {
        &self.mailbox
    }

    /// Where it keeps what its body has ended with.
    #[inline]
    pub(super) fn kept(self: Pin<&mut Self>) -> &mut K {
        // SAFETY: it is not pinned, and nothing else is reached by it.
        unsafe { &mut self.get_unchecked_mut().kept }
    }

    /// Makes the body, of which nothing runs yet, unless it was made before.
    pub(super) fn make_body(self: Pin<&mut Self>)
    where
        F: FnOnce(RawYielder<Y, S, E>) -> Fut,
    {
        // SAFETY: nothing is moved out of the pinned generator but `make`, which is not pinned.
        let this = unsafe { self.get_unchecked_mut() };
        if this.mailbox.signal() != Signal::Created {
            return;
        }
        // There is no body if `make` panics.
        this.mailbox.close();
        // SAFETY: the signal was `Created`: invariant 4. It is not any more, so that this is the only time.
        let make = unsafe { ManuallyDrop::take(&mut this.body.get_mut().make) };
        let future = make(RawYielder::new(&this.mailbox));
        this.body.get_mut().future = ManuallyDrop::new(future);
        this.mailbox.set_running();
    }

    /// Polls the body. If it panics, the generator is closed (C21).
    #[allow(clippy::inline_always, reason = "it is a wrapper, and used in several places")]
    #[inline(always)]
    pub(super) fn poll_body(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Fut::Output>
    where
        Fut: Future,
    {
        if self.mailbox.signal() < Signal::Running {
            return Poll::Pending;
        }
        let mut guard = CloseOnPanic(self.as_mut());
        // SAFETY: the body is not moved, here or in `drop_body`.
        let this = unsafe { guard.0.as_mut().get_unchecked_mut() };
        #[cfg(feature = "tracing")]
        let in_span = this.trace.step(core::any::type_name::<Fut>()).entered();
        // SAFETY: a step is in flight: invariant 4.
        let future = unsafe { &mut this.body.get_mut().future };
        // SAFETY: the body is pinned with the generator.
        let poll = unsafe { Pin::new_unchecked(&mut **future) }.poll(cx);
        #[cfg(feature = "tracing")]
        drop(in_span);
        #[cfg(feature = "tracing")]
        if matches!(this.mailbox.signal(), Signal::Yielded | Signal::Delegating) {
            this.trace.step_ended();
        }
        core::mem::forget(guard);
        poll
    }

    /// Polls the innermost delegate: see [`Mailbox::poll_innermost`]. If it panics, the generator is closed, too.
    #[inline]
    pub(super) fn poll_inside(self: Pin<&mut Self>, sent: Option<S>, cx: &mut Context<'_>) -> Poll<Option<Y>> {
        self.inside(|root| root.poll_innermost(sent, cx))
    }

    /// Begins a step of the innermost delegate: see [`Mailbox::begin_innermost`]. If it panics, the generator is closed, too.
    pub(super) fn begin_innermost(self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>> {
        self.inside(|root| root.begin_innermost(resume))
    }

    #[inline]
    fn inside<T>(mut self: Pin<&mut Self>, step: impl FnOnce(&Mailbox<Y, S, E>) -> T) -> T {
        /// The innermost generator has closed itself, and this closes the others.
        struct CloseAll<'g, Y, S, E, F, Fut, K>(CloseOnPanic<'g, Y, S, E, F, Fut, K>);
        impl<Y, S, E, F, Fut, K> Drop for CloseAll<'_, Y, S, E, F, Fut, K> {
            #[cold]
            fn drop(&mut self) {
                self.0.0.mailbox.panicked_inside();
            }
        }

        let guard = CloseAll(CloseOnPanic(self.as_mut()));
        let result = step(&guard.0.0.mailbox);
        core::mem::forget(guard);
        result
    }

    /// Drops the body, and what is left in the mailbox.
    pub(super) fn close(self: Pin<&mut Self>) {
        // SAFETY: the body is dropped in place.
        let this = unsafe { self.get_unchecked_mut() };
        this.end();
    }

    /// Drops the body, and reports clean-up that is missed thereby: of a body that is dropped where it stands, or that has
    /// ended inside a `try` block, by a `return` that a macro hides.
    #[inline]
    fn end(&mut self) {
        if self.mailbox.depth() > 0 && self.mailbox.signal() != Signal::Panicked {
            return self.drop_inside();
        }
        self.drop_body();
    }

    /// Drops the body where it stands inside a scope: in a `try` block, maybe, or in a delegation.
    #[cold]
    #[inline(never)]
    fn drop_inside(&mut self) {
        // So no frame knows of this root any more, not even one that the body has leaked.
        self.mailbox.unwind_all();
        #[cfg(feature = "tracing")]
        let created = Some(self.trace.created());
        #[cfg(all(feature = "std", not(feature = "tracing")))]
        let created = None;
        #[cfg(all(feature = "std", feature = "macros"))]
        let missed = self.mailbox.misses_clean_up();
        #[cfg(all(feature = "std", not(feature = "macros")))]
        let missed = false;
        #[cfg(feature = "std")]
        crate::hooks::drop_body(missed, || self.drop_body(), core::any::type_name::<Fut>(), created);
        #[cfg(not(feature = "std"))]
        self.drop_body();
    }

    fn drop_body(&mut self) {
        /// Even if a destructor panics.
        struct Close<'a, Y, S, E>(&'a Mailbox<Y, S, E>);
        impl<Y, S, E> Drop for Close<'_, Y, S, E> {
            #[inline]
            fn drop(&mut self) {
                self.0.close();
            }
        }

        #[cfg(feature = "tracing")]
        self.trace.step_ended();
        debug_assert!(!self.mailbox.is_root(), "a body that is dropped has no frames on its stack");
        let close = Close(&self.mailbox);
        match self.mailbox.signal() {
            // SAFETY: invariant 4. `close` sees to it that this is the only time.
            Signal::Created => unsafe { ManuallyDrop::drop(&mut self.body.get_mut().make) },
            Signal::Closed => {}
            // SAFETY: as above.
            _ => unsafe { ManuallyDrop::drop(&mut self.body.get_mut().future) },
        }
        drop(close);
    }
}

impl<Y, S, E, F, Fut, R> Generator<Y, S, E, F, Fut, Option<R>> {
    /// Takes the value that the body has ended with, if it is there.
    #[inline]
    pub(crate) fn take_kept(self: Pin<&mut Self>) -> Option<R> {
        self.kept().take()
    }
}

/// Closes the generator when its body panics.
struct CloseOnPanic<'g, Y, S, E, F, Fut, K>(Pin<&'g mut Generator<Y, S, E, F, Fut, K>>);

impl<Y, S, E, F, Fut, K> Drop for CloseOnPanic<'_, Y, S, E, F, Fut, K> {
    #[cold]
    fn drop(&mut self) {
        // SAFETY: the body is dropped in place. (Clean-up is missed thereby, of which the panic tells.)
        unsafe { self.0.as_mut().get_unchecked_mut() }.drop_body();
    }
}

impl<Y, S, E, F, Fut, K> Drop for Generator<Y, S, E, F, Fut, K> {
    #[inline]
    fn drop(&mut self) {
        self.end();
    }
}

impl<Y, S, E, F, Fut, K> fmt::Debug for Generator<Y, S, E, F, Fut, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator").field("state", &self.mailbox.state()).finish_non_exhaustive()
    }
}
