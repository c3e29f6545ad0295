//! Clean-up on the tokio runtime.
//!
//! With the feature `tokio`, an [owned](crate::OwnedExt) generator that makes its first step on a runtime, on a thread
//! with no other finalizer set, belongs to that runtime: wherever it is dropped before its end (on another thread,
//! outside of any runtime), a task on that runtime closes it. Nothing has to be set.
//!
//! A runtime that shuts down drops its tasks, these among them. [`scope`] waits for them before:
//!
//! ```
//! use std::time::Duration;
//! use asyncgen::{generator, AsyncGeneratorExt, BoxGenerator, OwnedExt};
//!
//! fn session() -> BoxGenerator<u32> {
//!     generator!(|y| {
//!         y.finally(
//!             async |mut y| { y.yield_(1).await; Ok(()) },
//!             async |_| { tokio::time::sleep(Duration::from_millis(1)).await; println!("logged out"); Ok(()) },
//!         ).await;
//!     }).boxed()
//! }
//!
//! #[tokio::main]
//! async fn main() {
//!     let (first, report) = asyncgen::tokio::scope(async {
//!         let mut session = session();
//!         session.anext().await
//!         // Dropped here, half-way.
//!     })
//!     .await;
//!     // Here, `logged out` was printed.
//!     assert_eq!(first, Ok(1));
//!     assert_eq!(report.closed, 1);
//!     assert!(report.is_clean());
//! }
//! ```

mod closing;
mod home;
mod local;
mod registry;
mod report;
mod scope;
#[cfg(feature = "macros")]
mod spawned;

pub use home::{Home, ScopeFinalizer};
pub use report::{Aborted, Panicked, Report, Straggler};
pub use scope::{Scope, scope};
#[cfg(feature = "macros")]
pub use spawned::{ahead, spawned};
