//! The type of what `stream!` and `try_stream!` evaluate to, with a name that a user of async-stream may write.
#![allow(unsafe_code, reason = "what it says of threads, it says of a body whose type may not be known")]

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use super::stream::{Closable, IntoGenerator, ItemStream, ResultStream};
use crate::{Generator, IntoTryStream};

mod sealed {
    pub trait Sealed {}

    impl Sealed for i32 {}
    impl Sealed for u8 {}
}

/// How a stream's body is reached.
///
/// Which it is, the compiler infers: the macros give a number without a type. Where the type is written as
/// `AsyncStream<T, impl Future<Output = ()>>`, that is a `u8`, by [`AsyncStream`]'s default. Everywhere else nothing says what it
/// is, and a number that nothing is said of is an `i32`.
pub trait Way<T, B>: sealed::Sealed {
    /// What the stream keeps for that.
    type Kept;
    /// What must be `Send` for the body to be.
    type Parts: Parts;

    fn new() -> Self::Kept
    where
        B: FusedStream<Item = T> + Parts;

    fn poll_next(kept: &Self::Kept, body: Pin<&mut B>, cx: &mut Context<'_>) -> Poll<Option<T>>;

    fn is_terminated(kept: &Self::Kept, body: &B) -> bool;
}

/// Nobody has named the type: the body's is known.
#[diagnostic::do_not_recommend]
impl<T, S: FusedStream<Item = T>> Way<T, Body<S>> for i32
where
    Body<S>: Parts,
{
    type Kept = ();
    type Parts = Body<S>;

    #[inline]
    fn new() {}

    #[inline]
    fn poll_next((): &(), body: Pin<&mut Body<S>>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        body.project().stream.poll_next(cx)
    }

    #[inline]
    fn is_terminated((): &(), body: &Body<S>) -> bool {
        body.stream.is_terminated()
    }
}

/// All that is known of the body's type is that it is a future: what it can do otherwise was known where the stream was made.
impl<T, B> Way<T, B> for u8 {
    type Kept = Calls<T, B>;
    type Parts = Whole<B>;

    fn new() -> Calls<T, B>
    where
        B: FusedStream<Item = T> + Parts,
    {
        Calls { poll_next: B::poll_next, is_terminated: B::is_terminated }
    }

    #[inline]
    fn poll_next(calls: &Calls<T, B>, body: Pin<&mut B>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        (calls.poll_next)(body, cx)
    }

    #[inline]
    fn is_terminated(calls: &Calls<T, B>, body: &B) -> bool {
        (calls.is_terminated)(body)
    }
}

#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct Calls<T, B> {
    poll_next: fn(Pin<&mut B>, &mut Context<'_>) -> Poll<Option<T>>,
    is_terminated: fn(&B) -> bool,
}

/// What a stream's body is made of. (That a stream in a stream in a stream is `Send`, the compiler finds out level by level, and
/// gives up after some: so each is to be as few as it can be. It is no more than with async-stream.)
///
/// # Safety
///
/// It is `Send` if these four and its items are. A shared reference to it reads the state of a [`Generator`], and nothing else.
pub unsafe trait Parts {
    type Make;
    type Future;
    type Raised;
    type End;
}

macro_rules! streams_of_generators {
    ($($name:ident)*) => {$(
        // SAFETY: it is a generator, which says so itself (what is sent to a stream's is nothing); what it tells of that is the state.
        unsafe impl<Y, E, F, Fut, K, const D: bool> Parts for Body<$name<Generator<Y, (), E, F, Fut, K, D>>> {
            type Make = F;
            type Future = Fut;
            type Raised = E;
            type End = K;
        }

        impl<T, G, W: Way<T, Body<$name<G>>>> AsyncStream<T, Body<$name<G>>, W> {
            /// The generator, to drive it with its own operations.
            pub fn get_mut(&mut self) -> &mut G {
                self.body.stream.get_mut()
            }

            /// The generator, to drive it with its own operations.
            pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut G> {
                self.project().body.project().stream.get_pin_mut()
            }

            /// The generator back.
            pub fn into_inner(self) -> G {
                self.body.stream.into_inner()
            }

            /// The stream, with an owner: when it is dropped half-way, somebody else closes its generator, whose clean-up runs.
            /// See [`OwnedExt`](crate::OwnedExt), whose [`owned`](crate::OwnedExt::owned) does the same for generators, and
            /// [`IntoStream::with_owner`](crate::IntoStream::with_owner) for an example.
            #[cfg(feature = "std")]
            #[track_caller]
            pub fn with_owner(self) -> $name<crate::Owned<G>>
            where
                G: crate::AsyncGenerator<Error: fmt::Debug + Send> + Send + 'static,
            {
                self.body.stream.with_owner()
            }
        }
    )*};
}

streams_of_generators! { ItemStream ResultStream IntoTryStream }

/// A body that is not taken apart.
#[expect(missing_debug_implementations, reason = "not part of the public interface")]
pub struct Whole<B>(PhantomData<fn() -> B>);

// SAFETY: there is no value of it. What it stands for is `Send` if the body is.
unsafe impl<B> Parts for Whole<B> {
    type Make = ();
    type Future = B;
    type Raised = ();
    type End = ();
}

pin_project! {
    /// What [`stream!`](crate::stream) and [`try_stream!`](crate::try_stream) evaluate to: a stream of `T`.
    ///
    /// A function returns it as `impl Stream<Item = T>`, which is all that most code needs to say. For what was written for
    /// async-stream, whose hidden type goes by this name, it can be written as that one: `AsyncStream<T, impl Future<Output = ()>>`.
    /// (Then an item costs a call through a pointer, and a `for await` loop drops the stream, as any whose type it doesn't know, and
    /// does not close it.)
    ///
    /// ```
    /// use asyncgen::{stream, AsyncStream};
    /// use futures::StreamExt;
    ///
    /// fn countdown(from: u32) -> AsyncStream<u32, impl Future<Output = ()>> {
    ///     stream! { for n in (1..=from).rev() { yield n; } }
    /// }
    /// # async_io::block_on(async {
    /// assert_eq!(countdown(3).collect::<Vec<_>>().await, [3, 2, 1]);
    /// # });
    /// ```
    #[must_use = "a stream does nothing until it is polled"]
    pub struct AsyncStream<T, B, W = u8>
    where
        W: Way<T, B>,
    {
        way: W::Kept,
        #[pin]
        body: B,
        types: PhantomData<fn() -> (T, W)>,
    }
}

// SAFETY: `Parts`.
unsafe impl<T: Send, B, W> Send for AsyncStream<T, B, W> where
    W: Way<T, B, Parts: Parts<Make: Send, Future: Send, Raised: Send, End: Send>>
{
}

// SAFETY: `Parts`: a shared reference to a stream tells whether it has ended, and nothing else. (A body that is not known is one of
// those that are: `new` sees to it.)
unsafe impl<T, B, W: Way<T, B>> Sync for AsyncStream<T, B, W> {}

impl<T, S: FusedStream<Item = T>, W: Way<T, Body<S>>> AsyncStream<T, Body<S>, W>
where
    Body<S>: Parts,
{
    #[inline]
    pub(super) fn new(stream: S, _: W) -> Self {
        Self { way: W::new(), body: Body { stream }, types: PhantomData }
    }
}

pin_project! {
    /// A stream of the macros, in an [`AsyncStream`].
    pub struct Body<S> {
        #[pin]
        stream: S,
    }
}

/// What `AsyncStream<T, impl Future<Output = ()>>` says of it. (Nobody can poll it: it is in an [`AsyncStream`].)
impl<S: Stream> Future for Body<S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut stream = self.project().stream;
        loop {
            match stream.as_mut().poll_next(cx) {
                Poll::Ready(Some(_)) => {}
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<S: Stream> Stream for Body<S> {
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.project().stream.poll_next(cx)
    }
}

impl<S: FusedStream> FusedStream for Body<S> {
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}

impl<T, B, W: Way<T, B>> Stream for AsyncStream<T, B, W> {
    type Item = T;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.project();
        W::poll_next(this.way, this.body, cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.is_terminated().then_some(0))
    }
}

impl<T, B, W: Way<T, B>> FusedStream for AsyncStream<T, B, W> {
    fn is_terminated(&self) -> bool {
        W::is_terminated(&self.way, &self.body)
    }
}

impl<T, S: Closable<Item = T>, W: Way<T, Body<S>>> Closable for AsyncStream<T, Body<S>, W> {
    type Generator = S::Generator;
    type Error = S::Error;

    fn generator(self: Pin<&mut Self>) -> Pin<&mut <Self as Closable>::Generator> {
        self.project().body.project().stream.generator()
    }
}

impl<T, S: IntoGenerator<Item = T>, W: Way<T, Body<S>>> IntoGenerator for AsyncStream<T, Body<S>, W> {
    type Generator = <S as IntoGenerator>::Generator;

    fn into_generator(self) -> <Self as IntoGenerator>::Generator {
        self.body.stream.into_generator()
    }
}

impl<T, B, W: Way<T, B>> fmt::Debug for AsyncStream<T, B, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncStream").field("is_terminated", &self.is_terminated()).finish_non_exhaustive()
    }
}
