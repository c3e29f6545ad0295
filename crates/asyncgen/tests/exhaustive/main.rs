//! Every short sequence of operations, on every one of a set of small bodies: the engine does what the model does.

#[path = "../common/mod.rs"]
mod common;

mod body;
mod engine;
mod model;
mod random;

use std::rc::Rc;

use crate::body::{
    Answer, Await, Block, Call, Delegation, Exception, Fail, NEVER, Note, Operation, Raise, Statement, TryYield, Yield,
    catch, finally, yield_from,
};
use crate::engine::Engine;
use crate::model::Model;

/// A step that is still pending after so many polls is dropped in any case.
const MOST_POLLS: u32 = 3;

const OPERATIONS: [Operation; 6] = [
    Operation::Anext,
    Operation::Asend(7),
    Operation::Athrow(Exception::Error("a")),
    Operation::Athrow(Exception::Error("b")),
    Operation::Athrow(Exception::GeneratorExit),
    Operation::Aclose,
];

/// Runs every sequence of `length` calls that the model tells apart; returns how many there were.
fn check(name: &str, body: &Block, delegation: Delegation, length: usize) -> u32 {
    fn extend(
        name: &str,
        body: &Block,
        delegation: Delegation,
        model: &Model,
        calls: &mut Vec<Call>,
        length: usize,
    ) -> u32 {
        if calls.len() == length {
            replay(name, body, delegation, calls);
            return 1;
        }
        let mut sequences = 0;
        // One call shows that a closed generator stays closed; it is no use to try what follows.
        let length = if model.is_closed() { calls.len() + 1 } else { length };
        for operation in OPERATIONS {
            for polls in 1..=MOST_POLLS {
                let mut model = model.clone();
                let call = Call { operation, polls };
                let observed = model.call(call);
                calls.push(call);
                sequences += extend(name, body, delegation, &model, calls, length);
                calls.pop();
                // Where a step ends, more polls show nothing more.
                if observed.answer != Answer::Pending {
                    break;
                }
            }
        }
        sequences
    }
    extend(name, body, delegation, &Model::new(body), &mut Vec::new(), length)
}

/// Runs one sequence on both, and compares what can be observed after each call.
fn replay(name: &str, body: &Block, delegation: Delegation, calls: &[Call]) {
    let (mut model, mut engine) = (Model::new(body), Engine::new(body, delegation));
    for (index, call) in calls.iter().enumerate() {
        let (expected, actual) = (model.call(*call), engine.call(*call));
        assert_eq!(
            actual,
            expected,
            "the engine (left) differs from the model (right)\n body: {name}, {delegation:?}: {body:?}\ncalls: {}",
            calls[..=index].iter().map(|call| format!("{call:?}")).collect::<Vec<_>>().join("\n       ")
        );
    }
}

/// The bodies, by what is in them.
fn bodies() -> Vec<(&'static str, Block)> {
    const EXIT: Exception = Exception::GeneratorExit;
    let error = Exception::Error;
    let slow = || [Note("clean-up begins"), Await(2), Note("clean-up ends")];
    fn body<const N: usize>(statements: [Statement; N]) -> Block {
        Rc::new(statements)
    }
    vec![
        ("nothing", body([])),
        ("yields", body([Yield(1), Note("between"), Yield(2)])),
        ("awaits", body([Await(1), Yield(1), Await(2), Note("awaited")])),
        ("an await that never ends", body([Yield(1), NEVER])),
        ("a failure", body([Yield(1), Await(1), Fail("own")])),
        ("raises", body([catch([Yield(1), Raise(error("own"))], [Yield(2), Raise(EXIT)])])),
        ("yields that catch", body([TryYield(1), Await(1), TryYield(2), Note("end")])),
        ("catch", body([catch([Yield(1), Await(1), Yield(2)], [Await(1), Yield(3)]), Yield(4)])),
        (
            "nested catch",
            body([catch([catch([Yield(1), NEVER], [Await(1), Yield(2), Fail("own")]), Await(1)], [Yield(3)])]),
        ),
        ("finally", body([finally([Yield(1), Await(1)], slow()), Note("went on"), Yield(2)])),
        ("finally after a failure", body([finally([Await(1), Fail("own")], slow()), Note("went on")])),
        (
            "finally, caught",
            body([catch([finally([Yield(1)], slow()), Note("went on")], [Note("handler"), Await(1), Yield(2)])]),
        ),
        (
            "finally, caught twice",
            body([
                catch([finally([Yield(1)], slow())], [catch([Note("in the handler"), NEVER], [Yield(2)])]),
                Yield(3),
            ]),
        ),
        ("nested finally", body([finally([finally([Yield(1)], slow()), Note("went on")], slow()), Note("went on")])),
        (
            "finally in clean-up",
            body([finally([Yield(1)], [finally([Await(1)], slow()), Await(1), Note("outer ends")])]),
        ),
        ("a yield in clean-up", body([finally([Await(1)], [Await(1), Yield(1), Note("went on")]), Yield(2)])),
        (
            "a yield in clean-up, caught",
            body([finally([Yield(1)], [Await(1), TryYield(2), Await(1), Note("end")]), Note("went on")]),
        ),
        (
            "a yield in clean-up, caught late",
            body([finally([], [Await(3), TryYield(1), Await(1), Note("end")]), Note("went on"), Yield(2)]),
        ),
        (
            "a yield in clean-up, in a catch",
            body([finally([], [Await(3), catch([Yield(1)], [Await(1)]), Note("end")]), Note("went on"), Yield(2)]),
        ),
        (
            "catch in clean-up",
            body([finally([Yield(1)], [catch([Await(1), Yield(2), NEVER], [Await(1), Note("caught in it")])])]),
        ),
        (
            "raise in clean-up",
            body([catch([finally([Yield(1)], [Await(2), Raise(error("own"))])], [Yield(2), Await(1)])]),
        ),
        (
            "raise and catch in clean-up",
            body([finally(
                [Yield(1)],
                [Await(1), catch([Raise(error("own"))], []), catch([Raise(EXIT)], []), Await(1)],
            )]),
        ),
        ("a failure of clean-up", body([finally([Yield(1), Fail("first")], [Await(2), Fail("second")])])),
        ("GeneratorExit raised in clean-up", body([catch([finally([Yield(1)], [Await(1), Raise(EXIT)])], [Yield(2)])])),
        ("delegation", body([yield_from([Yield(1), Await(1), Yield(2)]), Note("outer"), Yield(3)])),
        ("delegation to a failure", body([catch([yield_from([Yield(1), Fail("inner")])], [Yield(2)])])),
        (
            "delegation to what catches",
            body([yield_from([TryYield(1), Await(1), TryYield(2)]), Note("outer"), Yield(3)]),
        ),
        (
            "delegation to finally",
            body([finally(
                [yield_from([finally([Yield(1)], slow()), Note("inner went on")])],
                [Await(1), Note("outer")],
            )]),
        ),
        (
            "delegation to finally, caught",
            body([
                yield_from([catch([finally([Yield(1)], slow())], [Await(1), Note("handled")]), Yield(2)]),
                Note("outer went on"),
                Yield(3),
            ]),
        ),
        (
            "delegation in clean-up",
            body([finally([Yield(1)], [yield_from([Await(1), Yield(2), Await(1)]), Note("end")])]),
        ),
        (
            "delegation in late clean-up",
            body([finally([], [Await(3), yield_from([TryYield(1), Await(1), TryYield(2)]), Note("end")])]),
        ),
        (
            "delegation to late clean-up",
            body([
                yield_from([catch([finally([], [Await(3)])], [finally([NEVER], [Note("inner clean-up")])])]),
                Note("outer went on"),
            ]),
        ),
        (
            "delegation after late clean-up",
            body([
                catch([finally([], [Await(3), Fail("own")])], [yield_from([finally([NEVER], [Note("inner")])])]),
                Note("outer went on"),
            ]),
        ),
        (
            "delegation in delegation",
            body([yield_from([yield_from([Yield(1), catch([NEVER], [Await(1)])]), Yield(2)]), Yield(3)]),
        ),
    ]
}

#[test]
fn every_sequence_of_up_to_five_operations_does_what_the_model_does() {
    let sequences: u32 = bodies().iter().map(|(name, body)| check(name, body, Delegation::LevelByLevel, 5)).sum();
    assert!(sequences > 100_000, "only {sequences} sequences were run");
}

#[test]
fn delegation_in_constant_time_does_what_the_model_does() {
    let mut sequences = 0;
    for (name, body) in bodies() {
        if format!("{body:?}").contains("YieldFrom") {
            sequences += check(name, &body, Delegation::Direct, 5);
        }
    }
    assert!(sequences > 10_000, "only {sequences} sequences were run");
}
