//! The engine: a body that is polled, and the mailbox through which it and its driver talk.

mod delegation;
mod driver;
mod generator;
mod mailbox;
mod pointer;

pub(crate) use delegation::{Delegate, Frame, FrameStep, Stage};
pub use delegation::{DelegatedStep, yield_from_directly};
pub use driver::BodyOutput;
#[cfg(feature = "macros")]
pub use driver::into_result;
pub use generator::{Generator, generator};
pub use mailbox::RawYielder;
pub(crate) use mailbox::{Aside, Mailbox, MailboxRef};
