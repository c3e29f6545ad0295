//! Every value that is sent in, yielded, thrown or left somewhere is dropped exactly once, however a generator ends.
//!
//! Every sequence of a few operations is run on every one of a set of bodies, each step's future is dropped after 0, 1
//! or 2 polls, and the generator is dropped in whatever state that leaves it.
#![forbid(unsafe_code)]

mod common;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, Resume, State, Yielder, generator};
use futures::FutureExt;
use futures::future::{join, select};

use crate::common::{Counted, Tally, never, now, pending_for, poll};

type Y<'a> = Yielder<'a, Counted, Option<Counted>, Counted>;
type Generator = Pin<Box<dyn AsyncGenerator<Yield = Counted, Sent = Option<Counted>, Error = Counted>>>;

/// A panic that no hook reports.
fn explode() -> ! {
    resume_unwind(Box::new("expected by the test"))
}

/// A value whose destructor panics, but not while another panic is on its way.
struct Bomb(#[expect(dead_code, reason = "is dropped after the panic")] Counted);

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            explode();
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Operation {
    Anext,
    Asend,
    Athrow,
    AthrowExit,
    Aclose,
}

/// An operation, and after how many polls its future is dropped.
type Call = (Operation, u32);

const CALLS: [Call; 12] = [
    (Operation::Anext, 1),
    (Operation::Anext, 2),
    (Operation::Asend, 0),
    (Operation::Asend, 1),
    (Operation::Asend, 2),
    (Operation::Athrow, 0),
    (Operation::Athrow, 1),
    (Operation::Athrow, 2),
    (Operation::AthrowExit, 1),
    (Operation::Aclose, 0),
    (Operation::Aclose, 1),
    (Operation::Aclose, 2),
];

fn poll_up_to<F: Future>(polls: u32, future: F) {
    let mut future = pin!(future);
    for _ in 0..polls {
        if poll(future.as_mut()).is_ready() {
            break;
        }
    }
}

fn run(g: &mut Generator, tally: &Tally, (operation, polls): Call) {
    let run = || match operation {
        Operation::Anext => poll_up_to(polls, g.anext()),
        Operation::Asend => poll_up_to(polls, g.asend(Some(tally.make("sent")))),
        Operation::Athrow => poll_up_to(polls, g.athrow(tally.make("thrown"))),
        Operation::AthrowExit => poll_up_to(polls, g.athrow(Exception::GeneratorExit)),
        Operation::Aclose => poll_up_to(polls, g.aclose()),
    };
    // A panic of the body, which the test below expects or does not.
    let _: Result<(), _> = catch_unwind(AssertUnwindSafe(run));
}

/// Runs every sequence of up to `LENGTH` calls.
fn check(body: impl Fn(Tally) -> Generator) {
    const LENGTH: usize = 4;
    let mut calls = [0; LENGTH];
    loop {
        let tally = Tally::default();
        let held = tally.make("held by the test");
        let mut g = body(tally.clone());
        let mut used = LENGTH;
        for (index, call) in calls.iter().enumerate() {
            let closed = g.state() == State::Closed;
            run(&mut g, &tally, CALLS[*call]);
            if closed {
                // One call on a closed generator is enough.
                used = index + 1;
                break;
            }
        }
        let _: Result<(), _> = catch_unwind(AssertUnwindSafe(|| drop(g)));
        drop(held);
        tally.check(&format!("{:?}", calls[..used].iter().map(|call| CALLS[*call]).collect::<Vec<_>>()));

        // The next sequence that differs in the calls that were used.
        calls[used..].fill(CALLS.len() - 1);
        let Some(last) = calls.iter().rposition(|call| *call + 1 < CALLS.len()) else { break };
        calls[last] += 1;
        calls[last + 1..].fill(0);
    }
}

macro_rules! drops_each_value_once {
    ($($name:ident: |$y:ident, $tally:ident| $body:block)*) => {
        $(
            #[test]
            fn $name() {
                check(|$tally| {
                    Box::pin(generator!(|$y: Y<'_>| {
                        // Captured, so that it is dropped with a body that never runs.
                        let _captured = &$tally;
                        $body
                    }))
                });
            }
        )*
    };
}

drops_each_value_once! {
    a_body_that_yields_and_keeps_what_is_sent: |y, tally| {
        let mut kept = Vec::new();
        for _ in 0..3 {
            let _local = tally.make("local");
            kept.push(y.yield_(tally.make("yielded")).await);
        }
    }

    a_body_that_awaits_between_its_yields: |y, tally| {
        for _ in 0..3 {
            let _local = tally.make("local");
            pending_for(1).await;
            y.yield_(tally.make("yielded")).await;
        }
    }

    a_body_that_ends_with_an_error: |y, tally| {
        y.yield_(tally.make("yielded")).await;
        pending_for(1).await;
        Err(tally.make("the body's own error"))
    }

    a_body_that_raises: |y, tally| {
        let sent = y.yield_(tally.make("yielded")).await;
        pending_for(1).await;
        match sent {
            Some(sent) => y.raise(sent).await,
            None => y.raise(tally.make("raised")).await,
        }
    }

    a_body_that_catches_and_raises_again: |y, tally| {
        for _ in 0..2 {
            let caught = y.catch(async |mut y| {
                let _local = tally.make("local");
                let sent = y.yield_(tally.make("yielded")).await;
                pending_for(1).await;
                y.yield_(tally.make("yielded in the scope")).await;
                Ok(sent)
            }).await;
            if let Err(Exception::Error(error)) = caught {
                let kept = y.try_yield(tally.make("yielded by the handler")).await;
                drop(kept);
                y.raise(error).await;
            }
        }
    }

    yields_that_catch: |y, tally| {
        let mut kept = Vec::new();
        for _ in 0..3 {
            kept.push(y.try_yield(tally.make("yielded")).await);
            pending_for(1).await;
        }
    }

    clean_up_that_awaits: |y, tally| {
        y.finally(
            async |mut y| {
                let sent = y.yield_(tally.make("yielded")).await;
                sent.map_or(Ok(tally.make("value")), Err)
            },
            async |_| {
                let _local = tally.make("local of clean-up");
                pending_for(2).await;
                Ok(())
            },
        ).await;
        y.yield_(tally.make("yielded after")).await;
    }

    clean_up_that_awaits_yields_and_fails: |y, tally| {
        let caught = y.catch(async |mut y| {
            y.finally(
                async |_| Err::<(), _>(tally.make("the body's own error")),
                async |mut y| {
                    pending_for(2).await;
                    let sent = y.yield_(tally.make("yielded")).await;
                    pending_for(1).await;
                    sent.map_or(Ok(()), Err)
                },
            ).await;
            Ok(tally.make("value"))
        }).await;
        pending_for(1).await;
        y.yield_(tally.make("yielded after")).await;
        drop(caught);
    }

    errors_raised_while_others_wait: |y, tally| {
        let caught = y.catch(async |mut y| {
            y.finally(
                async |_| Ok(()),
                async |mut y| {
                    pending_for(2).await;
                    let caught = y.catch(async |mut y| y.raise(tally.make("raised")).await).await;
                    pending_for(1).await;
                    let Err::<(), _>(exception) = caught else { unreachable!() };
                    y.raise(exception).await
                },
            ).await;
            Ok(())
        }).await;
        y.yield_(tally.make("yielded after")).await;
        drop(caught);
    }

    yields_that_are_made_and_not_awaited: |y, tally| {
        drop(y.yield_(tally.make("never yielded")));
        drop(y.try_yield(tally.make("never yielded")));
        {
            let _made = y.yield_(tally.make("placed"));
            pending_for(2).await;
        }
        let made_early = y.yield_(tally.make("made early"));
        pending_for(1).await;
        made_early.await;
    }

    yields_that_are_dropped_by_a_select: |y, tally| {
        for polls in 0..3 {
            // The yield is polled first, and given up in the same poll, or after it was resumed, or not at all.
            let yields = pin!(y.yield_(tally.make("yielded")));
            let limit = pin!(pending_for(polls));
            select(yields, limit).await;
        }
        for polls in 0..3 {
            let limit = pin!(pending_for(polls));
            let yields = pin!(y.try_yield(tally.make("yielded")));
            select(limit, yields).await;
        }
        y.yield_(tally.make("the last")).await;
    }

    errors_that_are_taken_back_by_a_select: |y, tally| {
        y.finally(
            async |_| Ok(()),
            async |mut y| {
                pending_for(2).await;
                for _ in 0..2 {
                    let raises = pin!(y.raise(tally.make("taken back")));
                    select(raises, std::future::ready(())).await;
                }
                Ok(())
            },
        ).await;
        y.yield_(tally.make("yielded")).await;
    }

    a_join_of_a_yield_and_an_await: |y, tally| {
        let yields = async {
            let first = y.yield_(tally.make("first")).await;
            let second = y.yield_(tally.make("second")).await;
            (first, second)
        };
        let waits = async {
            let _local = tally.make("local");
            pending_for(3).await;
        };
        join(waits, yields).await;
    }

    delegation: |y, tally| {
        let inner = tally.clone();
        y.yield_from(generator!(|y| {
            let _local = inner.make("inner local");
            let kept: Option<Counted> = y.yield_(inner.make("inner yielded")).await;
            let caught = y.catch(async |mut y| {
                pending_for(1).await;
                y.yield_(inner.make("inner yielded in a scope")).await;
                Ok(())
            }).await;
            pending_for(1).await;
            drop(caught);
            kept.map_or(Ok(()), Err)
        })).await;
        y.yield_(tally.make("yielded")).await;
    }

    delegation_to_clean_up: |y, tally| {
        let inner = tally.clone();
        let caught = y.catch(async |mut y| {
            y.yield_from(generator!(|y| {
                y.finally(
                    async |mut y| {
                        y.yield_(inner.make("inner yielded")).await;
                        Ok(())
                    },
                    async |_| {
                        let _local = inner.make("local of inner clean-up");
                        pending_for(2).await;
                        Ok(())
                    },
                ).await;
            })).await;
            Ok(())
        }).await;
        y.yield_(tally.make("yielded")).await;
        drop(caught);
    }

    delegation_inside_clean_up: |y, tally| {
        let inner = tally.clone();
        y.finally(
            async |_| Ok(()),
            async |mut y| {
                y.yield_from(generator!(|y| {
                    pending_for(1).await;
                    drop(y.try_yield(inner.make("inner yielded")).await);
                    pending_for(1).await;
                    y.yield_(inner.make("inner yielded")).await;
                })).await;
                Ok(())
            },
        ).await;
    }

    delegation_that_is_dropped_by_a_select: |y, tally| {
        for polls in 0..4 {
            let inner = tally.clone();
            let delegation = pin!(y.yield_from(generator!(|y| {
                let _local = inner.make("inner local");
                y.yield_(inner.make("inner yielded")).await;
                pending_for(1).await;
                y.yield_(inner.make("inner yielded")).await;
            })));
            let limit = pin!(pending_for(polls));
            select(delegation, limit).await;
        }
    }

    an_outer_yielder_in_an_inner_body: |y, tally| {
        let outer_tally = tally.clone();
        let mut inner = pin!(generator!(|own: Y<'_>| {
            let _local = tally.make("inner local");
            let caught = y.catch(async |mut y| {
                y.yield_(tally.make("yielded through both")).await;
                drop(own.yield_(tally.make("yielded by the inner one")).await);
                pending_for(1).await;
                Ok(())
            }).await;
            y.yield_(tally.make("yielded through both")).await;
            drop(caught);
        }));
        drop(inner.anext().await);
        drop(inner.asend(Some(outer_tally.make("sent to the inner one"))).await);
    }

    a_body_that_never_goes_on: |y, tally| {
        let _local = tally.make("local");
        let caught: Result<(), _> = y.catch(async |_| {
            let _local = tally.make("local in the scope");
            never().await
        }).await;
        let _caught = caught;
        never().await
    }

    a_body_that_panics: |y, tally| {
        let _local = tally.make("local");
        let _sent = y.yield_(tally.make("yielded")).await;
        pending_for(1).await;
        explode();
    }

    a_body_that_panics_beside_a_yield: |y, tally| {
        let _made = y.yield_(tally.make("placed"));
        pending_for(1).await;
        explode();
    }

    a_body_that_panics_in_the_poll_in_which_it_yields: |y, tally| {
        let yields = y.yield_(tally.make("yielded, and never taken"));
        let panics = async {
            pending_for(1).await;
            explode();
        };
        join(yields, panics).await;
    }

    a_body_that_panics_in_clean_up: |y, tally| {
        y.finally(
            async |mut y| {
                let sent = y.yield_(tally.make("yielded")).await;
                sent.map_or(Ok(()), Err)
            },
            async |_| {
                let _local = tally.make("local of clean-up");
                pending_for(1).await;
                explode();
            },
        ).await;
    }

    a_body_that_catches_its_own_panic: |y, tally| {
        let scope = y.catch(async |mut y| {
            let _local = tally.make("local");
            y.yield_(tally.make("yielded")).await;
            pending_for(1).await;
            if true {
                explode();
            }
            Ok(())
        });
        drop(AssertUnwindSafe(scope).catch_unwind().await);
        y.yield_(tally.make("yielded after the panic")).await;
    }

    a_body_with_a_panicking_destructor_between_two_values: |y, tally| {
        let _before = tally.make("its neighbour");
        let _bomb = Bomb(tally.make("in the bomb"));
        let _after = tally.make("its other neighbour");
        y.yield_(tally.make("yielded")).await;
        let caught: Result<(), _> = y.catch(async |mut y| {
            let _before = tally.make("its neighbour in the scope");
            let _bomb = Bomb(tally.make("in the bomb in the scope"));
            y.yield_(tally.make("yielded in the scope")).await;
            never().await
        }).await;
        drop(caught);
    }

    a_delegation_with_a_panicking_destructor: |y, tally| {
        let inner = tally.clone();
        let _before = tally.make("its neighbour");
        y.yield_from(generator!(|y| {
            let _bomb = Bomb(inner.make("in the bomb"));
            y.yield_(inner.make("inner yielded")).await;
            pending_for(1).await;
            y.yield_(inner.make("inner yielded")).await;
        })).await;
    }
}

#[test]
fn values_left_by_begin_without_a_poll_are_dropped_once() {
    type Make = fn(&Tally) -> Resume<Option<Counted>, Counted>;
    let resumptions: [Make; 5] = [
        |_| Resume::Next,
        |tally| Resume::Send(Some(tally.make("sent"))),
        |tally| Resume::Throw(Exception::Error(tally.make("thrown"))),
        |_| Resume::Throw(Exception::GeneratorExit),
        |_| Resume::Close,
    ];
    for polls_before in 0..3 {
        for first in resumptions {
            for second in resumptions {
                for third in resumptions {
                    let tally = Tally::default();
                    let held = tally.make("held by the test");
                    let in_body = tally.clone();
                    let mut g = Box::pin(generator!(|y: Y<'_>| {
                        y.yield_(in_body.make("yielded")).await;
                        y.finally(
                            async |_| Ok(()),
                            async |mut y| {
                                y.yield_(in_body.make("yielded in clean-up")).await;
                                Ok(())
                            },
                        )
                        .await;
                    }));
                    for _ in 0..polls_before {
                        drop(now(g.anext()));
                    }
                    for resume in [first, second, third] {
                        drop(g.as_mut().begin(resume(&tally)));
                    }
                    drop(g);
                    drop(held);
                    tally.check("begun, and never polled");
                }
            }
        }
    }
}

/// Values of which each one explodes when it is dropped, unless a panic is on its way already.
mod explosive {
    use super::{Bomb, Tally, catch_unwind, explode, generator, never, now, pending_for, poll, select};
    use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, Resume, SentValue, State, Yielder};
    use std::panic::AssertUnwindSafe;
    use std::pin::pin;

    impl SentValue for Bomb {}

    type Y<'a> = Yielder<'a, Bomb, Option<Bomb>, Bomb>;

    fn is_panic<T>(f: impl FnOnce() -> T) -> bool {
        catch_unwind(AssertUnwindSafe(f)).map(std::mem::forget).is_err()
    }

    /// Drops it without an explosion.
    fn defuse<T>(value: T) {
        let _: Result<(), _> = catch_unwind(AssertUnwindSafe(move || {
            let _value = value;
            explode();
        }));
    }

    #[test]
    fn a_yielded_value_that_is_taken_back() {
        let tally = Tally::default();
        let in_body = tally.clone();
        let mut g = Box::pin(generator!(|y: Y<'_>| {
            let _local = in_body.make("local");
            {
                let yields = pin!(y.yield_(Bomb(in_body.make("taken back"))));
                select(yields, std::future::ready(())).await;
            }
            never().await
        }));
        assert!(is_panic(|| poll(pin!(g.anext()))), "dropping the value explodes in the body");
        assert_eq!(g.state(), State::Closed);
        drop(g);
        tally.check("a value taken back");
    }

    #[test]
    fn a_yielded_value_that_is_placed_when_the_generator_is_closed() {
        let tally = Tally::default();
        let in_body = tally.clone();
        let mut g = Box::pin(generator!(|y: Y<'_>| {
            let _local = in_body.make("local");
            let _made = y.yield_(Bomb(in_body.make("placed")));
            never().await
        }));
        assert!(poll(pin!(g.anext())).is_pending());
        assert!(is_panic(|| poll(pin!(g.aclose()))));
        assert!(matches!(now(g.aclose()), Ok(())), "the closing can be carried on with");
        assert_eq!(g.state(), State::Closed);
        drop(g);
        tally.check("a placed value");
    }

    #[test]
    fn a_sent_value_that_an_exception_replaces() {
        let tally = Tally::default();
        let in_body = tally.clone();
        let mut g = Box::pin(generator!(|y: Y<'_>| {
            let _local = in_body.make("local");
            defuse(y.yield_(Bomb(in_body.make("yielded"))).await);
        }));
        defuse(now(g.anext()));
        assert!(g.as_mut().begin(Resume::Send(Some(Bomb(tally.make("sent"))))).is_ok());
        let thrown = Bomb(tally.make("thrown"));
        assert!(is_panic(|| g.as_mut().begin(Resume::Throw(Exception::Error(thrown)))));
        defuse(now(g.aclose()));
        drop(g);
        tally.check("a sent value that was replaced");
    }

    #[test]
    fn an_error_that_waits_when_the_generator_is_dropped() {
        let tally = Tally::default();
        let in_body = tally.clone();
        let mut g = Box::pin(generator!(|y: Y<'_>| {
            let _local = in_body.make("local");
            y.finally(async |_| Ok(()), async |_| never().await).await;
        }));
        assert!(poll(pin!(g.anext())).is_pending());
        assert!(poll(pin!(g.athrow(Bomb(tally.make("waiting"))))).is_pending());
        assert!(is_panic(|| drop(g)));
        tally.check("an error that waits");
    }

    #[test]
    fn an_error_that_gives_way_to_another() {
        let tally = Tally::default();
        let in_body = tally.clone();
        let mut g = Box::pin(generator!(|y: Y<'_>| {
            let _local = in_body.make("local");
            y.finally(
                async |_| Err::<(), _>(Bomb(in_body.make("replaced"))),
                async |_| {
                    pending_for(1).await;
                    Err(Bomb(in_body.make("raised by clean-up")))
                },
            )
            .await;
        }));
        assert!(poll(pin!(g.anext())).is_pending());
        let mut end = None;
        let exploded = is_panic(|| end = Some(poll(pin!(g.anext()))));
        defuse(end);
        assert!(exploded, "the error that nobody will see is dropped");
        drop(g);
        tally.check("an error that was replaced");
    }
}
