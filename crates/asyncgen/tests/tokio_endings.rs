//! What becomes of the awaited clean-up: each way to end, for each kind of owner. It is the table of the guide's chapter
//! "Clean-up", a test for each cell.
#![cfg(feature = "tokio")]

mod owned_support;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Once;
use std::task::{Context, Waker};

use asyncgen::hooks::{self, Unraisable, UnraisableHook};
use asyncgen::tokio::scope;
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, OwnedExt, StepError, generator};
use owned_support::{Count, ticks};
use tokio::runtime::{Builder, Runtime};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Ending {
    /// The body returns.
    Return,
    /// The body ends with an error.
    Error,
    /// The consumer calls `aclose`.
    Close,
    /// The owner is dropped while the generator is suspended.
    Drop,
    /// The owner is dropped in the middle of a step: a timeout, a `select!`, an aborted task.
    Cancel,
    /// The body panics.
    PanicInBody,
    /// The consumer panics while the generator is suspended.
    PanicOutside,
    /// The runtime is shut down while a task owns the generator.
    Shutdown,
    /// The process exits.
    Exit,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Owner {
    /// Pinned on the stack.
    Stack,
    /// Boxed, with no finalizer at its first step.
    Boxed,
    /// Boxed, its first step made on a tokio runtime.
    BoxedWithHook,
    /// The same, in a scope.
    InScope,
}

/// What was seen: clean-ups that ran to their end, and clean-ups that were reported as missed.
#[derive(Debug, PartialEq)]
struct Seen {
    cleaned_up: usize,
    reported: usize,
}

const CLEANED_UP: Seen = Seen { cleaned_up: 1, reported: 0 };
const MISSED_AND_REPORTED: Seen = Seen { cleaned_up: 0, reported: 1 };
const MISSED: Seen = Seen { cleaned_up: 0, reported: 0 };

/// What a clean-up says before a process exits.
const CLEANED: &str = "the clean-up ran";

fn session(
    count: &Count,
    ending: Ending,
) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> + Send + use<> {
    let count = count.clone();
    generator!(|y| {
        y.finally(
            async |mut y| {
                y.yield_(1).await;
                match ending {
                    Ending::Return => {}
                    Ending::Error => return Err("an error, as wanted".to_owned()),
                    Ending::PanicInBody => panic!("in the body, as wanted"),
                    _ => std::future::pending().await,
                }
                Ok(())
            },
            async |_| {
                if ending == Ending::Exit {
                    println!("{CLEANED}");
                }
                ticks(3).await;
                count.end();
                Ok(())
            },
        )
        .await;
    })
}

async fn run<G>(mut g: G, ending: Ending)
where
    G: AsyncGenerator<Yield = u32, Sent = (), Error = String> + Unpin,
{
    assert_eq!(g.anext().await, Ok(1));
    match ending {
        Ending::Return => assert_eq!(g.anext().await, Err(StepError::StopAsyncIteration)),
        Ending::Error => {
            let error = Exception::Error("an error, as wanted".to_owned());
            assert_eq!(g.anext().await, Err(StepError::Raised(error)));
        }
        Ending::Close => assert_eq!(g.aclose().await, Ok(())),
        Ending::Drop => {}
        Ending::Cancel => assert!(pin!(g.anext()).poll(&mut Context::from_waker(Waker::noop())).is_pending()),
        Ending::PanicInBody => {
            let _ = g.anext().await;
        }
        Ending::PanicOutside => panic!("outside, as wanted"),
        Ending::Shutdown => std::future::pending().await,
        Ending::Exit => std::process::exit(0),
    }
}

thread_local! {
    static REPORTED: RefCell<usize> = const { RefCell::new(0) };
}

/// Every thread counts what is missed on it.
fn count_missed() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        hooks::set_unraisable(Some(UnraisableHook::new(|what| {
            if let Unraisable::MissedCleanUp(_) = what {
                REPORTED.with_borrow_mut(|reported| *reported += 1);
            }
        })));
    });
    REPORTED.set(0);
}

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn see(ending: Ending, owner: Owner) -> Seen {
    count_missed();
    let count = Count::default();
    let g = || session(&count, ending);
    if ending == Ending::Shutdown {
        shut_down(&count, owner);
    } else {
        // A panic is part of the ending.
        let _ = catch_unwind(AssertUnwindSafe(|| match owner {
            Owner::Stack => futures::executor::block_on(run(pin!(g()), ending)),
            Owner::Boxed => futures::executor::block_on(run(g().boxed(), ending)),
            Owner::BoxedWithHook => {
                let runtime = runtime();
                let _ = catch_unwind(AssertUnwindSafe(|| runtime.block_on(run(g().boxed(), ending))));
                runtime.block_on(ticks(200));
            }
            Owner::InScope => {
                runtime().block_on(scope(run(g().boxed(), ending)));
            }
        }));
    }
    Seen { cleaned_up: count.ended(), reported: REPORTED.with_borrow(|reported| *reported) }
}

/// A task has the generator when its runtime is shut down.
fn shut_down(count: &Count, owner: Owner) {
    let g = session(count, Ending::Shutdown);
    let runtime = runtime();
    match owner {
        Owner::Stack => {
            runtime.spawn(async move { run(pin!(g), Ending::Shutdown).await });
        }
        Owner::Boxed => {
            let mut g = g.boxed();
            assert_eq!(futures::executor::block_on(g.anext()), Ok(1));
            runtime.spawn(async move {
                let _g = g;
                std::future::pending::<()>().await;
            });
        }
        Owner::BoxedWithHook => {
            runtime.spawn(run(g.boxed(), Ending::Shutdown));
        }
        // The program ends its tasks in the scope, and the runtime after it.
        Owner::InScope => {
            let ((), report) = runtime.block_on(scope(async move {
                let task = tokio::spawn(hooks::inherit(run(g.boxed(), Ending::Shutdown)));
                ticks(100).await;
                task.abort();
                assert!(task.await.unwrap_err().is_cancelled());
            }));
            assert!(report.is_clean());
        }
    }
    runtime.block_on(ticks(200));
    drop(runtime);
}

macro_rules! cells {
    ($($name:ident: $ending:ident, $owner:ident => $seen:ident;)*) => {
        $(
            #[test]
            fn $name() {
                assert_eq!(see(Ending::$ending, Owner::$owner), $seen);
            }
        )*
    };
}

cells! {
    return_on_the_stack: Return, Stack => CLEANED_UP;
    return_boxed: Return, Boxed => CLEANED_UP;
    return_boxed_with_hook: Return, BoxedWithHook => CLEANED_UP;
    return_in_scope: Return, InScope => CLEANED_UP;

    error_on_the_stack: Error, Stack => CLEANED_UP;
    error_boxed: Error, Boxed => CLEANED_UP;
    error_boxed_with_hook: Error, BoxedWithHook => CLEANED_UP;
    error_in_scope: Error, InScope => CLEANED_UP;

    close_on_the_stack: Close, Stack => CLEANED_UP;
    close_boxed: Close, Boxed => CLEANED_UP;
    close_boxed_with_hook: Close, BoxedWithHook => CLEANED_UP;
    close_in_scope: Close, InScope => CLEANED_UP;

    drop_on_the_stack: Drop, Stack => MISSED_AND_REPORTED;
    drop_boxed: Drop, Boxed => MISSED_AND_REPORTED;
    drop_boxed_with_hook: Drop, BoxedWithHook => CLEANED_UP;
    drop_in_scope: Drop, InScope => CLEANED_UP;

    cancel_on_the_stack: Cancel, Stack => MISSED_AND_REPORTED;
    cancel_boxed: Cancel, Boxed => MISSED_AND_REPORTED;
    cancel_boxed_with_hook: Cancel, BoxedWithHook => CLEANED_UP;
    cancel_in_scope: Cancel, InScope => CLEANED_UP;

    panic_in_the_body_on_the_stack: PanicInBody, Stack => MISSED;
    panic_in_the_body_boxed: PanicInBody, Boxed => MISSED;
    panic_in_the_body_boxed_with_hook: PanicInBody, BoxedWithHook => MISSED;
    panic_in_the_body_in_scope: PanicInBody, InScope => MISSED;

    panic_outside_on_the_stack: PanicOutside, Stack => MISSED_AND_REPORTED;
    panic_outside_boxed: PanicOutside, Boxed => MISSED_AND_REPORTED;
    panic_outside_boxed_with_hook: PanicOutside, BoxedWithHook => CLEANED_UP;
    panic_outside_in_scope: PanicOutside, InScope => CLEANED_UP;

    shutdown_on_the_stack: Shutdown, Stack => MISSED_AND_REPORTED;
    shutdown_boxed: Shutdown, Boxed => MISSED_AND_REPORTED;
    shutdown_boxed_with_hook: Shutdown, BoxedWithHook => MISSED_AND_REPORTED;
    shutdown_in_scope: Shutdown, InScope => CLEANED_UP;
}

/// Runs the test `name` of this file in a process of its own, which it ends by itself; `false` in that process.
fn in_own_process(name: &str) -> bool {
    const VARIABLE: &str = "ASYNCGEN_TEST_EXITS";
    if std::env::var_os(VARIABLE).is_some() {
        return false;
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(VARIABLE, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains(&format!("test {name}")), "{text}");
    assert!(!text.contains("test result"), "the process ended in the test: {text}");
    assert!(!text.contains(CLEANED), "{text}");
    true
}

macro_rules! exits {
    ($($name:ident: $owner:ident;)*) => {
        $(
            #[test]
            fn $name() {
                if !in_own_process(stringify!($name)) {
                    let seen = see(Ending::Exit, Owner::$owner);
                    unreachable!("{seen:?}");
                }
            }
        )*
    };
}

exits! {
    exit_on_the_stack: Stack;
    exit_boxed: Boxed;
    exit_boxed_with_hook: BoxedWithHook;
    exit_in_scope: InScope;
}
