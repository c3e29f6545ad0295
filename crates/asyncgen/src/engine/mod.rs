//! The engine: a body that is polled, and the mailbox through which it and its driver talk.

mod driver;
mod mailbox;

pub use driver::{Generator, generator, into_result};
pub use mailbox::RawYielder;
pub(crate) use mailbox::{Aside, Mailbox, MailboxRef};
