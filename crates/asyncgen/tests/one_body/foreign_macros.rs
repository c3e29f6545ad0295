//! What `docs/macros-in-bodies.md` says of other macros in a body, where no other test does.

use std::cell::Cell;
use std::convert::Infallible;
use std::fmt::Write;
use std::pin::pin;
use std::sync::{Arc, Mutex};

use asyncgen::hooks::{self, UnraisableHook};
use asyncgen::{AsyncGenerator, AsyncGeneratorExt, Exception, StepError, async_gen, stream, try_stream};
use futures::stream::iter;
use futures::{FutureExt, StreamExt};

use crate::keyword::{Log, forever, run, tick};
use crate::language::{all, is_send, raised, send};

macro_rules! returns {
    () => {
        return
    };
    ($value:expr) => {
        return $value
    };
}

macro_rules! breaks {
    () => {
        break
    };
}

macro_rules! continues {
    () => {
        continue
    };
}

macro_rules! waits {
    ($future:expr) => {
        $future.await
    };
}

macro_rules! evaluates {
    ($value:expr) => {
        $value
    };
}

/// Of the name of one of `log`'s and of `tracing`'s.
macro_rules! info {
    ($($value:expr),*) => {
        { $(let _ = $value;)* }
    };
}

macro_rules! defines {
    ($name:ident, $value:expr) => {
        let $name = $value;
    };
}

/// What the hook is told while `program` runs.
fn told(program: impl FnOnce()) -> String {
    // It is one hook for the whole process.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap();
    let told = Arc::new(Mutex::new(String::new()));
    let here = Arc::clone(&told);
    hooks::set_unraisable(Some(UnraisableHook::new(move |what| writeln!(here.lock().unwrap(), "{what}").unwrap())));
    program();
    hooks::set_unraisable(None);
    let told = told.lock().unwrap();
    told.clone()
}

/// Five numbers, with clean-up.
fn numbers(log: &Log) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = String> {
    async_gen! {
        try { for n in 0..5 { yield n; } } finally { tick().await; log.add("closed"); }
    }
}

#[test]
fn every_way_out_works_in_the_arguments_of_a_std_macro() {
    let log = &Log::default();
    let g = |way: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let log: &Log = log;
            'outer: for i in 0..2 {
                for await n in numbers(log) {
                    try {
                        assert_eq!(match way {
                            0 => n,
                            1 if n == 1 => break,
                            2 if n == 1 => break 'outer,
                            3 if n < 4 => continue,
                            4 if n == 1 => return,
                            5 if n == 1 => return Err("returned".to_owned()),
                            6 if n == 1 => raise!("raised"),
                            7 if n == 1 => Err("question")?,
                            8 => { tick().await; n }
                            _ => n,
                        }, n, "{:?}", yield n);
                        yield 10 * i + n;
                    } finally {
                        if n == 1 { log.add("finally"); }
                    }
                }
            }
        }
    };
    let rows = |i: u32| (0..5).map(move |n| 10 * i + n);
    let both = rows(0).chain(rows(1)).collect::<Vec<u32>>();
    for (way, values, end, events) in [
        (0, both.clone(), Ok(()), "finally closed finally closed"),
        (1, vec![0, 10], Ok(()), "finally closed finally closed"),
        (2, vec![0], Ok(()), "finally closed"),
        (3, vec![4, 14], Ok(()), "finally closed finally closed"),
        (4, vec![0], Ok(()), "finally closed"),
        (5, vec![0], raised("returned".to_owned()), "finally closed"),
        (6, vec![0], raised("raised".to_owned()), "finally closed"),
        (7, vec![0], raised("question".to_owned()), "finally closed"),
        (8, both, Ok(()), "finally closed finally closed"),
    ] {
        assert_eq!(all(g(way)), (values, end), "{way}");
        assert_eq!(log.take(), events, "{way}");
    }
}

#[test]
fn the_macros_of_log_and_tracing_stay_as_they_are_and_take_question_marks() {
    fn g(cell: Cell<u32>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = std::num::ParseIntError> + Send {
        async_gen! {
            try {
                info!(cell.get(), "1".parse::<u32>()?);
                yield cell.get();
                info!("x".parse::<u32>()?);
            } catch _ {
                yield 404;
            }
        }
    }
    assert_eq!(all(g(Cell::new(1))).0, [1, 404]);
}

#[test]
fn an_unknown_macro_outside_of_every_try_and_loop_is_left_as_it_is() {
    let log = &Log::default();
    let g = |way: u32| {
        async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let log: &Log = log;
            try { yield 1; } finally { log.add("finally"); }
            for i in 0..2 {
                if way == 0 { breaks!(); }
                if way == 1 { continues!(); }
                yield 10 + i;
            }
            if way == 2 { returns!(Ok(())); }
            if way == 3 { returns!(Err("returned".to_owned())); }
            defines!(two, 2);
            waits!(tick());
            yield evaluates!(two);
        }
    };
    for (way, values, end) in [
        (0, vec![1, 2], Ok(())),
        (1, vec![1, 2], Ok(())),
        (2, vec![1, 10, 11], Ok(())),
        (3, vec![1, 10, 11], raised("returned".to_owned())),
        (4, vec![1, 10, 11, 2], Ok(())),
    ] {
        assert_eq!(all(g(way)), (values, end), "{way}");
    }
    // An exception at an await that such a macro hides ends the body there.
    run(async {
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            yield 1;
            waits!(forever());
        });
        assert_eq!(g.anext().await, Ok(1));
        assert!(g.anext().now_or_never().is_none());
        assert_eq!(g.aclose().await, Ok(()));
    });
    // The body of a stream that has no errors ends with `()`.
    let s = stream! { yield 1; returns!(); };
    assert_eq!(run(s.collect::<Vec<u32>>()), [1]);
}

#[test]
fn an_exception_at_an_await_that_an_unknown_macro_hides_in_a_loop_is_raised_in_the_loop() {
    run(async {
        let log = &Log::default();
        let mut g = pin!(async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            for await n in numbers(log) {
                yield n;
                waits!(forever());
            }
        });
        assert_eq!(g.anext().await, Ok(0));
        assert!(g.anext().now_or_never().is_none());
        assert_eq!(g.aclose().await, Ok(()));
        assert_eq!(log.take(), "closed");
    });
}

#[test]
fn what_an_unknown_macro_in_a_try_only_reads_must_be_sync_for_a_send_generator() {
    fn outside(cell: Cell<u32>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> {
        async_gen! { yield evaluates!(cell.get()); }
    }
    fn inside(cell: Cell<u32>) -> impl AsyncGenerator<Yield = u32, Sent = (), Error = Infallible> {
        async_gen! { try { yield evaluates!(cell.get()); cell.set(1); } finally {} }
    }
    assert_eq!(all(send(outside(Cell::new(1)))).0, [1]);
    assert!(!is_send!(inside(Cell::new(1))));
}

#[test]
fn an_unknown_macro_in_a_try_is_given_values_and_gives_one() {
    let g = async_gen! {
        type Yield = String; type Sent = (); type Error = String;
        let (text, number) = ("text".to_owned(), 5);
        try {
            let moved = evaluates!(text);
            yield evaluates!(format!("{moved} {number}"));
            let length = evaluates!(moved.len());
            yield evaluates!(length + number).to_string();
        } catch _ {}
    };
    assert_eq!(all(g), (vec!["text 5".to_owned(), "9".to_owned()], Ok(())));
}

#[test]
fn a_statement_with_braces_is_left_as_it_is_and_may_define_variables() {
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        let log: &Log = log;
        try {
            defines! { one, 1 }
            yield one;
        } finally {
            defines! { end, "finally" }
            log.add(end);
        }
        for await n in numbers(log) {
            defines! { more, n + 2 }
            yield more;
            if n == 1 { breaks! {} }
        }
    };
    assert_eq!(all(g), (vec![1, 2, 3], Ok(())));
    assert_eq!(log.take(), "finally closed");
}

#[test]
fn a_macro_of_several_statements_and_one_with_a_semicolon_are_statements() {
    macro_rules! says {
        ($log:expr, $text:expr) => {
            let text = $text;
            $log.add(text);
        };
    }
    let log = &Log::default();
    let g = async_gen! {
        type Yield = u32; type Sent = (); type Error = String;
        let log: &Log = log;
        try { says!(log, "one"); yield 1; } finally { says!(log, "two"); }
    };
    assert_eq!(all(g), (vec![1], Ok(())));
    assert_eq!(log.take(), "one two");
}

#[test]
fn an_error_that_a_macro_returns_in_clean_up_is_raised_from_there_and_no_clean_up_was_missed() {
    macro_rules! bail {
        ($error:expr) => {
            return Err($error.to_owned())
        };
    }
    let log = &Log::default();
    let told = told(|| {
        for way in 0..3 {
            let g = async_gen! {
                type Yield = u32; type Sent = (); type Error = String;
                let log: &Log = log;
                try { yield 1; } finally {
                    if way == 0 { bail!("bailed"); }
                    if way == 1 { returns!(Err("returned".to_owned())); }
                    if way == 2 { Err("question")?; }
                    log.add("not reached");
                }
            };
            assert_eq!(all(g), (vec![1], raised(["bailed", "returned", "question"][way].to_owned())));
        }
    });
    assert_eq!(log.take(), "");
    assert_eq!(told, "");
}

#[test]
fn a_return_in_a_statement_with_braces_passes_by_the_finally_which_is_told() {
    let log = &Log::default();
    let told = told(|| {
        let g = async_gen! {
            type Yield = u32; type Sent = (); type Error = String;
            let log: &Log = log;
            try {
                yield 1;
                returns! { Err("returned".to_owned()) }
            } catch _ {
                log.add("caught");
            } finally {
                log.add("finally");
            }
        };
        assert_eq!(all(g), (vec![1], raised("returned".to_owned())));
    });
    assert_eq!(log.take(), "");
    assert!(told.contains("clean-up did not run"), "{told}");
}

#[test]
fn an_exception_at_an_await_in_a_statement_with_braces_passes_by_the_catch_and_the_finally_which_is_told() {
    let log = &Log::default();
    let told = told(|| {
        run(async {
            let mut g = pin!(async_gen! {
                type Yield = u32; type Sent = (); type Error = String;
                yield 1;
                try {
                    waits! { forever() }
                } catch _ {
                    log.add("caught");
                } finally {
                    log.add("finally");
                }
            });
            assert_eq!(g.anext().await, Ok(1));
            assert!(g.anext().now_or_never().is_none());
            let thrown = g.athrow("thrown".to_owned()).await;
            assert_eq!(thrown, Err(StepError::Raised(Exception::Error("thrown".to_owned()))));
        });
    });
    assert_eq!(log.take(), "");
    assert!(told.contains("clean-up did not run"), "{told}");
}

#[test]
fn a_hidden_break_and_continue_work_in_the_loop_of_a_stream() {
    let s = stream! {
        for await n in iter(0..9) {
            if n % 2 == 0 { continues!(); }
            if n > 5 { breaks!(); }
            yield n;
        }
        yield 100;
    };
    assert_eq!(run(s.collect::<Vec<u32>>()), [1, 3, 5, 100]);
}

#[test]
fn a_return_that_is_hidden_in_the_loop_of_a_stream_drops_what_the_loop_goes_over() {
    let log = &Log::default();
    let mut items = Vec::new();
    let told = told(|| {
        let s = stream! {
            let infallible = stream! { try { for n in 0..5 { yield n; } } finally { tick().await; log.add("closed"); } };
            for await n in infallible {
                yield n;
                if n == 1 { returns!(); }
            }
        };
        items = run(s.collect::<Vec<u32>>());
    });
    assert_eq!(items, [0, 1]);
    assert_eq!(log.take(), "");
    assert!(told.contains("clean-up did not run"), "{told}");
}

#[test]
fn a_return_that_is_hidden_in_a_try_of_a_stream_leaves_it_through_the_finally() {
    let log = &Log::default();
    let s = stream! {
        for await n in iter(0..5) {
            try {
                yield n;
                if n == 1 { returns!(); }
            } finally {
                tick().await;
                log.add("finally");
            }
        }
    };
    assert_eq!(run(s.collect::<Vec<u32>>()), [0, 1]);
    assert_eq!(log.take(), "finally finally");
}

#[test]
fn a_stream_that_is_closed_at_an_await_that_is_hidden_in_its_loop_is_dropped() {
    let told = told(|| {
        run(async {
            let log = &Log::default();
            let mut outer = pin!(async_gen! {
                type Yield = u32; type Sent = (); type Error = String;
                let waiting = stream! {
                    let inner = stream! { try { for n in 0..5 { yield n; } } finally { tick().await; log.add("closed"); } };
                    for await n in inner { yield n; waits!(forever()); }
                };
                for await n in waiting { yield n; }
            });
            assert_eq!(outer.anext().await, Ok(0));
            assert!(outer.anext().now_or_never().is_none());
            assert_eq!(outer.aclose().await, Ok(()));
            assert_eq!(log.take(), "");
        });
    });
    assert!(told.contains("clean-up did not run"), "{told}");
}

#[test]
fn a_yield_in_the_arguments_of_any_macro_is_a_streams() {
    let s = stream! {
        let () = evaluates!(yield 1);
        for await n in iter([2]) {
            let () = evaluates!(yield n);
        }
    };
    assert_eq!(run(s.collect::<Vec<u32>>()), [1, 2]);
    let s = try_stream! {
        evaluates!(yield 1);
        evaluates!("x".parse::<u32>()?);
    };
    let items: Vec<Result<u32, std::num::ParseIntError>> = run(s.collect());
    assert_eq!(items.len(), 2);
    assert_eq!(items[0], Ok(1));
}

#[test]
fn a_bail_in_a_stream_makes_its_items_results() {
    macro_rules! bail {
        ($error:expr) => {
            return Err($error)
        };
    }
    let s = stream! {
        yield Ok(1);
        for await n in iter([2]) {
            yield Ok(n);
            bail!("end");
        }
    };
    assert_eq!(run(s.collect::<Vec<Result<u32, &str>>>()), [Ok(1), Ok(2), Err("end")]);
}
