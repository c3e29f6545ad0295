//! The engine: a body that is polled, and the mailbox through which it and its driver talk.

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
