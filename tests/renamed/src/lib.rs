//! The keyword form where the crate goes by another name.
//!
//! There is no crate `asyncgen` here, no `Option`, `Result` or `Some` as usual, and the edition is 2021.
#![forbid(unsafe_code)]
#![deny(warnings)]

use std::io;

use futures_core::Stream;
use generators::{async_gen, stream, try_stream, AsyncGenerator};

#[allow(dead_code)]
mod confusing {
    pub(crate) struct Option;
    pub(crate) struct Result;
    pub(crate) struct Some;
}
#[allow(unused_imports)]
use confusing::{Option, Result, Some};

/// All keywords.
#[allow(clippy::never_loop)]
pub fn all(count: u32) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = io::Error> + Send {
    async_gen! {
        type Error = io::Error;

        let mut seen = 0;
        'outer: loop {
            try {
                for await number in numbers(count) {
                    seen += 1;
                    if number == 2 {
                        break 'outer;
                    }
                    yield number;
                }
                yield from rest();
                return;
            } catch error if error.kind() == io::ErrorKind::NotFound {
                raise!(error)
            } finally {
                yield seen;
            }
        }
        yield 100;
    }
}

/// A stream of no errors.
pub fn numbers(count: u32) -> impl Stream<Item = u32> + Send {
    stream! {
        for number in 0..count {
            yield number;
        }
    }
}

/// A stream of `Result`s.
pub fn parsed(text: &str) -> impl Stream<Item = std::result::Result<u32, std::num::ParseIntError>> + '_ {
    try_stream! {
        for word in text.split(' ') {
            yield word.parse()?;
        }
    }
}

fn rest() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = io::Error> + Send {
    async_gen! {
        yield 50;
        Err(io::Error::from(io::ErrorKind::NotFound))?;
    }
}

#[path = "../../../crates/asyncgen/tests/editions/failure.rs"]
#[rustfmt::skip]
pub mod failure;

/// The bodies that the library's own tests have in the newer edition.
#[path = "../../../crates/asyncgen/tests/editions/bodies.rs"]
#[rustfmt::skip]
pub mod bodies;

#[cfg(test)]
#[path = "../../../crates/asyncgen/tests/editions/checks.rs"]
#[rustfmt::skip]
mod checks;

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use futures::StreamExt;
    use generators::IntoStreamExt;

    #[test]
    fn all_keywords_work() {
        let items = |count| -> Vec<u32> {
            block_on(super::all(count).into_try_stream().map(|item| item.unwrap_or(404)).collect())
        };
        assert_eq!(items(5), [0, 1, 3, 100]);
        assert_eq!(items(1), [0, 50, 1, 404]);
    }

    #[test]
    fn streams_work() {
        assert_eq!(block_on(super::numbers(2).collect::<Vec<_>>()), [0, 1]);
        assert_eq!(block_on(super::parsed("1 x 2").collect::<Vec<_>>()).len(), 2);
    }
}
