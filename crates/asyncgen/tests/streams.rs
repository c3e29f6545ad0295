//! A stream as a generator keeps the contract where a generator does.

mod common;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, Resume, State, Step, Yielder, from_stream, generator,
};
use futures::stream;

use crate::common::now;

type Numbers = stream::Iter<std::ops::Range<u32>>;

/// What comes of an error that is thrown in, and a closing on top of it before the generator was polled.
fn thrown_and_closed(mut g: std::pin::Pin<&mut impl AsyncGenerator<Yield = u32, Sent = (), Error = &'static str>>) {
    assert_eq!(now(g.anext()), Ok(0));
    assert_eq!(g.as_mut().begin(Resume::Throw(Exception::Error("thrown"))), Ok(()));
    assert_eq!(g.as_mut().begin(Resume::Close), Ok(()));
    let step = g.as_mut().poll_step(&mut Context::from_waker(Waker::noop()));
    assert_eq!(step, Poll::Ready(Step::Raised(Exception::Error("thrown"))));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn an_error_that_was_thrown_in_goes_before_a_closing() {
    thrown_and_closed(pin!(generator!(|y: Yielder<'_, u32, (), &'static str>| {
        for n in 0.. {
            y.yield_(n).await;
        }
    })));
    thrown_and_closed(pin!(from_stream(stream::iter(0..9))));
}

#[test]
fn it_is_the_closings_error_then() {
    let mut g = pin!(from_stream::<Numbers, &str>(stream::iter(0..9)));
    assert_eq!(g.as_mut().begin(Resume::Throw(Exception::Error("thrown"))), Ok(()));
    assert_eq!(now(g.aclose()), Err(CloseError::Raised("thrown")));
    assert_eq!(now(g.aclose()), Ok(()));
}

#[test]
fn a_generator_exit_that_was_thrown_in_is_no_more_than_the_closing() {
    let mut g = pin!(from_stream::<Numbers, &str>(stream::iter(0..9)));
    assert_eq!(g.as_mut().begin(Resume::Throw(Exception::GeneratorExit)), Ok(()));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(g.state(), State::Closed);
}
