//! Destructors, of what is yielded, sent, thrown, and of a body's variables, that drive generators, or panic.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, Exception, SentValue, State, StepError, Yielder, async_gen, generator,
};

use crate::common::{Counted, Tally, now, pending_for, poll};

/// Does something when it is dropped.
struct Bomb(Option<Box<dyn FnOnce()>>);

impl Bomb {
    fn new(action: impl FnOnce() + 'static) -> Self {
        Self(Some(Box::new(action)))
    }
    fn panics() -> Self {
        Self::new(|| {
            if !std::thread::panicking() {
                resume_unwind(Box::new("a destructor panics"));
            }
        })
    }
    fn defuse(mut self) {
        self.0 = None;
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        if let Some(action) = self.0.take() {
            action();
        }
    }
}

impl std::fmt::Debug for Bomb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bomb")
    }
}

type Bombs<'a> = Pin<Box<dyn AsyncGenerator<Yield = Bomb, Sent = Option<Bomb>, Error = Bomb> + 'a>>;
type Numbers = Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = String>>>;

/// A generator that is shared, and taken out of its place while it is driven.
#[derive(Clone)]
struct Shared(Rc<Cell<Option<Numbers>>>);

impl Shared {
    fn new() -> Self {
        Self(Rc::new(Cell::new(Some(Box::pin(async_gen! {
            let inner: Numbers = Box::pin(async_gen! { try { for n in 0.. { yield n; } } finally { pending_for(1).await; } });
            yield from inner;
        })))))
    }

    fn drive(&self, number: usize) {
        let Some(mut g) = self.0.take() else { return };
        match number % 4 {
            0 => drop(poll(pin!(g.anext()))),
            1 => drop(poll(pin!(g.athrow("thrown".to_owned())))),
            2 => drop(poll(pin!(g.aclose()))),
            _ => return,
        }
        if g.state() != State::Closed {
            self.0.set(Some(g));
        }
    }
}

/// In every place there is a value whose destructor drives another generator.
#[test]
fn destructors_that_drive_others() {
    for number in 0..200 {
        let shared = Shared::new();
        let bomb = {
            let shared = shared.clone();
            move || {
                let shared = shared.clone();
                let n = number / 5;
                Bomb::new(move || shared.drive(n))
            }
        };
        let in_body = bomb.clone();
        let mut g: Bombs<'_> = Box::pin(async_gen! {
            let _local = in_body();
            let in_inner = in_body.clone();
            let inner: Bombs<'_> = Box::pin(async_gen! {
                let in_body = in_inner;
                let _local = in_body();
                try {
                    loop { drop(yield in_body()); pending_for(1).await; }
                } catch error { drop(error); yield in_body(); } finally { let _in_clean_up = in_body(); pending_for(1).await; }
            });
            yield from inner;
            raise!(in_body());
        });
        for step in 0..12 {
            match (step * 7 + number) % 5 {
                0 => drop(poll(pin!(g.asend(Some(bomb()))))),
                1 if step > 6 => drop(poll(pin!(g.athrow(bomb())))),
                2 if step > 9 => drop(poll(pin!(g.aclose()))),
                _ => drop(poll(pin!(g.anext()))),
            }
        }
        drop(g);
        shared.drive(0);
    }
}

/// A generator that is driven by destructors of its own values: by what it has yielded, when it is not running.
#[test]
fn a_value_whose_destructor_drives_the_generator_that_yielded_it() {
    struct Drives(Rc<RefCell<Option<Own>>>);
    impl Drop for Drives {
        fn drop(&mut self) {
            // While the generator runs, it is out of its place, or its place is in use.
            let taken = self.0.try_borrow_mut().ok().and_then(|mut place| place.take());
            if let Some(mut g) = taken {
                if poll(pin!(g.anext())).is_pending() {
                    let _ = poll(pin!(g.aclose()));
                }
                let before = self.0.replace(Some(g));
                drop(before);
            }
        }
    }
    type Own = Pin<Box<dyn AsyncGenerator<Yield = Drives, Sent = (), Error = String>>>;

    let place: Rc<RefCell<Option<Own>>> = Rc::default();
    let in_body = place.clone();
    let g: Own = Box::pin(async_gen! {
        let inner: Own = Box::pin(async_gen! {
            for n in 0..20 {
                if n % 3 == 0 { pending_for(1).await; }
                yield Drives(in_body.clone());
            }
        });
        yield from inner;
    });
    place.replace(Some(g));
    for _ in 0..3 {
        let taken = place.take();
        if let Some(mut g) = taken {
            let value = poll(pin!(g.anext()));
            place.replace(Some(g));
            drop(value);
        }
    }
    drop(place.take());
}

/// What is yielded, sent, thrown and left in variables panics when it is dropped; each generator is closed, and dropped once.
#[test]
fn destructors_that_panic() {
    let tally = Tally::default();
    for place in 0..8 {
        for close in 0..4 {
            let in_body = tally.clone();
            let at = move |here| if place == here { Bomb::panics() } else { Bomb(None) };
            let mut g: Bombs<'_> = Box::pin(async_gen! {
                let _counted = in_body.make("around");
                let _local = at(0);
                let inner: Bombs<'_> = Box::pin(async_gen! {
                    let _counted = in_body.make("inside");
                    let _local = at(1);
                    try {
                        let _in_try = at(2);
                        drop(yield at(3));
                        yield at(3);
                    } catch error {
                        let _caught = error;
                        yield at(4);
                    } finally {
                        let _in_clean_up = at(5);
                        pending_for(1).await;
                    }
                });
                yield from inner;
            });
            let _ = catch_unwind(AssertUnwindSafe(|| drop(now(g.anext()))));
            let _ = catch_unwind(AssertUnwindSafe(|| match close {
                0 => drop(poll(pin!(g.athrow(at(6))))),
                1 => drop(poll(pin!(g.asend(Some(at(7)))))),
                2 => drop(poll(pin!(g.aclose()))),
                _ => {}
            }));
            for _ in 0..3 {
                let _ = catch_unwind(AssertUnwindSafe(|| drop(poll(pin!(g.anext())))));
            }
            let _ = catch_unwind(AssertUnwindSafe(|| drop(g)));
        }
    }
    tally.check("panicking destructors");
}

/// A value that was placed, and the yield dropped, panics when it is dropped; the closure form, too.
#[test]
fn destructors_that_panic_in_dropped_yields() {
    let mut g: Bombs<'_> = Box::pin(generator!(|y: Yielder<'_, Bomb, Option<Bomb>, Bomb>| {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(y.yield_(Bomb::panics()))));
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let mut yields = Box::pin(y.try_yield(Bomb::panics()));
            let _ = poll(yields.as_mut());
            drop(yields);
        }));
        drop(y.yield_(Bomb(None)).await);
        y.catch(async |mut y| {
            let _ = catch_unwind(AssertUnwindSafe(|| drop(y.yield_(Bomb::panics()))));
            drop(y.yield_(Bomb(None)).await);
            Ok(())
        })
        .await
        .unwrap();
    }));
    now(g.anext()).unwrap().defuse();
    now(g.anext()).unwrap().defuse();
    assert!(matches!(now(g.anext()), Err(StepError::StopAsyncIteration)));
}

/// While a panic unwinds, destructors drive, close and drop others, which delegate and clean up.
#[test]
fn destructors_that_drive_others_while_a_panic_unwinds() {
    for number in 0..4 {
        let shared = Shared::new();
        shared.drive(0);
        let in_body = shared.clone();
        let mut g: Bombs<'_> = Box::pin(async_gen! {
            let shared = in_body.clone();
            let _local = Bomb::new(move || shared.drive(number));
            let shared = in_body.clone();
            let inner: Bombs<'_> = Box::pin(async_gen! {
                let _local = Bomb::new(move || { shared.drive(number); shared.drive(0); });
                yield Bomb(None);
                resume_unwind(Box::new("expected"));
            });
            try { yield from inner; } finally { pending_for(1).await; }
        });
        now(g.anext()).unwrap().defuse();
        assert!(catch_unwind(AssertUnwindSafe(|| drop(now(g.anext())))).is_err());
        assert_eq!(g.state(), State::Closed);
        drop(g);
        shared.drive(2);
    }
}

/// A destructor that drops the generator that is delegated to through a shared owner, in the middle of the dropping of others.
#[test]
fn destructors_that_drop_others_of_the_same_chain() {
    let tally = Tally::default();
    let place: Rc<RefCell<Vec<Numbers>>> = Rc::default();
    fn level(depth: u32, tally: &Tally, place: &Rc<RefCell<Vec<Numbers>>>) -> Numbers {
        let (tally, place) = (tally.clone(), place.clone());
        Box::pin(async_gen! {
            let _counted = tally.make("level");
            let dropped = place.clone();
            let _bomb = Bomb::new(move || {
                let last = dropped.try_borrow_mut().ok().and_then(|mut place| place.pop());
                drop(last);
            });
            if depth == 0 {
                yield 1;
            } else {
                let mut other = level(0, &tally, &place);
                let _ = now(other.anext());
                place.borrow_mut().push(other);
                yield from level(depth - 1, &tally, &place);
            }
        })
    }
    let mut g = level(20, &tally, &place);
    assert_eq!(now(g.anext()), Ok(1));
    drop(g);
    drop(place.take());
    tally.check("destructors that drop others");
}

/// An error whose destructor throws into the generator that is about to close.
#[test]
fn an_error_whose_destructor_throws_into_others() {
    struct Throws(Rc<RefCell<Option<Numbers>>>);
    impl Drop for Throws {
        fn drop(&mut self) {
            if let Ok(mut place) = self.0.try_borrow_mut() {
                if let Some(g) = &mut *place {
                    let _ = poll(pin!(g.athrow("by a destructor".to_owned())));
                }
            }
        }
    }
    let other: Rc<RefCell<Option<Numbers>>> = Rc::new(RefCell::new(Some(Box::pin(async_gen! {
        for n in 0.. { try { yield n; } catch _ {} }
    }))));
    now(other.borrow_mut().as_mut().unwrap().anext()).unwrap();
    let mut g: Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = Throws>>> = Box::pin(async_gen! {
        try {
            try { yield 1; } finally { pending_for(3).await; yield 2; }
        } catch error if matches!(error, Throws(_)) && false { yield 3; }
    });
    assert!(now(g.anext()).is_ok_and(|n| n == 1));
    let _ = poll(pin!(g.athrow(Throws(other.clone()))));
    let _ = poll(pin!(g.athrow(Throws(other.clone()))));
    let _ = poll(pin!(g.aclose()));
    let _ = poll(pin!(g.athrow(Throws(other.clone()))));
    for _ in 0..6 {
        let _ = poll(pin!(g.aclose()));
    }
    assert_eq!(g.state(), State::Closed);
    drop(g);
    assert!(now(other.borrow_mut().as_mut().unwrap().anext()).is_ok());
}

/// A zero-sized value that counts.
#[test]
fn values_without_a_size_are_dropped_once_too() {
    thread_local! {
        static ALIVE: Cell<i32> = const { Cell::new(0) };
    }
    #[derive(Debug)]
    struct Zst;
    impl Zst {
        fn new() -> Self {
            ALIVE.set(ALIVE.get() + 1);
            Self
        }
    }
    impl Drop for Zst {
        fn drop(&mut self) {
            ALIVE.set(ALIVE.get() - 1);
        }
    }
    impl SentValue for Zst {}
    for end in 0..4 {
        let mut g: Pin<Box<dyn AsyncGenerator<Yield = Zst, Sent = Zst, Error = Zst>>> = Box::pin(async_gen! {
            let inner: Pin<Box<dyn AsyncGenerator<Yield = Zst, Sent = Zst, Error = Zst>>> = Box::pin(async_gen! {
                try { loop { drop(yield Zst::new()); pending_for(1).await; } } finally { yield Zst::new(); }
            });
            yield from inner;
        });
        drop(now(g.start()));
        for _ in 0..3 {
            drop(poll(pin!(g.asend(Zst::new()))));
            drop(poll(pin!(g.asend(Zst::new()))));
        }
        match end {
            0 => drop(poll(pin!(g.athrow(Zst::new())))),
            1 => drop(poll(pin!(g.aclose()))),
            2 => drop(poll(pin!(g.asend(Zst::new())))),
            _ => {}
        }
        drop(g);
        assert_eq!(ALIVE.get(), 0);
    }
    let _: Option<(Counted, Exception<Zst>)> = None;
}
