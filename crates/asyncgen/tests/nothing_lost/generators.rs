//! `async_gen!`: the same ways.

use std::pin::pin;

use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, StepError, async_gen, try_stream};
use futures::FutureExt;

use crate::keyword::{Log, run, tick};
use crate::language::{all, closed_after, raised, thrown_after};

fn fails() -> Result<(), String> {
    Err("lost".to_owned())
}

macro_rules! give_up {
    ($error:expr) => {
        return Err($error)
    };
}

fn rows() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! { yield 1; raise!("lost") }
}

type Ends = (Vec<u32>, Result<(), Exception<String>>);

fn lost() -> Ends {
    (vec![1], raised("lost".to_owned()))
}

/// A generator of `u32` and `String`, from its body.
macro_rules! ends {
    ($($body:tt)*) => {{
        let ends: Ends = all(async_gen! { type Yield = u32; type Sent = (); type Error = String; $($body)* });
        ends
    }};
}

#[test]
fn by_a_return_of_every_kind() {
    assert_eq!(ends! { yield 1; return fails(); }, lost());
    assert_eq!(ends! { yield 1; return Err("lost".to_owned()); }, lost());
    assert_eq!(ends! { yield 1; if true { give_up!("lost".to_owned()); } yield 2; }, lost());
    assert_eq!(ends! { yield 1; let end = fails(); return end; }, lost());
    assert_eq!(ends! { yield 1; return async { fails() }.await; }, lost());
    assert_eq!(ends! { yield 1; return if true { fails() } else { Ok(()) }; }, lost());
}

#[test]
fn by_a_value_at_the_end_of_every_kind() {
    assert_eq!(ends! { yield 1; fails() }, lost());
    assert_eq!(ends! { yield 1; match 1 { 1 => fails(), _ => Ok(()) } }, lost());
    assert_eq!(ends! { yield 1; if true { fails() } else { Ok(()) } }, lost());
    assert_eq!(ends! { yield 1; { fails() } }, lost());
    assert_eq!(ends! { yield 1; async { fails() }.await }, lost());
    assert_eq!(ends! { yield 1; 'end: { if true { break 'end fails(); } Ok(()) } }, lost());
    assert_eq!(ends! { yield 1; try { fails()?; } }, lost());
}

#[test]
fn by_raising_of_every_kind() {
    assert_eq!(ends! { yield 1; raise!("lost") }, lost());
    assert_eq!(ends! { yield 1; raise!(Exception::Error("lost".to_owned())); }, lost());
    assert_eq!(ends! { yield 1; fails()?; }, lost());
    assert_eq!(ends! { yield 1; Err("lost")? }, lost());
}

#[test]
fn by_loops_and_delegation() {
    assert_eq!(ends! { for await row in rows() { yield row; } }, lost());
    assert_eq!(ends! { yield from rows(); }, lost());
    assert_eq!(
        ends! { for await row in try_stream! { type Yield = u32; type Error = String; yield 1; fails()?; } { yield row?; } },
        lost()
    );
    assert_eq!(ends! { try { yield from rows(); } catch error if error.is_empty() {} }, lost());
}

#[test]
fn by_a_return_of_a_function_through_a_finally() {
    let log = &Log::default();
    let ends: Ends = all(async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        try { yield 1; return fails(); } catch _ { log.add("caught"); } finally { tick().await; log.add("finally"); }
    });
    assert_eq!(ends, lost());
    assert_eq!(log.take(), "finally");
}

#[test]
fn what_is_thrown_in_comes_out_of_every_kind_of_block_that_does_not_catch_it() {
    let thrown = |generator| -> Ends { thrown_after(1, "lost".to_owned(), generator) };
    fn boxed<'g>(
        generator: impl AsyncGenerator<Yield = u32, Sent = (), Error = String> + 'g,
    ) -> std::pin::Pin<Box<dyn AsyncGenerator<Yield = u32, Sent = (), Error = String> + 'g>> {
        Box::pin(generator)
    }
    assert_eq!(thrown(boxed(async_gen! { yield 1; })), lost());
    assert_eq!(thrown(boxed(async_gen! { try { yield 1; } finally { tick().await; } })), lost());
    assert_eq!(
        thrown(boxed(async_gen! { type Error = String; try { yield 1; } catch error if error.is_empty() {} })),
        lost()
    );
    assert_eq!(thrown(boxed(async_gen! { for await n in rows() { yield n; } })), lost());
    assert_eq!(thrown(boxed(async_gen! { try { yield 1; } catch GeneratorExit {} })), lost());
    assert_eq!(thrown(boxed(async_gen! { type Error = String; let end = try { yield 1; }; return end; })), lost());
    assert_eq!(thrown(boxed(async_gen! { yield from rows(); })), lost());
    // Closing is no error.
    assert_eq!(closed_after(1, async_gen! { type Yield = u32; type Sent = (); type Error = String; let end = try { yield 1; }; return end; }).1, Ok(()));
}

fn closed_slowly() -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! { try { yield 1; } finally { tick().await; } }
}

/// What a consumer sees that comes back as clean-up runs which `way` has begun, in a `finally` and in a loop's closing.
macro_rules! as_clean_up_runs {
    ($g:ident: $check:expr; $($way:tt)*) => {
        run(async {
            let mut $g = pin!(async_gen! {
                type Yield = u32; type Sent = (); type Error = String;
                try { yield 1; $($way)* } finally { tick().await; }
            });
            assert_eq!($g.anext().await, Ok(1));
            assert!($g.anext().now_or_never().is_none());
            $check;
            let mut $g = pin!(async_gen! {
                type Yield = u32; type Sent = (); type Error = String;
                for await n in closed_slowly() {
                    yield n;
                    $($way)*
                }
            });
            assert_eq!($g.anext().await, Ok(1));
            assert!($g.anext().now_or_never().is_none());
            $check;
        });
    };
}

/// The consumer went away as the clean-up ran, and closes the generator then.
#[test]
fn what_is_returned_through_a_finally_outlives_a_closing_that_waits_for_it() {
    macro_rules! returning {
        ($($way:tt)*) => {
            as_clean_up_runs!(g: assert_eq!(g.aclose().await.unwrap_err().to_string(), "lost"); $($way)*);
        };
    }
    returning!(raise!("lost"););
    returning!(give_up!("lost".to_owned()););
    returning!(return Err("lost".to_owned()););
    returning!(return fails(););
}

/// An error is thrown in as the clean-up runs that a `return` has begun (C25).
#[test]
fn what_waits_for_clean_up_is_raised_at_its_end_though_the_body_returns_through_it() {
    let late = || Err(StepError::Raised(Exception::Error("late".to_owned())));
    as_clean_up_runs!(g: assert_eq!(g.athrow("late".to_owned()).await, late()); return;);
    as_clean_up_runs!(g: assert_eq!(g.athrow("late".to_owned()).await, late()); return Ok(()););
    // A value at the end is discarded (C26).
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String; type Return = u32;
            try { yield 1; return 7; } finally { tick().await; }
        });
        assert_eq!(g.anext().await, Ok(1));
        assert!(g.anext().now_or_never().is_none());
        assert_eq!(g.athrow("late".to_owned()).await, Err(StepError::Raised(Exception::Error("late".to_owned()))));
        assert_eq!(g.return_value(), None);
    });
    // It is raised there, not at the end of the body: a `catch` around sees it.
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            try { try { yield 1; return; } finally { tick().await; } } catch late { yield late.len() as u32; }
        });
        assert_eq!(g.anext().await, Ok(1));
        assert!(g.anext().now_or_never().is_none());
        assert_eq!(g.athrow("late".to_owned()).await, Ok(Some(4)));
    });
}
