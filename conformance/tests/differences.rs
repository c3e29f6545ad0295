//! The meant differences, one test each: what asyncgen does there. (That CPython does the same with the oracle's help
//! is checked by the corpus.) The numbers are those of the table in the README.
#![allow(clippy::doc_markdown, reason = "CPython is a name, not code")]

use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

use asyncgen::hooks::{self, UnraisableHook};
use asyncgen::{AsyncGeneratorExt, StepError, async_gen};
use conformance::interpret::{self, Delegation};
use conformance::keyword::Loops;
use conformance::program::Stmt::{Await, Break, Continue, Finally, For, From, Mark, Raise, Repeat, Return, Try, Yield};
use conformance::program::{Block, Call, Case, Cut, Expr, Filter, Id, Kind, Op, Stmt};
use conformance::script::{Error, Log, Made, Pause, play};

const ANEXT: Op = Op { call: Call::Anext, cut: None };
const ASEND: Op = Op { call: Call::Asend(Some(5)), cut: None };
const ATHROW: Op = Op { call: Call::Athrow(Kind::A), cut: None };
const ACLOSE: Op = Op { call: Call::Aclose, cut: None };
const DROP: Op = Op { call: Call::Drop, cut: None };

/// The operation, its future dropped after one poll.
fn given_up(op: Op) -> Op {
    Op { cut: Some(Cut(1, None)), ..op }
}

fn yield_(id: Id, value: i64) -> Stmt {
    Yield(id, Expr(value, None), None)
}

fn try_(id: Id, block: Block, filter: Filter, handler: Block) -> Stmt {
    Try(id, block, vec![(filter, handler)])
}

/// The trace of a program, a line for each operation.
fn run(program: &[Block], script: &[Op]) -> Vec<String> {
    let case = Case { program: program.to_vec(), script: script.to_vec() };
    assert!(case.is_well_formed());
    let [by_levels, direct] = Delegation::BOTH.map(|delegation| interpret::run(&case, delegation));
    assert_eq!(by_levels, direct);
    direct.iter().map(ToString::to_string).collect()
}

#[test]
fn d1_anext_carries_on_with_a_step_in_flight() {
    let trace = run(&[vec![Await(1, 2), yield_(2, 7)]], &[given_up(ANEXT), ANEXT]);
    assert_eq!(trace, ["(given up) [Running] begin0 await1/0", "7 [Suspended] await1/1 await1. yield2"]);
}

#[test]
fn d2_athrow_raises_at_the_await_where_a_step_in_flight_stands() {
    let body = vec![try_(1, vec![Await(2, 2)], Filter::A, vec![yield_(3, 7)])];
    let trace = run(&[body], &[given_up(ANEXT), ATHROW]);
    assert_eq!(trace, ["(given up) [Running] begin0 try1 await2/0", "7 [Suspended] catch1=A:t1 yield3"]);
}

#[test]
fn d2_aclose_does_not_wait_for_the_await_where_a_step_in_flight_stands() {
    let trace = run(&[vec![Await(1, 99)]], &[given_up(ANEXT), ACLOSE]);
    assert_eq!(trace, ["(given up) [Running] begin0 await1/0", "None [Closed] "]);
}

#[test]
fn d3_a_closing_in_flight_is_carried_on_with() {
    let program = [vec![Finally(1, vec![yield_(2, 7)], vec![Await(3, 2)])]];
    let first = "(given up) [Running] finally1 await3/0";
    let by_aclose = run(&program, &[ANEXT, given_up(ACLOSE), ACLOSE]);
    assert_eq!(by_aclose[1..], [first, "None [Closed] await3/1 await3. finally1."]);
    let by_anext = run(&program, &[ANEXT, given_up(ACLOSE), ANEXT]);
    assert_eq!(by_anext[1..], [first, "StopAsyncIteration [Closed] await3/1 await3. finally1."]);
}

#[test]
fn d4_a_generator_that_ignores_generator_exit_gives_its_value_and_can_be_closed_again() {
    let body = vec![try_(1, vec![yield_(2, 7)], Filter::Exit, vec![yield_(3, 8)])];
    let trace = run(&[body], &[ANEXT, ACLOSE, ACLOSE]);
    let ignored = "ignored GeneratorExit, yielded 8 [Suspended] catch1=GeneratorExit: yield3";
    assert_eq!(trace[1..], [ignored, "None [Closed] "]);
}

#[test]
fn d5_an_exception_waits_until_clean_up_has_ended() {
    let cleaned = Finally(2, vec![], vec![Await(3, 2), Mark(4)]);
    let body = vec![try_(1, vec![cleaned, Mark(5)], Filter::A, vec![Mark(6)])];
    let trace = run(&[body], &[given_up(ANEXT), ATHROW]);
    assert_eq!(trace[1], "StopAsyncIteration [Closed] await3/1 await3. mark4 finally2. catch1=A:t1 mark6 end0");
}

#[test]
fn d5_an_error_on_its_way_goes_before_what_waits() {
    let cleaned = Finally(2, vec![Raise(3, Kind::B)], vec![Await(4, 1)]);
    let body = vec![try_(1, vec![cleaned], Filter::B, vec![Await(5, 1)])];
    let trace = run(&[body], &[given_up(ANEXT), ATHROW]);
    assert_eq!(trace[1], "A(t1) [Closed] await4. finally2. catch1=B:m3 await5/0");
}

#[test]
fn d5_generator_exit_on_its_way_gives_way_to_an_error_that_waits() {
    let body = vec![Finally(1, vec![yield_(2, 7)], vec![Await(3, 1)])];
    let trace = run(&[body], &[ANEXT, given_up(ACLOSE), ATHROW]);
    assert_eq!(trace[2], "A(t2) [Closed] await3. finally1.");
}

#[test]
fn d5_what_waits_is_raised_at_a_yield_of_the_clean_up() {
    let body = vec![Finally(1, vec![], vec![Await(2, 1), yield_(3, 7), Mark(4)])];
    let trace = run(&[body], &[given_up(ANEXT), ATHROW]);
    assert_eq!(trace[1], "A(t1) [Closed] await2. yield3");
}

#[test]
fn d5_of_two_that_wait_the_error_is_raised_first_and_the_exit_is_not_lost() {
    let clean_up = vec![Await(2, 3), try_(3, vec![yield_(4, 7)], Filter::A, vec![Await(5, 1)])];
    let body = vec![Finally(1, vec![], clean_up), Mark(6)];
    let trace = run(&[body], &[given_up(ANEXT), given_up(ACLOSE), ATHROW]);
    // The handler is clean-up: `GeneratorExit` waits for its end too, and then ends the body before mark 6.
    let expected = "StopAsyncIteration [Closed] await2/2 await2. try3 yield4 catch3=A:t2 await5/0 await5. finally1.";
    assert_eq!(trace[2], expected);
}

#[test]
fn d6_an_exception_in_a_loop_is_raised_in_the_loop_which_closes_its_generator() {
    let outer = vec![try_(1, vec![For(2, 0, 1, vec![])], Filter::A, vec![Mark(3)])];
    let inner = vec![try_(5, vec![Await(6, 2)], Filter::Any, vec![Mark(7)])];
    let trace = run(&[outer, inner], &[given_up(ANEXT), ATHROW]);
    assert_eq!(trace[1], "StopAsyncIteration [Closed] catch5=GeneratorExit: mark7 end1 catch1=A:t1 mark3 end0");
}

#[test]
fn d7_a_second_error_is_refused_while_a_first_one_waits() {
    let body = vec![Finally(1, vec![], vec![Await(2, 3)])];
    let trace = run(&[body], &[given_up(ANEXT), given_up(ATHROW), ATHROW, ANEXT]);
    assert_eq!(trace[2..], ["AlreadyRunning [Running] ", "A(t1) [Closed] await2/2 await2. finally1."]);
}

#[test]
fn d7_what_comes_while_an_error_waits_in_a_delegate_waits_outside_of_it_in_order() {
    let second = try_(4, vec![Await(5, 3)], Filter::Any, vec![Await(6, 3)]);
    let delegate = vec![try_(2, vec![Finally(3, vec![], vec![Await(7, 2)])], Filter::Any, vec![second])];
    let script = [given_up(ANEXT), given_up(ATHROW), given_up(ATHROW), ACLOSE];
    let trace = run(&[vec![From(1, 1, None)], delegate], &script);
    assert_eq!(trace[2], "(given up) [Running] await7. finally3. catch2=A:t1 try4 await5/0");
    assert_eq!(trace[3], "None [Closed] catch4=A:t2 await6/0");
}

#[test]
fn d8_a_dropped_generator_runs_nothing_more() {
    let body = vec![Finally(1, vec![yield_(2, 7)], vec![Mark(3)])];
    let trace = run(&[body], &[ANEXT, DROP]);
    assert_eq!(trace, ["7 [Suspended] begin0 try1 yield2", " [Dropped] "]);
}

#[test]
fn d9_a_delegate_is_closed_also_at_an_await_and_then_generator_exit_goes_on() {
    let delegate = vec![try_(3, vec![Await(4, 2)], Filter::Exit, vec![Await(5, 1)])];
    let trace = run(&[vec![From(1, 1, None), Mark(2)], delegate], &[given_up(ANEXT), ACLOSE]);
    assert_eq!(trace[1], "None [Closed] catch3=GeneratorExit: await5/0 await5. end1");
}

#[test]
fn d9_an_error_on_top_of_a_closing_does_not_make_the_delegation_forget_it() {
    let closing = try_(4, vec![yield_(5, 7)], Filter::Exit, vec![Await(6, 1)]);
    let delegate = vec![try_(3, vec![closing], Filter::A, vec![])];
    let trace = run(&[vec![From(1, 1, None), Mark(2)], delegate], &[ANEXT, given_up(ACLOSE), ATHROW]);
    assert_eq!(trace[2], "StopAsyncIteration [Closed] catch3=A:t2 end1");
}

#[test]
fn d9_what_a_delegate_yields_while_it_is_closed_goes_to_the_consumer() {
    let delegate = vec![try_(2, vec![yield_(3, 7)], Filter::Exit, vec![yield_(4, 8)])];
    let trace = run(&[vec![From(1, 1, None)], delegate], &[ANEXT, ACLOSE]);
    assert_eq!(trace[1], "ignored GeneratorExit, yielded 8 [Suspended] catch2=GeneratorExit: yield4");
}

#[test]
fn d10_a_refused_call_is_a_value_and_not_an_exception() {
    let trace = run(&[vec![Await(1, 2), yield_(2, 7)]], &[ASEND, given_up(ANEXT), ASEND]);
    assert_eq!(trace, ["JustStarted [Created] ", "(given up) [Running] begin0 await1/0", "AlreadyRunning [Running] "]);
}

#[test]
fn d11_a_body_cannot_raise_stop_async_iteration() {
    struct Raised<R>(PhantomData<R>);
    // A constant of the type itself goes before one of a trait, but is there only if its bound holds.
    impl<R: asyncgen::Raise<String>> Raised<R> {
        const BY_RAISE: bool = true;
    }
    impl<R: Into<String>> Raised<R> {
        const BY_QUESTION_MARK: bool = true;
    }
    trait Refused {
        const BY_RAISE: bool = false;
        const BY_QUESTION_MARK: bool = false;
    }
    impl<R> Refused for Raised<R> {}

    type End = StepError<String>;
    assert_eq!([Raised::<String>::BY_RAISE, Raised::<String>::BY_QUESTION_MARK], [true, true]);
    assert_eq!([Raised::<End>::BY_RAISE, Raised::<End>::BY_QUESTION_MARK], [false, false]);
}

#[test]
fn d12_clean_up_cannot_be_left_by_return_break_or_continue() {
    let cleans_up_with = |stmt: Stmt| {
        let program = vec![vec![Repeat(2, vec![Finally(1, vec![], vec![stmt])])]];
        Case { program, script: vec![] }.is_well_formed()
    };
    assert!(cleans_up_with(Repeat(2, vec![Break])), "a loop inside the clean-up may be left");
    for stmt in [Return, Break, Continue] {
        assert!(!cleans_up_with(stmt.clone()), "{stmt:?}");
    }
}

#[test]
fn d13_a_value_that_a_for_await_loop_gets_by_closing_is_lost_and_reported() {
    let inner = || {
        async_gen! {
            type Yield = i64;
            type Sent = Option<i64>;
            type Error = Error;

            try {
                yield 1;
            } finally {
                yield 2;
            }
        }
    };
    let reports = Arc::new(Mutex::new(Vec::new()));
    let told = reports.clone();
    let hook = UnraisableHook::new(move |what| told.lock().unwrap().push(what.to_string()));
    let before = hooks::set_unraisable(Some(hook));
    let outer = Box::pin(async_gen! {
        type Yield = i64;
        type Sent = Option<i64>;
        type Error = Error;

        for await item in inner() {
            yield item;
            break;
        }
        yield 3;
    });
    let trace = play(&[ANEXT, ANEXT, ANEXT], Made::Plain(outer), String::new);
    hooks::set_unraisable(before);
    let trace: Vec<_> = trace.iter().map(ToString::to_string).collect();
    assert_eq!(trace, ["1 [Suspended] ", "3 [Suspended] ", "StopAsyncIteration [Closed] "]);
    assert!(reports.lock().unwrap().iter().any(|report| report.contains("ignored GeneratorExit")));

    // The closure form raises an error of its body's own.
    let program =
        [vec![For(1, 0, 1, vec![Break]), yield_(2, 3)], vec![Finally(3, vec![yield_(4, 1)], vec![yield_(5, 2)])]];
    let trace = run(&program, &[ANEXT]);
    let expected = "RuntimeError(async generator ignored GeneratorExit) [Closed] begin0 for1 begin1 try3 yield4 for1=1 finally3 yield5";
    assert_eq!(trace, [expected]);
}

#[test]
fn d14_what_has_waited_is_raised_before_a_for_await_loop_begins_its_generators_step() {
    // B comes in the clean-up. C goes first, and is caught: B waits for the next await, which is the loop's.
    let cleaned = Finally(2, vec![], vec![Await(3, 1), Raise(4, Kind::C)]);
    let loops = vec![try_(1, vec![cleaned], Filter::Error, vec![]), For(5, 0, 1, vec![])];
    let program = vec![loops, vec![Mark(6), Await(7, 1)]];
    let case = Case { program, script: vec![given_up(ANEXT), ATHROW] };
    let [closures, keywords] =
        [interpret::run(&case, Delegation::Direct), interpret::run_as_keywords(&case, Loops::ByValue)];
    assert_eq!(closures[1].to_string(), "A(t1) [Closed] await3. catch1=C:m4 for5 begin1 mark6 await7/0");
    assert_eq!(keywords[1].to_string(), "A(t1) [Closed] await3. catch1=C:m4 for5");

    // The same program.
    let log = &Log::default();
    let inner = || {
        async_gen! {
            type Yield = i64;
            type Sent = Option<i64>;
            type Error = Error;

            log.add("mark6".into());
            Pause::default().await;
        }
    };
    let outer = Box::pin(async_gen! {
        type Yield = i64;
        type Sent = Option<i64>;
        type Error = Error;

        try {
            try {
            } finally {
                Pause::default().await;
                raise!(Error { kind: Some(Kind::C), message: "m4".into() });
            }
        } catch error {
            log.add(format!("catch1=C:{}", error.message));
        }
        log.add("for5".into());
        for await _ in inner() {}
    });
    let trace = play(&case.script, Made::Plain(outer), || log.words());
    assert_eq!(trace[1].to_string(), "A(t1) [Closed] catch1=C:m4 for5");
}

#[test]
fn d15_a_value_is_with_its_generator_until_it_is_taken() {
    let log = &Log::default();
    let ended = || {
        let mut inner = Box::pin(async_gen! {
            type Yield = i64;
            type Sent = Option<i64>;
            type Error = Error;
            type Return = i64;

            if false {
                yield 1;
            }
            7
        });
        let trace = play(&[ANEXT], Made::Plain(Box::pin(inner.as_mut())), String::new);
        assert_eq!(trace[0].to_string(), "StopAsyncIteration [Closed] ");
        inner
    };
    let outer = Box::pin(async_gen! {
        type Yield = i64;
        type Sent = Option<i64>;
        type Error = Error;

        // It has ended before. In CPython, the `StopAsyncIteration` of that step has had the value, and this evaluates to
        // `None`.
        let first = yield from ended();
        let mut inner = ended();
        inner.return_value();
        let second = yield from inner;
        log.add(format!("{first:?}, {second:?}"));
    });
    let trace = play(&[ANEXT], Made::Plain(outer), || log.words());
    assert_eq!(trace[0].to_string(), "StopAsyncIteration [Closed] Some(7), None");
}
