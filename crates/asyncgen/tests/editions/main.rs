//! The same bodies under strict lints, with what is allowed nowhere, and without a prelude. (`tests/renamed` has them in the
//! older edition.)
#![deny(warnings)]
#![warn(clippy::pedantic)]
#![allow(unreachable_pub, clippy::duplicate_mod, reason = "the other crate has them public; they are compiled twice")]
#![forbid(unsafe_code, unused_variables, unused_mut)]

extern crate asyncgen as generators;

mod bodies;
mod checks;
mod failure;

#[path = "."]
mod without_a_prelude {
    use crate::failure;

    #[no_implicit_prelude]
    pub(crate) mod bodies;
    mod checks;
}
