//! Generators that are closed by tokio, and the scope that waits for them.
#![cfg(feature = "tokio")]

mod owned_support;

use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use asyncgen::hooks::{self, CleanUpErrorKind, UnraisableHook};
use asyncgen::tokio::{Report, scope};
use asyncgen::{AsyncGeneratorExt, BoxGenerator, OwnedExt, Yielder, generator};
use owned_support::{Abandoned, Count, counting, ticks, with_finalizer};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, oneshot};
use tokio::task::{JoinSet, yield_now};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// A generator that yields once, and runs `clean_up` in its `finally`.
fn with_clean_up<F>(clean_up: impl FnOnce() -> F + Send + 'static) -> BoxGenerator<u32, (), String>
where
    F: Future<Output = Result<(), String>> + Send,
{
    generator!(|y| {
        y.finally(
            async |mut y| {
                y.yield_(1).await;
                Ok(())
            },
            async |_| clean_up().await,
        )
        .await;
    })
    .boxed()
}

/// Starts a generator, and drops it.
async fn abandon<E: std::fmt::Debug + Send + 'static>(mut g: BoxGenerator<u32, (), E>) {
    g.anext().await.unwrap();
}

/// Counts its drops.
struct OnDrop(Arc<AtomicUsize>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn until(condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(10), "waited for 10 seconds in vain");
        yield_now().await;
    }
}

// --- without a scope -----------------------------------------------------------------------------------------------

#[tokio::test]
async fn with_nothing_set_the_runtime_of_the_first_step_closes() {
    let count = Count::default();
    abandon(counting(&count).boxed()).await;
    assert_eq!(count.begun(), 0);
    until(|| count.ended() == 1).await;
    assert_eq!(count.begun(), 1);
}

#[test]
fn dropped_on_a_thread_without_a_runtime_it_is_closed_on_its_own() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let closed_on = Arc::new(Mutex::new(None));
    let in_body = closed_on.clone();
    let g = runtime.block_on(async {
        let mut g = with_clean_up(move || async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            *in_body.lock().unwrap() = std::thread::current().name().map(str::to_owned);
            Ok(())
        });
        g.anext().await.unwrap();
        g
    });
    std::thread::spawn(move || drop(g)).join().unwrap();
    let here = std::thread::current().name().map(str::to_owned);
    runtime.block_on(until(|| closed_on.lock().unwrap().is_some()));
    assert_ne!(*closed_on.lock().unwrap(), here);
}

#[tokio::test]
async fn a_finalizer_that_was_set_goes_before_the_runtime() {
    let abandoned = Abandoned::default();
    let _restore = with_finalizer(abandoned.finalizer());
    abandon(counting(&Count::default()).boxed()).await;
    assert_eq!(abandoned.take().len(), 1);
}

// --- what a scope waits for ----------------------------------------------------------------------------------------

#[tokio::test]
async fn a_scope_waits_for_clean_up_and_returns_the_value() {
    let count = Count::default();
    let (value, report) = scope(async {
        abandon(counting(&count).boxed()).await;
        "value"
    })
    .await;
    assert_eq!(value, "value");
    assert_eq!((count.begun(), count.ended()), (1, 1));
    assert_eq!((report.closed, report.handed_over()), (1, 1));
    assert!(report.is_clean());
}

#[tokio::test]
async fn a_scope_in_which_nothing_was_abandoned_reports_nothing() {
    let (g, report) = scope(async {
        let mut g = counting(&Count::default()).boxed();
        g.anext().await.unwrap();
        g.aclose().await.unwrap();
        // Never started.
        drop(counting(&Count::default()).boxed());
        g
    })
    .await;
    assert_eq!(report.handed_over(), 0);
    assert_eq!(report.held, 0, "a closed generator is not held, whoever owns it: {g:?}");
}

#[tokio::test]
async fn generators_that_clean_up_abandons_are_waited_for() {
    let count = Count::default();
    let (first, second) = (count.clone(), count.clone());
    let ((), report) = scope(abandon(with_clean_up(move || async move {
        abandon(with_clean_up(move || async move {
            ticks(5).await;
            abandon(counting(&second).boxed()).await;
            Ok(())
        }))
        .await;
        ticks(2).await;
        first.end();
        Ok(())
    })))
    .await;
    assert_eq!(count.ended(), 2);
    assert_eq!(report.closed, 3);
}

#[tokio::test]
async fn generators_that_a_body_owns_are_waited_for() {
    let count = Count::default();
    let inner = count.clone();
    let outer = generator!(|y: Yielder<'_, u32>| {
        let mut inner = counting(&inner).boxed();
        inner.anext().await.unwrap();
        y.yield_(1).await;
    });
    let ((), report) = scope(abandon(outer.boxed())).await;
    assert_eq!(count.ended(), 1);
    assert_eq!(report.closed, 2);
}

#[tokio::test]
async fn a_spawned_task_is_in_the_scope_if_it_inherits_it() {
    let (inherits, does_not) = (Count::default(), Count::default());
    let ((), report) = scope(async {
        let task = tokio::spawn(hooks::inherit(abandon(counting(&inherits).boxed())));
        let other = tokio::spawn(abandon(counting(&does_not).boxed()));
        task.await.unwrap();
        other.await.unwrap();
    })
    .await;
    assert_eq!((inherits.ended(), report.handed_over()), (1, 1));
    until(|| does_not.ended() == 1).await;
}

#[tokio::test]
async fn a_scope_for_the_whole_runtime_takes_in_tasks_that_know_nothing_of_it() {
    let count = Count::default();
    let ((), report) = scope(async {
        tokio::spawn(abandon(counting(&count).boxed())).await.unwrap();
    })
    .whole_runtime()
    .await;
    assert_eq!((count.ended(), report.closed), (1, 1));

    // It is over: the next one is the runtime's own.
    abandon(counting(&count).boxed()).await;
    until(|| count.ended() == 2).await;
}

#[tokio::test]
async fn a_scope_for_the_whole_runtime_leaves_other_runtimes_alone() {
    let count = Count::default();
    let elsewhere = count.clone();
    let ((), report) = scope(async {
        std::thread::spawn(move || {
            runtime().block_on(async {
                abandon(counting(&elsewhere).boxed()).await;
                until(|| elsewhere.ended() == 1).await;
            });
        })
        .join()
        .unwrap();
    })
    .whole_runtime()
    .await;
    assert_eq!((count.ended(), report.handed_over()), (1, 0));
}

#[tokio::test]
async fn a_generator_belongs_to_the_innermost_scope() {
    let (inner_count, outer_count) = (Count::default(), Count::default());
    let (inner, outer) = scope(async {
        let ((), inner) = scope(abandon(counting(&inner_count).boxed())).await;
        assert_eq!(inner_count.ended(), 1);
        abandon(counting(&outer_count).boxed()).await;
        inner
    })
    .await;
    assert_eq!(outer_count.ended(), 1);
    assert_eq!((inner.closed, outer.closed), (1, 1));
}

#[tokio::test]
async fn a_generator_that_leaves_its_scope_belongs_to_the_one_around() {
    let count = Count::default();
    let (inner, outer) = scope(async {
        let (g, inner) = scope(async {
            let mut g = counting(&count).boxed();
            g.anext().await.unwrap();
            g
        })
        .await;
        drop(g);
        inner
    })
    .await;
    assert_eq!(count.ended(), 1);
    assert_eq!((inner.handed_over(), inner.held), (0, 1));
    assert_eq!((outer.closed, outer.held), (1, 0));
}

#[tokio::test]
async fn generators_that_somebody_still_owns_are_reported_as_held() {
    let (stop, stopped) = oneshot::channel::<()>();
    let started = Arc::new(Notify::new());
    let in_task = started.clone();
    let mut tasks = JoinSet::new();
    let ((), report) = scope(async {
        tasks.spawn(hooks::inherit(async move {
            let mut g = counting(&Count::default()).boxed();
            g.anext().await.unwrap();
            in_task.notify_one();
            let _ = stopped.await;
        }));
        started.notified().await;
    })
    .await;
    assert_eq!((report.held, report.handed_over()), (1, 0));
    assert!(!report.is_clean());
    drop(stop);
    tasks.join_all().await;
}

#[tokio::test]
async fn scopes_that_run_at_the_same_time_do_not_mix() {
    let counts: [Count; 2] = Default::default();
    let one = |count: Count| async move {
        scope(async {
            for _ in 0..3 {
                abandon(counting(&count).boxed()).await;
                yield_now().await;
            }
        })
        .await
        .1
        .closed
    };
    let closed = tokio::join!(one(counts[0].clone()), one(counts[1].clone()));
    assert_eq!(closed, (3, 3));
}

#[tokio::test]
async fn hooks_are_as_before_after_a_scope() {
    scope(async { assert!(hooks::get().finalizer.is_some()) }).await;
    assert!(hooks::get().finalizer.is_none());
}

// --- what a scope reports ------------------------------------------------------------------------------------------

#[tokio::test]
async fn errors_are_reported_with_where_they_come_from() {
    let ((), report) = scope(async {
        abandon(with_clean_up(|| async { Err("no connection".to_owned()) })).await;
    })
    .await;
    assert_eq!((report.closed, report.errors.len()), (0, 1));
    assert_eq!(report.errors[0].raised::<String>().unwrap(), "no connection");
    assert_eq!(report.errors[0].kind(), &CleanUpErrorKind::Raised("\"no connection\"".to_owned()));
    assert_eq!(report.errors[0].created().file(), file!());
    assert!(!report.is_clean());
}

#[tokio::test]
async fn panics_are_reported() {
    let ((), report) = scope(abandon(with_clean_up(|| async {
        ticks(1).await;
        panic!("in clean-up, as wanted: {}", 7)
    })))
    .await;
    assert_eq!(report.panicked.len(), 1);
    assert_eq!(report.panicked[0].message(), "in clean-up, as wanted: 7");
    assert_eq!(report.handed_over(), 1);
}

#[tokio::test(start_paused = true)]
async fn stragglers_are_reported_when_the_time_is_up() {
    let ((), report) = scope(async {
        abandon(with_clean_up(std::future::pending)).await;
        abandon(counting(&Count::default()).boxed()).await;
    })
    .limit(Duration::from_secs(5))
    .await;
    assert_eq!((report.closed, report.unfinished.len()), (1, 1));
    assert_eq!(report.unfinished[0].created().file(), file!());
}

#[tokio::test(start_paused = true)]
async fn stragglers_go_on_and_the_scope_around_waits_for_them() {
    let count = Count::default();
    let in_clean_up = count.clone();
    let (inner, outer) = scope(async {
        scope(abandon(with_clean_up(move || async move {
            tokio::time::sleep(Duration::from_secs(60)).await;
            in_clean_up.end();
            Ok(())
        })))
        .limit(Duration::from_secs(1))
        .await
        .1
    })
    .await;
    assert_eq!((inner.unfinished.len(), inner.closed), (1, 0));
    assert_eq!(outer.handed_over(), 0, "it is in one report");
    assert_eq!(count.ended(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_straggler_that_fails_in_the_end_is_told_to_the_hook() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let in_hook = told.clone();
    let before =
        hooks::set_unraisable(Some(UnraisableHook::new(move |what| in_hook.lock().unwrap().push(what.to_string()))));
    let sleeping = || {
        abandon(with_clean_up(|| async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Err("a straggler's error".to_owned())
        }))
    };
    let ((middle, inner), outer) = scope(async {
        let (inner, middle) = scope(async { scope(sleeping()).limit(Duration::from_secs(1)).await.1 })
            .limit(Duration::from_secs(2))
            .await;
        (middle, inner)
    })
    .await;
    hooks::set_unraisable(before);
    assert_eq!((inner.unfinished.len(), middle.handed_over(), outer.handed_over()), (1, 0, 0));
    let told = told.lock().unwrap();
    assert_eq!(told.iter().filter(|what| what.contains("a straggler's error")).count(), 1, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn stragglers_can_be_aborted() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let guard = OnDrop(dropped.clone());
    let ((), report) = scope(abandon(with_clean_up(move || async move {
        let _guard = guard;
        std::future::pending().await
    })))
    .limit(Duration::from_secs(1))
    .await;
    assert_eq!(dropped.load(Ordering::SeqCst), 0);
    report.unfinished[0].abort();
    until(|| dropped.load(Ordering::SeqCst) == 1).await;
}

#[test]
fn clean_up_on_a_runtime_that_shuts_down_is_reported_as_aborted() {
    let other = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let report = runtime().block_on(async {
        let ((), report) = scope(async {
            let task = hooks::inherit(abandon(with_clean_up(std::future::pending)));
            other.spawn(task).await.unwrap();
            other.shutdown_background();
        })
        .await;
        report
    });
    assert_eq!((report.aborted.len(), report.handed_over()), (1, 1));
    assert_eq!(report.aborted[0].created().file(), file!());
}

#[test]
fn a_generator_dropped_after_its_runtime_is_reported_as_aborted() {
    let other = runtime();
    let report = runtime().block_on(async {
        let ((), report) = scope(async {
            let (sender, receiver) = oneshot::channel();
            let task = hooks::inherit(async move {
                let mut g = counting(&Count::default()).boxed();
                g.anext().await.unwrap();
                sender.send(g).unwrap();
            });
            std::thread::spawn(move || other.block_on(task)).join().unwrap();
            drop(receiver.await.unwrap());
        })
        .await;
        report
    });
    assert_eq!((report.aborted.len(), report.handed_over()), (1, 1));
}

#[tokio::test]
async fn a_report_says_it_in_words() {
    let ((), report) = scope(async {
        abandon(counting(&Count::default()).boxed()).await;
        abandon(with_clean_up(|| async { Err("no connection".to_owned()) })).await;
    })
    .await;
    let text = report.to_string();
    assert!(text.starts_with("1 generators closed, 1 failed\nthe clean-up of the generator made at "), "{text}");
    assert!(text.ends_with(" failed: \"no connection\""), "{text}");
    assert_eq!(Report::default().to_string(), "0 generators closed");
}

// --- a scope that does not end as usual ----------------------------------------------------------------------------

#[tokio::test]
async fn a_panic_goes_on_after_the_clean_up() {
    let count = Count::default();
    let in_scope = count.clone();
    let task = tokio::spawn(async move {
        scope(async {
            let mut g = counting(&in_scope).boxed();
            g.anext().await.unwrap();
            panic!("in a scope, as wanted");
        })
        .await;
    });
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!((count.begun(), count.ended()), (1, 1));
}

#[tokio::test]
async fn what_a_dropped_scope_abandons_belongs_to_the_one_around() {
    let counts: [Count; 2] = Default::default();
    let ((), report) = scope(async {
        let inner = scope(async {
            abandon(counting(&counts[0]).boxed()).await;
            let mut held = counting(&counts[1]).boxed();
            held.anext().await.unwrap();
            std::future::pending::<()>().await;
        });
        tokio::select! {
            biased;
            _ = inner => {}
            () = yield_now() => {}
        }
    })
    .await;
    assert_eq!(counts.map(|count| count.ended()), [1, 1]);
    assert_eq!((report.closed, report.held), (2, 0));
}

#[test]
fn a_scope_without_a_runtime_has_nobody_to_close() {
    let count = Count::default();
    let ((), report) = futures::executor::block_on(scope(abandon(counting(&count).boxed())));
    assert_eq!((count.begun(), report.aborted.len(), report.handed_over()), (0, 1, 1));
    assert!(!report.is_clean());
}

#[test]
fn what_a_scope_without_a_runtime_hands_over_on_one_is_closed_there() {
    let count = Count::default();
    let (mut g, report) = futures::executor::block_on(scope(async {
        let mut g = counting(&count).boxed();
        g.anext().await.unwrap();
        Some(g)
    }));
    assert_eq!(report.held, 1);
    runtime().block_on(async {
        drop(g.take());
        until(|| count.ended() == 1).await;
    });
}

/// Starts its successor, which inherits the scope.
fn generation(number: u32, last: oneshot::Sender<Duration>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let ((), report) = scope(async move {
            if number > 0 {
                tokio::spawn(hooks::inherit(generation(number - 1, last)));
            } else {
                // The quickest of many: other tests run beside this.
                let mut quickest = Duration::MAX;
                for _ in 0..50 {
                    let started = Instant::now();
                    for _ in 0..5 {
                        abandon(counting(&Count::default()).boxed()).await;
                    }
                    quickest = quickest.min(started.elapsed());
                }
                let _ = last.send(quickest);
            }
        })
        .await;
        assert!(report.is_clean());
    })
}

#[tokio::test]
async fn handing_over_costs_the_same_after_many_generations_of_scopes() {
    let (mut first, mut later) = (Duration::ZERO, Duration::ZERO);
    for (generations, time) in [(0, &mut first), (20_000, &mut later)] {
        let (sender, receiver) = oneshot::channel();
        tokio::spawn(generation(generations, sender));
        *time = receiver.await.unwrap();
    }
    assert!(later < 20 * first, "{later:?} in the last of 20,000, {first:?} in the first");
}

#[test]
fn a_scope_can_be_spawned() {
    fn assert_send<T: Send>(_: &T) {}
    assert_send(&scope(abandon(counting(&Count::default()).boxed())));
    assert_send(&scope(abandon(counting(&Count::default()).boxed())).whole_runtime().limit(Duration::MAX));
}

// --- generators that can't leave their thread ----------------------------------------------------------------------

#[tokio::test]
async fn a_local_scope_closes_what_can_not_leave_the_thread() {
    let (local, send) = (Count::default(), Count::default());
    let in_body = local.clone();
    let not_send = Rc::new(1);
    let ((), report) = scope(async {
        let mut g = generator!(|y: Yielder<'_, u32>| {
            y.finally(
                async |mut y| {
                    y.yield_(*not_send).await;
                    Ok(())
                },
                async |_| {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    in_body.end();
                    Ok(())
                },
            )
            .await;
        })
        .boxed_local();
        g.anext().await.unwrap();
        drop(g);
        abandon(counting(&send).boxed()).await;
        let in_task = send.clone();
        tokio::task::spawn_local(async move { abandon(counting(&in_task).boxed()).await }).await.unwrap();
    })
    .local()
    .await;
    assert_eq!((local.ended(), send.ended()), (1, 2));
    assert_eq!(report.closed, 3);
}

#[tokio::test(start_paused = true)]
async fn a_local_scope_has_a_time_limit() {
    let ((), report) = scope(async {
        let mut g = generator!(|y: Yielder<'_, u32>| {
            y.finally(
                async |mut y| {
                    y.yield_(1).await;
                    Ok(())
                },
                async |_| std::future::pending().await,
            )
            .await;
        })
        .boxed_local();
        g.anext().await.unwrap();
    })
    .limit(Duration::from_secs(1))
    .local()
    .await;
    assert_eq!(report.unfinished.len(), 1);
}
