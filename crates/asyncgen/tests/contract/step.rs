//! C4 to C7, C16, C17: values in, values out, and the end.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, CloseError, Exception, Refused, Resume, StartError, State, Step, StepError,
    Yielder,
};

use super::generator;
use crate::common::{Gate, drop_half_way, now, poll};
use crate::{Y, raised};

#[test]
fn c04_the_yield_evaluates_to_what_is_sent_and_the_step_returns_the_next_value() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        let mut sum = 0;
        loop {
            sum += y.yield_(sum).await.unwrap();
        }
    }));
    assert_eq!(now(g.anext()), Ok(0));
    assert_eq!(now(g.asend(Some(3))), Ok(3));
    assert_eq!(now(g.asend(Some(4))), Ok(7));
    assert_eq!(g.state(), State::Suspended);
}

#[test]
fn c04_a_value_is_sent_to_the_yield_of_a_scope() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        let sent = y.catch(async |mut y| Ok(y.yield_(0).await)).await.unwrap();
        let sent = y.try_yield(sent.unwrap()).await.unwrap();
        let sent = y.finally(async |mut y| Ok(y.yield_(sent.unwrap()).await), async |_| Ok(())).await;
        y.yield_(sent.unwrap()).await;
    }));
    assert_eq!(now(g.anext()), Ok(0));
    assert_eq!(now(g.asend(Some(1))), Ok(1));
    assert_eq!(now(g.asend(Some(2))), Ok(2));
    assert_eq!(now(g.asend(Some(3))), Ok(3));
}

#[test]
fn c05_anext_is_asend_of_nothing() {
    let mut g = pin!(generator!(|y: Yielder<'_, Option<Option<u32>>, Option<u32>>| {
        let mut sent = y.yield_(None).await;
        loop {
            sent = y.yield_(Some(sent)).await;
        }
    }));
    assert_eq!(now(g.anext()), Ok(None));
    assert_eq!(now(g.anext()), Ok(Some(None)), "the body should have been sent `None`");
    assert_eq!(now(g.asend(None)), Ok(Some(None)));
    assert_eq!(now(g.asend(Some(1))), Ok(Some(Some(1))));
}

#[test]
fn c06_the_end_of_the_body_is_stop_async_iteration_for_ever() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_(1).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
    assert_eq!(g.state(), State::Closed);
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
    assert_eq!(now(g.asend(Some(1))), Err(StepError::StopAsyncIteration));
    assert_eq!(now(g.asend(None)), Err(StepError::StopAsyncIteration));
    assert_eq!(now(g.start()), Err(StartError::StopAsyncIteration));
}

#[test]
fn c06_a_body_that_yields_nothing_ends_the_first_step() {
    let mut g = pin!(generator!(|_y: Y<'_>| {}));
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c06_a_body_may_return_early() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        if y.yield_(1).await == Some(0) {
            return;
        }
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.asend(Some(0))), Err(StepError::StopAsyncIteration));
}

#[test]
fn c07_an_error_that_the_body_ends_with_ends_the_step() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_(1).await;
        Err("broken")
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.anext()), Err(raised("broken")));
    assert_eq!(g.state(), State::Closed);
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
}

#[test]
fn c07_a_question_mark_converts_and_raises() {
    #[derive(Debug, PartialEq)]
    struct Failed(String);
    impl From<std::num::ParseIntError> for Failed {
        fn from(error: std::num::ParseIntError) -> Self {
            Self(error.to_string())
        }
    }

    let mut g = pin!(generator!(|y: Yielder<'_, u32, (), Failed>| {
        for text in ["1", "x"] {
            y.yield_(text.parse()?).await;
        }
        Ok(())
    }));
    assert_eq!(now(g.anext()), Ok(1));
    let expected = Failed("invalid digit found in string".into());
    assert_eq!(now(g.anext()), Err(StepError::Raised(Exception::Error(expected))));
}

#[test]
fn c07_raise_ends_the_step_wherever_it_stands() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_(1).await;
        y.raise("raised").await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.anext()), Err(raised("raised")));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c07_a_body_may_raise_generator_exit() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.raise(Exception::GeneratorExit).await;
    }));
    assert_eq!(now(g.anext()), Err(StepError::Raised(Exception::GeneratorExit)));
    assert_eq!(g.state(), State::Closed);
}

#[test]
fn c07_the_innermost_scope_catches_what_the_body_raises() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        let outer = y
            .catch(async |mut y| {
                let inner: Result<(), _> = y.catch(async |mut y| y.raise("one").await).await;
                assert_eq!(inner, Err(Exception::Error("one")));
                y.yield_(1).await;
                Err::<(), _>("two")
            })
            .await;
        assert_eq!(outer, Err(Exception::Error("two")));
        y.yield_(2).await;
    }));
    assert_eq!(now(g.anext()), Ok(1));
    assert_eq!(now(g.anext()), Ok(2));
}

#[test]
fn c08_stop_async_iteration_that_a_catch_all_error_swallows_is_an_error_and_no_end() {
    // `Box<dyn Error>` has a conversion from every error, and so from that of a step of another generator.
    let mut g = pin!(generator!(|y: Yielder<'_, u32, (), Box<dyn std::error::Error>>| {
        let mut inner = pin!(generator!(|y: Yielder<'_, u32, (), std::fmt::Error>| {
            y.yield_(1).await;
        }));
        loop {
            y.yield_(inner.anext().await?).await;
        }
        #[expect(unreachable_code, reason = "names the type")]
        Ok(())
    }));
    assert_eq!(now(g.anext()).unwrap(), 1);
    match now(g.anext()) {
        Err(StepError::Raised(Exception::Error(error))) => {
            assert_eq!(error.to_string(), "asynchronous generator has ended (StopAsyncIteration)");
        }
        other => panic!("the consumer must not take the inner generator's end for the outer one's: {other:?}"),
    }
}

#[test]
fn c16_a_value_is_refused_while_a_dropped_step_is_in_flight() {
    let gate = &Gate::default();
    let mut g = pin!(generator!(|y: Y<'_>| {
        gate.pass().await;
        y.yield_(1).await;
    }));
    drop_half_way(g.anext());
    let refused = now(g.asend(Some(7)));
    assert_eq!(refused, Err(StepError::AlreadyRunning(Some(7))), "the value is given back");
    assert_eq!(refused.unwrap_err().to_string(), "asynchronous generator is already running");
    assert_eq!(g.state(), State::Running);
}

#[test]
fn c16_a_step_whose_future_is_ready_is_over() {
    let mut g = pin!(generator!(|y: Y<'_>| {
        y.yield_(1).await;
        y.yield_(2).await;
    }));
    let mut step = pin!(g.anext());
    assert!(poll(step.as_mut()).is_ready());
    assert!(poll(step.as_mut()).is_pending(), "polled again, it must not begin another step");
    assert_eq!(now(g.anext()), Ok(2));
}

#[test]
fn c17_a_closed_generator_never_runs_again() {
    fn check<G>(how: &str, mut g: G)
    where
        G: AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str> + Unpin,
    {
        assert_eq!(g.state(), State::Closed, "{how}");
        assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration), "{how}: anext");
        assert_eq!(now(g.asend(Some(1))), Err(StepError::StopAsyncIteration), "{how}: asend");
        assert_eq!(now(g.start()), Err(StartError::StopAsyncIteration), "{how}: start");
        assert_eq!(now(g.athrow("late")), Ok(None), "{how}: athrow");
        assert_eq!(now(g.aclose()), Ok(()), "{how}: aclose");
        assert_eq!(g.state(), State::Closed, "{how}");
    }
    fn body() -> impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str> {
        generator!(|y| {
            match y.yield_(1).await {
                Some(0) => Err("failed"),
                _ => Ok(()),
            }
        })
    }

    let mut g = pin!(body());
    now(g.anext()).unwrap();
    assert_eq!(now(g.anext()), Err(StepError::StopAsyncIteration));
    check("after its end", g);

    let mut g = pin!(body());
    now(g.anext()).unwrap();
    assert_eq!(now(g.asend(Some(0))), Err(raised("failed")));
    check("after an error", g);

    let mut g = pin!(body());
    now(g.anext()).unwrap();
    assert_eq!(now(g.athrow("thrown")), Err(raised("thrown")));
    check("after athrow", g);

    let mut g = pin!(body());
    now(g.anext()).unwrap();
    assert_eq!(now(g.aclose()), Ok(()));
    check("after aclose", g);

    let mut g = pin!(body());
    assert_eq!(now(g.aclose()), Ok(()));
    check("closed before it was started", g);
}

/// Polls the step in flight once.
fn step<G: AsyncGenerator>(g: &mut Pin<Box<G>>) -> Poll<Step<G::Yield, G::Error>> {
    poll(pin!(poll_fn(|cx| g.as_mut().poll_step(cx))))
}

#[test]
fn the_two_halves_of_a_step_keep_the_contract_without_the_operations() {
    let mut g = Box::pin(generator!(|y: Y<'_>| {
        y.yield_(1).await;
    }));
    assert!(step(&mut g).is_pending(), "no step was begun");
    assert_eq!(g.state(), State::Created);
    assert_eq!(g.as_mut().begin(Resume::Send(Some(1))), Err(Refused::JustStarted(Some(1))));
    assert_eq!(g.as_mut().begin(Resume::Next), Ok(()));
    assert_eq!(g.as_mut().begin(Resume::Send(Some(1))), Err(Refused::AlreadyRunning(Resume::Send(Some(1)))));
    assert_eq!(step(&mut g), Poll::Ready(Step::Yielded(1)));
    assert!(step(&mut g).is_pending(), "no step was begun");
    assert_eq!(g.as_mut().begin(Resume::Close), Ok(()));
    assert_eq!(g.as_mut().begin(Resume::Close), Ok(()));
    assert_eq!(step(&mut g), Poll::Ready(Step::Returned));
    assert_eq!(step(&mut g), Poll::Ready(Step::Returned));
    assert_eq!(g.as_mut().begin(Resume::Throw("late".into())), Err(Refused::Closed(Resume::Throw("late".into()))));
    assert_eq!(g.as_mut().begin(Resume::Close), Ok(()));
}

#[test]
fn a_generator_can_be_driven_through_every_pointer_and_as_a_trait_object() {
    type Dyn<'a> = dyn AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str> + 'a;
    fn drive(mut g: impl AsyncGenerator<Yield = u32, Sent = Option<u32>, Error = &'static str> + Unpin) -> u32 {
        now(g.anext()).unwrap()
    }

    let counter = || {
        Box::pin(generator!(|y: Y<'_>| {
            for n in 1.. {
                y.yield_(n).await;
            }
        }))
    };
    let mut g = counter();
    assert_eq!(drive(g.as_mut()), 1);
    assert_eq!(drive(&mut g), 2);
    assert_eq!(drive(Box::new(&mut g)), 3);
    let mut g: Pin<Box<Dyn<'_>>> = g;
    assert_eq!(drive(&mut g), 4);
    assert_eq!(now(g.aclose()), Ok::<_, CloseError<_, _>>(()));
}
