//! The engine: a body that is polled, and the mailbox through which it and its driver talk.
//!
//! The driver (`driver.rs`, `resumption.rs`) polls the body (`generator.rs`), and looks into the mailbox (`mailbox.rs`) before
//! and after. The three tables follow what passes between them: who does what, in which file, and what the mailbox's
//! [`Signal`](mailbox) says afterwards. Its payload holds what the last column says.
//!
//! # A value, from `asend(v)` to the next one
//!
//! | who | does | where | signal | payload |
//! |---|---|---|---|---|
//! | driver | begins the step: `send(v)` | `driver.rs` `poll_begin`, `mailbox/values.rs` | `Sent` | `v` |
//! | driver | polls the body | `generator.rs` `poll_in_line` | | |
//! | body | polls its yield, which evaluates to `v` | `yield_.rs`, `values.rs` `poll_yield` | `Running` | |
//! | body | makes its next yield, of `w`: `place(w)` | `yielder.rs`, `values.rs` | `Placed` | `w` |
//! | body | polls that: it is pending | `values.rs` `poll_yield` | `Yielded` | `w` |
//! | driver | `take_yielded`: `w` goes to the consumer | `driver.rs` `poll_usual` | `Suspended` | |
//!
//! In the keyword form the two rows of the next yield are one call, `hand_over(w)`, as such a yield can't be dropped half-way
//! (`keyword/expanded.rs`). If the body waits for something else, the step stays in flight in between: `Running`.
//!
//! # An error, from `athrow(e)` into a `finally`
//!
//! | who | does | where | signal | payload |
//! |---|---|---|---|---|
//! | driver | begins the step where the body stands at a yield: `raise(e)` | `resumption.rs`, `mailbox/exceptions.rs` | `Raised` | `e` |
//! | | .. or at another await: `throw(e)` | the same | `Thrown` | `e` |
//! | driver | has the exception itself, if there is no scope around that point | `driver.rs` `before_poll` | | |
//! | driver | polls the body, else | `generator.rs` `poll_in_line` | | |
//! | body | the innermost scope takes the exception; `Thrown` waits while clean-up runs (the mask) | `scope/`, `expanded.rs`: `take_exception` | `Running` | |
//! | body | drops what is in the scope, and runs its clean-up with the mask on | `scope/clean_up.rs`, or the body's own code | | |
//! | body | goes on with the exception: `raise(e)` | `raise.rs`, `expanded.rs` `raise_out` | `Raised` | `e` |
//! | driver | finds it when the body is pending or has ended, and drops the body | `driver.rs` `after_poll`, `ended` | `Closed` | |
//!
//! `GeneratorExit` has a place of its own beside the payload, so that it can wait behind an error.
//!
//! # A delegation in constant time
//!
//! | who | does | where | signal of the body that delegates | of the root |
//! |---|---|---|---|---|
//! | body | comes to a `yield from`, and leaves its frame | `scope/yield_from.rs`, `mailbox/frames.rs` | `Delegating` | |
//! | driver | takes the frame; the root puts it on its stack | `driver.rs` `after_poll`, `drive_delegates` | `Lent` | `RunningInside` |
//! | root | polls the innermost generator itself, whose value goes to the consumer | `delegation/stack.rs` | `Lent` | `SuspendedInside` |
//! | root | begins the next step there: what is sent, and errors that no level between would catch | `resumption.rs` `begin_inside` | `Lent` | `RunningInside` |
//! | root | takes the frame off when that generator has ended; the body goes on | `delegation/stack.rs` | `Running` | `RunningInside`, or `Running` |
//!
//! The payload of the root is the innermost frame's address, and that of a body that delegates its own frame's.

mod delegation;
mod driver;
mod generator;
mod mailbox;
mod output;
mod pointer;
mod resumption;
mod value;

#[cfg(feature = "macros")]
pub(crate) use delegation::yield_from_directly;
pub(crate) use delegation::{Delegate, Frame, Stage};
pub use delegation::{DelegatedStep, Go};
pub use generator::{Generator, generator};
#[cfg(feature = "macros")]
pub use mailbox::BodyYielder;
pub use mailbox::RawYielder;
pub(crate) use mailbox::{Aside, Mailbox, MailboxRef};
pub use output::BodyOutput;
#[cfg(feature = "macros")]
pub use value::with_ends;
pub use value::{EndsWith, with_value};
