//! What the keyword form expands to: `async_gen!`, `stream!` and `try_stream!`.
//!
//! The macros keep the user's code as it is, but for its keywords. A part of the body that gets to see an exception
//! (a `try` block, a `for await` loop) becomes an `async` block of its own, which is given to a scope of the engine; the
//! ways out of it (`return`, `break`, `continue`) become values of [`Flow`], and are taken outside.

mod flow;
mod for_await;
mod iterated;
mod macros;
mod scope;
mod stream;

pub use crate::Yielder;
pub use crate::engine::into_result;
pub use crate::yield_::Suspend;
pub use flow::{EndOfBlock, Flow, any, never};
pub use for_await::{OfClosable, OfGenerator, OfStream};
pub use iterated::{IsClosable, IsGenerator, IsNothing, IsStream, Probe};
pub use scope::{Scope, catch, clean_up, go_on, raise, split};
pub use stream::{ItemStream, ResultStream, result_stream, stream, try_stream};

pub use asyncgen_macros::{async_gen, stream as stream_macro, try_stream as try_stream_macro};
