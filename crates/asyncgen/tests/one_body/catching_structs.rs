//! `catch` with patterns that have braces, and a guard or another clause after them.

use std::fmt;
use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, StepError, async_gen};

use crate::keyword::run;
use crate::language::{raised, thrown_after};

#[derive(Clone, Debug, PartialEq)]
enum DbError {
    Timeout { after: u32 },
    Refused(String),
    Io(IoKind, u32),
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum IoKind {
    Read,
    Write,
}

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

fn patterns(limit: u32) -> impl AsyncGenerator<Yield = String, Sent = (), Error = DbError> {
    async_gen! {
        loop {
            try {
                yield "ready".into();
            } catch DbError::Timeout { after } if after < limit {
                yield format!("short {after}");
            } catch DbError::Timeout { after: after @ 100..=200 } {
                yield format!("middle {after}");
            } catch DbError::Timeout { .. } {
                yield "long".into();
            } catch DbError::Refused(reason) if reason.starts_with('a') {
                yield reason + "!";
            } catch DbError::Io(kind @ (IoKind::Read | IoKind::Write), 1 | 2) {
                yield format!("{kind:?}");
            } catch error @ DbError::Io(..) {
                yield error.to_string();
            }
        }
    }
}

#[test]
fn patterns_of_the_error_type_with_guards_bindings_alternatives_and_rests() {
    for (error, answer) in [
        (DbError::Timeout { after: 5 }, "short 5"),
        (DbError::Timeout { after: 150 }, "middle 150"),
        (DbError::Timeout { after: 50 }, "long"),
        (DbError::Refused("all".into()), "all!"),
        (DbError::Io(IoKind::Read, 1), "Read"),
        (DbError::Io(IoKind::Write, 2), "Write"),
        (DbError::Io(IoKind::Write, 3), "Io(Write, 3)"),
    ] {
        run(async {
            let mut g = pin!(patterns(10));
            assert_eq!(g.anext().await, Ok("ready".into()));
            assert_eq!(g.athrow(error).await, Ok(Some(answer.into())));
            assert_eq!(g.anext().await, Ok("ready".into()));
            assert_eq!(g.aclose().await, Ok(()));
        });
    }
    for error in [DbError::Closed, DbError::Refused("busy".into())] {
        assert_eq!(thrown_after(1, error.clone(), patterns(10)), (vec!["ready".into()], raised(error)));
    }
}

#[test]
fn a_struct_error_is_caught_by_its_pattern() {
    #[derive(Debug, PartialEq)]
    struct TooFast {
        wait: u32,
    }
    #[derive(Debug, PartialEq)]
    struct Unit;
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = TooFast;
            loop {
                try { yield 1; } catch TooFast { wait } if wait > 9 { yield wait; } catch TooFast { .. } { return; }
            }
        }
    };
    assert_eq!(thrown_after(1, TooFast { wait: 10 }, g_taking(3, g())).0, [1, 10, 1]);
    assert_eq!(thrown_after(1, TooFast { wait: 1 }, g()), (vec![1], Ok(())));
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = Unit;
        try { yield 1; } catch Unit { yield 2; }
    };
    assert_eq!(thrown_after(1, Unit, g).0, [1, 2]);
}

/// The first `count` values of `generator`, by delegation.
fn g_taking<E>(
    count: usize,
    generator: impl AsyncGenerator<Yield = u32, Sent = (), Error = E>,
) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = E> {
    async_gen! {
        type Yield = u32;
        type Error = E;
        let mut generator = pin!(generator);
        let mut step = generator.anext().await;
        for n in 1.. {
            let value = match step {
                Ok(value) => value,
                Err(StepError::Raised(exception)) => raise!(exception),
                Err(_) => return,
            };
            let thrown = try { yield value; };
            if n == count { return; }
            step = match thrown {
                Ok(()) => generator.anext().await,
                Err(error) => match generator.athrow(error).await {
                    Ok(Some(value)) => Ok(value),
                    Ok(None) | Err(StepError::StopAsyncIteration) => return,
                    Err(StepError::Raised(exception)) => raise!(exception),
                    Err(_) => unreachable!(),
                },
            };
        }
    }
}
