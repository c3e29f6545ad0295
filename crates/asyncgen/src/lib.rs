//! Asynchronous generators, with the whole contract that Python's have.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "std")]
extern crate std;

mod engine;
mod error;
mod exception;
mod generator;
#[cfg(feature = "macros")]
#[allow(missing_docs, reason = "all of it is hidden; what needs to be said is said in comments")]
mod keyword;
mod macros;
mod operation;
mod raise;
mod scope;
mod sent;
mod stream;
mod yield_;
mod yielder;

pub use engine::Generator;
pub use error::{CloseError, StartError, StepError};
pub use exception::Exception;
pub use generator::{AsyncGenerator, Refused, Resume, State, Step};
pub use operation::{Aclose, Anext, Asend, AsyncGeneratorExt, Athrow, Start};
pub use raise::Raise;
pub use scope::{Catch, Finally, YieldFrom};
pub use sent::{Nothing, SentValue};
pub use stream::{FromStream, IntoStream, IntoStreamExt, IntoTryStream, from_stream};
pub use yield_::{TryYield, Yield};
pub use yielder::Yielder;

/// What the macros of this crate expand to. Nothing here is meant to be used by hand, or stays as it is.
#[doc(hidden)]
pub mod __private {
    pub use crate::engine::{RawYielder, generator};
    #[cfg(feature = "macros")]
    pub use crate::keyword::*;
}
