//! Longer sequences of operations on larger bodies, made at random.

use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::body::{
    Await, Block, Call, Delegation, Exception, Fail, NEVER, Note, Operation, Raise, Statement, TryYield, Yield,
};
use crate::{OPERATIONS, replay};

fn call() -> impl Strategy<Value = Call> {
    // Most calls carry on, one poll at a time: too many exceptions end every body early.
    let operation = prop_oneof![3 => Just(Operation::Anext), 2 => proptest::sample::select(&OPERATIONS[..])];
    let polls = prop_oneof![3 => Just(1), 1 => 2..4_u32];
    (operation, polls).prop_map(|(operation, polls)| Call { operation, polls })
}

fn statement() -> impl Strategy<Value = Statement> {
    let simple = prop_oneof![
        3 => (1..9_u32).prop_map(Yield),
        1 => (1..9_u32).prop_map(TryYield),
        4 => (0..5_u32).prop_map(Await),
        1 => Just(NEVER),
        2 => Just(Note("passed")),
        1 => Just(Raise(Exception::Error("own"))),
        1 => Just(Raise(Exception::GeneratorExit)),
        1 => Just(Fail("own failure")),
    ];
    simple.prop_recursive(4, 24, 4, |inner| {
        let block = vec(inner, 0..4).prop_map(Block::from);
        prop_oneof![
            (block.clone(), block.clone()).prop_map(|(body, handler)| Statement::Catch(body, handler)),
            (block.clone(), block.clone()).prop_map(|(body, clean_up)| Statement::Finally(body, clean_up)),
            block.prop_map(Statement::YieldFrom),
        ]
    })
}

/// `PROPTEST_CASES=1000000` looks longer. A body that fails is printed, and needs no file that keeps it.
fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig { cases: default.cases.max(1_000), failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_operations_on_random_bodies_do_what_the_model_does(
        statements in vec(statement(), 1..5),
        calls in vec(call(), 1..20),
    ) {
        let body = Rc::from(statements);
        replay("random", &body, Delegation::LevelByLevel, &calls);
        replay("random", &body, Delegation::Direct, &calls);
    }
}
