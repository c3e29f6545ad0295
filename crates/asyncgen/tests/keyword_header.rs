//! The header that names the types: the same for all three macros.

#![deny(warnings)]

mod keyword;

use std::fmt::Display;
use std::num::ParseIntError;
use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, async_gen, stream, try_stream};
use futures::StreamExt;
use keyword::run;

#[test]
fn a_stream_has_a_header_without_a_try_block() {
    run(async {
        let s = stream! {
            type Yield = u64;
            yield 1;
        };
        let items: Vec<u64> = s.collect().await;
        assert_eq!(items, [1]);
        let s = try_stream! {
            type Yield = u64;
            type Error = ParseIntError;
            yield 1;
            yield "2".parse()?;
        };
        assert_eq!(s.collect::<Vec<_>>().await, [Ok(1_u64), Ok(2)]);
    });
}

#[test]
fn what_the_header_names_is_an_alias_in_the_body() {
    run(async {
        let s = stream! {
            type Error = ParseIntError;
            let n: Result<u32, Error> = "1".parse();
            yield n;
        };
        assert_eq!(s.collect::<Vec<_>>().await, [Ok(1)]);
        let s = stream! {
            type Error = ParseIntError;
            let n: Result<u32, Error> = "1".parse();
            try {
                yield n;
            } finally {}
        };
        assert_eq!(s.collect::<Vec<_>>().await, [Ok(1)]);
        let mut g = pin!(async_gen! {
            type Yield = Vec<u32>;
            type Sent = ();
            type Error = ParseIntError;
            yield Yield::new();
            yield vec!["1".parse::<u32>()? as <Yield as IntoIterator>::Item];
            yield dbg!(Yield::with_capacity(3));
        });
        assert_eq!(g.anext().await, Ok(Vec::new()));
        assert_eq!(g.anext().await, Ok(vec![1]));
        assert_eq!(g.anext().await, Ok(Vec::new()));
    });
}

/// An alias can't name what is generic outside of the body, or itself; so it is there only if it is used.
#[test]
fn the_header_may_name_what_is_generic() {
    fn generic<T: Display, E: Display>(value: T, error: E) -> impl AsyncGenerator<Yield = T, Sent = (), Error = E> {
        async_gen! {
            type Yield = T;
            type Sent = ();
            type Error = E;
            try {
                yield value;
                raise!(error)
            } catch error {
                let inner: Box<dyn AsyncGenerator<Yield = T, Sent = (), Error = E>> = Box::new(async_gen! {
                    type Error = E;
                    raise!(error);
                });
                let mut inner = Box::into_pin(inner);
                if let Err(asyncgen::StepError::Raised(exception)) = inner.anext().await {
                    raise!(exception);
                }
            }
        }
    }
    run(async {
        let mut g = pin!(generic(1, "text"));
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Err(asyncgen::StepError::Raised(Exception::Error("text"))));
    });
}

#[derive(Debug, PartialEq)]
struct Error;

#[test]
fn the_header_may_name_a_type_of_the_same_name() {
    run(async {
        let s = try_stream! {
            type Error = Error;
            yield 1;
            Err(Error)?;
        };
        assert_eq!(s.collect::<Vec<_>>().await, [Ok(1), Err(Error)]);
    });
}

#[test]
fn other_aliases_are_items_and_so_is_what_a_stream_would_be_sent() {
    run(async {
        let s = stream! {
            type Item = u8;
            type Sent = u16;
            let (item, sent): (Item, Sent) = (1, 2);
            yield (item, sent);
        };
        assert_eq!(s.collect::<Vec<_>>().await, [(1_u8, 2_u16)]);
    });
}
