//! Asynchronous generators, with the whole contract that Python's have.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "std")]
extern crate std;

mod aclosing;
mod engine;
mod error;
mod exception;
mod generator;
#[cfg(feature = "std")]
pub mod hooks;
mod macros;
mod operation;
#[cfg(feature = "std")]
mod owned;
mod raise;
mod scope;
mod sent;
mod stream;
#[cfg(feature = "tokio")]
pub mod tokio;
#[cfg(feature = "tracing")]
mod trace;
mod yield_;
mod yielder;

pub use aclosing::{NotClosed, aclosing};
pub use engine::Generator;
pub use error::{CloseError, StartError, StepError};
pub use exception::Exception;
pub use generator::{AsyncGenerator, Refused, Resume, State, Step};
pub use operation::{Aclose, Anext, Asend, AsyncGeneratorExt, Athrow, Start};
#[cfg(feature = "std")]
pub use owned::{BoxGenerator, LocalBoxGenerator, Owned, OwnedExt};
pub use raise::Raise;
pub use scope::{Catch, Finally, YieldFrom};
pub use sent::{Nothing, SentValue};
pub use stream::{FromStream, IntoStream, IntoStreamExt, IntoTryStream, from_stream};
pub use yield_::{TryYield, Yield};
pub use yielder::Yielder;

/// What the macros of this crate expand to. Nothing here is meant to be used by hand, or stays as it is.
#[doc(hidden)]
pub mod __private {
    pub use crate::engine::{BodyOutput, RawYielder, generator};
}
