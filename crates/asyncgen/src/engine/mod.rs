//! The engine: a body that is polled, and the mailbox through which it and its driver talk.

mod driver;
mod generator;
mod mailbox;

pub use driver::BodyOutput;
pub use generator::{Generator, generator};
pub use mailbox::RawYielder;
pub(crate) use mailbox::{Aside, Mailbox, MailboxRef};
