//! Generators implemented by hand that answer whatever they like, whenever they like.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, Exception, Refused, Resume, SentValue, State, Step, Yielder, async_gen,
    generator,
};

use crate::common::{Counted, Tally, now, pending_for, poll};

/// A source of choices, the same for the same seed.
#[derive(Clone)]
struct Chance(Rc<RefCell<u64>>);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(Rc::new(RefCell::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)))
    }

    fn below(&self, limit: u64) -> u64 {
        let mut state = self.0.borrow_mut();
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 11) % limit
    }
}

type Sent = Option<Counted>;
type Boxed<'a> = Pin<Box<dyn AsyncGenerator<Yield = Counted, Sent = Sent, Error = Counted> + 'a>>;

/// Answers by chance, so many times. Then it says that it has returned.
struct Liar {
    chance: Chance,
    tally: Tally,
    answers: u64,
    panics: bool,
    kept: Vec<Resume<Sent, Counted>>,
}

impl Liar {
    fn new(chance: &Chance, tally: &Tally, panics: bool) -> Self {
        Self { chance: chance.clone(), tally: tally.clone(), answers: 3 + chance.below(12), panics, kept: Vec::new() }
    }

    fn is_over(&mut self) -> bool {
        self.answers = self.answers.saturating_sub(1);
        self.answers == 0
    }

    fn may_panic(&self) {
        if self.panics && self.chance.below(12) == 0 {
            resume_unwind(Box::new("a liar panics"));
        }
    }

    fn exception(&self) -> Exception<Counted> {
        match self.chance.below(3) {
            0 => Exception::GeneratorExit,
            _ => Exception::Error(self.tally.make("a liar's error")),
        }
    }
}

impl AsyncGenerator for Liar {
    type Yield = Counted;
    type Sent = Sent;
    type Error = Counted;

    fn begin(mut self: Pin<&mut Self>, resume: Resume<Sent, Counted>) -> Result<(), Refused<Sent, Counted>> {
        self.may_panic();
        if self.is_over() {
            return Err(Refused::Closed(resume));
        }
        match self.chance.below(9) {
            0 => Err(Refused::AlreadyStarted),
            1 => Err(Refused::AlreadyRunning(resume)),
            2 => Err(Refused::Closed(resume)),
            3 => Err(Refused::JustStarted(Some(self.tally.make("made up")))),
            4 => Err(Refused::AlreadyRunning(Resume::Close)),
            5 => Err(Refused::AlreadyRunning(Resume::Throw(self.exception()))),
            6 => Err(Refused::Closed(Resume::Throw(self.exception()))),
            _ => {
                self.kept.push(resume);
                Ok(())
            }
        }
    }

    fn poll_step(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Step<Counted, Counted>> {
        self.may_panic();
        if self.is_over() {
            return Poll::Ready(Step::Returned);
        }
        match self.chance.below(6) {
            0 => Poll::Ready(Step::Returned),
            1 => Poll::Ready(Step::Raised(self.exception())),
            2 => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            _ => Poll::Ready(Step::Yielded(self.tally.make("yielded"))),
        }
    }

    fn state(&self) -> State {
        [State::Created, State::Running, State::Suspended, State::Closed]
            [usize::try_from(self.chance.below(if self.answers == 0 { 1 } else { 4 })).unwrap()]
    }
}

fn bodies(number: u64, chance: &Chance, tally: &Tally, panics: bool) -> Boxed<'static> {
    let liar = {
        let (chance, tally) = (chance.clone(), tally.clone());
        move || Liar::new(&chance, &tally, panics)
    };
    match number {
        0 => Box::pin(async_gen! { yield from liar(); yield from liar(); }),
        1 => Box::pin(async_gen! { for await value in liar() { yield value; } }),
        2 => Box::pin(async_gen! {
            try { yield from liar(); } catch error { drop(error); yield from liar(); } finally { yield from liar(); }
        }),
        3 => Box::pin(async_gen! {
            try { for await value in liar() { yield value; pending_for(1).await; } }
            catch GeneratorExit { for await value in liar() { yield value; } }
            finally { for await value in liar() { drop(value); } }
        }),
        4 => Box::pin(async_gen! {
            let mut first = Box::pin(liar());
            yield from &mut first;
            for await value in &mut first { yield value; }
            yield from first;
        }),
        5 => {
            let inner = bodies(0, chance, tally, panics);
            let other = bodies(3, chance, tally, panics);
            Box::pin(async_gen! { yield from inner; yield from other; })
        }
        6 => Box::pin(generator!(|y: Yielder<'_, Counted, Sent, Counted>| {
            let caught = y
                .catch(async |mut y| {
                    y.yield_from(liar()).await;
                    Ok(())
                })
                .await;
            drop(caught);
            y.finally(
                async |mut y| {
                    y.yield_from(liar()).await;
                    Ok(())
                },
                async |mut y| {
                    y.yield_from(liar()).await;
                    Ok(())
                },
            )
            .await;
        })),
        _ => Box::pin(async_gen! {
            for await value in liar() {
                for await other in liar() { yield other; break; }
                yield value;
            }
        }),
    }
}

fn operate(g: &mut Boxed<'_>, chance: &Chance, tally: &Tally) {
    match chance.below(6) {
        0 => drop(poll(pin!(g.asend(Some(tally.make("sent")))))),
        1 => drop(poll(pin!(g.athrow(tally.make("thrown"))))),
        2 if chance.below(4) == 0 => drop(poll(pin!(g.aclose()))),
        _ => drop(poll(pin!(g.anext()))),
    }
}

fn run(seeds: std::ops::Range<u64>, panics: bool) {
    for seed in seeds {
        let chance = Chance::new(seed);
        let tally = Tally::default();
        drop(tally.make("one at least"));
        let mut g = bodies(seed % 8, &chance, &tally, panics);
        for _ in 0..chance.below(20) {
            if catch_unwind(AssertUnwindSafe(|| operate(&mut g, &chance, &tally))).is_err() {
                assert_eq!(g.state(), State::Closed, "seed {seed}");
            }
        }
        if chance.below(3) > 0 {
            // Whatever it says, there is an end.
            for n in 0.. {
                assert!(n < 400, "seed {seed}: it can't be closed");
                if let Ok(Poll::Ready(Ok(()))) = catch_unwind(AssertUnwindSafe(|| poll(pin!(g.aclose())))) {
                    break;
                }
            }
            assert_eq!(g.state(), State::Closed, "seed {seed}");
        }
        drop(g);
        tally.check(&format!("seed {seed}"));
    }
}

#[test]
fn whatever_a_foreign_generator_answers_nothing_hangs_or_is_lost() {
    run(0..8_000, false);
}

#[test]
fn whenever_a_foreign_generator_panics_nothing_is_lost() {
    run(100_000..108_000, true);
}

/// Says that it is closed while it yields, and yields when it is closed.
#[test]
fn a_loop_that_is_left_does_not_wait_for_one_that_never_ends() {
    struct Endless(State);
    impl AsyncGenerator for Endless {
        type Yield = u32;
        type Sent = ();
        type Error = String;
        fn begin(self: Pin<&mut Self>, _: Resume<(), String>) -> Result<(), Refused<(), String>> {
            Ok(())
        }
        fn poll_step(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Step<u32, String>> {
            Poll::Ready(Step::Yielded(1))
        }
        fn state(&self) -> State {
            self.0
        }
    }
    for state in [State::Created, State::Running, State::Suspended, State::Closed] {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            for await n in Endless(state) { yield n; break; }
            yield 2;
            yield from Endless(state);
        });
        assert_eq!((now(g.anext()), now(g.anext()), now(g.anext())), (Ok(1), Ok(2), Ok(1)));
        let closed = now(g.aclose());
        assert!(closed.is_err(), "it yields while it is closed: {closed:?}");
    }
}

/// A sent value that says one thing, and then another.
#[test]
fn what_is_nothing_may_change() {
    thread_local! {
        static CALLS: RefCell<u32> = const { RefCell::new(0) };
    }
    fn sometimes() -> bool {
        CALLS.with_borrow_mut(|calls| {
            *calls += 1;
            *calls % 3 != 0
        })
    }
    #[derive(Debug)]
    struct Token(());
    impl SentValue for Token {
        fn is_nothing(&self) -> bool {
            sometimes()
        }
        fn nothing() -> Option<Self> {
            sometimes().then_some(Self(()))
        }
    }
    impl asyncgen::Nothing for Token {}
    #[derive(Debug)]
    struct Heavy(Box<u32>);
    impl SentValue for Heavy {
        fn is_nothing(&self) -> bool {
            sometimes()
        }
        fn nothing() -> Option<Self> {
            sometimes().then(|| Self(Box::new(0)))
        }
    }
    impl asyncgen::Nothing for Heavy {}

    let mut tokens: Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = Token, Error = String>>> = Box::pin(async_gen! {
        for n in 0.. {
            let Token(()) = yield n;
            try { yield n; } finally { yield n; }
            yield from async_gen! { yield n; yield n; };
        }
    });
    let mut heavy: Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = Heavy, Error = String>>> = Box::pin(async_gen! {
        for n in 0.. {
            let Heavy(sent) = yield n;
            try { yield *sent; } finally { yield *sent; }
            yield from async_gen! { yield n; yield n; };
        }
    });
    for n in 0..500 {
        drop((poll(pin!(tokens.anext())), poll(pin!(tokens.asend(Token(()))))));
        drop((poll(pin!(heavy.anext())), poll(pin!(heavy.asend(Heavy(Box::new(n)))))));
        if n % 50 == 49 {
            drop((poll(pin!(tokens.athrow("thrown".to_owned()))), poll(pin!(heavy.athrow("thrown".to_owned())))));
        }
    }
}
