//! Wakers that come back: that drive generators when they are woken, and when they are dropped.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, State, async_gen};

use crate::common::now;

type Numbers = Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = String> + Send>>;

/// Drives the generators that it can get hold of.
struct Driver {
    generators: Vec<Arc<Mutex<Option<Numbers>>>>,
    calls: AtomicU32,
    on_drop: bool,
}

impl Driver {
    fn drive(&self) {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if call > 200 {
            return;
        }
        for place in &self.generators {
            // What is being polled is out of reach.
            let Some(mut g) = place.try_lock().ok().and_then(|mut place| place.take()) else { continue };
            let cx = &mut Context::from_waker(Waker::noop());
            match call % 5 {
                0 => drop(pin!(g.athrow("thrown".to_owned())).poll(cx)),
                1 => drop(pin!(g.aclose()).poll(cx)),
                _ => drop(pin!(g.anext()).poll(cx)),
            }
            if let Ok(mut place) = place.try_lock() {
                *place = Some(g);
            }
        }
    }
}

impl Wake for Driver {
    fn wake(self: Arc<Self>) {
        self.drive();
    }
    fn wake_by_ref(self: &Arc<Self>) {
        self.drive();
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.on_drop {
            self.drive();
        }
    }
}

/// Wakes, keeps the waker, and drops the one that it kept before.
async fn wakes(kept: &Mutex<Option<Waker>>) {
    let mut left = 2;
    std::future::poll_fn(|cx| {
        cx.waker().wake_by_ref();
        let before = kept.lock().unwrap().replace(cx.waker().clone());
        drop(before);
        left -= 1;
        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn body() -> Numbers {
    Box::pin(async_gen! {
        let kept = Mutex::new(None);
        let inner: Numbers = Box::pin(async_gen! {
            for n in 0..10 {
                let place = Mutex::new(None);
                try {
                    wakes(&place).await;
                    yield n;
                } catch _ { wakes(&place).await; } finally { wakes(&place).await; }
                let waker = place.lock().unwrap().take();
                drop(waker);
            }
        });
        yield from inner;
        std::future::poll_fn(|cx| { drop(kept.lock().unwrap().replace(cx.waker().clone())); Poll::Ready(()) }).await;
        for await n in body() { yield n; break; }
    })
}

#[test]
fn wakers_that_drive_the_same_and_other_generators() {
    for on_drop in [false, true] {
        let places: Vec<_> = (0..3).map(|_| Arc::new(Mutex::new(Some(body())))).collect();
        for _ in 0..5 {
            let driver = Arc::new(Driver { generators: places.clone(), calls: AtomicU32::new(0), on_drop });
            let waker = Waker::from(driver);
            for place in &places {
                let taken = place.lock().unwrap().take();
                if let Some(mut g) = taken {
                    for _ in 0..10 {
                        let _ = pin!(g.anext()).poll(&mut Context::from_waker(&waker));
                    }
                    *place.lock().unwrap() = Some(g);
                }
            }
        }
        for place in places {
            let taken = place.lock().unwrap().take();
            drop(taken);
        }
    }
}

/// A waker that is the last owner of the generator that it wakes: it is dropped with the step's end, and drops that.
#[test]
fn a_waker_that_owns_the_next_generator() {
    struct Owner(Mutex<Option<Numbers>>);
    impl Wake for Owner {
        fn wake(self: Arc<Self>) {
            let taken = self.0.lock().unwrap().take();
            drop(taken);
        }
    }
    let mut g = body();
    for _ in 0..30 {
        let mut other = body();
        let _ = pin!(other.anext()).poll(&mut Context::from_waker(Waker::noop()));
        let waker = Waker::from(Arc::new(Owner(Mutex::new(Some(other)))));
        let _ = pin!(g.anext()).poll(&mut Context::from_waker(&waker));
    }
    let waker = Waker::from(Arc::new(Owner(Mutex::new(Some(g)))));
    waker.wake();
}

/// A body that polls the generator that it is the body of, through a cell that is shared: the cell is empty, or locked.
#[test]
fn a_body_that_looks_for_its_own_generator() {
    let place: Arc<Mutex<Option<Numbers>>> = Arc::default();
    let in_body = place.clone();
    let g: Numbers = Box::pin(async_gen! {
        for n in 0..6 {
            let found = in_body.try_lock().is_ok_and(|place| place.is_some());
            yield u32::from(found);
            if n == 3 {
                let looks = in_body.clone();
                let inner: Numbers = Box::pin(async_gen! {
                    let found = looks.try_lock().is_ok_and(|place| place.is_some());
                    yield u32::from(found);
                });
                yield from inner;
            }
        }
    });
    *place.lock().unwrap() = Some(g);
    for locked in [true, false, true, false, true, false] {
        let step = if locked {
            now(place.lock().unwrap().as_mut().unwrap().anext())
        } else {
            let mut g = place.lock().unwrap().take().unwrap();
            let step = now(g.anext());
            *place.lock().unwrap() = Some(g);
            step
        };
        assert_eq!(step, Ok(0));
    }
    let taken = place.lock().unwrap().take();
    drop(taken);
}

/// An operation's future that is polled after it is ready does nothing.
#[test]
fn operations_polled_too_often() {
    let mut g = body();
    let cx = &mut Context::from_waker(Waker::noop());
    let mut step = pin!(g.anext());
    while step.as_mut().poll(cx).is_pending() {}
    let again = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| step.as_mut().poll(cx).map(|_| ())));
    assert!(again.is_err() || again.unwrap().is_pending());
    let _: Option<Exception<()>> = None;
    assert_eq!(now(body().aclose()), Ok(()));
    assert_eq!(body().state(), State::Created);
}
