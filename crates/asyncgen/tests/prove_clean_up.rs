//! `testing::interrupt_everywhere`: it finds the faults that it promises to find, names where they are, and finds nothing in a
//! generator that has none.
#![cfg(feature = "testing")]

#[path = "keyword/mod.rs"]
mod keyword;

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use asyncgen::hooks::{self, UnraisableHook};
use asyncgen::testing::{Report, Way, interrupt_everywhere};
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, OwnedExt, async_gen};

use keyword::{run, tick};

type Open = Arc<AtomicI32>;

fn said(report: &Report) -> Vec<String> {
    report.faults().iter().map(ToString::to_string).collect()
}

/// The line of this file that has the comment `// (name)`.
fn line_of(name: &str) -> String {
    let comment = format!("// ({name})");
    let line = include_str!("prove_clean_up.rs").lines().position(|line| line.ends_with(&comment)).unwrap() + 1;
    format!("prove_clean_up.rs:{line}")
}

#[test]
fn a_generator_that_cleans_up_passes_at_every_place() {
    let open = Open::default();
    let g = || {
        let open = open.clone();
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            open.fetch_add(1, Relaxed);
            try {
                tick().await;
                yield 1;
                tick().await;
                tick().await;
                yield 2;
            } catch "caught" {
                yield 3;
            } finally {
                tick().await;
                open.fetch_sub(1, Relaxed);
            }
        }
    };
    run(async {
        let mut ways = Vec::new();
        let report = interrupt_everywhere(g)
            .throwing(|| "thrown")
            .checking(|run| {
                assert_eq!(open.load(Relaxed), 0);
                if let Some(interruption) = run.interruption() {
                    let Way::Throw = interruption.way() else { return ways.push(run.clone()) };
                    assert_eq!(run.error(), Some("\"thrown\""));
                }
            })
            .run()
            .await;
        report.assert_clean();
        // Places: 4 awaits and 2 yields; a future is dropped at the awaits only.
        assert_eq!(report.runs(), 1 + 3 * 6 + 4);
        let cancelled: Vec<_> = ways.iter().filter(|run| run.interruption().unwrap().way() == Way::Cancel).collect();
        assert_eq!(cancelled.iter().map(|run| run.yielded()).collect::<Vec<_>>(), [2; 4]);
        let closed: Vec<_> = ways.iter().filter(|run| run.interruption().unwrap().way() == Way::Close).collect();
        assert_eq!(closed.iter().map(|run| run.yielded()).collect::<Vec<_>>(), [0, 1, 1, 1, 2, 2]);
        assert_eq!(
            closed.iter().map(|run| run.interruption().unwrap().awaits()).collect::<Vec<_>>(),
            [1, 1, 2, 3, 3, 4]
        );

        let report = interrupt_everywhere(g).throwing(|| "caught").run().await;
        report.assert_clean();
    });
}

async fn connect(open: &Open) {
    open.fetch_add(1, Relaxed);
    tick().await; // (in connect)
}

#[test]
fn what_is_opened_before_the_try_is_named_by_its_line() {
    let open = Open::default();
    let g = || {
        let open = open.clone();
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            connect(&open).await; // (connects)
            try {
                yield 1;
                tick().await;
            } finally {
                open.fetch_sub(1, Relaxed);
            }
        }
    };
    let report = run(interrupt_everywhere(g)
        .throwing(|| "thrown".into())
        .checking(|_| assert_eq!(open.swap(0, Relaxed), 0, "left open"))
        .run());
    assert_eq!(report.faults().len(), 3, "{report}");
    for (fault, way) in report.faults().iter().zip([Way::Throw, Way::Close, Way::Drop]) {
        let interruption = fault.interruption().unwrap();
        assert_eq!((interruption.way(), interruption.awaits(), interruption.yields()), (way, 1, 0));
        let place = interruption.place().unwrap();
        assert!(place.contains(&format!("{}, in it tests/{},", line_of("connects"), line_of("in connect"))), "{place}");
        assert!(fault.to_string().contains("left open"), "{fault}");
    }
    assert!(report.to_string().starts_with("3 of "), "{report}");
}

#[test]
#[should_panic(expected = "closed at await 1, ")]
fn the_assertion_has_the_place_in_it() {
    let open = Open::default();
    let g = || {
        let open = open.clone();
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            connect(&open).await;
            open.fetch_sub(1, Relaxed);
            yield 1;
        }
    };
    run(interrupt_everywhere(g).checking(|_| assert_eq!(open.swap(0, Relaxed), 0)).run()).assert_clean();
}

#[test]
fn clean_up_that_never_ends_is_named_by_where_it_waits() {
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let mut is_connected = false;
            try {
                yield 1;
                tick().await; // (fetches)
                is_connected = true;
                yield 2;
            } finally exception {
                if exception.is_some() && !is_connected {
                    poll_fn(|cx| { let _kept = cx.waker().clone(); Poll::<()>::Pending }).await; // (logs out)
                }
            }
        }
    };
    let report = run(interrupt_everywhere(g).time_limit(Duration::from_millis(100)).run());
    let [fault] = report.faults() else { panic!("{report}") };
    assert!(fault.to_string().starts_with("closed at yield 1: it did not come to an end within 100ms, and waits at "));
    assert!(fault.to_string().contains(&line_of("logs out")), "{fault}");
}

#[test]
fn a_generator_that_yields_while_it_is_closed() {
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            try { tick().await; yield 1; tick().await; } finally { yield 2; }
        }
    };
    let report = run(interrupt_everywhere(g).run());
    // At its yields it is closed or dropped; at the last one it has cleaned up already.
    let yielded = "it yielded to whoever closed it";
    let places = said(&report);
    assert_eq!(places.len(), 6, "{report}");
    assert!(places.iter().all(|place| place.ends_with(yielded)), "{report}");
    assert!(places[0].starts_with("closed at await 1"), "{report}");
}

#[test]
fn clean_up_that_is_missed() {
    fn inner() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
        async_gen! { try { yield 1; yield 2; } finally { tick().await; } }
    }
    // A local generator that no loop and no owner closes.
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let mut inner = pin!(inner());
            while let Some(n) = inner.try_anext().await? { yield n; }
        }
    };
    let report = run(interrupt_everywhere(g).run());
    let places: Vec<_> = report.faults().iter().map(|fault| fault.interruption().unwrap().clone()).collect();
    // At the two yields and the await, closed and dropped.
    assert_eq!(places.len(), 6, "{report}");
    assert!(report.faults().iter().all(|fault| fault.to_string().ends_with("its clean-up did not run")), "{report}");

    // With an owner, it is closed.
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let mut inner = inner().boxed();
            while let Some(n) = inner.try_anext().await? { yield n; }
        }
    };
    run(interrupt_everywhere(g).run()).assert_clean();
}

#[test]
fn a_panic_is_told_with_its_place() {
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try { yield 1; tick().await; yield 2; } catch error { panic!("on {error}"); }
        }
    };
    let report = run(interrupt_everywhere(g).throwing(|| "thrown").run());
    let places = said(&report);
    assert_eq!(places.len(), 3, "{report}");
    assert_eq!(places[0], "thrown into at yield 1: it panicked: on thrown");
    assert!(places[1].starts_with("thrown into at await 1, after yield 1, "), "{report}");
    assert_eq!(places[2], "thrown into at yield 2: it panicked: on thrown");
}

#[test]
fn an_endless_generator_is_closed_after_its_steps_and_its_closing_is_interrupted_too() {
    let cleaned = Arc::new(AtomicU32::new(0));
    let g = || {
        let cleaned = cleaned.clone();
        async_gen! {
            type Yield = u32; type Sent = Option<u32>; type Error = String;
            try { for n in 0.. { yield n; } } finally { tick().await; tick().await; cleaned.fetch_add(1, Relaxed); }
        }
    };
    let report = run(interrupt_everywhere(g).steps(2).run());
    report.assert_clean();
    // Closed at 2 yields; dropped there, and twice in the closing; that closing's future dropped twice.
    assert_eq!(report.runs(), 1 + 2 + 4 + 2);
    assert_eq!(cleaned.load(Relaxed) as usize, report.runs());
}

#[test]
fn an_error_of_clean_up_is_for_the_check() {
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = &'static str;
            try { yield 1; } finally { tick().await; Err("no connection")?; }
        }
    };
    let mut errors = Vec::new();
    let report = run(interrupt_everywhere(g).checking(|run| errors.push(run.error().map(str::to_owned))).run());
    report.assert_clean();
    assert_eq!(errors.len(), report.runs());
    assert!(errors.iter().all(|error| error.as_deref() == Some("\"no connection\"")), "{errors:?}");
}

#[test]
fn what_happens_elsewhere_is_told_as_ever() {
    // (The hook is the process's: other tests' reports must not come here, as they are in runs.)
    let told = Arc::new(Mutex::new(Vec::new()));
    let in_hook = told.clone();
    let before =
        hooks::set_unraisable(Some(UnraisableHook::new(move |what| in_hook.lock().unwrap().push(what.to_string()))));
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            try { yield 1; } finally { tick().await; }
        }
    };
    run(async {
        interrupt_everywhere(g).run().await.assert_clean();
        assert!(told.lock().unwrap().is_empty());
        let mut missed = pin!(g());
        assert_eq!(missed.anext().await, Ok(1));
    });
    assert_eq!(told.lock().unwrap().len(), 1);
    hooks::set_unraisable(before);
}

#[test]
fn one_that_is_never_ready_at_all() {
    let g = || {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            pending::<()>().await;
            yield 1;
        }
    };
    let report = run(interrupt_everywhere(g).time_limit(Duration::from_millis(50)).run());
    assert_eq!(said(&report), ["not interrupted: it did not come to an end within 50ms"]);
    assert_eq!(report.runs(), 1);
}

/// A generator written by hand that says it has ended, and goes on.
struct Liar(u32);

impl AsyncGenerator for Liar {
    type Yield = u32;
    type Sent = ();
    type Error = String;

    fn begin(
        self: std::pin::Pin<&mut Self>,
        _: asyncgen::Resume<(), String>,
    ) -> Result<(), asyncgen::Refused<(), String>> {
        Ok(())
    }

    fn poll_step(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> Poll<asyncgen::Step<u32, String>> {
        self.0 += 1;
        Poll::Ready(if self.0 == 1 { asyncgen::Step::Yielded(1) } else { asyncgen::Step::Returned })
    }

    fn state(&self) -> asyncgen::State {
        asyncgen::State::Suspended
    }
}

#[test]
fn one_that_only_says_that_it_has_ended() {
    let report = run(interrupt_everywhere(|| Liar(0)).run());
    assert!(said(&report)[0].contains("is not closed"), "{report}");
}

#[cfg(feature = "tokio")]
#[tokio::test(start_paused = true)]
async fn on_tokio_with_time_that_stands_still() {
    use tokio::time::sleep;

    let open = Open::default();
    let g = || {
        let open = open.clone();
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            open.fetch_add(1, Relaxed);
            try {
                for n in 0..3 { sleep(Duration::from_secs(100)).await; yield n; }
            } finally {
                sleep(Duration::from_secs(1)).await;
                open.fetch_sub(1, Relaxed);
            }
        }
    };
    let report = interrupt_everywhere(g).checking(|_| assert_eq!(open.load(Relaxed), 0)).run().await;
    report.assert_clean();
    assert_eq!(report.runs(), 1 + 2 * 7 + 4);
}

#[test]
fn runs_that_differ_are_told() {
    let runs = std::cell::Cell::new(0);
    let g = || {
        runs.set(runs.get() + 1);
        let first = runs.get() == 1;
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            if first { tick().await; tick().await; }
            yield 1;
        }
    };
    let report = run(interrupt_everywhere(g).run());
    assert!(said(&report).iter().any(|fault| fault.contains("its runs differ")), "{report}");
}
