//! The hidden functions that expansions call, called by hand: in any order, with any arguments, at any time.

use std::cell::RefCell;
use std::future::{poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use asyncgen::__private::{self, Converts, IsBorrowed, IsGenerator, Probe, Raised, Resumed};
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, State, Yielder, async_gen, generator};

use crate::common::{Counted, Tally, now, pending_for, poll};
use crate::leak;

type Sent = Option<Counted>;
type Boxed<'a> = Pin<Box<dyn AsyncGenerator<Yield = Counted, Sent = Sent, Error = Counted> + 'a>>;

struct Chance {
    state: RefCell<u64>,
    leaks: bool,
}

impl Chance {
    fn new(seed: u64, leaks: bool) -> Self {
        Self { state: RefCell::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1), leaks }
    }
    fn below(&self, limit: u64) -> u64 {
        let mut state = self.state.borrow_mut();
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 11) % limit
    }
}

fn delegate(tally: &Tally) -> Boxed<'static> {
    let tally = tally.clone();
    Box::pin(async_gen! {
        try { yield tally.make("delegate"); pending_for(1).await; yield tally.make("delegate"); }
        catch error { drop(error); yield tally.make("caught by the delegate"); }
        finally { pending_for(1).await; yield tally.make("delegate's clean-up"); }
    })
}

/// Polls a future by chance so often, then drops it.
fn poll_some<F: Future>(future: F, chance: &Chance) {
    let mut future = Box::pin(future);
    for _ in 0..chance.below(3) {
        if poll(future.as_mut()).is_ready() {
            return;
        }
    }
    if chance.leaks && chance.below(3) == 0 {
        leak(future);
    }
}

/// One call by chance. Whoever leaks says so.
async fn act(
    y: &mut Yielder<'_, Counted, Sent, Counted>,
    chance: &Chance,
    tally: &Tally,
    other: &mut Boxed<'_>,
    depth: u32,
) {
    let exception = || match chance.below(3) {
        0 => Exception::GeneratorExit,
        _ => Exception::Error(tally.make("raised")),
    };
    match chance.below(26) {
        0 => __private::hand_over(y, tally.make("handed over")),
        1 => drop(__private::try_hand_over(y, tally.make("handed over in a scope"))),
        2 => __private::SUSPEND.await,
        3 => drop(__private::take_sent(y)),
        4 => match __private::resumed(y) {
            Resumed::Sent(sent) => drop(sent),
            Resumed::Raised(raised) => __private::raise_out(raised, y),
            Resumed::Not => {}
        },
        5 => poll_some(__private::yield_(y, tally.make("yielded")), chance),
        6 => poll_some(__private::try_yield(y, tally.make("yielded in a scope")), chance),
        7 => drop(__private::yield_(y, tally.make("yielded")).await),
        8 => drop(__private::try_yield(y, tally.make("yielded")).await),
        9 => poll_some(__private::yield_from(delegate(tally), y), chance),
        10 => {
            poll_some(__private::delegating(__private::WithoutValue, __private::yield_from(delegate(tally), y)), chance)
        }
        11 => drop(__private::delegating(__private::WithoutValue, __private::yield_from(&mut *other, y)).await),
        12 => __private::stand(u32::try_from(chance.below(5)).unwrap(), chance.below(2) == 0, chance.below(2) == 0, y),
        13 => __private::stand(u32::MAX >> (2 + chance.below(4)), false, false, y),
        14 => drop(__private::interruptible(pending_for(1), y).await),
        15 => drop(__private::due(y)),
        16 => drop(__private::settled(exception(), y)),
        17 => __private::raise_out(exception(), y),
        18 => __private::end_with(Err(tally.make("ended with")), y),
        19 => {
            let pinned = pin!(&mut *other);
            let kind = (&&&&&&Probe::of(&*pinned)).__asyncgen_kind();
            drop(__private::next(kind, pinned, y).await);
        }
        20 => {
            let mut pinned = pin!(delegate(tally));
            let kind = (&&&Probe::of(&*pinned)).__asyncgen_kind();
            for _ in 0..chance.below(3) {
                drop(__private::next(kind, pinned.as_mut(), y).await);
            }
            drop(__private::close(kind, pinned.as_mut(), y).await);
            drop(__private::next(kind, pinned.as_mut(), y).await);
            poll_some(__private::close(kind, pinned, y), chance);
        }
        21 => {
            let mut lent = __private::lend(y);
            let mut lent = __private::lend(&mut lent);
            __private::used(&mut lent);
            drop(__private::none(&mut lent));
            if depth > 0 {
                Box::pin(act(&mut lent, chance, tally, other, depth - 1)).await;
            }
        }
        22 if depth > 0 => {
            let caught = y
                .catch(async |mut y| {
                    Box::pin(act(&mut y, chance, tally, &mut delegate(tally), depth - 1)).await;
                    Box::pin(act(&mut y, chance, tally, &mut delegate(tally), depth - 1)).await;
                    Ok(())
                })
                .await;
            drop(caught);
        }
        23 if depth > 0 => {
            y.finally(
                async |mut y| {
                    Box::pin(act(&mut y, chance, tally, &mut delegate(tally), depth - 1)).await;
                    Ok(())
                },
                async |mut y| {
                    Box::pin(act(&mut y, chance, tally, &mut delegate(tally), depth - 1)).await;
                    Ok(())
                },
            )
            .await;
        }
        24 => {
            let mut lent = __private::lend(y);
            let inner: Boxed<'_> = Box::pin(async_gen! {
                // By the outer body's own yielder.
                __private::hand_over(&mut lent, tally.make("handed over from inside"));
                yield tally.make("yielded inside");
                drop(__private::yield_(&mut lent, tally.make("yielded from inside")).await);
            });
            poll_some(
                async {
                    let mut inner = inner;
                    let _ = inner.anext().await;
                    let _ = inner.anext().await;
                },
                chance,
            );
        }
        _ => pending_for(1).await,
    }
}

fn program(seed: u64, chance: Rc<Chance>, tally: Tally) -> Boxed<'static> {
    if seed % 2 == 0 {
        Box::pin(generator!(|y: Yielder<'_, Counted, Sent, Counted>| {
            let mut other = delegate(&tally);
            for _ in 0..chance.below(16) {
                act(&mut y, &chance, &tally, &mut other, 3).await;
            }
            drop(y.yield_(tally.make("the last")).await);
        }))
    } else {
        // The keyword form, by a macro that is shown the yielder.
        macro_rules! dbg {
            (($crate_:tt :: __private :: yield_ (& mut $yielder:ident, ($chance:expr, $tally:expr, $other:expr))).await) => {
                act(&mut $yielder, $chance, $tally, $other, 3).await
            };
            ((match ($crate_:tt :: __private :: try_yield (& mut $yielder:ident, ($chance:expr, $tally:expr, $other:expr))).await $arms:tt)) => {
                act(&mut $yielder, $chance, $tally, $other, 3).await
            };
        }
        Box::pin(async_gen! {
            let mut other = delegate(&tally);
            for _ in 0..chance.below(6) {
                dbg!(yield (&chance, &tally, &mut other));
                if chance.below(3) == 0 { yield from delegate(&tally); }
                if chance.below(3) == 0 { yield tally.make("between"); }
                try {
                    dbg!(yield (&chance, &tally, &mut other));
                    if chance.below(3) == 0 { yield from &mut other; }
                    if chance.below(3) == 0 { yield tally.make("between"); }
                    pending_for(1).await;
                } catch error {
                    drop(error);
                    dbg!(yield (&chance, &tally, &mut other));
                } finally {
                    dbg!(yield (&chance, &tally, &mut other));
                    if chance.below(3) == 0 { yield from delegate(&tally); }
                }
                for await value in delegate(&tally) { yield value; dbg!(yield (&chance, &tally, &mut other)); break; }
            }
        })
    }
}

#[test]
fn the_hidden_functions_in_any_order() {
    run(0..4_000, false);
}

#[test]
fn the_hidden_functions_with_futures_that_are_leaked() {
    run(100_000..103_000, true);
}

fn run(seeds: std::ops::Range<u64>, leaks: bool) {
    for seed in seeds {
        let chance = Rc::new(Chance::new(seed, leaks));
        let tally = Tally::default();
        drop(tally.make("one at least"));
        let mut g = program(seed, chance.clone(), tally.clone());
        for _ in 0..chance.below(25) {
            match chance.below(8) {
                0 => drop(poll(pin!(g.asend(Some(tally.make("sent")))))),
                1 => drop(poll(pin!(g.athrow(tally.make("thrown"))))),
                2 if chance.below(4) == 0 => drop(poll(pin!(g.aclose()))),
                3 => drop(poll_fn(|cx: &mut Context<'_>| Poll::Ready(g.as_mut().poll_step(cx))).now()),
                _ => drop(poll(pin!(g.anext()))),
            }
        }
        drop(g);
        if leaks {
            assert_eq!(tally.most_drops(), 1, "seed {seed}");
        } else {
            tally.check(&format!("seed {seed}"));
        }
    }
}

trait Now: Future + Sized {
    fn now(self) -> Self::Output {
        now(self)
    }
}
impl<F: Future> Now for F {}

/// A generator around a future of one's own, which gets no yielder, and ends as it likes.
#[test]
fn a_body_that_is_no_async_block() {
    let tally = Tally::default();
    for way in 0..5 {
        let in_body = tally.clone();
        let mut g = Box::pin(__private::generator::<Counted, Sent, Counted, _, _, _>(|raw| {
            if way == 3 {
                resume_unwind(Box::new("the body is not even made"));
            }
            let mut polls = 0;
            let local = in_body.make("local");
            poll_fn(move |_| {
                let _ = (&raw, &local);
                polls += 1;
                if way == 4 && polls == 2 {
                    resume_unwind(Box::new("the body panics"));
                }
                let output = || if way == 1 { Err(in_body.make("made by the body")) } else { Ok(()) };
                if polls % 2 == 0 { Poll::Ready(output()) } else { Poll::Pending }
            })
        }));
        for n in 0..6 {
            let _ = catch_unwind(AssertUnwindSafe(|| match n {
                4 => drop(poll(pin!(g.athrow(tally.make("thrown"))))),
                5 => drop(poll(pin!(g.aclose()))),
                _ => drop(poll(pin!(g.anext()))),
            }));
        }
        drop(g);
    }
    tally.check("a body that is no async block");
}

/// The raw yielder is good for nothing, wherever it is taken.
#[test]
fn a_raw_yielder_that_outlives_its_generator() {
    let kept = RefCell::new(None);
    let g = Box::pin(__private::generator::<u32, (), String, _, _, _>(|raw| {
        kept.replace(Some(raw));
        async {}
    }));
    let mut g = g;
    let _ = now(g.anext());
    drop(g);
    let raw = kept.take();
    std::thread::scope(|threads| threads.spawn(move || drop(raw)).join().unwrap());
}

/// The conversions of the expansions for types of one's own, which panic, or drive generators.
#[test]
fn conversions_of_ones_own() {
    struct Odd(Rc<RefCell<Boxed<'static>>>);
    impl From<Odd> for Counted {
        fn from(odd: Odd) -> Self {
            let _ = poll(pin!(odd.0.borrow_mut().anext()));
            resume_unwind(Box::new("the conversion panics"));
        }
    }
    enum Third {}
    impl Raised<Counted, Third> for u8 {
        fn exception(self) -> Exception<Counted> {
            Exception::GeneratorExit
        }
    }
    let tally = Tally::default();
    let other = Rc::new(RefCell::new(delegate(&tally)));
    let (in_body, counted) = (other.clone(), tally.clone());
    let mut g: Boxed<'_> = Box::pin(async_gen! {
        let _local = counted.make("local");
        try {
            yield counted.make("first");
            Err(Odd(in_body))?;
        } finally { pending_for(1).await; }
    });
    drop(now(g.anext()));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(now(g.anext())))).is_err());
    assert_eq!(g.state(), State::Closed);
    drop(g);
    assert!(matches!(__private::exception::<Counted, Third>(3u8), Exception::GeneratorExit));
    let _: Counted = Converts::convert(tally.make("converted"));
    drop(other);
    tally.check("conversions");
}

/// Futures and streams of one's own, in the expansions' hands, which lie about being done.
#[test]
fn futures_and_streams_that_lie() {
    struct Odd(u32, Rc<RefCell<Boxed<'static>>>);
    impl Future for Odd {
        type Output = u32;
        fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
            self.0 += 1;
            let _ = poll(pin!(self.1.borrow_mut().anext()));
            if self.0 % 3 == 0 { Poll::Ready(self.0) } else { Poll::Pending }
        }
    }
    impl futures::Stream for Odd {
        type Item = u32;
        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u32>> {
            self.0 += 1;
            let _ = poll(pin!(self.1.borrow_mut().athrow(Tally::default().make("thrown"))));
            match self.0 % 4 {
                0 => Poll::Ready(None),
                1 => Poll::Pending,
                n => Poll::Ready(Some(n)),
            }
        }
    }
    struct Into(Rc<RefCell<Boxed<'static>>>);
    impl IntoFuture for Into {
        type Output = u32;
        type IntoFuture = Odd;
        fn into_future(self) -> Odd {
            let _ = poll(pin!(self.0.borrow_mut().aclose()));
            Odd(0, self.0)
        }
    }
    let tally = Tally::default();
    let other = Rc::new(RefCell::new(delegate(&tally)));
    let (in_body, counted) = (other.clone(), tally.clone());
    let mut g: Boxed<'_> = Box::pin(async_gen! {
        try {
            let _ = Odd(0, in_body.clone()).await;
            for await n in Odd(0, in_body.clone()) { yield counted.make(if n == 2 { "two" } else { "three" }); }
            let _ = Into(in_body.clone()).await;
        } catch error { drop(error); let _ = Odd(1, in_body.clone()).await; }
        finally { let _ = Into(in_body.clone()).await; }
        ready(()).await;
    });
    for n in 0..40 {
        if n == 7 {
            let _ = poll(pin!(g.athrow(tally.make("thrown"))));
        }
        let _ = poll(pin!(g.anext()));
    }
    assert_eq!(g.state(), State::Closed);
    drop((g, other));
    tally.check("futures that lie");
    leak(Box::pin(tally));
}
