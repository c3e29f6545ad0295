use std::convert::Infallible;
use std::future::ready;
use std::hint::black_box;
use std::pin::{Pin, pin};

use asyncgen::{AdaptExt, AsyncGenerator, AsyncGeneratorExt, IntoStreamExt, async_gen, stream, try_stream};
use futures_core::Stream;
use tokio::sync::mpsc::Receiver;
use tokio::task::yield_now;

use super::{Boxed, HandWritten, LOOPED, Looping, Peer, Recursive, TwoWay};
use crate::cases::{Tree, now};

/// This crate, in the keyword form.
pub struct Asyncgen;

impl Peer for Asyncgen {
    const NAME: &'static str = "asyncgen";

    fn numbers<const COPY: usize>(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        stream! {
            for number in 0..count {
                yield black_box(number);
            }
        }
    }

    fn ready(count: u64) -> impl Stream<Item = u64> {
        stream! {
            for number in 0..count {
                let number = ready(black_box(number)).await;
                yield number;
            }
        }
    }

    fn pending(count: u64) -> impl Stream<Item = u64> + Send + 'static {
        stream! {
            for number in 0..count {
                yield_now().await;
                yield black_box(number);
            }
        }
    }

    fn received(mut numbers: Receiver<u64>) -> impl Stream<Item = u64> + Send + 'static {
        stream! {
            while let Some(number) = numbers.recv().await {
                yield black_box(number);
            }
        }
    }

    fn large<const N: usize>(count: u64) -> impl Stream<Item = [u8; N]> {
        stream! {
            for _ in 0..count {
                yield black_box([1; N]);
            }
        }
    }

    fn typical(text: String) -> impl Stream<Item = u64> + Send + 'static {
        stream! {
            let mut buffer = [0_u8; 256];
            for number in 0.. {
                buffer[0] = black_box(1);
                yield black_box(number);
                black_box((&mut buffer, &text));
            }
        }
    }
}

type BoxedGenerator<'a> = Pin<Box<dyn AsyncGenerator<Yield = u64, Sent = (), Error = Infallible> + Send + 'a>>;

/// A generator that delegates so many times.
fn nested(depth: u64, count: u64) -> BoxedGenerator<'static> {
    Box::pin(async_gen! {
        if depth == 0 {
            for number in 0..count {
                yield black_box(number);
            }
        } else {
            yield from nested(depth - 1, count);
        }
    })
}

fn walk(tree: &Tree) -> BoxedGenerator<'_> {
    Box::pin(async_gen! {
        if let Some(left) = &tree.left {
            yield from walk(left);
        }
        yield black_box(tree.value);
        if let Some(right) = &tree.right {
            yield from walk(right);
        }
    })
}

impl Recursive for Asyncgen {
    fn nested(depth: u64, count: u64) -> Boxed<'static> {
        Box::pin(nested(depth, count).into_stream())
    }

    fn walk(tree: &Tree) -> Boxed<'_> {
        Box::pin(walk(tree).into_stream())
    }
}

impl Looping for Asyncgen {
    fn looped<S: Stream<Item = u64>>(stream: S) -> impl Stream<Item = u64> {
        stream! {
            for await number in stream {
                yield number;
            }
        }
    }

    fn sizes() -> [usize; 6] {
        fn texts() -> impl Stream<Item = String> {
            stream! {
                for number in 0.. {
                    yield number.to_string();
                }
            }
        }
        fn fallible() -> impl Stream<Item = Result<[u8; 64], String>> {
            try_stream! {
                for number in 0..3 {
                    yield [number; 64];
                    if number == 2 {
                        Err("two")?;
                    }
                }
            }
        }
        let one = stream! { yield 1_u8; };
        let looped = || Self::looped(HandWritten::numbers::<LOOPED>(1));
        [
            size_of_val(&one),
            size_of_val(&Self::numbers::<LOOPED>(1)),
            size_of_val(&texts()),
            size_of_val(&fallible()),
            size_of_val(&looped()),
            size_of_val(&Self::looped(Self::looped(looped()))),
        ]
    }
}

impl TwoWay for Asyncgen {
    fn echo(count: u64) -> u64 {
        let mut echo = pin!(async_gen! {
            type Yield = u64;
            type Sent = u64;
            type Error = Infallible;

            let mut number = 0;
            loop {
                number = yield black_box(number);
            }
        });
        let mut sum = 0;
        now(echo.start()).unwrap();
        for number in 0..count {
            sum += black_box(now(echo.asend(black_box(number))).unwrap());
        }
        sum
    }
}

/// The sum of what a generator yields, which a body of these statements does. (No functions, of which the optimizer would make
/// other things for each.)
macro_rules! sum_of {
    (|$numbers:ident| $made:expr, $error:ty, $count:ident, |$number:ident| $value:expr) => {{
        let $numbers = async_gen! {
            type Sent = ();
            type Error = $error;

            for $number in 0..$count {
                yield $value;
            }
        };
        let mut numbers = pin!($made);
        let mut sum = 0;
        while let Ok(number) = now(numbers.anext()) {
            sum += black_box(number);
        }
        sum
    }};
}

/// The numbers by `anext`: what the operations cost where nothing is sent.
pub fn anext(count: u64) -> u64 {
    sum_of!(|numbers| numbers, Infallible, count, |number| black_box(number))
}

/// The same, each mapped by the body itself.
pub fn mapped_by_the_body(count: u64) -> u64 {
    sum_of!(|numbers| numbers, Infallible, count, |number| black_box(number) ^ 1)
}

/// The same, each mapped by an adaptor.
pub fn mapped(count: u64) -> u64 {
    sum_of!(|numbers| numbers.map_yielded(|number| number ^ 1), Infallible, count, |number| black_box(number))
}

/// The same as [`anext`], with another error type.
pub fn error_mapped(count: u64) -> u64 {
    sum_of!(|numbers| numbers.map_error(u16::from, Err), u8, count, |number| black_box(number))
}

/// [`Peer::boxed`], the loop of whose body stands in a `try`/`finally`.
pub fn in_finally(count: u64) -> Pin<Box<dyn Stream<Item = u64>>> {
    Box::pin(stream! {
        try {
            for number in 0..count {
                yield black_box(number);
            }
        } finally {
            black_box(count);
        }
    })
}

/// Throws 0 to `count - 1` into a body that catches them, and yields what it caught.
pub fn athrow(count: u64) -> u64 {
    let mut catcher = pin!(async_gen! {
        type Yield = u64;
        type Sent = ();
        type Error = u64;

        let mut caught = 0;
        loop {
            try {
                yield black_box(caught);
            } catch error {
                caught = error;
            }
        }
    });
    let mut sum = 0;
    now(catcher.anext()).unwrap();
    for number in 0..count {
        sum += black_box(now(catcher.athrow(black_box(number))).unwrap().unwrap());
    }
    sum
}

/// Makes a generator, takes its first item, and closes it.
pub fn create_and_close(count: u64) -> u64 {
    let mut sum = 0;
    for number in 0..count {
        let mut numbers = pin!(async_gen! {
            type Sent = ();
            type Error = Infallible;

            for number in number.. {
                yield black_box(number);
            }
        });
        sum += black_box(now(numbers.anext()).unwrap());
        now(numbers.aclose()).unwrap();
    }
    sum
}
