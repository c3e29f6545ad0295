//! C25: clean-up that has begun is not interrupted at its awaits.

use std::cell::Cell;
use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, State, StepError, Yielder};
use futures::future::select;

use super::generator;
use crate::common::{Gate, Log, drop_half_way, never, now, pending_for, poll};
use crate::{Y, raised};

/// `finally` with a body that yields 1 and then ends with `$outcome`, and a clean-up that waits for the gate.
macro_rules! finally {
    ($y:ident, $gate:ident, $log:ident, $outcome:expr) => {
        $y.finally(
            async |mut y| {
                y.yield_(1).await;
                $outcome
            },
            async |_| {
                $log.add("clean-up begins");
                $gate.pass().await;
                $log.add("clean-up ends");
                Ok(())
            },
        )
        .await
    };
}

#[test]
fn c25_an_error_that_arrives_in_clean_up_waits_and_is_raised_at_its_end() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        finally!(y, gate, log, Ok(()));
        log.add("went on");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    assert_eq!(g.state(), State::Running);
    assert_eq!(log.take(), ["clean-up begins"]);
    gate.open();
    assert_eq!(now(g.anext()), Err(raised("thrown")));
    assert_eq!(log.take(), ["clean-up ends"]);
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c25_a_closing_that_arrives_in_clean_up_waits_for_its_end() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        finally!(y, gate, log, Ok(()));
        log.add("went on");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.anext());
    drop_half_way(g.aclose());
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["clean-up begins", "clean-up ends"]);
}

#[test]
fn c25_a_scope_around_the_clean_up_sees_what_waited() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught = y
            .catch(async |mut y| {
                finally!(y, gate, log, Ok("the body's value"));
                log.add("went on");
                Ok(())
            })
            .await;
        assert_eq!(caught, Err(Exception::Error("thrown")));
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    gate.open();
    assert_eq!(now(g.anext()), Ok(2));
    assert_eq!(log.take(), ["clean-up begins", "clean-up ends"]);
}

#[test]
fn c25_an_error_on_its_way_out_goes_before_a_closing_that_waits() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| finally!(y, gate, log, Ok(()))));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.athrow("first"));
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Err(CloseError::Raised("first")));
    assert_eq!(log.take(), ["clean-up begins", "clean-up ends"]);
}

#[test]
fn c25_the_bodys_own_error_goes_before_a_closing_that_waits() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| finally!(y, gate, log, Err::<(), _>("the body's own"))));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.anext());
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Err(CloseError::Raised("the body's own")));
}

#[test]
fn c25_an_error_on_its_way_out_goes_before_an_error_that_waits() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| finally!(y, gate, log, Ok(()))));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.athrow("first"));
    drop_half_way(g.athrow("second"));
    gate.open();
    assert_eq!(now(g.anext()), Err(raised("first")));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c25_generator_exit_on_its_way_out_gives_way_to_an_error_that_waits() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| finally!(y, gate, log, Ok(()))));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.aclose());
    drop_half_way(g.athrow("thrown"));
    gate.open();
    assert_eq!(now(g.aclose()), Err(CloseError::Raised("thrown")));
}

#[test]
fn c25_what_waits_is_raised_at_the_next_await_after_the_first_error_was_caught() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught: Result<(), _> = y
            .catch(async |mut y| {
                finally!(y, gate, log, Ok(()));
                Ok(())
            })
            .await;
        assert_eq!(caught, Err(Exception::Error("first")));
        log.add("caught");
        let caught: Result<(), _> = y.catch(async |_| never().await).await;
        assert_eq!(caught, Err(Exception::Error("second")));
        log.add("caught the second");
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.athrow("first"));
    drop_half_way(g.athrow("second"));
    gate.open();
    assert_eq!(now(g.anext()), Ok(2));
    assert_eq!(log.take(), ["clean-up begins", "clean-up ends", "caught", "caught the second"]);
}

#[test]
fn c25_what_waits_is_raised_at_the_next_yield_after_the_first_error_was_caught() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught: Result<(), _> = y
            .catch(async |mut y| {
                finally!(y, gate, log, Ok(()));
                Ok(())
            })
            .await;
        assert_eq!(caught, Err(Exception::Error("first")));
        assert_eq!(y.try_yield(2).await, Err(Exception::GeneratorExit));
        log.add("closed");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.athrow("first"));
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["clean-up begins", "clean-up ends", "closed"]);
}

#[test]
fn c25_what_waits_comes_out_if_the_body_ends_first() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught: Result<(), _> = y
            .catch(async |mut y| {
                finally!(y, gate, log, Ok(()));
                Ok(())
            })
            .await;
        assert_eq!(caught, Err(Exception::Error("first")));
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.athrow("first"));
    drop_half_way(g.athrow("second"));
    gate.open();
    assert_eq!(now(g.anext()), Err(raised("second")), "an error that was accepted must not be lost");
}

#[test]
fn c25_a_second_error_is_refused_while_one_waits() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| finally!(y, gate, log, Ok(()))));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("first"));
    assert_eq!(now(g.athrow("second")), Err(StepError::AlreadyRunning(Exception::Error("second"))));
    gate.open();
    assert_eq!(now(g.anext()), Err(raised("first")));
}

#[test]
fn c25_a_closing_may_wait_behind_an_error_that_waits() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught: Result<(), _> = y
            .catch(async |mut y| {
                finally!(y, gate, log, Ok(()));
                Ok(())
            })
            .await;
        assert_eq!(caught, Err(Exception::Error("first")));
        log.add("caught the error");
        let caught: Result<(), _> = y.catch(async |_| never().await).await;
        assert_eq!(caught, Err(Exception::GeneratorExit));
        log.add("caught the exit");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("first"));
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["clean-up begins", "clean-up ends", "caught the error", "caught the exit"]);
}

#[test]
fn c25_an_error_may_wait_behind_a_closing_that_waits_and_goes_first() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught: Result<(), _> = y
            .catch(async |mut y| {
                finally!(y, gate, log, Ok(()));
                Ok(())
            })
            .await;
        assert_eq!(caught, Err(Exception::Error("thrown")));
        log.add("caught the error");
        never().await
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.anext());
    drop_half_way(g.aclose());
    drop_half_way(g.athrow("thrown"));
    gate.open();
    assert_eq!(now(g.aclose()), Ok(()), "the closing that was begun before is not forgotten");
    assert_eq!(log.take(), ["clean-up begins", "clean-up ends", "caught the error"]);
}

#[test]
fn c25_a_closing_that_waits_behind_an_error_is_carried_on_with_by_anext() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught: Result<(), _> = y
            .catch(async |mut y| {
                finally!(y, gate, log, Ok(()));
                Ok(())
            })
            .await;
        assert_eq!(caught, Err(Exception::Error("thrown")));
        log.add("caught the error");
        never().await
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.anext());
    drop_half_way(g.aclose());
    drop_half_way(g.athrow("thrown"));
    gate.open();
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
    assert_eq!(log.take(), ["clean-up begins", "clean-up ends", "caught the error"]);
}

#[test]
fn c25_at_a_yield_in_clean_up_an_exception_is_raised_as_everywhere() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Ok(()),
            async |mut y| {
                let _local = log.on_drop("clean-up dropped");
                y.yield_(1).await;
                log.add("went on");
                Ok(())
            },
        )
        .await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Err(raised("thrown")));
    assert_eq!(log.take(), ["clean-up dropped"]);
}

#[test]
fn c25_an_exception_at_a_yield_in_clean_up_replaces_the_error_on_its_way_out() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Err::<(), _>("the body's own"),
            async |mut y| {
                y.yield_(1).await;
                Ok(())
            },
        )
        .await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c25_a_yield_in_clean_up_can_catch() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Err::<(), _>("the body's own"),
            async |mut y| {
                assert_eq!(y.try_yield(1).await, Err(Exception::Error("thrown")));
                let caught = y.catch(async |mut y| Ok(y.yield_(2).await)).await;
                assert_eq!(caught, Err(Exception::GeneratorExit));
                log.add("cleaned up");
                Ok(())
            },
        )
        .await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Ok(Some(2)));
    assert_eq!(now(g.aclose()), Err(CloseError::Raised("the body's own")));
    assert_eq!(log.take(), ["cleaned up"]);
}

#[test]
fn c25_what_waits_is_raised_when_clean_up_comes_to_a_yield() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let body = || {
        generator!(|y: Yielder<'_, u32, Option<u32>, &'static str>| {
            y.finally(
                async |_| Ok(()),
                async |mut y| {
                    gate.pass().await;
                    log.add("passed");
                    y.yield_(1).await;
                    log.add("went on");
                    Ok(())
                },
            )
            .await;
        })
    };
    let mut g = pin!(body());
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    gate.open();
    assert_eq!(now(g.anext()), Err(raised("thrown")), "the value is not yielded: the exception is raised there");
    assert_eq!(log.take(), ["passed"]);

    gate.shut();
    let mut g = pin!(body());
    drop_half_way(g.anext());
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["passed"]);
}

#[test]
fn c25_a_catching_yield_in_clean_up_takes_what_waited() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Ok(()),
            async |mut y| {
                gate.pass().await;
                assert_eq!(y.try_yield(1).await, Err(Exception::Error("thrown")));
                log.add("cleaned up");
                Ok(())
            },
        )
        .await;
        y.yield_(2).await;
    }));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    gate.open();
    assert_eq!(now(g.anext()), Ok(2));
    assert_eq!(log.take(), ["cleaned up"]);
}

#[test]
fn c25_a_yield_of_clean_up_that_was_made_before_the_exception_came_raises_it() {
    let gate = &Gate::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Ok(()),
            async |mut y| {
                let made_early = y.yield_(1);
                gate.pass().await;
                made_early.await;
                Ok(())
            },
        )
        .await;
    }));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    gate.open();
    assert_eq!(now(g.anext()), Err(raised("thrown")));
}

#[test]
fn c25_a_scope_inside_clean_up_does_not_see_what_waits() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Ok(()),
            async |mut y| {
                let caught = y
                    .catch(async |_| {
                        gate.pass().await;
                        Ok(())
                    })
                    .await;
                assert_eq!(caught, Ok(()));
                log.add("cleaned up");
                Ok(())
            },
        )
        .await;
        log.add("went on");
    }));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    gate.open();
    assert_eq!(now(g.anext()), Err(raised("thrown")));
    assert_eq!(log.take(), ["cleaned up"]);
}

#[test]
fn c25_clean_up_inside_clean_up_does_not_end_the_waiting() {
    let (inner_gate, outer_gate, log) = (&Gate::default(), &Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Ok(()),
            async |mut y| {
                y.finally(
                    async |_| Ok(()),
                    async |_| {
                        inner_gate.pass().await;
                        log.add("inner clean-up ended");
                        Ok(())
                    },
                )
                .await;
                outer_gate.pass().await;
                log.add("outer clean-up ended");
                Ok(())
            },
        )
        .await;
        log.add("went on");
    }));
    drop_half_way(g.anext());
    drop_half_way(g.aclose());
    inner_gate.open();
    drop_half_way(g.aclose());
    assert_eq!(log.take(), ["inner clean-up ended"]);
    outer_gate.open();
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["outer clean-up ended"]);
}

#[test]
fn c25_nested_finallys_all_run_in_order_and_none_is_interrupted() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |mut y| {
                y.finally(
                    async |mut y| {
                        y.yield_(1).await;
                        Ok(())
                    },
                    async |_| {
                        gate.pass().await;
                        log.add("inner");
                        Ok(())
                    },
                )
                .await;
                log.add("went on");
                Ok(())
            },
            async |_| {
                gate.pass().await;
                log.add("outer");
                Ok(())
            },
        )
        .await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Err(CloseError::Raised("thrown")));
    assert_eq!(log.take(), ["inner", "outer"]);
}

#[test]
fn c25_an_error_that_waits_goes_out_through_an_outer_finally_before_a_closing_that_waits() {
    let (inner_gate, outer_gate, log) = (&Gate::default(), &Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |mut y| {
                finally!(y, inner_gate, log, Ok(()));
                Ok(())
            },
            async |_| {
                log.add("outer begins");
                outer_gate.pass().await;
                log.add("outer ends");
                Ok(())
            },
        )
        .await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    inner_gate.open();
    drop_half_way(g.anext());
    assert_eq!(log.take(), ["clean-up begins", "clean-up ends", "outer begins"]);
    drop_half_way(g.aclose());
    drop_half_way(g.athrow("another"));
    outer_gate.open();
    assert_eq!(now(g.aclose()), Err(CloseError::Raised("thrown")));
    assert_eq!(log.take(), ["outer ends"]);
}

#[test]
fn c25_an_error_raised_in_clean_up_goes_before_one_that_waits() {
    let gate = &Gate::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught: Result<(), _> = y
            .catch(async |mut y| {
                y.finally(
                    async |_| Ok(()),
                    async |mut y| {
                        gate.pass().await;
                        y.raise("clean-up failed").await
                    },
                )
                .await;
                Ok(())
            })
            .await;
        assert_eq!(caught, Err(Exception::Error("clean-up failed")));
        assert_eq!(y.try_yield(0).await, Err(Exception::Error("thrown")), "it is still waiting, and raised now");
        y.yield_(1).await;
    }));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    gate.open();
    assert_eq!(now(g.anext()), Ok(1));
}

#[test]
fn c25_an_error_raised_and_caught_in_clean_up_leaves_what_waits_waiting() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Ok(()),
            async |mut y| {
                gate.pass().await;
                let caught = y.catch(async |mut y| y.raise("raised inside").await).await;
                assert_eq!(caught, Err::<(), _>(Exception::Error("raised inside")));
                log.add("caught");
                let caught = y.catch(async |mut y| y.raise(Exception::GeneratorExit).await).await;
                assert_eq!(caught, Err::<(), _>(Exception::GeneratorExit));
                log.add("caught the exit");
                Ok(())
            },
        )
        .await;
        log.add("went on");
    }));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    gate.open();
    assert_eq!(now(g.anext()), Err(raised("thrown")));
    assert_eq!(log.take(), ["caught", "caught the exit"]);
}

#[test]
fn c25_an_error_raised_and_caught_in_clean_up_leaves_a_closing_waiting() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Ok(()),
            async |mut y| {
                gate.pass().await;
                let caught = y.catch(async |mut y| y.raise("raised inside").await).await;
                assert_eq!(caught, Err::<(), _>(Exception::Error("raised inside")));
                log.add("caught");
                Ok(())
            },
        )
        .await;
        log.add("went on");
    }));
    drop_half_way(g.anext());
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["caught"]);
}

#[test]
fn c25_an_error_that_clean_up_ends_with_goes_before_a_closing_that_waits() {
    let gate = &Gate::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Ok(()),
            async |_| {
                gate.pass().await;
                Err("clean-up failed")
            },
        )
        .await;
    }));
    drop_half_way(g.anext());
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Err(CloseError::Raised("clean-up failed")));
}

#[test]
fn c25_an_error_of_clean_up_replaces_the_one_on_its_way_out() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(async |_| Err::<(), _>("the body's own"), async |_| Err("clean-up failed")).await;
    }));
    assert_eq!(now(g.anext()), Err(raised("clean-up failed")));
}

#[test]
fn c25_after_clean_up_exceptions_interrupt_again() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let value = y.finally(async |_| Ok(5), async |_| Ok(())).await;
        assert_eq!(value, 5);
        let _local = log.on_drop("dropped");
        never().await
    }));
    drop_half_way(g.anext());
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["dropped"]);
}

#[test]
fn c25_the_part_before_clean_up_is_interrupted_as_everywhere() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let () = y
            .finally(
                async |_| never().await,
                async |_| {
                    log.add("cleaned up");
                    Ok(())
                },
            )
            .await;
    }));
    drop_half_way(g.anext());
    assert_eq!(now(g.athrow("thrown")), Err(raised("thrown")));
    assert_eq!(log.take(), ["cleaned up"]);
}

#[test]
fn c25_clean_up_that_the_body_itself_drops_masks_no_longer() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        {
            let stuck = pin!(y.finally(async |_| Ok(()), async |_| never().await));
            let limit = pin!(gate.pass());
            select(stuck, limit).await;
        }
        log.add("limit reached");
        never().await;
    }));
    drop_half_way(g.anext());
    gate.open();
    drop_half_way(g.anext());
    assert_eq!(log.take(), ["limit reached"]);
    assert_eq!(now(g.aclose()), Ok(()), "no clean-up is running any more");
}

#[test]
fn c25_what_waits_for_clean_up_that_the_body_itself_drops_is_raised() {
    let gate = &Gate::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        {
            let stuck = pin!(y.finally(async |_| Ok(()), async |_| never().await));
            let limit = pin!(gate.pass());
            select(stuck, limit).await;
        }
        y.yield_(1).await;
    }));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    gate.open();
    assert_eq!(now(g.anext()), Err(raised("thrown")));
}

#[test]
fn c25_whoever_will_not_wait_drops_the_closing_and_the_generator() {
    let log = &Log::default();
    let mut g = Box::pin(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Ok(()),
            async |_| {
                let _local = log.on_drop("clean-up dropped");
                never().await
            },
        )
        .await;
    }));
    drop_half_way(g.anext());
    drop_half_way(g.aclose());
    assert_eq!(log.take(), [""; 0]);
    drop(g);
    assert_eq!(log.take(), ["clean-up dropped"]);
}

#[test]
fn c25_a_generator_suspended_in_clean_up_can_be_closed_and_outer_clean_up_runs() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |mut y| {
                y.finally(
                    async |_| Ok(()),
                    async |mut y| {
                        let _local = log.on_drop("inner clean-up dropped");
                        y.yield_(1).await;
                        Ok(())
                    },
                )
                .await;
                Ok(())
            },
            async |_| {
                log.add("outer clean-up");
                Ok(())
            },
        )
        .await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["inner clean-up dropped", "outer clean-up"]);
}

#[test]
fn c25_an_exception_raised_at_a_yield_of_inner_clean_up_leaves_outer_clean_up_masked() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Ok(()),
            async |mut y| {
                let caught: Result<(), _> = y
                    .catch(async |mut y| {
                        y.finally(
                            async |_| Ok(()),
                            async |mut y| {
                                y.yield_(1).await;
                                Ok(())
                            },
                        )
                        .await;
                        Ok(())
                    })
                    .await;
                assert_eq!(caught, Err(Exception::Error("one")));
                gate.pass().await;
                log.add("cleaned up");
                Ok(())
            },
        )
        .await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.athrow("one"));
    drop_half_way(g.athrow("two"));
    assert_eq!(log.take(), [""; 0]);
    gate.open();
    assert_eq!(now(g.anext()), Err(raised("two")));
    assert_eq!(log.take(), ["cleaned up"]);
}

#[test]
fn c25_finally_runs_for_every_outcome_and_gives_the_bodys_value() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let value = y
            .finally(
                async |mut y| Ok(y.yield_(1).await),
                async |_| {
                    log.add("after a value");
                    Ok(())
                },
            )
            .await;
        assert_eq!(value, Some(4));
        y.finally(
            async |_| Err::<(), _>("failed"),
            async |_| {
                log.add("after an error");
                Ok(())
            },
        )
        .await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.asend(Some(4))), Err(raised("failed")));
    assert_eq!(log.take(), ["after a value", "after an error"]);
}

#[test]
fn c25_a_closing_in_clean_up_can_be_awaited_in_one_go() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| finally!(y, gate, log, Ok(()))));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.anext());
    let mut closing = pin!(g.aclose());
    assert!(poll(closing.as_mut()).is_pending());
    assert!(poll(closing.as_mut()).is_pending());
    gate.open();
    assert_eq!(now(closing), Ok(()));
    assert_eq!(log.take(), ["clean-up begins", "clean-up ends"]);
}

#[test]
fn c25_of_two_that_wait_a_yield_in_clean_up_raises_one_and_the_other_waits_on() {
    let (first_gate, second_gate, log) = (&Gate::default(), &Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Ok(()),
            async |mut y| {
                first_gate.pass().await;
                assert_eq!(y.try_yield(1).await, Err(Exception::Error("thrown")));
                second_gate.pass().await;
                log.add("cleaned up");
                Ok(())
            },
        )
        .await;
    }));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    drop_half_way(g.aclose());
    first_gate.open();
    drop_half_way(g.aclose());
    second_gate.open();
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["cleaned up"]);
}

/// A generator in which an error goes first, and is caught, while a closing waits; then comes `$rest`.
macro_rules! while_a_closing_waits {
    ($gate:ident, |$y:ident| $rest:expr) => {
        generator!(|$y: Y<'_>| {
            let caught = $y
                .catch(async |mut y| {
                    y.finally(
                        async |_| Err::<(), _>("no connection"),
                        async |_| {
                            $gate.pass().await;
                            Ok(())
                        },
                    )
                    .await;
                    Ok(())
                })
                .await;
            assert_eq!(caught, Err(Exception::Error("no connection")));
            $rest
        })
    };
}

#[test]
fn c25_what_waits_is_not_raised_at_the_entry_of_a_scope_that_has_not_begun() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(while_a_closing_waits!(gate, |y| {
        let opened = Cell::new(0_u32);
        y.finally(
            async |_| {
                opened.set(1);
                log.add("opened");
                Ok(())
            },
            async |_| {
                opened.set(opened.get() - 1);
                log.add("closed");
                Ok(())
            },
        )
        .await;
        y.catch(async |_| {
            log.add("in a try");
            Ok(())
        })
        .await
        .unwrap();
        log.add("before the await");
        pending_for(1).await;
        log.add("not reached");
    }));
    drop_half_way(g.anext());
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["opened", "closed"], "the end of clean-up is such a point, too");
}

#[test]
fn c25_what_waits_is_raised_at_the_first_await_of_a_scope() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(while_a_closing_waits!(gate, |y| {
        let caught = y
            .catch(async |_| {
                log.add("begun");
                pending_for(1).await;
                log.add("not reached");
                Ok(())
            })
            .await;
        assert_eq!(caught, Err(Exception::GeneratorExit));
        log.add("caught");
    }));
    drop_half_way(g.anext());
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["begun", "caught"]);
}

#[test]
fn c25_what_waits_comes_to_the_first_await_or_yield_of_a_delegate() {
    for yields in [false, true] {
        let (gate, log) = (&Gate::default(), &Log::default());
        let mut g = pin!(while_a_closing_waits!(gate, |y| {
            y.yield_from(generator!(|y| {
                let caught = y
                    .catch(async |mut y| {
                        log.add("begun");
                        if yields {
                            y.yield_(1).await;
                        } else {
                            pending_for(1).await;
                        }
                        log.add("not reached");
                        Ok(())
                    })
                    .await;
                assert_eq!(caught, Err(Exception::GeneratorExit));
                log.add("closed");
            }))
            .await;
            log.add("not reached");
        }));
        drop_half_way(g.anext());
        drop_half_way(g.aclose());
        gate.open();
        assert_eq!(now(g.aclose()), Ok(()));
        assert_eq!(log.take(), ["begun", "closed"]);
    }
}
