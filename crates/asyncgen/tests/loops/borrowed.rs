//! Borrowed: left where it stands, for its owner, who finds the rest there.
#![allow(unused_mut, unused_parens, reason = "one macro for all kinds of owners")]

use std::pin::{Pin, pin};

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, IntoStreamExt, OwnedExt, State, async_gen, stream, try_stream};
use futures::stream::iter;
use futures::{Stream, StreamExt};

use crate::keyword::{run, tick};
use crate::language::{all, fail, thrown_after};
use crate::sources::{Closings, EVERY, Way, never_failing, numbers, opaque};

/// Leaves a loop over what is borrowed of `$inner`, in each way; then all that is left of it is read, and it was closed once
/// at its end, by nobody.
macro_rules! goes_on {
    ($(#[$attribute:meta])* $name:ident, |$closings:ident| $make:expr, |$inner:ident| $borrow:expr, |$rest:ident| $read:expr) => {
        $(#[$attribute])*
        #[test]
        fn $name() {
            for way in EVERY {
                run(async {
                    let $closings = &Closings::default();
                    let mut $inner = $make;
                    {
                        let $inner = &mut $inner;
                        let looping = async_gen! {
                            type Yield = u32; type Sent = (); type Error = &'static str;
                            for await n in $borrow {
                                if n == 1 {
                                    match way {
                                        Way::Break => break,
                                        Way::Return => return,
                                        Way::ReturnErr => return Err("left"),
                                        Way::Question => fail("left")?,
                                        Way::Raise => raise!("left"),
                                        Way::End | Way::Thrown | Way::Closed => {}
                                    }
                                }
                                yield n;
                            }
                            yield 100 + $closings.get();
                        };
                        leave(way, looping).await;
                    }
                    assert_eq!($closings.get(), u32::from(way == Way::End), "{way:?}");
                    let mut $rest = $inner;
                    let rest: Vec<u32> = $read;
                    assert_eq!(rest, if way == Way::End { vec![] } else { vec![2, 3, 4] }, "{way:?}");
                    assert_eq!($closings.get(), 1, "{way:?}");
                });
            }
        }
    };
}

/// Goes as far as the loop is left. (What the loop was closed by is not looked at: `leave` of the owned ones does.)
async fn leave(way: Way, generator: impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str>) {
    let mut g = pin!(generator);
    assert_eq!(g.anext().await, Ok(0));
    match way {
        Way::End => {
            for n in 1..5 {
                assert_eq!(g.anext().await, Ok(n));
            }
            assert_eq!(g.anext().await, Ok(101));
        }
        Way::Break => assert_eq!(g.anext().await, Ok(100), "not closed"),
        Way::Return | Way::ReturnErr | Way::Question | Way::Raise => assert!(g.anext().await.is_err()),
        Way::Thrown => {
            assert_eq!(g.anext().await, Ok(1));
            assert!(g.athrow("thrown").await.is_err());
        }
        Way::Closed => {
            assert_eq!(g.anext().await, Ok(1));
            assert_eq!(g.aclose().await, Ok(()));
        }
    }
}

/// The rest of a generator.
async fn rest<G: AsyncGenerator<Yield = u32, Sent = ()> + Unpin>(mut generator: G) -> Vec<u32> {
    let mut values = Vec::new();
    while let Ok(value) = generator.anext().await {
        values.push(value);
    }
    values
}

goes_on!(
    a_mutable_reference_to_a_boxed_generator,
    |closings| Box::pin(numbers(closings)),
    |inner| &mut *inner,
    |inner| rest(&mut inner).await
);
goes_on!(
    the_pinned_reference_of_a_boxed_generator,
    |closings| Box::pin(numbers(closings)),
    |inner| inner.as_mut(),
    |inner| rest(&mut inner).await
);
goes_on!(
    a_pinned_reference_made_by_hand,
    |closings| Box::pin(numbers(closings)),
    |inner| Pin::new(&mut *inner),
    |inner| rest(&mut inner).await
);
goes_on!(
    a_mutable_reference_to_a_generator_behind_dyn,
    |closings| {
        let boxed: Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + '_>> =
            Box::pin(numbers(closings));
        boxed
    },
    |inner| &mut *inner,
    |inner| rest(&mut inner).await
);
goes_on!(
    the_pinned_reference_of_a_generator_behind_dyn,
    |closings| {
        let boxed: Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + '_>> =
            Box::pin(numbers(closings));
        boxed
    },
    |inner| inner.as_mut(),
    |inner| rest(&mut inner).await
);
goes_on!(
    a_mutable_reference_to_a_boxed_local_stream,
    |closings| Box::pin(
        stream! { try { for i in 0..5 { yield i; } } finally { tick().await; closings.set(closings.get() + 1); } }
    ),
    |inner| &mut *inner,
    |inner| inner.collect().await
);
goes_on!(
    the_pinned_reference_of_a_local_stream,
    |closings| Box::pin(
        stream! { try { for i in 0..5 { yield i; } } finally { tick().await; closings.set(closings.get() + 1); } }
    ),
    |inner| inner.as_mut(),
    |inner| inner.collect().await
);
goes_on!(
    a_local_stream_by_ref,
    |closings| Box::pin(
        stream! { try { for i in 0..5 { yield i; } } finally { tick().await; closings.set(closings.get() + 1); } }
    ),
    |inner| inner.by_ref(),
    |inner| inner.collect().await
);
goes_on!(
    a_mutable_reference_to_a_stream_of_a_generator,
    |closings| Box::pin(never_failing(closings).into_stream()),
    |inner| &mut *inner,
    |inner| inner.collect().await
);
goes_on!(
    a_stream_of_a_pinned_reference_to_a_generator,
    |closings| Box::pin(never_failing(closings)),
    |inner| inner.as_mut().into_stream(),
    |inner| rest(&mut inner).await
);
goes_on!(
    a_stream_of_a_mutable_reference_to_a_generator,
    |closings| Box::pin(never_failing(closings)),
    |inner| (&mut *inner).into_stream(),
    |inner| rest(&mut inner).await
);
goes_on!(
    a_mutable_reference_to_an_opaque_stream,
    |closings| Box::pin(opaque(closings)),
    |inner| &mut *inner,
    |inner| inner.collect().await
);
goes_on!(an_opaque_stream_by_ref, |closings| Box::pin(opaque(closings)), |inner| inner.by_ref(), |inner| inner
    .collect()
    .await);
goes_on!(
    a_mutable_reference_to_a_mutable_reference,
    |closings| Box::pin(numbers(closings)),
    |inner| {
        let inner = &mut *inner;
        inner
    },
    |inner| rest(&mut inner).await
);

#[test]
fn an_owned_box_generator_that_is_borrowed_goes_on() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut boxed = async_gen! { type Yield = u32; type Sent = (); type Error = &'static str; for i in 0..4 { yield i; } }.boxed();
        for await n in &mut boxed { yield n; break; }
        for await n in &mut boxed { yield n; if n == 2 { break; } }
        assert_eq!(boxed.state(), State::Suspended);
        for await n in boxed { yield n; }
    };
    assert_eq!(all(g).0, [0, 1, 2, 3]);
}

#[test]
fn a_pinned_local_is_iterated_in_parts_and_closed_by_its_owner() {
    let closings = &Closings::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut inner = pin!(numbers(closings));
        for await n in inner.as_mut() { yield n; if n == 1 { break; } }
        for await n in &mut inner { yield n; if n == 2 { break; } }
        assert_eq!(inner.state(), State::Suspended);
        assert_eq!(closings.get(), 0);
        inner.aclose().await.unwrap();
        assert_eq!(closings.get(), 1);
        for await n in inner.as_mut() { yield n + 100; }
    };
    assert_eq!(all(g).0, [0, 1, 2]);
}

#[test]
fn the_header_and_the_rows_are_read_by_two_loops_over_one_local_stream_and_its_opaque_twin() {
    fn lines() -> impl Stream<Item = &'static str> {
        stream! { for line in ["a: 1", "", "body", "more"] { yield line; } }
    }
    let local = stream! {
        let mut lines = pin!(stream! { for line in ["a: 1", "", "body", "more"] { yield line; } });
        for await line in lines.as_mut() { if line.is_empty() { break; } yield format!("header {line}"); }
        for await line in lines.as_mut() { yield line.to_owned(); }
    };
    let twin = stream! {
        let mut lines = pin!(lines());
        for await line in lines.as_mut() { if line.is_empty() { break; } yield format!("header {line}"); }
        for await line in lines.as_mut() { yield line.to_owned(); }
    };
    let expected = ["header a: 1", "body", "more"];
    assert_eq!(run(local.collect::<Vec<_>>()), expected);
    assert_eq!(run(twin.collect::<Vec<_>>()), expected);
}

#[test]
fn a_generic_function_and_a_concrete_one_leave_the_same_rest() {
    async fn generic<S: Stream<Item = u32> + Unpin>(stream: &mut S) -> Vec<u32> {
        stream! { for await n in stream { yield n; if n == 1 { break; } } }.collect().await
    }
    run(async {
        let mut first = Box::pin(stream! { for i in 0..5 { yield i; } });
        assert_eq!(generic(&mut first).await, [0, 1]);
        let mut second = Box::pin(stream! { for i in 0..5 { yield i; } });
        let borrowed = &mut second;
        let concrete = stream! { for await n in borrowed { yield n; if n == 1 { break; } } };
        assert_eq!(concrete.collect::<Vec<u32>>().await, [0, 1]);
        assert_eq!(first.collect::<Vec<_>>().await, [2, 3, 4]);
        assert_eq!(second.collect::<Vec<_>>().await, [2, 3, 4]);
    });
}

#[test]
fn what_a_borrowed_generator_raises_is_raised_at_the_loop_and_it_has_ended() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut inner = pin!(async_gen! { type Yield = u32; type Sent = (); type Error = &'static str; yield 1; raise!("inner"); });
        try { for await n in inner.as_mut() { yield n; } } catch "inner" { yield 2; }
        assert_eq!(inner.state(), State::Closed);
        for await _ in inner.as_mut() { yield 404; }
    };
    assert_eq!(all(g).0, [1, 2]);
}

#[test]
fn an_exception_in_a_loop_over_a_borrowed_try_stream_leaves_its_rest() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut rows = Box::pin(try_stream! { type Yield = u32; type Error = &'static str; for i in 0..4 { yield i; } });
        try { for await row in &mut rows { yield row?; } } catch "thrown" { yield 10; }
        for await row in rows.by_ref() { yield row?; break; }
        for await row in rows { yield row?; fail("end")?; }
    };
    assert_eq!(thrown_after(2, "thrown", g), (vec![0, 1, 10, 2, 3], crate::language::raised("end")));
}

#[test]
fn a_generator_that_was_begun_by_hand_is_gone_on_with_by_the_loop_and_by_hand_again() {
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        let mut inner = Box::pin(async_gen! { type Yield = u32; type Sent = (); type Error = &'static str; for i in 0..5 { yield i; } });
        yield inner.anext().await.unwrap();
        for await n in &mut inner { yield n; break; }
        yield inner.anext().await.unwrap();
        yield from inner;
    };
    assert_eq!(all(g).0, [0, 1, 2, 3, 4]);
}

#[test]
fn temporaries_of_the_iterated_expression_live_as_long_as_the_loop() {
    let closings = &Closings::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        for await n in &mut iter([1, 2]) { yield n; }
        for await n in pin!(iter([3])) { yield n; }
        for await n in pin!(numbers(closings)) { yield n + 10; break; }
        for await n in (&mut iter([4]).then(|n| Box::pin(async move { tick().await; n }))) { yield n; }
    };
    assert_eq!(all(g).0, [1, 2, 3, 10, 4]);
}
