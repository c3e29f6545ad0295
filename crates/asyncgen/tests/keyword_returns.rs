//! `return` with a value, and the `return` of other macros.

mod keyword;

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, StepError, async_gen, stream, try_stream};
use futures::{Stream, StreamExt};
use keyword::run;

fn raised(error: &str) -> Result<u32, StepError<String>> {
    Err(StepError::Raised(Exception::Error(error.to_owned())))
}

#[test]
fn an_error_is_returned_without_a_question_mark() {
    fn from(n: u32) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
        async_gen! {
            let k = n + 1;
            if n == 0 {
                return Err("zero".to_owned());
            }
            yield k;
        }
    }
    run(async {
        assert_eq!(pin!(from(0)).anext().await, raised("zero"));
        let mut g = pin!(from(1));
        assert_eq!(g.anext().await, Ok(2));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    });
}

#[test]
fn ok_is_returned_without_a_question_mark() {
    fn none() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
        async_gen! {
            if true {
                return Ok(());
            }
            yield 1;
        }
    }
    run(async { assert_eq!(pin!(none()).anext().await, Err(StepError::StopAsyncIteration)) });
}

#[test]
fn a_stream_returns_an_error_without_a_question_mark() {
    fn from(n: u32) -> impl Stream<Item = Result<u32, String>> {
        try_stream! {
            if n == 0 {
                return Err("zero".to_owned());
            }
            yield n;
        }
    }
    run(async {
        assert_eq!(from(0).collect::<Vec<_>>().await, [Err("zero".to_owned())]);
        assert_eq!(from(1).collect::<Vec<_>>().await, [Ok(1)]);
    });
}

/// As anyhow's.
macro_rules! bail {
    ($error:expr) => {
        return ::core::result::Result::Err(($error).into())
    };
}

/// As anyhow's.
macro_rules! ensure {
    ($condition:expr, $error:expr) => {
        if !$condition {
            return ::core::result::Result::Err(($error).into());
        }
    };
}

/// Of the user's own making.
macro_rules! fail {
    ($error:expr) => {
        return Err(($error).into())
    };
}

#[test]
fn a_macro_returns_an_error() {
    fn from(n: u32) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
        async_gen! {
            ensure!(n < 10, "large");
            if n == 0 {
                bail!("zero");
            }
            yield n;
            fail!("end");
        }
    }
    run(async {
        assert_eq!(pin!(from(0)).anext().await, raised("zero"));
        assert_eq!(pin!(from(10)).anext().await, raised("large"));
        let mut g = pin!(from(1));
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, raised("end"));
    });
}

#[test]
fn a_macro_returns_an_error_from_a_stream() {
    fn from(n: u32) -> impl Stream<Item = Result<u32, String>> {
        try_stream! {
            ensure!(n < 10, "large");
            if n == 0 {
                bail!("zero");
            }
            yield n;
        }
    }
    run(async {
        assert_eq!(from(0).collect::<Vec<_>>().await, [Err("zero".to_owned())]);
        assert_eq!(from(10).collect::<Vec<_>>().await, [Err("large".to_owned())]);
        assert_eq!(from(1).collect::<Vec<_>>().await, [Ok(1)]);
    });
}

#[test]
fn a_returned_error_is_an_item_of_a_stream() {
    run(async {
        let s = stream! {
            yield Ok(1);
            try {
                if true {
                    return Err("returned");
                }
            } catch _ {}
            yield Ok(2);
        };
        assert_eq!(s.collect::<Vec<_>>().await, [Ok(1), Err("returned")]);
        let s = stream! {
            type Error = &'static str;
            yield Ok(1);
            bail!("returned");
        };
        assert_eq!(s.collect::<Vec<_>>().await, [Ok(1), Err("returned")]);
    });
}

/// Ends the body without an error.
macro_rules! stop {
    () => {
        return
    };
}

#[test]
fn a_macro_returns_from_a_stream_as_with_async_stream() {
    run(async {
        let s = stream! {
            for i in 0.. {
                if i == 2 {
                    stop!();
                }
                yield i;
            }
        };
        assert_eq!(s.collect::<Vec<_>>().await, [0, 1]);
    });
}

#[test]
fn a_macro_returns_an_error_from_a_block() {
    fn numbers() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
        async_gen! {
            for await n in futures::stream::iter(0..5) {
                try {
                    ensure!(n < 1, "caught");
                } catch _ {
                    yield 100;
                }
                ensure!(n < 2, "large");
                yield n;
            }
        }
    }
    run(async {
        let mut g = pin!(numbers());
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.anext().await, Ok(100));
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.anext().await, Ok(100));
        assert_eq!(g.anext().await, raised("large"));
    });
}
