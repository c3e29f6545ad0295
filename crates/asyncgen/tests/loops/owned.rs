//! By value: closed once, before what follows runs.

use std::pin::{Pin, pin};

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, IntoStreamExt, OwnedExt, StepError, async_gen, stream, try_stream};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};

use crate::keyword::{forever, run, tick};
use crate::language::fail;
use crate::sources::{Closings, EVERY, Way, never_failing, numbers, opaque, opaque_results};

/// Leaves a loop over what the expression makes of the count, in each way, and looks whether it was closed once: before
/// what stands after the loop (which adds 100 to what it saw), or before the generator has ended.
macro_rules! closed_once {
    ($(#[$attribute:meta])* $name:ident, |$closings:ident| $source:expr) => {
        $(#[$attribute])*
        #[test]
        fn $name() {
            fn looping(way: Way, $closings: &Closings) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
                async_gen! {
                    type Error = &'static str;
                    for await n in $source {
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
                }
            }
            for way in EVERY {
                let closings = &Closings::default();
                run(leave(way, looping(way, closings)));
                assert_eq!(closings.get(), 1, "{way:?}");
            }
        }
    };
}

/// Goes as far as the loop is left, and looks at the way it was.
pub(crate) async fn leave(way: Way, generator: impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str>) {
    let mut g = pin!(generator);
    assert_eq!(g.anext().await, Ok(0));
    let raised = |error| Err(StepError::Raised(asyncgen::Exception::Error(error)));
    match way {
        Way::End => {
            for n in 1..5 {
                assert_eq!(g.anext().await, Ok(n));
            }
            assert_eq!(g.anext().await, Ok(101), "closed before control goes on");
        }
        Way::Break => assert_eq!(g.anext().await, Ok(101), "closed before control goes on"),
        Way::Return => assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration)),
        Way::ReturnErr | Way::Question | Way::Raise => assert_eq!(g.anext().await, raised("left")),
        Way::Thrown => {
            assert_eq!(g.anext().await, Ok(1));
            let end = g.athrow("thrown").await;
            assert_eq!(end, Err(StepError::Raised(asyncgen::Exception::Error("thrown"))));
        }
        Way::Closed => {
            assert_eq!(g.anext().await, Ok(1));
            assert_eq!(g.aclose().await, Ok(()));
        }
    }
}

closed_once!(a_generator, |closings| numbers(closings));
closed_once!(a_boxed_and_pinned_generator, |closings| Box::pin(numbers(closings)));
closed_once!(a_box_of_an_unpin_generator, |closings| Box::new(Box::pin(numbers(closings))));
closed_once!(a_generator_behind_dyn, |closings| {
    let boxed: Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> + '_>> =
        Box::pin(numbers(closings));
    boxed
});
closed_once!(the_stream_of_a_generator, |closings| never_failing(closings).into_stream());
closed_once!(a_boxed_stream_of_a_generator, |closings| Box::pin(never_failing(closings).into_stream()));
closed_once!(a_local_stream, |closings| stream! {
    try { for i in 0..5 { yield i; } } finally { tick().await; closings.set(closings.get() + 1); }
});
closed_once!(a_boxed_local_stream, |closings| Box::pin(stream! {
    try { for i in 0..5 { yield i; } } finally { tick().await; closings.set(closings.get() + 1); }
}));
closed_once!(a_local_generator_in_a_variable, |closings| {
    let local = async_gen! {
        type Yield = u32; type Sent = (); type Error = &'static str;
        try { for i in 0..5 { yield i; } } finally { tick().await; closings.set(closings.get() + 1); }
    };
    local
});

#[test]
fn an_owned_box_generator() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    fn looping(
        way: Way,
        closings: Arc<AtomicU32>,
    ) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            type Error = &'static str;
            let counted = Arc::clone(&closings);
            let boxed = async_gen! {
                type Yield = u32; type Sent = (); type Error = &'static str;
                try { for i in 0..5 { yield i; } } finally { tick().await; counted.fetch_add(1, Ordering::SeqCst); }
            }.boxed();
            for await n in boxed {
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
            yield 100 + closings.load(Ordering::SeqCst);
        }
    }
    for way in EVERY {
        let closings = Arc::default();
        run(leave(way, looping(way, Arc::clone(&closings))));
        assert_eq!(closings.load(Ordering::SeqCst), 1, "{way:?}");
    }
}

#[test]
fn a_local_try_stream() {
    fn looping(way: Way, closings: &Closings) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            type Error = &'static str;
            for await n in try_stream! {
                type Yield = u32; type Error = &'static str;
                try { for i in 0..5 { yield i; } } finally { tick().await; closings.set(closings.get() + 1); }
            } {
                let n = n?;
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
            yield 100 + closings.get();
        }
    }
    for way in EVERY {
        let closings = &Closings::default();
        run(leave(way, looping(way, closings)));
        assert_eq!(closings.get(), 1, "{way:?}");
    }
}

/// What is behind `impl Stream` or `dyn Stream` is a stream as any other: dropped, not closed. At its end its own clean-up has
/// run.
#[test]
fn an_opaque_stream_is_dropped_and_ends_as_it_ends() {
    fn looping(
        way: Way,
        kind: u32,
        closings: &Closings,
    ) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str> {
        async_gen! {
            type Error = &'static str;
            if kind == 0 {
                for await n in opaque(closings) { if n == 1 && way == Way::Break { break; } yield n; }
            } else if kind == 1 {
                for await n in opaque_results(closings) { let n = n?; if n == 1 && way == Way::Break { break; } yield n; }
            } else {
                let boxed: BoxStream<'_, u32> = futures::stream::iter(0..5).boxed();
                for await n in boxed { if n == 1 && way == Way::Break { break; } yield n; }
            }
            yield 101;
        }
    }
    for kind in 0..3 {
        let closings = &Closings::default();
        run(leave(Way::End, looping(Way::End, kind, closings)));
        assert_eq!(closings.get(), u32::from(kind < 2));
        run(leave(Way::Break, looping(Way::Break, kind, closings)));
    }
}

#[test]
fn it_is_closed_at_an_await_of_the_loop_and_at_one_of_its_own() {
    for (own, closing) in [(false, false), (false, true), (true, false), (true, true)] {
        run(async {
            let closings = &Closings::default();
            let mut g = pin!(async_gen! {
                type Yield = u32; type Sent = (); type Error = &'static str;
                for await n in async_gen! {
                    type Yield = u32; type Sent = (); type Error = &'static str;
                    try { yield 0; if own { forever().await; } yield 1; } finally { tick().await; closings.set(closings.get() + 1); }
                } {
                    yield n;
                    if !own { forever().await; }
                }
            });
            assert_eq!(g.anext().await, Ok(0));
            assert!(g.anext().now_or_never().is_none());
            if closing {
                assert_eq!(g.aclose().await, Ok(()));
            } else {
                assert_eq!(g.athrow("thrown").await, Err(StepError::Raised(asyncgen::Exception::Error("thrown"))));
            }
            assert_eq!(closings.get(), 1, "{own} {closing}");
        });
    }
}

#[test]
fn it_is_closed_before_the_handler_and_the_finally_around_the_loop() {
    run(async {
        let closings = &Closings::default();
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try {
                for await n in numbers(closings) { yield n; }
            } catch "thrown" {
                yield 10 + closings.get();
            } finally {
                yield 20 + closings.get();
            }
        });
        assert_eq!(g.anext().await, Ok(0));
        assert_eq!(g.athrow("thrown").await, Ok(Some(11)));
        assert_eq!(g.anext().await, Ok(21));
    });
}

#[test]
fn a_reference_that_is_given_away_by_value_is_still_a_borrow() {
    // `&mut Pin<Box<..>>` in a variable, moved into the loop: it owns the reference, not the generator.
    run(async {
        let closings = &Closings::default();
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            let mut inner = Box::pin(numbers(closings));
            let reference = &mut inner;
            for await n in reference { yield n; break; }
            yield 100 + closings.get();
            for await n in inner { yield n; break; }
            yield 100 + closings.get();
        });
        for n in [0, 100, 1, 101] {
            assert_eq!(g.anext().await, Ok(n));
        }
    });
}
