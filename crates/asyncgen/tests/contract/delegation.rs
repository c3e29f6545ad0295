//! C23: delegation, Python's `yield from` (PEP 380).

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, State, StepError, Yielder, from_stream};
use futures::stream;

use super::generator;
use crate::common::{Gate, Log, drop_half_way, never, now, pending_for};
use crate::{Y, raised};

#[test]
fn c23_values_pass_through_and_the_end_gives_control_back() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_(1).await;
        y.yield_from(generator!(|y| {
            y.yield_(2).await;
            y.yield_(3).await;
        }))
        .await;
        y.yield_from(generator!(|_y| {})).await;
        y.yield_(4).await;
    }));
    for n in 1..=4 {
        assert_eq!(now(g.anext()), Ok(n));
        assert_eq!(g.state(), State::Suspended);
    }
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
}

#[test]
fn c23_sent_values_go_to_the_inner_generator() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_from(generator!(|y| {
            let mut sum = 0;
            while let Some(sent) = y.yield_(sum).await {
                sum += sent;
            }
        }))
        .await;
        let sent = y.yield_(100).await;
        y.yield_(sent.unwrap()).await;
    }));
    assert_eq!(now(g.anext()), Ok(0));
    assert_eq!(now(g.asend(Some(3))), Ok(3));
    assert_eq!(now(g.asend(Some(4))), Ok(7));
    assert_eq!(now(g.asend(None)), Ok(100));
    assert_eq!(now(g.asend(Some(5))), Ok(5), "after the delegation, values go to the outer generator");
}

#[test]
fn c23_a_generator_without_a_nothing_can_be_delegated_to() {
    let mut g = pin!(generator!(|y: Yielder<'_, u32, u32>| {
        y.yield_from(generator!(|y| {
            let sent = y.yield_(1).await;
            y.yield_(sent).await;
        }))
        .await;
    }));
    assert_eq!(now(g.start()), Ok(1));
    assert_eq!(now(g.asend(5)), Ok(5));
    assert_eq!(now(g.asend(6)), Err(StepError::StopAsyncIteration));
}

#[test]
fn c23_the_inner_generators_awaits_suspend_the_outer_one() {
    let gate = &Gate::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_from(generator!(|y| {
            gate.pass().await;
            y.yield_(1).await;
        }))
        .await;
    }));
    drop_half_way(g.anext());
    assert_eq!(now(g.asend(Some(1))), Err(StepError::AlreadyRunning(Some(1))));
    gate.open();
    assert_eq!(now(g.anext()), Ok(1));
}

#[test]
fn c23_an_error_that_the_inner_generator_lets_out_is_raised_at_the_delegation() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught = y
            .catch(async |mut y| {
                y.yield_from(generator!(|_y| Err("inner"))).await;
                Ok(())
            })
            .await;
        assert_eq!(caught, Err(Exception::Error("inner")));
        y.yield_(1).await;
        y.yield_from(generator!(|_y| Err("not caught"))).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.anext()), Err(raised("not caught")));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c23_thrown_errors_go_to_the_inner_generator_which_may_catch_them() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_from(generator!(|y| {
            assert_eq!(y.try_yield(1).await, Err(Exception::Error("one")));
            assert_eq!(y.try_yield(2).await, Err(Exception::Error("two")));
        }))
        .await;
        y.yield_(3).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("one")), Ok(Some(2)));
    assert_eq!(now(g.athrow("two")), Ok(Some(3)), "the inner generator ended, and the outer one goes on");
}

#[test]
fn c23_thrown_errors_that_the_inner_generator_lets_out_are_raised_at_the_delegation() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught = y
            .catch(async |mut y| {
                y.yield_from(generator!(|y| {
                    let _local = log.on_drop("inner body dropped");
                    y.yield_(1).await;
                }))
                .await;
                Ok(())
            })
            .await;
        assert_eq!(caught, Err(Exception::Error("thrown")));
        log.add("outer caught");
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Ok(Some(2)));
    assert_eq!(log.take(), ["inner body dropped", "outer caught"]);
}

#[test]
fn c23_an_error_is_raised_at_the_inner_generators_await() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_from(generator!(|y| {
            let caught = y.catch(async |_| never().await).await;
            assert_eq!(caught, Err::<(), _>(Exception::Error("thrown")));
            y.yield_(1).await;
        }))
        .await;
    }));
    drop_half_way(g.anext());
    assert_eq!(now(g.athrow("thrown")), Ok(Some(1)));
}

#[test]
fn c23_closing_closes_the_inner_generator_first_and_awaits_its_clean_up() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |mut y| {
                y.yield_from(generator!(|y| {
                    y.finally(
                        async |mut y| {
                            y.yield_(1).await;
                            Ok(())
                        },
                        async |_| {
                            log.add("inner begins");
                            gate.pass().await;
                            log.add("inner ends");
                            Ok(())
                        },
                    )
                    .await;
                }))
                .await;
                log.add("outer went on");
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
    drop_half_way(g.aclose());
    drop_half_way(g.aclose());
    assert_eq!(log.take(), ["inner begins"]);
    gate.open();
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["inner ends", "outer clean-up"]);
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c23_generator_exit_goes_on_in_the_outer_generator_even_if_the_inner_one_caught_it() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_from(generator!(|y| {
            assert_eq!(y.try_yield(1).await, Err(Exception::GeneratorExit));
            log.add("inner caught it");
        }))
        .await;
        log.add("outer went on");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["inner caught it"]);
}

#[test]
fn c23_an_inner_generator_that_ignores_generator_exit_makes_aclose_fail() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_from(generator!(|y| {
            let _: Result<_, _> = y.try_yield(1).await;
            y.yield_(2).await;
            y.yield_(3).await;
        }))
        .await;
        y.yield_(4).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Err(CloseError::IgnoredGeneratorExit(2)));
    assert_eq!(now(g.anext()), Ok(3));
    assert_eq!(now(g.anext()), Ok(4), "the closing was ignored: the inner generator's end is an end as any other");
}

#[test]
fn c23_an_error_of_the_inner_generator_while_closing_is_given_to_aclose() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_from(generator!(|y| {
            let _: Result<_, _> = y.try_yield(1).await;
            Err("inner clean-up failed")
        }))
        .await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.aclose()), Err(CloseError::Raised("inner clean-up failed")));
}

#[test]
fn c23_clean_up_of_the_inner_generator_is_not_interrupted() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_from(generator!(|y| {
            y.finally(
                async |_| Ok(()),
                async |_| {
                    gate.pass().await;
                    log.add("inner clean-up");
                    Ok(())
                },
            )
            .await;
            log.add("inner went on");
        }))
        .await;
        log.add("outer went on");
    }));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Err(CloseError::Raised("thrown")));
    assert_eq!(log.take(), ["inner clean-up"]);
}

#[test]
fn c23_a_closing_that_waits_in_the_inner_generator_behind_an_error_is_not_forgotten() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_from(generator!(|y| {
            let caught: Result<(), _> = y
                .catch(async |mut y| {
                    y.finally(
                        async |_| Ok(()),
                        async |_| {
                            gate.pass().await;
                            log.add("clean-up ended");
                            Ok(())
                        },
                    )
                    .await;
                    Ok(())
                })
                .await;
            assert_eq!(caught, Err(Exception::Error("thrown")));
            log.add("inner caught the error");
            never().await
        }))
        .await;
        log.add("outer went on");
    }));
    drop_half_way(g.anext());
    drop_half_way(g.aclose());
    drop_half_way(g.athrow("thrown"));
    gate.open();
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
    assert_eq!(log.take(), ["clean-up ended", "inner caught the error"], "the closing must not end at the delegation");
}

#[test]
fn c23_an_error_that_the_inner_generator_refuses_waits_in_the_outer_one() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_from(generator!(|y| {
            let caught: Result<(), _> = y
                .catch(async |mut y| {
                    y.finally(
                        async |_| Ok(()),
                        async |_| {
                            gate.pass().await;
                            Ok(())
                        },
                    )
                    .await;
                    Ok(())
                })
                .await;
            assert_eq!(caught, Err(Exception::Error("first")));
            log.add("caught the first");
            assert_eq!(y.try_yield(1).await, Err(Exception::Error("second")));
            log.add("caught the second");
            y.yield_(2).await;
        }))
        .await;
    }));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("first"));
    match crate::common::poll(pin!(g.athrow("second"))) {
        // Refused at once, as by a generator that does not delegate: then it is not lost either.
        std::task::Poll::Ready(result) => {
            assert_eq!(result, Err(StepError::AlreadyRunning(Exception::Error("second"))));
            gate.open();
            assert_eq!(now(g.anext()), Ok(1));
            assert_eq!(now(g.athrow("second")), Ok(Some(2)));
        }
        std::task::Poll::Pending => {
            gate.open();
            assert_eq!(now(g.anext()), Ok(2), "both errors were accepted, and both must be raised");
        }
    }
    assert_eq!(log.take(), ["caught the first", "caught the second"]);
}

#[test]
fn c23_delegation_inside_clean_up_is_clean_up() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Ok(()),
            async |mut y| {
                y.yield_from(generator!(|_y| {
                    gate.pass().await;
                    log.add("inner ended");
                }))
                .await;
                log.add("clean-up ended");
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
    assert_eq!(log.take(), ["inner ended", "clean-up ended"]);
}

#[test]
fn c23_what_waits_in_clean_up_is_raised_at_a_yield_of_the_inner_generator() {
    let gate = &Gate::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.finally(
            async |_| Ok(()),
            async |mut y| {
                y.yield_from(generator!(|y| {
                    gate.pass().await;
                    assert_eq!(y.try_yield(1).await, Err(Exception::Error("thrown")));
                    y.yield_(2).await;
                }))
                .await;
                Ok(())
            },
        )
        .await;
    }));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("thrown"));
    gate.open();
    assert_eq!(now(g.anext()), Ok(2));
}

#[test]
fn c23_a_chain_of_delegations_passes_everything_through() {
    type Inner<'a> = std::pin::Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str> + 'a>>;
    fn chain(depth: u32, log: &Log) -> Inner<'_> {
        Box::pin(generator!(|y| {
            if depth > 0 {
                y.yield_from(chain(depth - 1, log)).await;
                log.add("a level ended");
            } else {
                let sent = y.try_yield(1).await.unwrap();
                assert_eq!(y.try_yield(sent.unwrap()).await, Err(Exception::Error("thrown")));
                pending_for(1).await;
            }
        }))
    }
    let log = &Log::default();
    let mut g = chain(20, log);
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.asend(Some(2))), Ok(2));
    drop_half_way(g.athrow("thrown"));
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
    assert_eq!(log.take().len(), 20);
}

#[test]
fn c23_a_borrowed_generator_is_carried_on_with_where_it_stands() {
    let mut inner = pin!(generator!(|y: Y<'_>| {
        for n in 1..=3 {
            y.yield_(n).await;
        }
    }));
    assert_eq!(now(inner.anext()), Ok(1));
    {
        let inner = &mut inner;
        let mut g = pin!(generator!(|y: Y<'_>| {
            y.yield_from(inner).await;
        }));
        assert_eq!(now(g.anext()), Ok(2));
    }
    assert_eq!(now(inner.anext()), Ok(3), "dropping the outer generator leaves a borrowed one as it was");
}

#[test]
fn c23_delegating_to_a_closed_generator_goes_on_at_once() {
    let mut inner = pin!(generator!(|_y: Y<'_>| {}));
    now(inner.aclose()).unwrap();
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_from(inner).await;
        y.yield_(1).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
}

#[test]
fn c23_a_stream_can_be_delegated_to() {
    let mut g = pin!(generator!(|y: Yielder<'_, u32, (), &'static str>| {
        y.yield_from(from_stream(stream::iter([1, 2]))).await;
        y.yield_(3).await;
        y.yield_from(from_stream(stream::iter([4, 5]))).await;
    }));
    for n in 1..=4 {
        assert_eq!(now(g.anext()), Ok(n));
    }
    assert_eq!(now(g.athrow("thrown")), Err(raised("thrown")));
}

#[test]
fn c23_a_delegation_that_the_body_drops_takes_its_value_back() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        {
            let delegation = pin!(y.yield_from(generator!(|y| {
                pending_for(1).await;
                y.yield_(1).await;
            })));
            let soon = pin!(pending_for(1));
            // Polls the delegation first, which yields in the poll in which the other is ready.
            futures::future::select(delegation, soon).await;
        }
        y.yield_(2).await;
    }));
    drop_half_way(g.anext());
    assert_eq!(now(g.anext()), Ok(2));
}

// --- an outer generator's yielder inside an inner body -----------------------------------------------------------

#[test]
fn an_outer_yielder_in_an_inner_body_yields_from_the_outer_generator() {
    let mut g = pin!(generator!(|y: Yielder<'_, &'static str, Option<u32>, &'static str>| {
        let mut inner = pin!(generator!(|own: Y<'_>| {
            let sent = own.yield_(1).await;
            assert_eq!(sent, Some(10));
            let sent = y.yield_("through both").await;
            assert_eq!(sent, Some(20));
            own.yield_(2).await;
            y.yield_("again").await;
        }));
        assert_eq!(inner.anext().await, Ok(1));
        assert_eq!(inner.asend(Some(10)).await, Ok(2));
        assert_eq!(inner.anext().await, Err(StepError::StopAsyncIteration));
    }));
    assert_eq!(now(g.anext()), Ok("through both"));
    assert_eq!(now(g.asend(Some(20))), Ok("again"));
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
}

#[test]
fn an_exception_of_the_outer_generator_drops_the_inner_one() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let caught = y
            .catch(async |mut y| {
                let mut inner = pin!(generator!(|own: Y<'_>| {
                    let _local = log.on_drop("inner body dropped");
                    // Of the inner generator, and none of the outer one's business.
                    let caught = own.catch(async |_| Ok(y.yield_(1).await)).await;
                    log.add(if caught.is_err() { "inner caught" } else { "inner went on" });
                }));
                inner.anext().await.ok();
                Ok(())
            })
            .await;
        assert_eq!(caught, Err(Exception::Error("thrown")));
        log.add("outer caught");
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Ok(Some(2)));
    assert_eq!(log.take(), ["inner body dropped", "outer caught"]);
}

#[test]
fn a_scope_of_the_outer_generator_inside_an_inner_body_catches_the_outer_ones_exceptions() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        let mut inner = pin!(generator!(|own: Y<'_>| {
            let caught = y.catch(async |mut y| Ok(y.yield_(1).await)).await;
            assert_eq!(caught, Err(Exception::Error("thrown")));
            log.add("inner body caught");
            own.yield_(5).await;
            y.yield_(2).await;
        }));
        assert_eq!(inner.anext().await, Ok(5));
        assert_eq!(inner.anext().await, Err(StepError::StopAsyncIteration));
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Ok(Some(2)));
    assert_eq!(log.take(), ["inner body caught"]);
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
}

#[test]
fn closing_the_outer_generator_runs_the_clean_up_that_an_inner_body_gave_it() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        let mut inner = pin!(generator!(|own: Y<'_>| {
            y.finally(
                async |mut y| {
                    y.yield_(1).await;
                    Ok(())
                },
                async |_| {
                    gate.pass().await;
                    log.add("cleaned up");
                    Ok(())
                },
            )
            .await;
            own.yield_(5).await;
        }));
        inner.anext().await.ok();
        log.add("went on");
    }));
    assert_eq!(now(g.anext()), Ok(1));
    drop_half_way(g.aclose());
    gate.open();
    assert_eq!(now(g.aclose()), Ok(()));
    assert_eq!(log.take(), ["cleaned up"]);
}

#[test]
fn closing_the_inner_generator_leaves_the_scope_that_it_entered_of_the_outer_one() {
    let log = &Log::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        {
            let y = &mut y;
            let mut inner = pin!(generator!(|own: Y<'_>| {
                let caught = y
                    .catch(async |_| {
                        own.yield_(5).await;
                        Ok(())
                    })
                    .await;
                log.add(if caught.is_err() { "inner caught" } else { "inner went on" });
            }));
            assert_eq!(inner.anext().await, Ok(5));
            assert_eq!(inner.aclose().await, Ok(()));
        }
        y.yield_(1).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.athrow("thrown")), Err(raised("thrown")));
    assert_eq!(log.take(), [""; 0]);
}

#[test]
fn c23_a_closing_behind_an_error_that_the_inner_generator_refused_closes_the_inner_one_too() {
    let (gate, log) = (&Gate::default(), &Log::default());
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_from(generator!(|y| {
            let caught: Result<(), _> = y
                .catch(async |mut y| {
                    y.finally(
                        async |_| Ok(()),
                        async |_| {
                            gate.pass().await;
                            Ok(())
                        },
                    )
                    .await;
                    Ok(())
                })
                .await;
            assert_eq!(caught, Err(Exception::Error("first")));
            let caught = y.catch(async |_| never().await).await;
            assert_eq!(caught, Err::<(), _>(Exception::Error("second")));
            let () = y
                .finally(
                    async |_| never().await,
                    async |_| {
                        log.add("inner clean-up");
                        Ok(())
                    },
                )
                .await;
        }))
        .await;
    }));
    drop_half_way(g.anext());
    drop_half_way(g.athrow("first"));
    drop_half_way(g.athrow("second"));
    drop_half_way(g.aclose());
    gate.open();
    let mut closing = pin!(g.aclose());
    for _ in 0..10 {
        if crate::common::poll(closing.as_mut()).is_ready() {
            break;
        }
    }
    assert_eq!(log.take(), ["inner clean-up"]);
}
