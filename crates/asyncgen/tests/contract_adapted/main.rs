//! The contract's tests once more, through each adaptor: their `generator!` is put between here.
#![cfg(feature = "tokio")] // Once is enough of so many.
#![forbid(unsafe_code)]
#![allow(unused_imports, reason = "of the macro that is replaced")]
#![allow(clippy::duplicate_mod, reason = "each time with another macro")]

#[path = "../common/mod.rs"]
mod common;

use asyncgen::{Exception, StepError, Yielder};

/// The yielder of most bodies.
type Y<'a> = Yielder<'a, u32, Option<u32>, &'static str>;

/// The end of a step that a body ends with this error.
fn raised<R>(error: &'static str) -> StepError<&'static str, R> {
    StepError::Raised(Exception::Error(error))
}

/// The tests, with each generator adapted.
macro_rules! contract {
    ($dollar:tt $($name:ident: |$generator:ident| $adapted:expr;)+) => {
        $(
            #[path = "."]
            mod $name {
                fn adapt<G: asyncgen::AsyncGenerator<Sent: asyncgen::SentValue>>(
                    $generator: G,
                ) -> impl asyncgen::AsyncGenerator<Yield = G::Yield, Sent = G::Sent, Error = G::Error> {
                    #[allow(unused_imports)]
                    use asyncgen::AdaptExt;
                    $adapted
                }

                macro_rules! adapted {
                    ($dollar($dollar body:tt)*) => { super::adapt(::asyncgen::generator!($dollar($dollar body)*)) };
                }
                use adapted as generator;

                #[path = "../contract/clean_up.rs"]
                mod clean_up;
                #[path = "../contract/close.rs"]
                mod close;
                #[path = "../contract/delegation.rs"]
                mod delegation;
                #[path = "../contract/interrupt.rs"]
                mod interrupt;
                #[path = "../contract/panic.rs"]
                mod panic;
                #[path = "../contract/start.rs"]
                mod start;
                #[path = "../contract/step.rs"]
                mod step;
                #[path = "../contract/throw.rs"]
                mod throw;
            }
        )+
    };
}

contract! { $
    map_yielded: |generator| generator.map_yielded(|value| value);
    map_sent: |generator| generator.map_sent(|value| value);
    map_error: |generator| generator.map_error(|error| error, Ok);
    all: |generator| generator.map_yielded(Some).map_sent(|value| value).map_error(Some, |error| error.ok_or(None))
        .map_yielded(|value| value.expect("there is one"))
        .map_error(|error| error.expect("there is one"), |error| Ok(Some(error)));
}

/// The time's runtime, for the limit: it never comes to that.
fn in_runtime() {
    use std::sync::LazyLock;
    use tokio::runtime::{Builder, EnterGuard, Runtime};

    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_multi_thread().enable_time().build().unwrap());
    thread_local!(static ENTERED: EnterGuard<'static> = RUNTIME.enter());
    ENTERED.with(|_| {});
}

contract! { $
    time_limit: |generator| {
        crate::in_runtime();
        generator.time_limit(std::time::Duration::from_secs(3_600)).map_yielded(|value| value.expect("in time"))
    };
}
