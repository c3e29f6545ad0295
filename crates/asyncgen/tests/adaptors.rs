//! Adaptors: what is particular to each. (That the contract goes through them is tested with `conformance`'s corpus.)

use std::cell::RefCell;
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use async_io::block_on;
use asyncgen::{
    AdaptExt, AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, State, StepError, async_gen, from_stream,
};

#[derive(Debug, Clone, PartialEq)]
struct Inner(&'static str);

#[derive(Debug, Clone, PartialEq)]
enum Outer {
    Own(&'static str),
    Of(Inner),
}

impl From<Inner> for Outer {
    fn from(error: Inner) -> Self {
        Self::Of(error)
    }
}

type Log = Rc<RefCell<Vec<&'static str>>>;

/// Pending once.
fn pause() -> impl Future<Output = ()> {
    let mut polled = false;
    std::future::poll_fn(move |cx| {
        cx.waker().wake_by_ref();
        if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }
    })
}

fn raised<E, P>(error: E) -> StepError<E, P> {
    StepError::Raised(Exception::Error(error))
}

/// Its clean-up awaits, and may raise an error.
fn inner(log: &Log, fails: bool) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Inner> + use<> {
    let log = log.clone();
    async_gen! {
        try {
            yield 1;
            pause().await;
            pause().await;
            yield 2;
        } finally {
            log.borrow_mut().push("begins to clean up");
            pause().await;
            log.borrow_mut().push("has cleaned up");
            if fails { raise!(Inner("clean-up")); }
        }
    }
}

#[test]
fn an_error_that_the_inner_type_cannot_carry_closes_the_generator_and_is_raised() {
    let log = Log::default();
    block_on(async {
        let mut g = pin!(inner(&log, false).error_into::<Outer>());
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.athrow(Outer::Own("stop")).await, Err(raised(Outer::Own("stop"))));
        assert_eq!(*log.borrow(), ["begins to clean up", "has cleaned up"]);
        assert_eq!(g.state(), State::Closed);
        assert_eq!(g.athrow(Outer::Own("again")).await, Ok(None));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
        assert_eq!(g.aclose().await, Ok(()));
    });
}

#[test]
fn an_error_of_the_clean_up_takes_its_place() {
    let log = Log::default();
    block_on(async {
        let mut g = pin!(inner(&log, true).error_into::<Outer>());
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.athrow(Outer::Own("stop")).await, Err(raised(Outer::Of(Inner("clean-up")))));
        assert_eq!(g.state(), State::Closed);
    });
}

#[test]
fn it_is_raised_in_a_generator_that_was_not_started_and_of_which_nothing_runs() {
    let log = Log::default();
    block_on(async {
        let mut g = pin!(inner(&log, false).error_into::<Outer>());
        assert_eq!(g.athrow(Outer::Own("stop")).await, Err(raised(Outer::Own("stop"))));
        assert!(log.borrow().is_empty());
        assert_eq!(g.state(), State::Closed);
    });
}

#[test]
fn it_reaches_a_step_in_flight_and_may_be_dropped_half_way() {
    let log = Log::default();
    let mut g = Box::pin(inner(&log, false).error_into::<Outer>());
    let cx = &mut Context::from_waker(Waker::noop());
    assert_eq!(pin!(g.anext()).poll(cx), Poll::Ready(Ok(1)));
    assert_eq!(pin!(g.anext()).poll(cx), Poll::Pending);
    // Thrown in at the await, and nobody waits for it.
    assert_eq!(pin!(g.athrow(Outer::Own("stop"))).poll(cx), Poll::Pending);
    assert_eq!(*log.borrow(), ["begins to clean up"]);
    assert_eq!(g.state(), State::Running);
    // A second one would be lost.
    let second = Exception::Error(Outer::Own("second"));
    assert_eq!(pin!(g.athrow(Outer::Own("second"))).poll(cx), Poll::Ready(Err(StepError::AlreadyRunning(second))));
    assert_eq!(pin!(g.anext()).poll(cx), Poll::Ready(Err(raised(Outer::Own("stop")))));
    assert_eq!(*log.borrow(), ["begins to clean up", "has cleaned up"]);
}

#[test]
fn a_closing_carries_on_with_it_and_says_the_error() {
    let log = Log::default();
    let mut g = Box::pin(inner(&log, false).error_into::<Outer>());
    let cx = &mut Context::from_waker(Waker::noop());
    assert_eq!(pin!(g.anext()).poll(cx), Poll::Ready(Ok(1)));
    assert_eq!(pin!(g.athrow(Outer::Own("stop"))).poll(cx), Poll::Pending);
    assert_eq!(block_on(g.aclose()), Err(CloseError::Raised(Outer::Own("stop"))));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn a_way_back_that_knows_the_error_throws_it_in() {
    block_on(async {
        let echo = async_gen! {
            type Yield = &'static str; type Sent = (); type Error = Inner;
            let mut text = "";
            loop { try { yield text; } catch Inner(thrown) { text = thrown; } }
        };
        let back = |error| match error {
            Outer::Of(error) => Ok(error),
            own @ Outer::Own(_) => Err(own),
        };
        let mut g = pin!(echo.map_error(Outer::Of, back));
        assert_eq!(g.anext().await, Ok(""));
        assert_eq!(g.athrow(Outer::Of(Inner("seen"))).await, Ok(Some("seen")));
        assert_eq!(g.athrow(Outer::Own("unseen")).await, Err(raised(Outer::Own("unseen"))));
    });
}

#[test]
fn a_body_delegates_across_types_and_sees_the_error_at_its_delegation() {
    let log = Log::default();
    let outer = {
        let log = log.clone();
        async_gen! {
            type Yield = u32; type Sent = (); type Error = Outer;
            try {
                yield from inner(&log, false).error_into();
            } catch Outer::Own(text) {
                log.borrow_mut().push(text);
                yield from from_stream(futures::stream::iter([7, 8]));
            }
        }
    };
    block_on(async {
        let mut g = pin!(outer);
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.athrow(Outer::Own("stop")).await, Ok(Some(7)));
        assert_eq!(*log.borrow(), ["begins to clean up", "has cleaned up", "stop"]);
        assert_eq!(g.anext().await, Ok(8));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    });
}

#[test]
fn a_generator_that_ignores_its_closing_is_left_and_the_error_raised() {
    block_on(async {
        let stubborn = async_gen! {
            type Yield = u32; type Sent = (); type Error = Inner;
            loop { try { yield 1; } catch GeneratorExit {} }
        };
        let mut g = pin!(stubborn.error_into::<Outer>());
        assert_eq!(g.anext().await, Ok(1));
        assert_eq!(g.athrow(Outer::Own("stop")).await, Err(raised(Outer::Own("stop"))));
        assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration));
    });
}

#[test]
fn a_value_that_is_refused_comes_back_as_it_was_sent() {
    let mut g = Box::pin(
        async_gen! {
            type Yield = usize; type Sent = Option<usize>; type Error = Infallible;
            let sent = yield 0;
            pause().await;
            yield sent.unwrap_or(99);
        }
        .map_sent(|text: Option<&str>| text.map(str::len)),
    );
    let cx = &mut Context::from_waker(Waker::noop());
    assert_eq!(pin!(g.asend(Some("early"))).poll(cx), Poll::Ready(Err(StepError::JustStarted(Some("early")))));
    assert_eq!(pin!(g.asend(None)).poll(cx), Poll::Ready(Ok(0)));
    assert_eq!(pin!(g.asend(Some("four"))).poll(cx), Poll::Pending);
    let in_flight = StepError::AlreadyRunning(Some("late"));
    assert_eq!(pin!(g.asend(Some("late"))).poll(cx), Poll::Ready(Err(in_flight)));
    assert_eq!(pin!(g.anext()).poll(cx), Poll::Ready(Ok(4)));
}

#[test]
fn they_take_no_room() {
    let generator = async_gen! { type Yield = u8; type Sent = (); type Error = Infallible; yield 1; };
    let size = size_of_val(&generator);
    let adapted = generator.map_yielded(u16::from).map_sent(|(): ()| ());
    assert_eq!(size_of_val(&adapted), size);
}

#[test]
fn an_adapted_generator_is_unpin_where_the_generator_is() {
    fn is_unpin(_: &impl Unpin) {}
    let boxed: Pin<Box<dyn AsyncGenerator<Yield = u8, Sent = (), Error = Infallible>>> =
        Box::pin(async_gen! { type Yield = u8; type Sent = (); type Error = Infallible; yield 1; });
    let mut adapted = boxed.map_yielded(|n| n + 1);
    is_unpin(&adapted);
    assert_eq!(block_on(adapted.anext()), Ok(2));
    assert_eq!(adapted.get_mut().state(), State::Suspended);
    assert_eq!(block_on(adapted.into_inner().anext()), Err(StepError::StopAsyncIteration));
}

/// Says when it is dropped.
struct Noisy(&'static str, Log);

impl Drop for Noisy {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

#[test]
fn what_is_in_them_is_dropped_once_whichever_way_they_end() {
    for way in 0..5 {
        let log = Log::default();
        let (body, map) = (log.clone(), Noisy("map", log.clone()));
        let g = async_gen! {
            type Yield = Noisy; type Sent = (); type Error = Inner;
            let _local = Noisy("local", body.clone());
            try {
                yield Noisy("value", body.clone());
                pause().await;
                yield Noisy("second", body.clone());
            } finally {
                pause().await;
                body.borrow_mut().push("cleaned up");
            }
        };
        {
            let mut g =
                pin!(g.map_yielded(move |value| (value, &map).0).error_into::<Outer>().map_sent(|_: Option<u32>| ()));
            drop(block_on(g.anext()).ok());
            match way {
                0 => while block_on(g.try_anext()).unwrap().is_some() {},
                1 => assert_eq!(block_on(g.aclose()).ok(), Some(())),
                2 => assert!(block_on(g.athrow(Outer::Own("thrown"))).is_err()),
                3 => {
                    let mut step = pin!(g.anext());
                    assert!(step.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                }
                _ => {}
            }
        }
        let mut said = log.take();
        assert_eq!(said.iter().filter(|word| **word == "cleaned up").count(), usize::from(way < 3), "{said:?}");
        said.retain(|word| *word != "cleaned up");
        said.sort_unstable();
        let all = if way == 0 { vec!["local", "map", "second", "value"] } else { vec!["local", "map", "value"] };
        assert_eq!(said, all, "{way}");
    }
}
