//! A generator implemented by hand can't say how it is delegated to in constant time, nor that it owns its body.
#![forbid(unsafe_code)]

use asyncgen::__private::{DelegatedStep, Go};
use asyncgen::{AsyncGenerator, Refused, Resume, State, Step};
use std::pin::Pin;
use std::task::{Context, Poll};

struct Mine;

impl AsyncGenerator for Mine {
    type Yield = u32;
    type Sent = ();
    type Error = ();
    fn begin(self: Pin<&mut Self>, _: Resume<(), ()>) -> Result<(), Refused<(), ()>> {
        Ok(())
    }
    fn poll_step(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Step<u32, ()>> {
        Poll::Pending
    }
    fn state(&self) -> State {
        State::Created
    }
    unsafe fn poll_delegated(self: Pin<&mut Self>, _: Go<()>, _: &mut Context<'_>) -> Poll<DelegatedStep<u32, (), ()>> {
        Poll::Pending
    }
    unsafe fn owns_its_body(&self) -> bool {
        true
    }
}

fn main() {
    let mut g = Box::pin(Mine);
    let _ = g.as_mut().poll_delegated(Go::On, &mut Context::from_waker(std::task::Waker::noop()));
    let _ = g.owns_its_body();
}
