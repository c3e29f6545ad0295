//! A generator is `Send` exactly when its body and the three types are.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll};

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, BoxGenerator, BoxReturningGenerator, IntoTryStream, LocalBoxGenerator, Owned,
    Refused, Resume, State, Step, Yielder, from_stream, generator,
};
use futures::stream;
use static_assertions::{assert_impl_all, assert_not_impl_any};

/// Asks of a value's type, which may have no name, whether it is `Send`.
struct Probe<T>(PhantomData<T>);

impl<T> Probe<T> {
    fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

impl<T: Send> Probe<T> {
    // The inherent method goes first, where its bound holds.
    #[allow(clippy::unused_self, reason = "takes part in method resolution")]
    fn is_send(&self) -> bool {
        true
    }
}

trait NotSend {
    fn is_send(&self) -> bool {
        false
    }
}

impl<T> NotSend for Probe<T> {}

type Generator<Y, S, E> = dyn AsyncGenerator<Yield = Y, Sent = S, Error = E>;
type SendGenerator<Y, S, E> = dyn AsyncGenerator<Yield = Y, Sent = S, Error = E> + Send;

assert_impl_all!(Yielder<'static, u32, Option<u32>, String>: Send);
assert_not_impl_any!(Yielder<'static, Rc<u32>, Option<u32>, String>: Send);
assert_not_impl_any!(Yielder<'static, u32, Option<Rc<u32>>, String>: Send);
assert_not_impl_any!(Yielder<'static, u32, Option<u32>, Rc<u32>>: Send);
assert_not_impl_any!(Yielder<'static, u32>: Clone, Copy, Default);

assert_impl_all!(Pin<Box<SendGenerator<u32, (), String>>>: Send, Unpin);
assert_not_impl_any!(Pin<Box<Generator<u32, (), String>>>: Send);
assert_not_impl_any!(SendGenerator<u32, (), String>: Unpin);

// An owner can be shared, since nobody can do anything with a shared one: also where what is yielded can't.
assert_impl_all!(BoxGenerator<Cell<u32>, Cell<u32>, Cell<u32>>: Send, Sync, Unpin);
assert_impl_all!(BoxReturningGenerator<Cell<u32>, Cell<u32>>: Send, Sync, Unpin);
assert_impl_all!(IntoTryStream<BoxGenerator<u32, (), String>>: Send, Sync, Unpin);
assert_not_impl_any!(LocalBoxGenerator<u32>: Send, Sync);

/// A generator that may be sent, and not shared: it counts how often its state is asked for, without a lock.
struct Counting<'c>(&'c AtomicU32, Cell<u32>);

impl AsyncGenerator for Counting<'_> {
    type Yield = u32;
    type Sent = ();
    type Error = String;

    fn begin(self: Pin<&mut Self>, _: Resume<(), String>) -> Result<(), Refused<(), String>> {
        Ok(())
    }

    fn poll_step(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Step<u32, String>> {
        Poll::Ready(Step::Returned)
    }

    fn state(&self) -> State {
        let count = self.1.get() + 1;
        self.1.set(count);
        self.0.store(count, Relaxed);
        State::Closed
    }
}

#[test]
fn a_shared_owner_is_asked_by_one_thread_after_another() {
    let count: &'static AtomicU32 = Box::leak(Box::default());
    let owned = Owned::new(Box::pin(Counting(count, Cell::new(0))));
    let before = count.load(Relaxed);
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| (0..10_000).for_each(|_| assert_eq!(owned.state(), State::Closed)));
        }
    });
    assert_eq!(count.load(Relaxed), before + 40_000);
}

assert_impl_all!(asyncgen::Anext<'static, SendGenerator<u32, (), String>>: Send, Unpin);
assert_impl_all!(asyncgen::Asend<'static, SendGenerator<u32, (), String>>: Send, Unpin);
assert_impl_all!(asyncgen::Athrow<'static, SendGenerator<u32, (), String>>: Send, Unpin);
assert_impl_all!(asyncgen::Aclose<'static, SendGenerator<u32, (), String>>: Send, Unpin);
assert_not_impl_any!(asyncgen::Asend<'static, SendGenerator<u32, Rc<u32>, String>>: Send);
assert_not_impl_any!(asyncgen::Athrow<'static, SendGenerator<u32, (), Rc<u32>>>: Send);
assert_not_impl_any!(asyncgen::Anext<'static, Generator<u32, (), String>>: Send);

/// The generators: each is made in a function, since the compiler does not know a body's type in the function that has
/// the body.
mod made {
    use super::{Arc, Rc, Yielder, generator};

    pub(crate) fn of_send_parts() -> impl asyncgen::AsyncGenerator<Yield = String, Sent = Option<u32>, Error = String> {
        let captured = Arc::new(1);
        generator!(|y| {
            let local = vec![*captured];
            y.yield_(format!("{local:?}")).await;
            let caught: Result<Option<u32>, _> = y.catch(async |mut y| Ok(y.yield_(String::new()).await)).await;
            y.finally(
                async |mut y| {
                    y.try_yield(format!("{caught:?}")).await.ok();
                    Ok(())
                },
                async |mut y| {
                    y.yield_("in clean-up".into()).await;
                    Ok(())
                },
            )
            .await;
            y.yield_from(generator!(|y| {
                y.yield_("inner".into()).await;
                y.raise(String::new()).await
            }))
            .await;
            drop(local);
        })
    }

    pub(crate) fn yields_rc() -> impl Sized {
        generator!(|y: Yielder<'_, Rc<u32>>| {
            y.yield_(Rc::new(1)).await;
        })
    }

    pub(crate) fn could_yield_rc() -> impl Sized {
        generator!(|_y: Yielder<'_, Rc<u32>>| {})
    }

    pub(crate) fn is_sent_rc() -> impl Sized {
        generator!(|y: Yielder<'_, u32, Rc<u32>>| {
            drop(y.yield_(1).await);
        })
    }

    pub(crate) fn raises_rc() -> impl Sized {
        generator!(|y: Yielder<'_, u32, (), Rc<u32>>| {
            y.yield_(1).await;
        })
    }

    pub(crate) fn keeps_rc() -> impl Sized {
        generator!(|y: Yielder<'_, u32>| {
            let shared = Rc::new(1);
            y.yield_(*shared).await;
            drop(shared);
        })
    }

    pub(crate) fn captures_rc() -> impl Sized {
        let shared = Rc::new(1);
        generator!(|y: Yielder<'_, u32>| {
            y.yield_(*shared).await;
        })
    }

    pub(crate) fn keeps_rc_in_a_scope() -> impl Sized {
        generator!(|y: Yielder<'_, u32>| {
            let _: Result<(), _> = y
                .catch(async |mut y| {
                    let shared = Rc::new(1);
                    y.yield_(*shared).await;
                    drop(shared);
                    Ok(())
                })
                .await;
        })
    }

    pub(crate) fn keeps_rc_in_clean_up() -> impl Sized {
        generator!(|y: Yielder<'_, u32>| {
            y.finally(
                async |_| Ok(()),
                async |mut y| {
                    let shared = Rc::new(1);
                    y.yield_(*shared).await;
                    drop(shared);
                    Ok(())
                },
            )
            .await;
        })
    }

    pub(crate) fn delegates_to_what_keeps_rc() -> impl Sized {
        generator!(|y: Yielder<'_, u32>| {
            y.yield_from(generator!(|y| {
                let shared = Rc::new(1);
                y.yield_(*shared).await;
                drop(shared);
            }))
            .await;
        })
    }

    pub(crate) fn uses_rc_between_awaits() -> impl Sized {
        generator!(|y: Yielder<'_, u32>| {
            let n = *Rc::new(1);
            y.yield_(n).await;
        })
    }
}

#[test]
fn a_generator_of_send_parts_is_send_and_so_are_its_steps() {
    let g = made::of_send_parts();
    assert!(Probe::of(&g).is_send());
    let mut g = pin!(g);
    assert!(Probe::of(&g).is_send());
    assert!(Probe::of(&g.anext()).is_send());
    assert!(Probe::of(&g.asend(None)).is_send());
    assert!(Probe::of(&g.athrow(String::new())).is_send());
    assert!(Probe::of(&g.aclose()).is_send());
    assert!(Probe::of(&made::uses_rc_between_awaits()).is_send(), "what is not kept does not count");
}

#[test]
fn a_generator_is_not_send_if_one_of_its_types_is_not() {
    assert!(!Probe::of(&made::yields_rc()).is_send(), "what it yields");
    assert!(!Probe::of(&made::could_yield_rc()).is_send(), "what it could yield");
    assert!(!Probe::of(&made::is_sent_rc()).is_send(), "what is sent to it");
    assert!(!Probe::of(&made::raises_rc()).is_send(), "its error");
}

#[test]
fn a_generator_is_not_send_if_its_body_keeps_what_is_not() {
    assert!(!Probe::of(&made::keeps_rc()).is_send(), "in a local variable");
    assert!(!Probe::of(&made::captures_rc()).is_send(), "captured");
    assert!(!Probe::of(&made::keeps_rc_in_a_scope()).is_send(), "in a scope");
    assert!(!Probe::of(&made::keeps_rc_in_clean_up()).is_send(), "in clean-up");
    assert!(!Probe::of(&made::delegates_to_what_keeps_rc()).is_send(), "in a delegate");
}

#[test]
fn a_stream_is_as_send_as_a_generator_as_it_was_before() {
    assert!(Probe::of(&from_stream::<_, String>(stream::iter([1]))).is_send());
    assert!(!Probe::of(&from_stream::<_, String>(stream::iter([Rc::new(1)]))).is_send());
}
