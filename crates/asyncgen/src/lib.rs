//! Asynchronous generators, with the whole contract that Python's have: values out, values in, errors in, and an orderly
//! end whose clean-up may itself await.
//!
//! ```rust
//! use std::{pin::pin, time::Duration};
//!
//! use asyncgen::{AsyncGenerator, AsyncGeneratorExt, async_gen};
//! use tokio::time::sleep;
//!
//! /// What the consumer throws in to slow the search down.
//! #[derive(Debug)]
//! struct TooFast;
//!
//! /// The result pages of a search. Send a number to go to that page.
//! fn search(words: &str) -> impl AsyncGenerator<Yield = String, Sent = Option<u32>, Error = TooFast> {
//!     async_gen! {
//!         let mut page = 1;
//!         try {
//!             loop {
//!                 try {
//!                     match yield format!("{words}, page {page}") {
//!                         Some(number) => page = number,
//!                         None => page += 1,
//!                     }
//!                 } catch TooFast {
//!                     sleep(Duration::from_millis(10)).await;
//!                 }
//!             }
//!         } finally {
//!             sleep(Duration::from_millis(10)).await; // clean-up may await
//!             println!("logged out");
//!         }
//!     }
//! }
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() {
//!     let mut pages = pin!(search("ferris"));
//!     println!("{:?}", pages.anext().await);
//!     println!("{:?}", pages.anext().await);
//!     println!("{:?}", pages.asend(Some(40)).await); // a value in
//!     println!("{:?}", pages.athrow(TooFast).await); // an error in: caught, and the page comes again
//!     println!("{:?}", pages.aclose().await); // an orderly end
//!     println!("{:?}", pages.anext().await);
//! }
//! ```
//!
//! It prints:
//!
//! ```text
//! Ok("ferris, page 1")
//! Ok("ferris, page 2")
//! Ok("ferris, page 40")
//! Ok(Some("ferris, page 40"))
//! logged out
//! Ok(())
//! Err(StopAsyncIteration)
//! ```
//!
//! # Values out, and in
//!
//! The body of [`async_gen!`] is an `async` block. `yield` hands a value to the consumer, and evaluates to what the consumer
//! sends next: [`anext`](AsyncGeneratorExt::anext) sends nothing, [`asend`](AsyncGeneratorExt::asend) sends a value. Between
//! its yields a body awaits whatever it likes, on any executor.
//!
//! # Errors in
//!
//! [`athrow`](AsyncGeneratorExt::athrow) raises an error in the body, at the point where it stands. There is no noise for it
//! at the yields: an exception drops the part of the body that it interrupts, up to the innermost `try` around it. With no
//! `try` left, it comes out of the generator. The body's own errors go by `?`, and convert as everywhere, or by [`raise!`].
//!
//! # An orderly end
//!
//! [`aclose`](AsyncGeneratorExt::aclose) raises [`GeneratorExit`](Exception::GeneratorExit) in the body, and waits until its
//! clean-up has run: what stands in a `finally` may await, and runs on every way out. A body that hangs in an await that
//! never ends is closed all the same. A `catch` of errors does not see it: only `catch GeneratorExit` does. A `for await` loop
//! closes the generator that it was given by value, whichever way the loop is left; what it borrows it leaves where it stands.
//! [`async_block!`] is for consumers: such loops, and clean-up, in ordinary asynchronous code.
//!
//! # Nothing is lost
//!
//! The future of an operation may be dropped half-way, by a timeout or a `select!`. The step stays in flight, and the next
//! operation carries on with it. A value that is refused is given back: it is in the error (but for a closed generator,
//! which answers with `StopAsyncIteration`, as Python's).
//!
//! # Dropped half-way
//!
//! A destructor can't await. A generator that may be dropped before its end (by a client that hangs up, a timeout, an
//! aborted task) gets an owner: [`boxed`](OwnedExt::boxed). When the owner is dropped, somebody else closes the generator,
//! and its clean-up runs: a task on the tokio runtime of its first step, with the feature `tokio`, or whoever the
//! [`hooks`] name. The chapter [`cleanup`] says exactly what runs when. Clean-up that is missed all the same is reported: to a
//! [hook](hooks::set_unraisable), to `tracing`, or else, by a debug build, to standard error.
//!
//! # Delegation
//!
//! `yield from` yields what another generator yields. What is sent, thrown in and closed goes to that one. A step costs the
//! same however deep generators delegate, and so does an error that is thrown in; closing, and an error that comes out, cost
//! as much as there are bodies that they pass.
//!
//! # A value at the end
//!
//! A body that names a type at its head, `type Return = Usage;`, ends with a value of it: `return usage`. It is there when the
//! generator has ended ([`return_value`](AsyncGeneratorExt::return_value)), and `yield from` evaluates to it: see
//! [`ReturningGenerator`].
//!
//! # Without keywords
//!
//! [`generator!`] makes the same of a closure that takes a [`Yielder`]: `y.yield_(value).await`, [`catch`](Yielder::catch),
//! [`finally`](Yielder::finally), [`yield_from`](Yielder::yield_from). It needs no proc macro: without the default feature
//! `macros` it is there alone.
//!
//! # Streams
//!
//! [`stream!`] and [`try_stream!`] are async-stream's, with the same syntax and the same items, and `finally` besides: see
//! [`from_async_stream`].
//! A generator is a stream ([`into_stream`](IntoStreamExt::into_stream),
//! [`into_try_stream`](IntoStreamExt::into_try_stream)), and a stream is a generator ([`from_stream`]). [`AdaptExt`]'s adaptors
//! stay generators. The chapter [`guide`] has programs for many jobs.
//!
//! # `no_std`
//!
//! Without the default feature `std` the crate needs neither std nor an allocator. It uses no thread-local, and hands the
//! executor's own waker on as it is. A generator is one value, which must be pinned before it is driven: its body's
//! future, room for one more value, and a few bytes.
//!
//! # Features
//!
//! - `std` (default): generators with an [owner](OwnedExt), and the [`hooks`] that close them when they are dropped.
//! - `macros` (default): the keyword form.
//! - `tokio`: what is dropped half-way is closed by a task on the runtime, and `tokio::scope` waits for it; `tokio::spawned` runs a
//!   generator in a task of its own.
//! - `testing`: for your own tests, `testing::interrupt_everywhere` proves that a generator cleans up wherever it is interrupted.
//! - `tracing`: a warning for each clean-up that was missed, and a span for each step.
//!
//! # The contract
//!
//! Every promise has a number, C1 to C26, which the documentation and the tests refer to: see [`contract`].
//!
//! # Limits
//!
//! - Dropping a generator runs its destructors, and they cannot await: clean-up in a `finally` needs
//!   [`aclose`](AsyncGeneratorExt::aclose), an [owner](OwnedExt), or any other end of the body.
//! - In the closure form, a body that drops the future of a `finally` itself (in a `select!`, or by a timeout around it) drops
//!   the clean-up with it; and a future that yields must be polled whenever the body is. `select!`, `join!` and timeouts do
//!   that; `FuturesUnordered` does not (a debug build says so).
//! - A `for await` loop closes streams whose type says that they were made of a generator. Behind `impl Stream` or `dyn Stream`
//!   that can't be seen, and they are dropped.
//! - A type of another crate is sent as `Option<T>` ([`SentValue`] says why).
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "std")]
extern crate std;

mod aclosing;
mod adaptors;
pub mod cleanup;
mod closing;
pub mod contract;
mod engine;
mod error;
mod exception;
#[cfg(all(feature = "std", feature = "macros"))]
pub mod from_async_stream;
mod generator;
#[cfg(all(feature = "std", feature = "macros"))]
pub mod guide;
#[cfg(feature = "std")]
pub mod hooks;
#[cfg(feature = "macros")]
#[allow(missing_docs, reason = "all of it is hidden; what needs to be said is said in comments")]
mod keyword;
mod macros;
mod operation;
#[cfg(feature = "std")]
mod owned;
pub mod prelude;
mod raise;
mod returning;
mod scope;
mod sent;
mod stream;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tokio")]
pub mod tokio;
#[cfg(feature = "tracing")]
mod trace;
mod unwind;
mod yield_;
mod yielder;

pub use aclosing::{NotClosed, aclosing};
#[cfg(feature = "tokio")]
pub use adaptors::TimeLimit;
pub use adaptors::{AdaptExt, ErrorInto, MapError, MapSent, MapYielded};
pub use engine::Generator;
pub use error::{CloseError, StartError, StepError};
pub use exception::Exception;
pub use generator::{AsyncGenerator, Refused, Resume, State, Step};
#[cfg(feature = "macros")]
pub use keyword::AsyncStream;
pub use operation::{Aclose, Anext, Asend, AsyncGeneratorExt, Athrow, Start, TryAnext};
#[cfg(feature = "std")]
pub use owned::{BoxGenerator, BoxReturningGenerator, LocalBoxGenerator, Owned, OwnedExt};
pub use raise::Raise;
pub use returning::ReturningGenerator;
pub use scope::{Catch, Finally, YieldFrom, YieldFromValue};
pub use sent::{Nothing, SentValue};
pub use stream::{FromStream, IntoStream, IntoStreamExt, IntoTryStream, from_stream};
pub use yield_::{TryYield, Yield};
pub use yielder::Yielder;

/// What the macros of this crate expand to. Nothing here is meant to be used by hand, or stays as it is.
#[doc(hidden)]
pub mod __private {
    pub use crate::engine::{BodyOutput, DelegatedStep, EndsWith, Go, RawYielder, generator, with_value};
    #[cfg(feature = "macros")]
    pub use crate::{
        engine::{BodyYielder, plain_generator, with_ends},
        keyword::*,
    };
}
