//! The keyword form: programs as `async_gen!` source, and what that source calls.
//!
//! The crate in `keyword/` compiles what [`choose`] and [`render`] make of the corpus, and compares it with CPython's
//! answers.

mod choose;
pub mod live;
mod render;
mod world;

pub use choose::{Chosen, choose, is_comparable};
pub use render::{Loops, PRELUDE, Rendered, render};
pub use world::{Compiled, Fault, World};
