//! A hundred thousand operations, whose futures are dropped at random by timeouts and `select!`, against a model: no
//! value and no error is lost, and none is delivered twice (contract clauses C18, C19, C20).
#![cfg(feature = "tokio")]

mod owned_support;

use std::cell::Cell;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, BoxGenerator, CloseError, Exception, OwnedExt, State, StepError, generator,
};
use owned_support::{Random, ticks};

const OPERATIONS: u64 = 100_000;

/// What the bodies have seen.
#[derive(Default)]
struct Seen {
    /// The value that is yielded next. One generator goes on where the one before it stopped.
    next: u64,
    sent: Vec<u64>,
    caught: Vec<u64>,
    clean_ups_begun: u64,
    clean_ups_ended: u64,
}

/// A few awaits: some that are ready at once, some woken at once, some by a timer.
async fn awaits(random: &Mutex<Random>) {
    let below = |limit| random.lock().unwrap().below(limit);
    let (kind, times) = (below(3), below(3));
    match kind {
        0 => {}
        1 => ticks(u32::try_from(times).unwrap()).await,
        _ => tokio::time::sleep(Duration::from_millis(times)).await,
    }
}

fn body(seen: Arc<Mutex<Seen>>, random: Arc<Mutex<Random>>) -> BoxGenerator<u64, Option<u64>, u64> {
    let generator = generator!(|y| {
        loop {
            let value = seen.lock().unwrap().next;
            let outcome = y
                .catch(async |mut y| {
                    awaits(&random).await;
                    // A yield that is reached hands its value over.
                    seen.lock().unwrap().next += 1;
                    if let Some(sent) = y.yield_(value).await {
                        seen.lock().unwrap().sent.push(sent);
                    }
                    awaits(&random).await;
                    Ok(())
                })
                .await;
            match outcome {
                Ok(()) => {}
                Err(Exception::Error(error)) => seen.lock().unwrap().caught.push(error),
                Err(Exception::GeneratorExit) => {
                    seen.lock().unwrap().clean_ups_begun += 1;
                    awaits(&random).await;
                    seen.lock().unwrap().clean_ups_ended += 1;
                    return;
                }
            }
        }
    });
    generator.boxed()
}

/// Runs an operation for a random time. `None` if it was dropped; `begun` tells whether it was polled.
async fn for_a_while<F: Future>(operation: F, kind: u64, time: u64, begun: &Cell<bool>) -> Option<F::Output> {
    begun.set(false);
    let mut operation = pin!(operation);
    let operation = std::future::poll_fn(|cx| {
        begun.set(true);
        operation.as_mut().poll(cx)
    });
    match kind {
        0 => Some(operation.await),
        1 => tokio::time::timeout(Duration::from_millis(time), operation).await.ok(),
        2 => tokio::select! {
            output = operation => Some(output),
            () = ticks(u32::try_from(time).unwrap()) => None,
        },
        _ => tokio::select! {
            biased;
            () = tokio::time::sleep(Duration::from_millis(time)) => None,
            output = operation => Some(output),
        },
    }
}

/// What the consumer knows: the model.
#[derive(Default)]
struct Model {
    values: u64,
    sent: Vec<u64>,
    thrown: Vec<u64>,
    /// Errors that came out again.
    raised: Vec<u64>,
    dropped_operations: u64,
    abandoned: u64,
}

impl Model {
    fn value(&mut self, value: u64) {
        assert_eq!(value, self.values, "the values come in order, none is missing, none is there twice");
        self.values += 1;
    }

    fn raised(&mut self, exception: Exception<u64>) {
        match exception {
            Exception::Error(error) => self.raised.push(error),
            Exception::GeneratorExit => panic!("nobody throws GeneratorExit"),
        }
    }

    /// The end of an `anext` or `asend`.
    fn step<R>(&mut self, outcome: Result<u64, StepError<u64, R>>) -> Option<R> {
        match outcome {
            Ok(value) => self.value(value),
            Err(StepError::Raised(exception)) => self.raised(exception),
            Err(StepError::StopAsyncIteration) => {}
            Err(StepError::JustStarted(back) | StepError::AlreadyRunning(back)) => return Some(back),
        }
        None
    }
}

#[expect(clippy::single_match_else, reason = "an operation that ended and one that was dropped, side by side")]
#[tokio::test(start_paused = true)]
async fn c18_no_value_is_lost_or_delivered_twice_when_steps_are_dropped() {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let random = Arc::new(Mutex::new(Random::new(7)));
    let below = |limit| random.lock().unwrap().below(limit);

    let (model, report) = asyncgen::tokio::scope(async {
        let mut model = Model::default();
        let begun = Cell::new(false);
        let mut g = body(seen.clone(), random.clone());
        for token in 0..OPERATIONS {
            let before = g.state();
            if before == State::Closed || below(200) == 0 {
                model.abandoned += u64::from(matches!(before, State::Suspended | State::Running));
                g = body(seen.clone(), random.clone());
            }
            let before = g.state();
            let (kind, time) = (below(4), below(4));
            let dropped = match below(20) {
                0..10 => match for_a_while(g.anext(), kind, time, &begun).await {
                    Some(outcome) => model.step(outcome).is_some(),
                    None => true,
                },
                10..16 => match for_a_while(g.asend(Some(token)), kind, time, &begun).await {
                    Some(outcome) => {
                        let back = model.step(outcome);
                        let refused = matches!(before, State::Created | State::Running);
                        assert_eq!(back, refused.then_some(Some(token)), "{before:?}");
                        if before == State::Suspended {
                            model.sent.push(token);
                        }
                        false
                    }
                    None => {
                        if begun.get() {
                            assert_eq!(before, State::Suspended, "a refusal is never pending");
                            model.sent.push(token);
                        }
                        true
                    }
                },
                16..19 => match for_a_while(g.athrow(token), kind, time, &begun).await {
                    Some(outcome) => {
                        match outcome {
                            Ok(Some(value)) => model.value(value),
                            Err(StepError::Raised(exception)) => model.raised(exception),
                            Err(StepError::StopAsyncIteration) => {}
                            Ok(None) | Err(StepError::JustStarted(_) | StepError::AlreadyRunning(_)) => {
                                panic!("an error can be thrown at any time: {before:?}")
                            }
                        }
                        model.thrown.push(token);
                        false
                    }
                    None => {
                        if begun.get() {
                            model.thrown.push(token);
                        }
                        true
                    }
                },
                _ => match for_a_while(g.aclose(), kind, time, &begun).await {
                    Some(Ok(())) => {
                        assert_eq!(g.state(), State::Closed);
                        false
                    }
                    Some(Err(CloseError::Raised(error))) => {
                        model.raised.push(error);
                        false
                    }
                    Some(Err(CloseError::IgnoredGeneratorExit(_))) => panic!("the body does not ignore it"),
                    None => true,
                },
            };
            model.dropped_operations += u64::from(dropped);
            assert_eq!(seen.lock().unwrap().next, model.values, "every value that was yielded has arrived");
        }
        model.abandoned += u64::from(matches!(g.state(), State::Suspended | State::Running));
        model
    })
    .await;

    let seen = seen.lock().unwrap();
    assert_eq!(seen.sent, model.sent, "every value that was accepted was sent, once, in order");
    let mut arrived = [seen.caught.as_slice(), model.raised.as_slice()].concat();
    arrived.sort_unstable();
    assert_eq!(arrived, model.thrown, "every error was caught by the body, or came out, once");
    assert_eq!(report.closed as u64, model.abandoned);
    assert!(report.is_clean());

    // The test has tested something.
    assert!(model.values > OPERATIONS / 5, "{} values", model.values);
    assert!(model.dropped_operations > OPERATIONS / 5, "{} operations dropped", model.dropped_operations);
    assert!(seen.clean_ups_ended > 1_000 && seen.clean_ups_begun >= seen.clean_ups_ended);
    assert!(model.sent.len() > 5_000 && seen.caught.len() > 5_000 && model.abandoned > 100);
}
