//! Generators that somebody has written by hand, and that do not keep the contract: whatever they answer, the generators
//! that delegate to them do not hang, lose no exception, and drop everything once.

mod common;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, OwnedExt, Refused, Resume, State, Step, StepError,
    Yielder, aclosing, generator,
};

use crate::common::{Counted, Tally, now, poll};

// --- one that refuses to be closed ------------------------------------------------------------------------------------

struct Busy;

impl AsyncGenerator for Busy {
    type Yield = u32;
    type Sent = ();
    type Error = String;

    fn begin(self: Pin<&mut Self>, resume: Resume<(), String>) -> Result<(), Refused<(), String>> {
        match resume {
            Resume::Close => Err(Refused::AlreadyRunning(Resume::Close)),
            _ => Ok(()),
        }
    }

    fn poll_step(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Step<u32, String>> {
        Poll::Ready(Step::Yielded(1))
    }

    fn state(&self) -> State {
        State::Suspended
    }
}

#[test]
fn a_delegate_that_refuses_to_be_closed_does_not_make_the_closing_hang() {
    let mut g = pin!(generator!(|y: Yielder<'_, u32, (), String>| y.yield_from(Busy).await));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(g.state(), State::Closed);
    assert_eq!(now(Busy.aclose()), Ok(()), "by itself");
}

#[cfg(feature = "macros")]
#[test]
fn nor_does_one_of_the_keyword_form() {
    let mut g = pin!(asyncgen::async_gen! {
        type Yield = u32;
        type Sent = ();
        type Error = String;
        yield from Busy;
    });
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(g.state(), State::Closed);
}

// --- one that answers at random ---------------------------------------------------------------------------------------

#[derive(Clone)]
struct Random(Rc<Cell<u64>>);

impl Random {
    fn new(seed: u64) -> Self {
        Self(Rc::new(Cell::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)))
    }

    fn below(&self, n: u32) -> u32 {
        let mut x = self.0.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.set(x);
        u32::try_from((x >> 20) % u64::from(n)).unwrap()
    }
}

/// What happened in one operation.
#[derive(Default)]
struct World {
    /// How often the liar was pending.
    pending: Cell<u32>,
    /// The errors of which nobody has seen what became of them, by number.
    unseen: RefCell<BTreeMap<u32, &'static str>>,
    errors: Cell<u32>,
    /// How many came to somebody.
    seen: Cell<u32>,
    /// How many were dropped on their way.
    lost: Cell<u32>,
    /// A body may lose one by itself: it is interrupted while it drives a generator, and drops that with what waits in it;
    /// or it is closed at a yield of its clean-up, while an error was on its way out.
    loses: Cell<bool>,
}

/// An error that knows whether it has come to somebody when it is dropped.
struct Error {
    number: u32,
    world: Rc<World>,
    _counted: Counted,
}

impl Error {
    fn new(from: &'static str, world: &Rc<World>, tally: &Tally) -> Self {
        let number = world.errors.replace(world.errors.get() + 1);
        world.unseen.borrow_mut().insert(number, from);
        Self { number, world: Rc::clone(world), _counted: tally.make(from) }
    }

    /// It has come to somebody.
    fn see(self) {
        self.world.unseen.borrow_mut().remove(&self.number);
        self.world.seen.set(self.world.seen.get() + 1);
    }

    /// It is one that nobody has to see.
    fn of_no_account(self) -> Self {
        self.world.unseen.borrow_mut().remove(&self.number);
        self
    }
}

impl Drop for Error {
    fn drop(&mut self) {
        if self.world.unseen.borrow_mut().remove(&self.number).is_some() {
            self.world.lost.set(self.world.lost.get() + 1);
        }
    }
}

fn see(exception: Exception<Error>) {
    if let Exception::Error(error) = exception {
        error.see();
    }
}

/// It lies in all that it says; now and then it panics.
struct Liar {
    random: Random,
    world: Rc<World>,
    tally: Tally,
    /// How often in a hundred it panics.
    panics: u32,
    _local: Counted,
}

impl Liar {
    fn error(&self, from: &'static str) -> Error {
        Error::new(from, &self.world, &self.tally)
    }

    fn may_panic(&self) {
        // A second panic would abort, as everywhere.
        if self.random.below(100) < self.panics && !std::thread::panicking() {
            resume_unwind(Box::new("a liar's panic"));
        }
    }

    /// Anything that a resumption could be, now and then.
    fn other(&self, resume: Resume<(), Error>) -> Resume<(), Error> {
        let other = match self.random.below(12) {
            0 => Resume::Next,
            1 => Resume::Send(()),
            2 => Resume::Close,
            3 => Resume::Throw(Exception::GeneratorExit),
            4 => Resume::Throw(Exception::Error(self.error("invented").of_no_account())),
            _ => return resume,
        };
        Self::swallow(resume);
        other
    }

    fn swallow(resume: Resume<(), Error>) {
        if let Resume::Throw(exception) = resume {
            see(exception);
        }
    }
}

impl AsyncGenerator for Liar {
    type Yield = u32;
    type Sent = ();
    type Error = Error;

    fn begin(self: Pin<&mut Self>, resume: Resume<(), Error>) -> Result<(), Refused<(), Error>> {
        let refused = match self.random.below(10) {
            0 => Refused::JustStarted(()),
            1 => Refused::AlreadyStarted,
            2..5 => return Err(Refused::AlreadyRunning(self.other(resume))),
            5 => return Err(Refused::Closed(self.other(resume))),
            _ => {
                Self::swallow(resume);
                self.may_panic();
                return Ok(());
            }
        };
        Self::swallow(resume);
        Err(refused)
    }

    fn poll_step(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Step<u32, Error>> {
        self.may_panic();
        Poll::Ready(match self.random.below(12) {
            0..4 => {
                self.world.pending.set(self.world.pending.get() + 1);
                return Poll::Pending;
            }
            4..9 => Step::Yielded(1),
            9 => Step::Returned,
            10 => Step::Raised(Exception::Error(self.error("raised"))),
            _ => Step::Raised(Exception::GeneratorExit),
        })
    }

    fn state(&self) -> State {
        self.may_panic();
        [State::Created, State::Running, State::Suspended, State::Closed][self.random.below(4) as usize]
    }
}

type Boxed = Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = Error>>>;
type Y<'a> = Yielder<'a, u32, (), Error>;

/// A generator in which a liar is delegated to, or driven, somewhere.
#[expect(clippy::too_many_lines, reason = "a body for each way to use a generator")]
fn make(liar: &Rc<dyn Fn() -> Liar>, random: &Random, depth: u32) -> Boxed {
    let inner = {
        let (liar, random) = (Rc::clone(liar), random.clone());
        move || -> Boxed {
            match random.below(depth + 1) {
                0 => Box::pin(liar()),
                _ => make(&liar, &random, depth - 1),
            }
        }
    };
    let local = liar().tally.make("local");
    let shape = random.below(if cfg!(feature = "macros") { 10 } else { 7 });
    if matches!(shape, 2..5) {
        liar().world.loses.set(true);
    }
    match shape {
        0 => Box::pin(generator!(|y: Y<'_>| {
            let _local = local;
            y.yield_from(inner()).await;
            y.yield_(2).await;
        })),
        1 => Box::pin(generator!(|y: Y<'_>| {
            let _local = local;
            for _ in 0..2 {
                let scope = async |mut y: Y<'_>| {
                    y.yield_from(inner()).await;
                    Ok(())
                };
                if let Err(exception) = y.catch(scope).await {
                    see(exception);
                    y.yield_(3).await;
                }
            }
        })),
        2 => Box::pin(generator!(|y: Y<'_>| {
            let _local = local;
            let block = async |mut y: Y<'_>| {
                y.yield_from(inner()).await;
                Ok(())
            };
            y.finally(block, async |mut y| {
                y.yield_from(inner()).await;
                y.yield_(4).await;
                Ok(())
            })
            .await;
        })),
        3 => Box::pin(generator!(|y: Y<'_>| {
            let _local = local;
            let mut items = inner();
            loop {
                match items.anext().await {
                    Ok(item) => y.yield_(item).await,
                    Err(StepError::Raised(exception)) => y.raise(exception).await,
                    Err(_) => break,
                }
            }
            y.yield_from(&mut items).await;
        })),
        4 => Box::pin(generator!(|y: Y<'_>| {
            let _local = local;
            let closed = aclosing(inner(), async |mut items| {
                while let Ok(item) = items.anext().await.map_err(raised) {
                    y.yield_(item).await;
                }
            });
            if let Err(error) = closed.await {
                if let CloseError::Raised(error) = error.error {
                    return Err(error);
                }
            }
            Ok(())
        })),
        5 => Box::pin(generator!(|y: Y<'_>| {
            let _local = local;
            y.yield_from(Owner(inner()).owned_local()).await;
        })),
        6 => Box::pin(generator!(|y: Y<'_>| {
            let _local = local;
            let mut borrowed = inner();
            y.yield_from(&mut borrowed).await;
            y.yield_from(borrowed.as_mut()).await;
        })),
        #[cfg(feature = "macros")]
        7 => Box::pin(asyncgen::async_gen! {
            let _local = local;
            yield from inner();
            yield 5;
        }),
        #[cfg(feature = "macros")]
        8 => Box::pin(asyncgen::async_gen! {
            let _local = local;
            let mut borrowed = inner();
            yield from &mut borrowed;
            yield from inner();
            yield from borrowed;
        }),
        _ => Box::pin(generator!(|y: Y<'_>| {
            let _local = local;
            let passed_on: Boxed = inner();
            #[cfg(feature = "macros")]
            let passed_on: Boxed = Box::pin(asyncgen::async_gen! { yield from passed_on; });
            y.yield_from(passed_on).await;
        })),
    }
}

fn raised<T>(error: StepError<Error, T>) {
    if let StepError::Raised(exception) = error {
        see(exception);
    }
}

/// One that can be owned.
struct Owner(Boxed);

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an error")
    }
}

impl AsyncGenerator for Owner {
    type Yield = u32;
    type Sent = ();
    type Error = Error;

    fn begin(mut self: Pin<&mut Self>, resume: Resume<(), Error>) -> Result<(), Refused<(), Error>> {
        self.0.as_mut().begin(resume)
    }

    fn poll_step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<u32, Error>> {
        self.0.as_mut().poll_step(cx)
    }

    fn state(&self) -> State {
        self.0.state()
    }
}

/// Polls until it is ready, or one time too many. Each time that it is pending, the liar was.
#[track_caller]
fn run<T>(world: &World, random: &Random, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    for _ in 0..=random.below(6) {
        let before = world.pending.get();
        if let Poll::Ready(output) = poll(future.as_mut()) {
            return Some(output);
        }
        assert!(world.pending.get() > before, "it waits for nothing");
    }
    None
}

fn play(seed: u64, panics: u32) {
    let random = Random::new(seed);
    let world = Rc::<World>::default();
    let tally = Tally::default();
    {
        let liar: Rc<dyn Fn() -> Liar> = Rc::new({
            let (random, world, tally) = (random.clone(), Rc::clone(&world), tally.clone());
            move || Liar {
                random: random.clone(),
                world: Rc::clone(&world),
                tally: tally.clone(),
                panics,
                _local: tally.make("the liar's"),
            }
        });
        let mut g = make(&liar, &random, 3);
        for _ in 0..12 {
            world.seen.set(0);
            world.lost.set(0);
            let operation = random.below(8);
            let result = catch_unwind(AssertUnwindSafe(|| match operation {
                0..4 => run(&world, &random, g.anext()).is_some_and(|result| result.map(drop).map_err(raised).is_err()),
                4..6 => {
                    let error = Error::new("thrown", &world, &tally);
                    run(&world, &random, g.athrow(error)).is_some_and(|result| match result {
                        Ok(None) => {
                            // C11, or the generator has refused in words that mean the same.
                            world.lost.set(0);
                            false
                        }
                        Ok(Some(_)) => false,
                        Err(StepError::AlreadyRunning(exception)) => {
                            see(exception);
                            false
                        }
                        Err(error) => {
                            raised(error);
                            true
                        }
                    })
                }
                6 => run(&world, &random, g.aclose()).is_some_and(|result| {
                    if let Err(CloseError::Raised(error)) = result {
                        error.see();
                    }
                    false
                }),
                _ => {
                    let error = Error::new("never thrown", &world, &tally).of_no_account();
                    drop(g.athrow(error));
                    false
                }
            }));
            if result.is_err() {
                assert_eq!(g.state(), State::Closed, "after a panic");
                break;
            }
            // Of two errors in one body, the one that goes first may end it.
            let (lost, arrived) = (world.lost.get(), world.seen.get());
            assert!(world.loses.get() || lost <= arrived, "errors were lost: {lost}, and {arrived} came to somebody");
        }
        let _ = catch_unwind(AssertUnwindSafe(|| drop(g)));
    }
    tally.check(&format!("seed {seed}"));
}

/// The seeds that are played: `SEED` alone, or the first `SEEDS`.
fn seeds() -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SEEDS").unwrap_or(20_000),
    }
}

#[test]
fn one_that_lies_makes_nothing_hang_and_loses_no_error() {
    for seed in seeds() {
        if let Err(panic) = catch_unwind(|| play(seed, 0)) {
            eprintln!("seed {seed}");
            resume_unwind(panic);
        }
    }
}

#[test]
fn nor_does_one_that_panics() {
    for seed in seeds() {
        if let Err(panic) = catch_unwind(|| play(seed, 4)) {
            eprintln!("seed {seed}");
            resume_unwind(panic);
        }
    }
}
