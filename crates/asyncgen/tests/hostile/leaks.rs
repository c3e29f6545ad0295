//! Futures and generators that are leaked half-way, exchanged, replaced, or dropped by `select!`, `join!` and timeouts.

use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, IntoStreamExt, OwnedExt, Refused, Resume, State, Step, StepError, async_gen,
    stream, try_stream,
};
use futures::{FutureExt, StreamExt};

use crate::common::{Counted, Tally, now, pending_for, poll};
use crate::leak;

type Boxed<'a> = Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = String> + 'a>>;

fn counting(tally: &Tally) -> Boxed<'static> {
    let tally = tally.clone();
    Box::pin(async_gen! {
        let _local = tally.make("counting");
        try { for n in 0.. { pending_for(1).await; yield n; } } finally { pending_for(1).await; }
    })
}

fn once(g: &mut Boxed<'_>) -> Poll<Result<u32, StepError<String, ()>>> {
    let step = poll(pin!(g.anext()));
    step.map(|step| step.map_err(|_| StepError::StopAsyncIteration))
}

/// Steps of all kinds, leaked after no poll, or after one.
#[test]
fn leaked_operations() {
    for polls in 0..3 {
        let tally = Tally::default();
        let mut g = counting(&tally);
        macro_rules! leak_step {
            ($step:expr) => {{
                let mut step = Box::pin($step);
                for _ in 0..polls {
                    if poll(step.as_mut()).is_ready() {
                        break;
                    }
                }
                leak(step);
            }};
        }
        for _ in 0..3 {
            leak_step!(g.anext());
            leak_step!(g.asend(()));
            leak_step!(g.start());
        }
        leak_step!(g.athrow("thrown".to_owned()));
        leak_step!(g.aclose());
        for _ in 0..6 {
            let _ = poll(pin!(g.aclose()));
        }
        assert_eq!(g.state(), State::Closed);
    }
}

/// Generators of a chain of delegations, borrowed, each leaked at another time, and what they borrowed goes on.
#[test]
fn chains_that_are_leaked_from_the_outside_in() {
    let tally = Tally::default();
    let mut innermost = counting(&tally);
    for rounds in 0..4 {
        let borrowed = &mut innermost;
        let mut third: Boxed<'_> = Box::pin(async_gen! { yield from borrowed; });
        {
            let borrowed = &mut third;
            let mut second: Boxed<'_> = Box::pin(async_gen! { try { yield from borrowed; } finally {} });
            {
                let borrowed = &mut second;
                let mut first: Boxed<'_> = Box::pin(async_gen! { yield from borrowed; });
                for _ in 0..rounds {
                    let _ = once(&mut first);
                }
                leak(first);
            }
            let _ = once(&mut second);
            let _ = once(&mut second);
            if rounds % 2 == 0 {
                leak(second);
            }
        }
        let _ = once(&mut third);
        assert_ne!(third.state(), State::Closed);
        leak(third);
    }
    while once(&mut innermost).is_pending() {}
    while poll(pin!(innermost.aclose())).is_pending() {}
    drop(innermost);
    tally.check("the innermost");
}

/// What a leaked generator borrowed is dropped, and with it a frame that is on the stack of the leaked one.
#[test]
fn what_a_leaked_chain_borrowed_is_dropped_or_moved() {
    let tally = Tally::default();
    for way in 0..4 {
        let mut inner: Boxed<'_> = {
            let tally = tally.clone();
            Box::pin(async_gen! { let mut own = counting(&tally); yield from &mut own; })
        };
        {
            let borrowed = &mut inner;
            let mut outer: Boxed<'_> = Box::pin(async_gen! { yield from borrowed; });
            let _ = once(&mut outer);
            if way % 2 == 0 {
                let _ = once(&mut outer);
            }
            leak(outer);
        }
        match way {
            0 | 1 => drop(inner),
            2 => {
                let mut elsewhere = Box::new(inner);
                let _ = once(&mut elsewhere);
                drop(elsewhere);
            }
            _ => {
                let mut again: Boxed<'_> = Box::pin(async_gen! { yield from inner; });
                let _ = once(&mut again);
                let _ = once(&mut again);
                drop(again);
            }
        }
    }
    tally.check("what a leaked chain borrowed");
}

/// Boxes are exchanged while they are delegated to: by whoever has both, between two steps.
#[test]
fn generators_that_are_exchanged_under_a_delegation() {
    /// Takes its generator out of a place for each call.
    struct Placed(Rc<[Cell<Option<Boxed<'static>>>; 2]>, usize);
    impl Placed {
        fn with<T>(&self, call: impl FnOnce(&mut Boxed<'static>) -> T) -> Option<T> {
            let mut g = self.0[self.1].take()?;
            let result = call(&mut g);
            self.0[self.1].set(Some(g));
            Some(result)
        }
    }
    impl AsyncGenerator for Placed {
        type Yield = u32;
        type Sent = ();
        type Error = String;
        fn begin(self: Pin<&mut Self>, resume: Resume<(), String>) -> Result<(), Refused<(), String>> {
            let mut resume = Some(resume);
            self.with(|g| g.as_mut().begin(resume.take().unwrap())).unwrap_or_else(|| Err(Refused::AlreadyStarted))
        }
        fn poll_step(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<u32, String>> {
            self.with(|g| g.as_mut().poll_step(cx)).unwrap_or(Poll::Ready(Step::Returned))
        }
        fn state(&self) -> State {
            self.with(|g| g.state()).unwrap_or(State::Closed)
        }
    }
    let tally = Tally::default();
    let nested = || -> Boxed<'static> {
        let tally = tally.clone();
        Box::pin(async_gen! { yield from counting(&tally); })
    };
    let places = Rc::new([Cell::new(Some(nested())), Cell::new(Some(nested()))]);
    let mut outer: [Boxed<'_>; 2] = [0, 1].map(|n| -> Boxed<'_> {
        let placed = Placed(places.clone(), n);
        Box::pin(async_gen! { try { yield from placed; } finally { pending_for(1).await; } })
    });
    for n in 0..60 {
        let _ = once(&mut outer[n % 2]);
        if n % 3 == 0 {
            places[0].swap(&places[1]);
        }
        if n % 4 == 0 {
            let (first, second) = outer.split_at_mut(1);
            std::mem::swap(&mut first[0], &mut second[0]);
        }
        if n % 20 == 19 {
            drop(places[n % 2].replace(Some(nested())));
        }
    }
    drop(outer);
    drop(places);
    tally.check("exchanged generators");
}

/// A generator is set anew in its place in the middle of a delegation.
#[test]
fn a_pinned_generator_that_is_replaced() {
    let tally = Tally::default();
    let make = || {
        let tally = tally.clone();
        async_gen! { type Yield = u32; type Sent = (); type Error = String; let mut own = counting(&tally); yield from &mut own; }
    };
    let mut g = Box::pin(make());
    for _ in 0..5 {
        let _ = poll(pin!(g.anext()));
        let _ = poll(pin!(g.anext()));
        let mut borrowed = Box::pin({
            let g = g.as_mut();
            async_gen! { type Yield = u32; type Sent = (); type Error = String; yield from g; }
        });
        let _ = poll(pin!(borrowed.anext()));
        drop(borrowed);
        g.set(make());
    }
    drop(g);
    tally.check("replaced");
}

/// `select!`, `join!` and timeouts in bodies, which drop what is half-way.
#[test]
fn branches_that_are_dropped_half_way() {
    let tally = Tally::default();
    let run = |steps: usize, throw: bool| {
        let in_body = tally.clone();
        let mut g: Boxed<'_> = Box::pin(async_gen! {
            let mut inner = counting(&in_body);
            let _local = in_body.make("local");
            loop {
                tokio::select! {
                    biased;
                    () = pending_for(2) => { yield 1; }
                    step = inner.anext() => { yield step.unwrap_or(0); }
                }
                try {
                    tokio::select! {
                        biased;
                        step = inner.anext() => { yield step.unwrap_or(0); yield from counting(&in_body); }
                        () = pending_for(1) => { yield 2; for await n in &mut inner { yield n; if n > 3 { break } } }
                    }
                    let (_, _) = futures::join!(inner.anext(), pending_for(2));
                } catch error if error == "thrown" {
                    let _ = futures::future::select(pin!(inner.anext()), pin!(pending_for(1))).await;
                    yield 3;
                } finally {
                    let _ = inner.anext().now_or_never();
                    tokio::select! { () = pending_for(1) => { yield 4; } }
                }
            }
        });
        for n in 0..steps {
            if throw && n % 7 == 3 {
                let _ = poll(pin!(g.athrow("thrown".to_owned())));
            }
            let _ = poll(pin!(g.anext()));
        }
        if steps % 3 == 0 {
            for _ in 0..10 {
                let _ = poll(pin!(g.aclose()));
            }
        }
        drop(g);
    };
    for steps in 0..40 {
        run(steps, false);
        run(steps, true);
    }
    tally.check("branches");
}

/// Generators that are leaked, half-way in joins of the body that polls them.
#[test]
fn joins_in_bodies_that_are_leaked() {
    let tally = Tally::default();
    let mut outer_counting = counting(&tally);
    {
        let borrowed = RefCell::new(&mut outer_counting);
        let mut g: Boxed<'_> = Box::pin(async_gen! {
            let mut g = borrowed.borrow_mut();
            let mut joined = Box::pin(futures::future::join(g.anext(), pending_for(9)));
            let _ = poll(joined.as_mut());
            leak(joined);
            yield 1;
            let mut one = Box::pin(g.anext());
            let _ = poll(one.as_mut());
            leak(one);
            yield from &mut **g;
        });
        for _ in 0..4 {
            let _ = once(&mut g);
        }
        leak(g);
    }
    while once(&mut outer_counting).is_pending() {}
    drop(outer_counting);
    tally.check("joins");
}

/// Owned generators in chains: what is dropped is given to whoever closes it, with all that is inside it.
#[test]
fn owned_generators_inside_a_chain_that_is_dropped() {
    use asyncgen::hooks::{self, Hooks, LocalFinalizer};
    thread_local! {
        static KEPT: RefCell<Vec<asyncgen::hooks::LocalFinalizer>> = const { RefCell::new(Vec::new()) };
    }
    let tally = Tally::default();
    for way in 0..4 {
        let closed = Rc::new(Cell::new(0));
        let count = closed.clone();
        let before = hooks::set(Hooks {
            local_finalizer: Some(LocalFinalizer::new(move |unfinished| {
                count.set(count.get() + 1);
                match way {
                    0 => drop(unfinished),
                    1 => leak(Box::pin(unfinished)),
                    2 => {
                        let mut closing = pin!(unfinished.close());
                        while poll(closing.as_mut()).is_pending() {}
                    }
                    _ => std::panic::resume_unwind(Box::new("the finalizer panics")),
                }
            })),
            ..hooks::get()
        });
        let level = |inner: Boxed<'static>| -> Boxed<'static> {
            Box::pin(async_gen! { let owned = async_gen! { yield from inner; }.boxed_local(); yield from owned; })
        };
        let counted = if way == 1 { Tally::default() } else { tally.clone() };
        let mut g = level(level(counting(&counted)));
        while once(&mut g).is_pending() {}
        let _ = once(&mut g);
        drop(g);
        assert!(closed.get() > 0, "{way}");
        drop(hooks::set(before));
    }
    tally.check("owned");
    drop(KEPT.take());
}

/// Streams made by the macros, leaked and dropped half-way in loops of others.
#[test]
fn streams_that_are_leaked_or_dropped_in_loops() {
    let tally = Tally::default();
    for steps in 0..12 {
        let in_body = tally.clone();
        let mut outer = Box::pin(stream! {
            let inner = {
                let in_body = in_body.clone();
                try_stream! { type Error = String; let _local = in_body.make("local"); for await n in counting(&in_body) { yield n; } }
            };
            for await n in inner { let n = n.unwrap_or(0); yield n; if n == 3 { break } }
            let leaked = Rc::new(RefCell::new(counting(&in_body).into_try_stream()));
            for await n in &mut *leaked.borrow_mut() { if n.is_ok() { break } }
            yield 100;
        });
        for _ in 0..steps {
            let _ = poll(outer.next());
        }
        if steps % 2 == 1 && steps < 3 {
            // Has begun nothing that is counted but what is dropped here.
            drop(outer);
        }
    }
    tally.check("streams");

    fn poll<F: Future + Unpin>(mut future: F) -> Poll<F::Output> {
        crate::common::poll(Pin::new(&mut future))
    }
    let _: Option<Counted> = None;
}
