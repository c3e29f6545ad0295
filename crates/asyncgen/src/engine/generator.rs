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

use super::delegation::Go;
use super::mailbox::{Mailbox, RawYielder, Signal};
use super::output::{BodyOutput, Keep};
use crate::{Refused, Resume, SentValue};

/// A generator whose body is an `async` block: what the macros of this crate make.
///
/// Its type can't be written out; functions return it as `impl AsyncGenerator<..>`. It must be pinned before it
/// can be driven, as any future: with [`core::pin::pin!`] on the stack, with `Box::pin` on the heap.
#[must_use = "a generator does nothing until it is driven"]
#[repr(C)]
pub struct Generator<Yield, Sent, Error, F, Fut, Kept = (), const DELEGATES: bool = true> {
    /// In front, where it is found whatever the body is: see [`Driven`]. Dropped after the body, which has a pointer to it.
    pub(super) mailbox: Mailbox<Yield, Sent, Error>,
    /// Pinned, as soon as the generator is.
    ///
    /// A body may have references into itself, in use from one poll to the next: a shared reference to the generator,
    /// such as a look at its state needs, must not claim that nothing in the body changes.
    body: UnsafeCell<Body<F, Fut>>,
    /// The value that the body has ended with, until it is taken (C26). Not pinned.
    kept: Kept,
    #[cfg(feature = "tracing")]
    trace: crate::trace::Trace,
    _pinned: PhantomPinned,
}

// SAFETY: it owns what makes the body, or the body, a mailbox, and what the body has ended with. (It is said here, and not left to the fields, so that the
// compiler has less to go through in generators that are in each other.)
unsafe impl<Y: Send, S: Send, E: Send, F: Send, Fut: Send, K: Send, const D: bool> Send
    for Generator<Y, S, E, F, Fut, K, D>
{
}

// SAFETY: whoever has a shared reference to a generator can't reach its body, what is in its mailbox, or what it keeps.
unsafe impl<Y: Send, S: Send, E: Send, F, Fut, K: Send, const D: bool> Sync for Generator<Y, S, E, F, Fut, K, D> {}

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
    Fut: Future<Output: BodyOutput<Error, Kept = Kept>>,
    Kept: Keep,
{
    Generator::new(make)
}

/// The same, of a body that delegates to nobody: it is compiled once only.
#[doc(hidden)]
#[cfg(feature = "macros")]
#[cfg_attr(feature = "tracing", track_caller)]
pub const fn plain_generator<Yield, Sent, Error, F, Fut, Kept>(
    make: F,
) -> Generator<Yield, Sent, Error, F, Fut, Kept, false>
where
    Sent: SentValue,
    F: FnOnce(RawYielder<Yield, Sent, Error>) -> Fut,
    Fut: Future<Output: BodyOutput<Error, Kept = Kept>>,
    Kept: Keep,
{
    Generator::new(make)
}

/// A generator whose body is of any type: so the rarer parts of the driver are compiled once for all bodies that yield, take
/// and raise the same.
///
/// # Safety
///
/// It is `repr(C)`, and its first field is the mailbox.
pub(super) unsafe trait Driven<Y, S, E> {
    /// Makes the body, of which nothing runs yet, unless it was made before.
    fn make_body(self: Pin<&mut Self>);

    /// Polls a body that delegates, and keeps what it ends with. (That of a body which delegates to nobody would only be
    /// compiled a second time: it is never polled here.)
    fn poll_again(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>>;

    /// Drops the body, and what is left in the mailbox; reports clean-up that is missed thereby.
    fn close(self: Pin<&mut Self>);

    /// The same, and reports nothing.
    fn drop_body(self: Pin<&mut Self>);
}

/// What is in a `dyn Driven` may borrow something.
pub(super) type AnyGenerator<'g, Y, S, E> = dyn Driven<Y, S, E> + 'g;

// SAFETY: it is `repr(C)`, and its first field is the mailbox.
unsafe impl<Y, S, E, F, Fut, K, const D: bool> Driven<Y, S, E> for Generator<Y, S, E, F, Fut, K, D>
where
    F: FnOnce(RawYielder<Y, S, E>) -> Fut,
    Fut: Future<Output: BodyOutput<E, Kept = K>>,
{
    #[inline]
    fn make_body(self: Pin<&mut Self>) {
        // SAFETY: nothing is moved out of the pinned generator but `make`, which is not pinned.
        let this = unsafe { self.get_unchecked_mut() };
        if this.mailbox.signal() != Signal::Created {
            return;
        }
        // There is no body if `make` panics.
        this.mailbox.set_closed();
        // SAFETY: the signal was `Created`: invariant 4. It is not any more, so that this is the only time.
        let make = unsafe { ManuallyDrop::take(&mut this.body.get_mut().make) };
        let future = make(RawYielder::new(&this.mailbox));
        // (First, and nothing can panic in between. If it were last, the compiler would join this way with that of every other
        // step, which ends with a write of the signal, too, and step after step would pay for it.)
        this.mailbox.set_running();
        this.body.get_mut().future = ManuallyDrop::new(future);
    }

    fn poll_again(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
        if D {
            return match self.as_mut().poll_body(cx) {
                Poll::Ready(output) => Poll::Ready(self.keep(output)),
                Poll::Pending => Poll::Pending,
            };
        }
        Poll::Pending
    }

    fn close(self: Pin<&mut Self>) {
        // SAFETY: the body is dropped in place.
        unsafe { self.get_unchecked_mut() }.end();
    }

    fn drop_body(self: Pin<&mut Self>) {
        // SAFETY: the body is dropped in place.
        unsafe { self.get_unchecked_mut() }.drop_in_place();
    }
}

impl<Y, S, E, F, Fut, K, const D: bool> Generator<Y, S, E, F, Fut, K, D> {
    #[inline]
    #[cfg_attr(feature = "tracing", track_caller)]
    const fn new(make: F) -> Self
    where
        K: Keep,
    {
        // (First, so that there is nothing to drop here if anything panicked.)
        let make = ManuallyDrop::new(make);
        Self {
            mailbox: Mailbox::new(),
            body: UnsafeCell::new(Body { make }),
            kept: K::NOTHING,
            #[cfg(feature = "tracing")]
            trace: crate::trace::Trace::new(),
            _pinned: PhantomPinned,
        }
    }

    /// Polls the body. If it panics, the generator is closed (C21).
    #[allow(clippy::inline_always, reason = "it is a wrapper, and used in several places")]
    #[inline(always)]
    pub(super) fn poll_body(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Fut::Output>
    where
        F: FnOnce(RawYielder<Y, S, E>) -> Fut,
        Fut: Future<Output: BodyOutput<E, Kept = K>>,
    {
        if self.mailbox.signal() < Signal::Running {
            return Poll::Pending;
        }
        // SAFETY: the body is not moved, here or in `drop_body`.
        let this = unsafe { self.get_unchecked_mut() };
        let guard = CloseOnPanic(this);
        let this = &mut *guard.0;
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
        #[cfg(all(debug_assertions, feature = "std"))]
        crate::hooks::yield_was_polled(
            poll.is_ready() || !this.mailbox.has_sent(),
            core::any::type_name::<Fut>(),
            core::ptr::from_ref(&this.mailbox).addr(),
        );
        core::mem::forget(guard);
        poll
    }

    /// Keeps the value that the body has ended with (C26), unless nobody wants it, as the generator is being closed, or an
    /// exception that has waited for the end goes before it.
    #[inline]
    pub(super) fn keep(self: Pin<&mut Self>, output: Fut::Output) -> Result<(), E>
    where
        Fut: Future<Output: BodyOutput<E, Kept = K>>,
    {
        let value = output.into_result()?;
        if !self.mailbox.is_closing() && self.mailbox.signal() < Signal::Thrown {
            *self.kept() = value;
        }
        Ok(())
    }

    /// Where it keeps that.
    #[inline]
    fn kept(self: Pin<&mut Self>) -> &mut K {
        // SAFETY: it is not pinned, and nothing else is reached by it.
        unsafe { &mut self.get_unchecked_mut().kept }
    }

    #[inline]
    fn drop_in_place(&mut self) {
        #[cfg(feature = "tracing")]
        self.trace.step_ended();
        // Even if a destructor panics.
        let close = Close(&self.mailbox);
        match close.0.signal() {
            // SAFETY: invariant 4. `close` sees to it that this is the only time.
            Signal::Created => unsafe { ManuallyDrop::drop(&mut self.body.get_mut().make) },
            Signal::Closed => {}
            // SAFETY: as above.
            _ => unsafe { ManuallyDrop::drop(&mut self.body.get_mut().future) },
        }
    }

    /// Drops the body, and reports clean-up that is missed thereby: of a body that is dropped where it stands, or that has
    /// ended inside a `try` block, by a `return` that a macro hides.
    #[inline]
    fn end(&mut self) {
        if self.mailbox.depth() > 0 {
            return self.end_inside();
        }
        self.drop_in_place();
    }

    /// Drops the body where it stands inside a scope: in a `try` block, maybe, or in a delegation.
    #[cold]
    #[inline(never)]
    fn end_inside(&mut self) {
        if self.mailbox.signal() == Signal::Panicked {
            return self.drop_in_place();
        }
        #[cfg(feature = "std")]
        let dropping = crate::hooks::Dropping::of(self.mailbox.left_inside());
        #[cfg(not(feature = "std"))]
        self.mailbox.left_inside();
        self.drop_in_place();
        #[cfg(all(feature = "std", feature = "tracing"))]
        dropping.end(core::any::type_name::<Fut>(), Some(self.trace.created()));
        #[cfg(all(feature = "std", not(feature = "tracing")))]
        dropping.end(core::any::type_name::<Fut>(), None);
    }
}

impl<Y, S, E> Mailbox<Y, S, E> {
    /// The body is about to be dropped where it stands inside a scope. Is clean-up missed thereby, as far as is known here?
    fn left_inside(&self) -> bool {
        // So no frame knows of this root any more, not even one that the body has leaked.
        self.unwind_all();
        #[cfg(all(feature = "std", feature = "macros"))]
        return self.misses_clean_up();
        #[cfg(not(all(feature = "std", feature = "macros")))]
        false
    }
}

impl<Y, S, E, F, Fut, R, const D: bool> Generator<Y, S, E, F, Fut, Option<R>, D> {
    /// Takes the value that the body has ended with, if it is there.
    #[inline]
    pub(crate) fn take_kept(self: Pin<&mut Self>) -> Option<R> {
        self.kept().take()
    }
}

/// Closes a mailbox, even if a destructor panics.
struct Close<'a, Y, S, E>(&'a Mailbox<Y, S, E>);

impl<Y, S, E> Drop for Close<'_, Y, S, E> {
    #[inline]
    fn drop(&mut self) {
        debug_assert!(!self.0.is_root(), "a body that is dropped has no frames on its stack");
        self.0.close();
    }
}

/// Closes the generator when its body panics. (Clean-up is missed thereby, of which the panic tells.)
struct CloseOnPanic<'g, Y, S, E, F, Fut, K, const D: bool>(&'g mut Generator<Y, S, E, F, Fut, K, D>);

impl<Y, S, E, F, Fut, K, const D: bool> Drop for CloseOnPanic<'_, Y, S, E, F, Fut, K, D> {
    #[inline]
    fn drop(&mut self) {
        self.0.drop_in_place();
    }
}

impl<Y, S, E> AnyGenerator<'_, Y, S, E> {
    #[inline]
    pub(super) fn mailbox(&self) -> &Mailbox<Y, S, E> {
        // SAFETY: it is the first field; its lifetime is that of `self`.
        unsafe { &*core::ptr::from_ref(self).cast() }
    }

    /// Polls the innermost delegate: see [`Mailbox::poll_innermost`]. If it panics, the generator is closed, too.
    #[inline(never)]
    pub(super) fn poll_inside(self: Pin<&mut Self>, go: Go<S>, cx: &mut Context<'_>) -> Poll<Option<Y>> {
        self.inside(|root| root.poll_innermost(go, cx))
    }

    /// Begins a step of the innermost delegate: see [`Mailbox::begin_innermost`]. If it panics, the generator is closed, too.
    pub(super) fn begin_innermost(self: Pin<&mut Self>, resume: Resume<S, E>) -> Result<(), Refused<S, E>> {
        self.inside(|root| root.begin_innermost(resume))
    }

    /// A step of the innermost delegate, of which nobody else need know: see [`Mailbox::send_innermost_at_once`].
    pub(super) fn send_inside_at_once(self: Pin<&mut Self>, sent: S) -> Result<Y, S> {
        self.inside(|root| root.send_innermost_at_once(sent))
    }

    #[inline]
    fn inside<T>(self: Pin<&mut Self>, step: impl FnOnce(&Mailbox<Y, S, E>) -> T) -> T {
        /// The innermost generator has closed itself, and this closes the others.
        struct CloseAll<'a, 'g, Y, S, E>(Pin<&'a mut AnyGenerator<'g, Y, S, E>>);
        impl<Y, S, E> Drop for CloseAll<'_, '_, Y, S, E> {
            #[cold]
            fn drop(&mut self) {
                /// Whatever panics.
                struct Drop<'b, 'a, 'g, Y, S, E>(&'b mut CloseAll<'a, 'g, Y, S, E>);
                impl<Y, S, E> core::ops::Drop for Drop<'_, '_, '_, Y, S, E> {
                    fn drop(&mut self) {
                        self.0.0.as_mut().drop_body();
                    }
                }

                let all = Drop(self);
                all.0.0.mailbox().panicked_inside();
            }
        }

        let guard = CloseAll(self);
        let result = step(guard.0.mailbox());
        core::mem::forget(guard);
        result
    }
}

impl<Y, S, E, F, Fut, K, const D: bool> Drop for Generator<Y, S, E, F, Fut, K, D> {
    #[inline]
    fn drop(&mut self) {
        self.end();
    }
}

impl<Y, S, E, F, Fut, K, const D: bool> fmt::Debug for Generator<Y, S, E, F, Fut, K, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator").field("state", &self.mailbox.state()).finish_non_exhaustive()
    }
}
