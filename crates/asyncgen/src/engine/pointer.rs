//! Pointers to generators, which are generators.
//!
//! The `unsafe` code here passes on a call whose contract is the caller's. These pointers own or borrow what they point
//! to, and always point to the same: they are as good as what they point to. Of an arbitrary `DerefMut` that cannot be
//! said, which is why `Pin<P>` is not a generator for every `P`.
#![allow(unsafe_code)]

use core::pin::Pin;
use core::task::{Context, Poll};

use super::delegation::{DelegatedStep, Go};
use crate::generator::Outcome;
use crate::{AsyncGenerator, Nothing, Refused, Resume, State, Step};

macro_rules! pointer {
    ($pointer:ty $(, $unpin:ident)?; |$this:ident| $inner:expr; owns: |$owner:ident| $owns:expr) => {
        impl<G: AsyncGenerator + ?Sized $(+ $unpin)?> AsyncGenerator for $pointer {
            type Yield = G::Yield;
            type Sent = G::Sent;
            type Error = G::Error;

            #[inline]
            fn begin(self: Pin<&mut Self>, resume: Resume<G::Sent, G::Error>) -> Result<(), Refused<G::Sent, G::Error>> {
                let $this = self.get_mut();
                $inner.begin(resume)
            }

            #[inline]
            fn poll_step(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<G::Yield, G::Error>> {
                let $this = self.get_mut();
                $inner.poll_step(cx)
            }

            #[allow(clippy::inline_always, reason = "as for the generator itself")]
            #[inline(always)]
            fn poll_begin(
                self: Pin<&mut Self>,
                resume: Resume<G::Sent, G::Error>,
                cx: &mut Context<'_>,
            ) -> Poll<Outcome<G::Yield, G::Sent, G::Error>> {
                let $this = self.get_mut();
                $inner.poll_begin(resume, cx)
            }

            #[inline]
            fn poll_anext(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<G::Yield, G::Error>>
            where
                G::Sent: Nothing,
            {
                let $this = self.get_mut();
                $inner.poll_anext(cx)
            }

            #[inline]
            fn poll_value(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<G::Yield>>
            where
                G::Sent: Nothing,
            {
                let $this = self.get_mut();
                $inner.poll_value(cx)
            }

            #[inline]
            fn send_at_once(self: Pin<&mut Self>, sent: G::Sent) -> Result<G::Yield, G::Sent> {
                let $this = self.get_mut();
                $inner.send_at_once(sent)
            }

            #[inline]
            fn state(&self) -> State {
                (**self).state()
            }

            #[inline]
            unsafe fn poll_delegated(
                self: Pin<&mut Self>,
                go: Go<G::Sent>,
                cx: &mut Context<'_>,
            ) -> Poll<DelegatedStep<G::Yield, G::Sent, G::Error>> {
                let $this = self.get_mut();
                // SAFETY: the contract is the caller's.
                unsafe { $inner.poll_delegated(go, cx) }
            }

            #[inline]
            unsafe fn owns_its_body(&self) -> bool {
                let $owner = self;
                $owns
            }
        }
    };
}

pointer!(&mut G, Unpin; |this| Pin::new(&mut **this); owns: |_this| false);
pointer!(Pin<&mut G>; |this| this.as_mut(); owns: |_this| false);
#[cfg(feature = "std")]
pointer! {
    std::boxed::Box<G>, Unpin; |this| Pin::new(&mut **this);
    // SAFETY: it can be called at any time.
    owns: |this| unsafe { G::owns_its_body(this) }
}
#[cfg(feature = "std")]
pointer! {
    Pin<std::boxed::Box<G>>; |this| this.as_mut();
    // SAFETY: it can be called at any time.
    owns: |this| unsafe { G::owns_its_body(this) }
}
