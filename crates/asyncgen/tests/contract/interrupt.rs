//! C18, C19: a step's future that is dropped half-way, and exceptions at an inner await.

use std::cell::Cell;
use std::pin::pin;
use std::task::Poll;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, Resume, State, StepError, Yielder};
use futures::future::{Either, join, select};

use super::generator;
use crate::common::{Gate, Log, drop_half_way, never, now, pending_for, poll};
use crate::{Y, raised};

#[test]
fn c18_anext_carries_on_with_a_step_that_was_dropped() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        log.add("started");
        gate.pass().await;
        y.yield_(1).await;
    }));
    for _ in 0..3 {
        drop_half_way(g.anext());
        assert_eq!(g.state(), State::Running);
    }
    gate.open();
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(log.take(), ["started"]);
}

#[test]
fn c18_a_dropped_asend_has_delivered_its_value() {
    let gate = &Gate::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let sent = y.yield_(1).await.unwrap();
        gate.pass().await;
        let sent_meanwhile = y.yield_(sent).await;
        assert_eq!(sent_meanwhile, Some(8));
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.asend(Some(7)));
    gate.open();
    assert_eq!(now(g.anext()), Ok(7), "anext ends the step that asend began, and sends nothing itself");
    assert_eq!(now(g.asend(Some(8))), Err(StepError::StopAsyncIteration));
}

#[test]
fn c18_an_asend_that_was_not_polled_has_delivered_nothing() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        let sent = y.yield_(1).await;
        y.yield_(sent.unwrap_or(100)).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop(g.asend(Some(7)));
    assert_eq!(g.state(), State::Suspended);
    assert_eq!(now(g.anext()), Ok(100));
}

#[test]
fn c18_start_and_asend_of_nothing_carry_on_too() {
    let gate = &Gate::default();
    let mut g = pin!(generator!(|y: Yielder<'_, u32, u32>| {
        gate.pass().await;
        let sent = y.yield_(1).await;
        gate.pass().await;
        y.yield_(sent).await;
    }));
    drop_half_way(g.start());
    assert_eq!(now(g.asend(5)), Err(StepError::AlreadyRunning(5)));
    gate.open();
    assert_eq!(now(g.start()), Ok(1));
    gate.shut();
    drop_half_way(g.asend(6));
    gate.open();
    assert_eq!(now(g.start()), Ok(6), "`start` carries on with a step in flight");

    let mut g = pin!(generator!(|y: Y<'_>| {
        pending_for(1).await;
        y.yield_(1).await;
    }));
    drop_half_way(g.asend(None));
    assert_eq!(now(g.asend(None)), Ok(1));
}

#[test]
fn c18_the_end_and_the_error_of_a_dropped_step_go_to_the_next() {
    let mut g = pin!(generator!(|_y: Y<'_>| {
        pending_for(1).await;
    }));
    drop_half_way(g.anext());
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));

    let mut g = pin!(generator!(|_y: Y<'_>| {
        pending_for(1).await;
        Err("failed")
    }));
    drop_half_way(g.anext());
    assert_eq!(now(g.anext()), Err(raised("failed")));
}

#[test]
fn c18_a_dropped_athrow_has_raised_its_error() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught = y.try_yield(1).await;
        assert_eq!(caught, Err(Exception::Error("thrown")));
        log.add("caught");
        pending_for(1).await;
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.athrow("thrown"));
    assert_eq!(now(g.anext()), Ok(2));
    assert_eq!(log.take(), ["caught"]);
}

#[test]
fn c19_athrow_is_raised_at_the_inner_await() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let result = y
            .catch(async |_| {
                let _local = log.on_drop("inner part dropped");
                never().await
            })
            .await;
        assert_eq!(result, Err::<(), _>(Exception::Error("thrown")));
        log.add("caught");
        y.yield_(1).await;
    }));
    drop_half_way(g.anext());
    assert_eq!(now(g.athrow("thrown")), Ok(Some(1)));
    assert_eq!(log.take(), ["inner part dropped", "caught"]);
}

#[test]
fn c19_the_innermost_scope_around_the_await_sees_it() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let outer = y
            .catch(async |mut y| {
                let _outer_local = log.on_drop("outer part dropped");
                let inner: Result<(), _> = y
                    .catch(async |_| {
                        let _inner_local = log.on_drop("inner part dropped");
                        never().await
                    })
                    .await;
                assert_eq!(inner, Err(Exception::Error("one")));
                log.add("inner caught one");
                never().await
            })
            .await;
        assert_eq!(outer, Err::<(), _>(Exception::Error("two")));
        log.add("outer caught two");
        never().await
    }));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("one"));
    assert_eq!(log.take(), ["inner part dropped", "inner caught one"]);
    drop_half_way(g.athrow("two"));
    assert_eq!(log.take(), ["outer part dropped", "outer caught two"]);
    assert_eq!(now(g.athrow("three")), Err(raised("three")));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c19_with_no_scope_left_the_body_is_dropped_and_the_exception_comes_out() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let _local = log.on_drop("body dropped");
        let _: Result<(), _> = y.catch(async |_| Ok(())).await;
        never().await
    }));
    drop_half_way(g.anext());
    assert_eq!(now(g.athrow("thrown")), Err(raised("thrown")));
    assert_eq!(log.take(), ["body dropped"]);
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c19_an_await_that_has_become_ready_is_interrupted_all_the_same() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let body = || {
        generator!(|y: Y<'_>| {
            let result = y
                .catch(async |_| {
                    gate.pass().await;
                    log.add("passed");
                    Ok(())
                })
                .await;
            assert_eq!(result, Err(Exception::Error("thrown")));
            gate.pass().await;
            log.add("after");
        })
    };
    let mut g = pin!(body());
    drop_half_way(g.anext());
    gate.open();
    assert_eq!(now(g.athrow("thrown")), Err(StepError::StopAsyncIteration));
    assert_eq!(log.take(), ["after"], "the body stood at the first await when the exception came");
}

#[test]
fn c19_an_await_after_a_yields_own_scope_is_not_in_that_scope() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        let mut attempt = pin!(y.try_yield(1));
        assert_eq!((&mut attempt).await, Ok(None));
        gate.pass().await;
        log.add("went on");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.anext());
    gate.open();
    assert_eq!(now(g.athrow("thrown")), Err(raised("thrown")));
    assert_eq!(log.take(), [""; 0], "the body stood at the gate when the exception came, and no scope was around it");
}

#[test]
fn c19_a_step_that_was_begun_and_never_polled_is_interrupted_before_the_body_runs() {
    let log = &Log::default();
    let mut g = pin!(generator!(|_y: Y<'_>| {
        log.add("body");
    }));
    assert_eq!(g.as_mut().begin(Resume::Next), Ok(()));
    assert_eq!(now(g.athrow("thrown")), Err(raised("thrown")));
    assert_eq!(log.take(), [""; 0]);
}

#[test]
fn c19_aclose_does_not_wait_for_an_await_that_never_ends() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let () = y
            .finally(
                async |mut y| {
                    y.yield_(1).await;
                    let _local = log.on_drop("await dropped");
                    never().await
                },
                async |_| {
                    log.add("cleaned up");
                    Ok(())
                },
            )
            .await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.anext());
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["await dropped", "cleaned up"]);
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c19_aclose_is_an_error_if_the_body_catches_it_at_an_await_and_yields() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught: Result<(), _> = y.catch(async |_| never().await).await;
        assert_eq!(caught, Err(Exception::GeneratorExit));
        y.yield_(1).await;
    }));
    drop_half_way(g.anext());
    assert_eq!(now(g.aclose()), Err(CloseError::IgnoredGeneratorExit(1)));
    assert_eq!(g.state(), State::Suspended);
}

#[test]
fn c19_generator_exit_can_be_thrown_at_an_await() {
    let mut g = pin!(generator!(|_y: Y<'_>| never().await));
    drop_half_way(g.anext());
    assert_eq!(now(g.athrow(Exception::GeneratorExit)), Err(StepError::Raised(Exception::GeneratorExit)));
}

#[test]
fn c19_an_exception_is_raised_before_a_yield_that_was_made_but_not_awaited() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Yielder<'_, &'static str, (), &'static str>| {
        let result = y
            .catch(async |mut y| {
                let never_taken = y.yield_("never taken");
                pending_for(1).await;
                never_taken.await;
                Ok(())
            })
            .await;
        log.add(if result.is_err() { "caught" } else { "went on" });
        y.yield_("after").await;
    }));
    drop_half_way(g.anext());
    assert_eq!(now(g.athrow("thrown")), Ok(Some("after")));
    assert_eq!(log.take(), ["caught"]);
}

#[test]
fn c19_an_exception_at_a_join_drops_all_of_its_parts_in_the_scope() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught = y
            .catch(async |mut y| {
                let yields = async {
                    let _local = log.on_drop("yielding part dropped");
                    y.yield_(1).await;
                };
                let waits = async {
                    let _local = log.on_drop("waiting part dropped");
                    never().await;
                };
                join(yields, waits).await;
                Ok(())
            })
            .await;
        assert_eq!(caught, Err(Exception::Error("thrown")));
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Ok(Some(2)));
    assert_eq!(log.take(), ["yielding part dropped", "waiting part dropped"]);
}

#[test]
fn c19_a_scope_in_one_part_of_a_join_takes_the_exception_and_the_other_part_goes_on() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        let scope = async {
            let caught: Result<(), _> = y.catch(async |_| never().await).await;
            assert_eq!(caught, Err(Exception::Error("thrown")));
            log.add("caught");
        };
        let other = async {
            gate.pass().await;
            log.add("other part ended");
        };
        join(other, scope).await;
    }));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    assert_eq!(log.take(), ["caught"]);
    gate.open();
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
    assert_eq!(log.take(), ["other part ended"]);
}

#[test]
fn c19_an_exception_raised_by_the_body_can_be_taken_back_with_its_future() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        {
            let raising = pin!(y.raise("not meant"));
            let ready = std::future::ready(());
            // Polls the first one first.
            let Either::Right(((), _raising)) = select(raising, ready).await;
        }
        y.yield_(1).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
}

#[test]
fn c18_every_poll_of_a_long_step_may_be_the_last_of_its_future() {
    let ran = &Cell::new(0);
    let mut g = pin!(generator!(|y: Y<'_>| {
        for n in 0..5 {
            pending_for(n).await;
            ran.set(ran.get() + 1);
            y.yield_(n).await;
        }
    }));
    for n in 0..5 {
        let mut polls = 0;
        let value = loop {
            polls += 1;
            match poll(pin!(g.anext())) {
                Poll::Ready(value) => break value,
                Poll::Pending => {}
            }
        };
        assert_eq!(value, Ok(n));
        assert_eq!(polls, n + 1, "step {n}: one poll for each time that it was pending, and one more");
        assert_eq!(ran.get(), n + 1);
    }
}
