//! What most programs use: `use asyncgen::prelude::*;`
//!
//! The traits whose methods generators have, the macros that make them, and the type of those with an owner. (`use asyncgen::*`
//! has a module `tokio` in it, beside which the crate of that name can't be named any more.)
//!
//! ```
//! # #[cfg(all(feature = "std", feature = "macros"))] {
//! use asyncgen::prelude::*;
//!
//! fn numbers() -> BoxGenerator<u32> {
//!     async_gen! { yield 1; yield 2; }.boxed()
//! }
//! # async_io::block_on(async {
//! let mut numbers = numbers();
//! assert_eq!(numbers.anext().await, Ok(1));
//! assert_eq!(numbers.aclose().await, Ok(()));
//! # });
//! # async fn with_tokio() { tokio::task::yield_now().await }
//! # }
//! ```

pub use crate::{
    AdaptExt, AsyncGenerator, AsyncGeneratorExt, Exception, IntoStreamExt, ReturningGenerator, StepError, generator,
};
#[cfg(feature = "std")]
pub use crate::{BoxGenerator, OwnedExt};
#[cfg(feature = "macros")]
pub use crate::{async_block, async_gen, stream, try_stream};
