//! Clean-up that nobody runs, or that fails with nobody there, is told to the hook; with the feature `tracing`, it is a
//! warning, and steps are in spans.

mod owned_support;

use std::convert::Infallible;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use asyncgen::hooks::{self, Finalizer, Unraisable, UnraisableHook};
use asyncgen::{AsyncGeneratorExt, OwnedExt, Yielder, generator};
use futures::executor::block_on;
use owned_support::{Abandoned, Count, counting, with_finalizer};

/// The hook is one for the process: one test at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn record() -> MutexGuard<'static, ()> {
    let guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    told();
    hooks::set_unraisable(Some(UnraisableHook::new(|what| {
        let kind = match what {
            Unraisable::MissedCleanUp(_) => "missed",
            Unraisable::CleanUpError(_) => "error",
            Unraisable::CleanUpPanicked { .. } => "panic",
            Unraisable::FinalizerPanicked { .. } => "finalizer",
            Unraisable::IgnoredGeneratorExit { .. } => "ignored",
            _ => "something new",
        };
        TOLD.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{kind}: {what}"));
    })));
    guard
}

fn told() -> Vec<String> {
    std::mem::take(&mut TOLD.lock().unwrap_or_else(PoisonError::into_inner))
}

#[test]
fn a_generator_on_the_stack_that_is_dropped_inside_finally_is_reported_by_its_function() {
    let _guard = record();
    {
        let mut g = pin!(counting(&Count::default()));
        assert_eq!(block_on(g.anext()), Ok(0));
    }
    let told = told();
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("missed: a generator of `"), "{told:?}");
    assert!(told[0].contains("owned_support::counting`"), "{told:?}");
    assert!(told[0].ends_with("its clean-up did not run"), "{told:?}");
}

#[test]
fn an_owned_one_without_a_finalizer_is_reported_with_where_its_owner_was_made() {
    let _guard = record();
    let mut g = counting(&Count::default()).boxed();
    let created = g.created();
    assert_eq!(block_on(g.anext()), Ok(0));
    drop(g);
    let told = told();
    assert_eq!(told.len(), 1);
    if cfg!(not(feature = "tracing")) {
        assert!(told[0].contains(&format!("made at {created}")), "{told:?}");
    }
}

#[cfg(feature = "macros")]
#[test]
fn one_that_yields_while_a_loop_closes_it_is_reported() {
    use asyncgen::{AsyncGenerator, async_gen};

    fn stubborn() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> {
        async_gen! { try { yield 1; } finally { yield 2; } }
    }

    let _guard = record();
    let (sender, abandoned) = std::sync::mpsc::channel();
    let _restore = with_finalizer(Finalizer::new(move |generator| sender.send(generator).unwrap()));
    let mut g = pin!(async_gen! {
        type Yield = u32;
        type Sent = ();
        type Error = Infallible;
        for await _ in stubborn().boxed() {
            break;
        }
        yield 3;
    });
    assert_eq!(block_on(g.anext()), Ok(3));
    assert!(block_on(abandoned.recv().unwrap().close()).is_ok());
    let told = told();
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("ignored: a generator ignored GeneratorExit"), "{told:?}");
}

#[test]
fn what_needs_no_clean_up_is_not_reported() {
    let _guard = record();
    // Not started, ended, closed, raised.
    drop(counting(&Count::default()).boxed());
    let mut g = counting(&Count::default()).boxed();
    assert_eq!(block_on(g.anext()), Ok(0));
    assert_eq!(block_on(g.aclose()), Ok(()));
    drop(g);
    // Outside of `try` blocks.
    let mut plain = generator!(|y: Yielder<'_, u32, (), &'static str>| {
        y.finally(async |_| Ok(()), async |_| Ok(())).await;
        y.yield_(1).await;
    })
    .boxed();
    assert_eq!(block_on(plain.anext()), Ok(1));
    drop(plain);
    assert_eq!(told(), Vec::<String>::new());
}

#[test]
fn a_delegation_is_no_try_block() {
    let _guard = record();
    {
        let mut outer = pin!(generator!(|y: Yielder<'_, u32>| {
            y.yield_from(generator!(|y| {
                y.yield_(1).await;
            }))
            .await;
        }));
        assert_eq!(block_on(outer.anext()), Ok(1));
    }
    assert_eq!(told(), Vec::<String>::new());
}

#[test]
fn of_a_generator_and_its_delegate_the_one_is_reported_that_misses_its_clean_up() {
    let _guard = record();
    {
        let inner = counting(&Count::default());
        let mut outer = pin!(generator!(|y| y.yield_from(inner).await));
        assert_eq!(block_on(outer.anext()), Ok(0));
    }
    let told = told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("owned_support::counting`"), "{told:?}");
}

async fn yield_one(mut y: Yielder<'_, u32>) -> Result<(), Infallible> {
    y.yield_(1).await;
    Ok(())
}

#[test]
fn an_exception_that_could_be_caught_is_clean_up_too() {
    let _guard = record();
    for kind in 0..2 {
        let mut g = pin!(generator!(|y: Yielder<'_, u32>| {
            if kind == 0 {
                let _ = y.try_yield(1).await;
            } else {
                let _ = y.catch(yield_one).await;
            }
        }));
        assert_eq!(block_on(g.anext()), Ok(1));
    }
    assert_eq!(told().len(), 2);
}

#[test]
fn a_try_block_that_its_own_body_drops_is_not_reported() {
    let _guard = record();
    let mut g = pin!(generator!(|y: Yielder<'_, u32>| {
        {
            let mut scope = pin!(y.catch(yield_one));
            assert!(futures::poll!(scope.as_mut()).is_pending());
        }
        y.yield_(2).await;
    }));
    assert_eq!(block_on(g.anext()), Ok(2));
    assert_eq!(block_on(g.aclose()), Ok(()));
    assert_eq!(told(), Vec::<String>::new());
}

#[test]
fn one_that_its_finalizer_throws_away_is_reported() {
    let _guard = record();
    let _restore = with_finalizer(Finalizer::new(drop));
    let mut g = counting(&Count::default()).boxed();
    assert_eq!(block_on(g.anext()), Ok(0));
    drop(g);
    let told = told();
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("missed: "), "{told:?}");
}

#[test]
fn one_that_is_closed_by_its_finalizer_is_not_reported() {
    let _guard = record();
    let abandoned = Abandoned::default();
    let _restore = with_finalizer(abandoned.finalizer());
    let mut g = counting(&Count::default()).boxed();
    assert_eq!(block_on(g.anext()), Ok(0));
    drop(g);
    block_on(abandoned.take().remove(0).close()).unwrap();
    assert_eq!(told(), Vec::<String>::new());
}

#[test]
fn a_finalizer_that_panics_is_reported_and_so_is_the_clean_up_that_it_missed() {
    let _guard = record();
    let _restore = with_finalizer(Finalizer::new(|_| panic!("a finalizer's panic, as wanted")));
    let mut g = counting(&Count::default()).boxed();
    assert_eq!(block_on(g.anext()), Ok(0));
    drop(g);
    let told = told();
    assert_eq!(told.len(), 2);
    assert!(told[0].starts_with("missed: ") && told[1].starts_with("finalizer: "), "{told:?}");
}

#[test]
fn a_hook_that_panics_does_not_let_the_panic_out() {
    let _guard = record();
    hooks::set_unraisable(Some(UnraisableHook::new(|_| panic!("a hook's panic, as wanted"))));
    let mut g = counting(&Count::default()).boxed();
    assert_eq!(block_on(g.anext()), Ok(0));
    drop(g);
}

#[test]
fn a_hook_may_drop_a_generator_itself() {
    static SECOND: Mutex<Option<asyncgen::BoxGenerator<u32>>> = Mutex::new(None);
    let _guard = record();
    let mut second = counting(&Count::default()).boxed();
    assert_eq!(block_on(second.anext()), Ok(0));
    *SECOND.lock().unwrap() = Some(second);
    hooks::set_unraisable(Some(UnraisableHook::new(|_| {
        let second = SECOND.lock().unwrap().take();
        TOLD.lock().unwrap().push("told".to_owned());
        drop(second);
    })));
    let mut g = counting(&Count::default()).boxed();
    assert_eq!(block_on(g.anext()), Ok(0));
    drop(g);
    assert_eq!(told(), ["told", "told"]);
}

#[cfg(feature = "tokio")]
#[test]
fn clean_up_that_fails_outside_of_a_scope_is_reported() {
    let _guard = record();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for fail in [true, false] {
            let mut g = generator!(|y: Yielder<'_, u32, (), &'static str>| {
                y.finally(
                    async |mut y| {
                        y.yield_(1).await;
                        Ok(())
                    },
                    async |_| if fail { Err("no connection") } else { panic!("in clean-up, as wanted") },
                )
                .await;
            })
            .boxed();
            assert_eq!(g.anext().await, Ok(1));
            drop(g);
            owned_support::ticks(20).await;
        }
    });
    let told = told();
    assert_eq!(told.len(), 2);
    assert!(told[0].starts_with("error: ") && told[0].ends_with("no connection\""), "{told:?}");
    assert!(told[1].starts_with("panic: ") && told[1].ends_with("in clean-up, as wanted"), "{told:?}");
}

#[cfg(feature = "tracing")]
mod traced {
    use std::fmt::Write;
    use std::sync::Arc;

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id};
    use tracing::{Event, Subscriber};
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
    use tracing_subscriber::registry::LookupSpan;

    use super::*;

    /// Writes down what happens.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<String>>>);

    struct Fields(String);

    impl Visit for Fields {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            write!(self.0, " {}={value:?}", field.name()).unwrap();
        }
    }

    impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Log {
        fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
            let mut fields = Fields(attributes.metadata().name().to_owned());
            attributes.record(&mut fields);
            let parent = context.span(id).and_then(|span| span.parent().map(|parent| parent.name()));
            let mut log = self.0.lock().unwrap();
            log.push(format!("new {} in {parent:?}", fields.0));
        }

        fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
            let mut fields = Fields(event.metadata().level().to_string());
            event.record(&mut fields);
            let span = context.lookup_current().map(|span| span.name());
            self.0.lock().unwrap().push(format!("{} in {span:?}", fields.0));
        }

        fn on_close(&self, id: Id, context: Context<'_, S>) {
            let name = context.span(&id).map(|span| span.name());
            self.0.lock().unwrap().push(format!("close {name:?}"));
        }
    }

    fn with_log(run: impl FnOnce()) -> Vec<String> {
        let log = Log::default();
        let subscriber = tracing_subscriber::registry().with(log.clone());
        tracing::subscriber::with_default(subscriber, run);
        std::mem::take(&mut log.0.lock().unwrap())
    }

    #[test]
    fn missed_clean_up_is_a_warning_with_the_place_where_the_generator_was_made() {
        let _guard = record();
        let mut line = 0;
        let log = with_log(|| {
            line = line!() + 1;
            let mut g = pin!(generator!(|y: Yielder<'_, u32>| {
                y.finally(
                    async |mut y| {
                        y.yield_(1).await;
                        Ok(())
                    },
                    async |_| Ok(()),
                )
                .await;
            }));
            assert_eq!(block_on(g.anext()), Ok(1));
        });
        let warning = log.last().unwrap();
        assert!(warning.starts_with("WARN message=a generator of `owned_unraisable::traced::missed"), "{log:?}");
        assert!(warning.contains(&format!("made at {}:{line}:", file!())), "{warning}, line {line}");
    }

    #[test]
    fn each_step_is_in_a_span_of_its_own() {
        let _guard = record();
        let log = with_log(|| {
            let mut g = pin!(generator!(|y: Yielder<'_, u32>| {
                tracing::info!("one");
                y.yield_(1).await;
                owned_support::ticks(2).await;
                tracing::info!("two");
            }));
            tracing::info_span!("consumer").in_scope(|| block_on(g.anext()).unwrap());
            tracing::info!("between");
            assert!(block_on(g.anext()).is_err());
        });
        let log: Vec<_> = log.iter().map(|line| line.split(" generator=").next().unwrap()).collect();
        let step = "new step";
        assert_eq!(
            log,
            [
                "new consumer in None",
                step,
                "INFO message=one in Some(\"step\")",
                "close Some(\"step\")",
                "close Some(\"consumer\")",
                "INFO message=between in None",
                step,
                "INFO message=two in Some(\"step\")",
                "close Some(\"step\")",
            ]
        );
    }
}
