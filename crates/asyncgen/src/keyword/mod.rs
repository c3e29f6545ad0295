//! What the keyword form expands to: `async_gen!`, `async_block!`, `stream!` and `try_stream!`.
//!
//! The macros keep the user's code as it is, but for its keywords. A part of the body that gets to see an exception
//! (a `try` block, a `for await` loop) is a labelled block of the same body; each await in it is
//! [`interruptible`], and an exception is a `break` out of it.

mod async_stream;
mod block;
#[allow(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    reason = "it is `async_gen!`'s, whose own path this crate gives it"
)]
mod delegated;
#[allow(clippy::must_use_candidate, reason = "nothing calls its functions but expansions")]
mod expanded;
mod for_await;
mod iterated;
mod macros;
mod stream;

pub use core::convert::Infallible;
pub use core::option::Option::{self, None, Some};
pub use core::pin::{Pin, pin};
pub use core::result::Result::{self, Err, Ok};

pub use crate::Exception;
pub use async_stream::AsyncStream;
pub use block::{block, nothing};
pub use delegated::{
    IsAlike, IsAlikeInside, IsClosableOfItems, IsClosableOfResults, IsConverted, IsConvertedInside, IsErrorless,
    IsErrorlessInside, IsNothingKnown, IsOfItems, IsOfResults, Source,
};
pub use expanded::*;
pub use for_await::{Next, close, close_errorless, enter_loop, leave_loop, leave_loop_errorless, next, next_errorless};
pub use iterated::{IsBorrowed, IsClosable, IsGenerator, IsMutelyClosable, IsNothing, IsStream, Probe};
pub use stream::{ItemStream, ResultStream, result_stream, stream, try_stream};

pub use asyncgen_macros::{async_block, async_gen, stream as stream_macro, try_stream as try_stream_macro};
