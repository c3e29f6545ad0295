//! The proc macros behind `asyncgen`'s `async_gen!`, `async_block!`, `stream!` and `try_stream!`: use that crate.
//!
//! How a body becomes Rust, step by step, with the file that does it:
//!
//! 1. `header`: the types that the user has named are taken off the head.
//! 2. `syntax`: what no Rust parser knows (`yield from`, `try`/`catch`/`finally`, `for await`) is rewritten, token by
//!    token, into what `syn` can parse and what nobody writes by hand.
//! 3. `body`: the syntax tree is walked, and the keywords become calls of functions of `asyncgen`; `try_block` and
//!    `for_await` for those that are scopes. A scope is a labelled block; `layers` knows how control leaves it.
//! 4. `arguments` looks into the arguments of other macros, `rules` into macros that the body defines, `hidden` sees to what
//!    other macros may hide; `nested` refuses keywords where they can't work.
//! 5. `expand` puts it all together; `fallback` is what an editor gets of a body with a mistake in it.
//!
//! All of the user's tokens keep their spans. The names that the macros make up are hygienic.

mod arguments;
mod body;
mod expand;
mod fallback;
mod for_await;
mod header;
mod hidden;
mod layers;
mod nested;
mod rules;
mod syntax;
mod try_block;

use proc_macro::TokenStream;

use expand::{Kind, expand};

/// Use `asyncgen::async_gen!`.
#[doc(hidden)]
#[proc_macro]
pub fn async_gen(input: TokenStream) -> TokenStream {
    expand(Kind::Generator, input.into()).into()
}

/// Use `asyncgen::async_block!`.
#[doc(hidden)]
#[proc_macro]
pub fn async_block(input: TokenStream) -> TokenStream {
    expand(Kind::Block, input.into()).into()
}

/// Use `asyncgen::stream!`.
#[doc(hidden)]
#[proc_macro]
pub fn stream(input: TokenStream) -> TokenStream {
    expand(Kind::Stream, input.into()).into()
}

/// Use `asyncgen::try_stream!`.
#[doc(hidden)]
#[proc_macro]
pub fn try_stream(input: TokenStream) -> TokenStream {
    expand(Kind::TryStream, input.into()).into()
}
