//! What becomes of an owned generator that is dropped (contract clause C22).

mod owned_support;

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use asyncgen::hooks::{self, Finalizer, Hooks, LocalFinalizer};
use asyncgen::{
    AsyncGenerator, AsyncGeneratorExt, BoxGenerator, IntoStreamExt, OwnedExt, State, StepError, Yielder, from_stream,
    generator,
};
use futures::executor::block_on;
use futures::{StreamExt, TryStreamExt};
use owned_support::{Abandoned, Count, counting, ticks, with_finalizer};

/// Polls a future once, then drops it.
fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn dropped_unstarted_it_is_not_handed_over() {
    let abandoned = Abandoned::default();
    let _restore = with_finalizer(abandoned.finalizer());
    drop(counting(&Count::default()).boxed());
    assert_eq!(abandoned.take().len(), 0);
}

#[test]
fn dropped_closed_it_is_not_handed_over() {
    let abandoned = Abandoned::default();
    let _restore = with_finalizer(abandoned.finalizer());
    let count = Count::default();
    let mut g = counting(&count).boxed();
    assert_eq!(block_on(g.anext()), Ok(0));
    assert_eq!(block_on(g.aclose()), Ok(()));
    drop(g);
    assert_eq!(abandoned.take().len(), 0);
    assert_eq!((count.begun(), count.ended()), (1, 1));
}

#[test]
fn c22_dropped_suspended_it_is_handed_over_and_closed_once() {
    let abandoned = Abandoned::default();
    let _restore = with_finalizer(abandoned.finalizer());
    let count = Count::default();
    let mut g = counting(&count).boxed();
    let created = g.created();
    assert_eq!(block_on(g.anext()), Ok(0));
    drop(g);

    let mut unfinished = abandoned.take();
    assert_eq!(unfinished.len(), 1);
    assert_eq!(unfinished[0].created(), created);
    assert_eq!(count.begun(), 0);
    assert!(block_on(unfinished.remove(0).close()).is_ok());
    assert_eq!((count.begun(), count.ended()), (1, 1));
    assert_eq!(abandoned.take().len(), 0);
}

#[test]
fn c22_dropped_in_the_middle_of_a_step_it_is_closed_at_the_await_where_it_stands() {
    let abandoned = Abandoned::default();
    let _restore = with_finalizer(abandoned.finalizer());
    let count = Count::default();
    let mut g = counting(&count).boxed();
    assert_eq!(block_on(g.anext()), Ok(0));
    assert!(poll_once(g.anext()).is_pending());
    assert_eq!(g.state(), State::Running);
    drop(g);
    assert!(block_on(abandoned.take().remove(0).close()).is_ok());
    assert_eq!((count.begun(), count.ended()), (1, 1));
}

#[test]
fn c20_dropped_in_the_middle_of_its_clean_up_the_same_clean_up_goes_on() {
    let abandoned = Abandoned::default();
    let _restore = with_finalizer(abandoned.finalizer());
    let count = Count::default();
    let mut g = counting(&count).boxed();
    assert_eq!(block_on(g.anext()), Ok(0));
    assert!(poll_once(g.aclose()).is_pending());
    assert_eq!((count.begun(), count.ended()), (1, 0));
    drop(g);
    assert!(block_on(abandoned.take().remove(0).close()).is_ok());
    assert_eq!((count.begun(), count.ended()), (1, 1));
}

#[test]
fn c20_dropped_in_the_middle_of_what_it_does_after_a_catch_that_goes_on_too() {
    let abandoned = Abandoned::default();
    let _restore = with_finalizer(abandoned.finalizer());
    let count = Count::default();
    let in_body = count.clone();
    let mut g = generator!(|y: Yielder<'_, u32>| {
        let closed = y.try_yield(1).await.is_err();
        assert!(closed);
        // In no scope: a second `GeneratorExit` would cut it off here.
        in_body.begin();
        ticks(2).await;
        in_body.end();
    })
    .boxed();
    assert_eq!(block_on(g.anext()), Ok(1));
    assert!(poll_once(g.aclose()).is_pending());
    assert_eq!((count.begun(), count.ended()), (1, 0));
    drop(g);
    assert!(block_on(abandoned.take().remove(0).close()).is_ok());
    assert_eq!((count.begun(), count.ended()), (1, 1));
}

#[test]
fn c22_the_finalizer_of_the_first_step_is_kept() {
    let (first, second) = (Abandoned::default(), Abandoned::default());
    let mut g = counting(&Count::default()).boxed();
    {
        let _restore = with_finalizer(first.finalizer());
        assert_eq!(block_on(g.anext()), Ok(0));
    }
    let _restore = with_finalizer(second.finalizer());
    assert_eq!(block_on(g.anext()), Ok(1));
    drop(g);
    assert_eq!((first.take().len(), second.take().len()), (1, 0));
}

#[test]
fn c22_the_hooks_of_the_creation_do_not_matter() {
    let (created, stepped) = (Abandoned::default(), Abandoned::default());
    let mut g = {
        let _restore = with_finalizer(created.finalizer());
        counting(&Count::default()).boxed()
    };
    let _restore = with_finalizer(stepped.finalizer());
    assert_eq!(block_on(g.anext()), Ok(0));
    drop(g);
    assert_eq!((created.take().len(), stepped.take().len()), (0, 1));
}

#[test]
fn c22_first_iter_is_called_once_before_the_body_runs() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let (in_hook, in_body) = (log.clone(), log.clone());
    let before = hooks::set(Hooks {
        first_iter: Some(hooks::FirstIter::new(move |created| {
            in_hook.lock().unwrap().push(format!("first step of {}", created.line()));
        })),
        ..hooks::get()
    });
    let line = line!() + 1;
    let mut g = generator!(|y: Yielder<'_, u32>| {
        in_body.lock().unwrap().push("body".to_owned());
        y.yield_(1).await;
        y.yield_(2).await;
    })
    .boxed();
    let created = g.created().line();
    assert!((line..line + 8).contains(&created), "{created}");
    assert_eq!((block_on(g.anext()), block_on(g.anext())), (Ok(1), Ok(2)));
    hooks::set(before);
    assert_eq!(*log.lock().unwrap(), [format!("first step of {created}"), "body".to_owned()]);
}

#[test]
fn c03_a_refused_first_step_captures_nothing() {
    let abandoned = Abandoned::default();
    let mut g = generator!(|y: Yielder<'_, u32, Option<u32>>| {
        y.yield_(1).await;
    })
    .boxed();
    assert_eq!(block_on(g.asend(Some(1))), Err(StepError::JustStarted(Some(1))));
    let _restore = with_finalizer(abandoned.finalizer());
    assert_eq!(block_on(g.anext()), Ok(1));
    drop(g);
    assert_eq!(abandoned.take().len(), 1);
}

#[test]
fn a_finalizer_that_panics_does_not_let_the_panic_out() {
    let _restore = with_finalizer(Finalizer::new(|_| panic!("a finalizer's panic, as wanted")));
    let count = Count::default();
    let mut g = counting(&count).boxed();
    assert_eq!(block_on(g.anext()), Ok(0));
    drop(g);
    assert_eq!(count.begun(), 0);
}

#[test]
fn a_finalizer_may_drop_another_generator() {
    let (sender, receiver) = mpsc::channel();
    let other = Arc::new(Mutex::new(None::<BoxGenerator<u32>>));
    let in_finalizer = other.clone();
    let _restore = with_finalizer(Finalizer::new(move |generator| {
        let other = in_finalizer.lock().unwrap().take();
        drop(other);
        sender.send(generator).unwrap();
    }));
    let (first, second) = (Count::default(), Count::default());
    let mut g = counting(&first).boxed();
    assert_eq!(block_on(g.anext()), Ok(0));
    let mut inner = counting(&second).boxed();
    assert_eq!(block_on(inner.anext()), Ok(0));
    *other.lock().unwrap() = Some(inner);

    drop(g);
    for generator in receiver.try_iter() {
        assert!(block_on(generator.close()).is_ok());
    }
    assert_eq!((first.ended(), second.ended()), (1, 1));
}

#[test]
fn a_finalizer_may_set_hooks() {
    let _restore = with_finalizer(Finalizer::new(|_| {
        hooks::set(Hooks::default());
    }));
    let mut g = counting(&Count::default()).boxed();
    assert_eq!(block_on(g.anext()), Ok(0));
    drop(g);
    assert!(hooks::get().finalizer.is_none());
}

#[test]
fn a_closing_that_is_dropped_is_not_begun_again() {
    let abandoned = Abandoned::default();
    let _restore = with_finalizer(abandoned.finalizer());
    let count = Count::default();
    let mut g = counting(&count).boxed();
    assert_eq!(block_on(g.anext()), Ok(0));
    drop(g);
    assert!(poll_once(abandoned.take().remove(0).close()).is_pending());
    assert_eq!((count.begun(), count.ended()), (1, 0));
    assert_eq!(abandoned.take().len(), 0);
}

#[test]
fn a_local_generator_goes_to_the_local_finalizer() {
    let abandoned = Rc::new(RefCell::new(Vec::new()));
    let in_finalizer = abandoned.clone();
    let not_for_this = Abandoned::default();
    let before = hooks::set(Hooks {
        finalizer: Some(not_for_this.finalizer()),
        local_finalizer: Some(LocalFinalizer::new(move |generator| in_finalizer.borrow_mut().push(generator))),
        ..hooks::get()
    });
    let log = Rc::new(RefCell::new(Vec::new()));
    let in_body = log.clone();
    let mut g = generator!(|y: Yielder<'_, u32, (), String>| {
        y.finally(
            async |mut y| {
                y.yield_(1).await;
                Ok(())
            },
            async |_| {
                ticks(1).await;
                in_body.borrow_mut().push("cleaned up");
                Err("and failed".to_owned())
            },
        )
        .await;
    })
    .boxed_local();
    assert_eq!(block_on(g.anext()), Ok(1));
    drop(g);
    hooks::set(before);

    let generator = abandoned.borrow_mut().pop().unwrap();
    let error = block_on(generator.close()).unwrap_err();
    assert_eq!(*log.borrow(), ["cleaned up"]);
    assert!(error.to_string().ends_with("failed: \"and failed\""), "{error}");
    assert!(error.raised::<String>().is_none());
    assert_eq!(not_for_this.take().len(), 0);
}

#[test]
fn c15_a_body_that_yields_while_it_is_finalized_is_an_error() {
    let abandoned = Abandoned::default();
    let _restore = with_finalizer(abandoned.finalizer());
    let mut g = generator!(|y: Yielder<'_, u32>| {
        let _: Result<(), _> = y.try_yield(1).await;
        y.yield_(2).await;
    })
    .boxed();
    assert_eq!(block_on(g.anext()), Ok(1));
    drop(g);
    let error = block_on(abandoned.take().remove(0).close()).unwrap_err();
    assert_eq!(error.kind(), &hooks::CleanUpErrorKind::IgnoredGeneratorExit);
}

#[test]
fn a_stream_made_of_an_owned_generator_is_closed_as_well() {
    let abandoned = Abandoned::default();
    let _restore = with_finalizer(abandoned.finalizer());
    let counts: [Count; 3] = Default::default();

    let as_it_is = counting(&counts[0]).boxed().map(|n| n + 1).filter(|n| std::future::ready(n % 2 == 0));
    assert_eq!(block_on(pin!(as_it_is).next()), Some(2));
    assert_eq!(block_on(counting(&counts[1]).owned().into_stream().next()), Some(0));
    assert_eq!(block_on(counting(&counts[2]).boxed().into_try_stream().try_next()), Ok(Some(0)));

    let unfinished = abandoned.take();
    assert_eq!(unfinished.len(), 3);
    for generator in unfinished {
        assert!(block_on(generator.close()).is_ok());
    }
    assert_eq!(counts.map(|count| count.ended()), [1, 1, 1]);
}

#[test]
fn a_stream_as_an_owned_generator_can_be_abandoned() {
    let abandoned = Abandoned::default();
    let _restore = with_finalizer(abandoned.finalizer());
    let mut g = from_stream::<_, std::convert::Infallible>(futures::stream::iter([1, 2])).boxed();
    assert_eq!(block_on(g.anext()), Ok(1));
    drop(g);
    assert!(block_on(abandoned.take().remove(0).close()).is_ok());
}

#[test]
fn a_generator_that_was_started_before_it_had_an_owner_is_finalized_too() {
    let abandoned = Abandoned::default();
    let _restore = with_finalizer(abandoned.finalizer());
    let count = Count::default();
    let mut pinned = Box::pin(counting(&count));
    assert_eq!(block_on(pinned.anext()), Ok(0));
    drop(pinned.boxed());
    assert!(block_on(abandoned.take().remove(0).close()).is_ok());
    assert_eq!(count.ended(), 1);
}

#[test]
fn an_owned_generator_goes_where_streams_go() {
    fn for_a_framework<S: futures::Stream + Send + Unpin + 'static>(_: &S) {}
    for_a_framework(&counting(&Count::default()).boxed());
    for_a_framework(&counting(&Count::default()).owned());
    for_a_framework(&counting(&Count::default()).boxed().into_try_stream());
}

#[test]
fn c22_a_generator_dropped_on_another_thread_goes_to_its_own_finalizer() {
    let abandoned = Abandoned::default();
    let mut g = counting(&Count::default()).boxed();
    {
        let _restore = with_finalizer(abandoned.finalizer());
        assert_eq!(block_on(g.anext()), Ok(0));
    }
    std::thread::spawn(move || drop(g)).join().unwrap();
    assert_eq!(abandoned.take().len(), 1);
}
