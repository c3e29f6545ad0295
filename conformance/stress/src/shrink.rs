//! Makes a case that shows a fault as small as it still does.

use std::sync::Arc;

use crate::play::{Totals, fault};
use crate::program::{Case, How, Program, Statement, TO_THE_END};

/// The smallest case with a fault of the same kind, and that.
pub(crate) fn shrink(mut case: Case, mut what: String) -> (Case, String) {
    let kind = |what: &str| what.split(' ').next().map(str::to_owned);
    'smaller: loop {
        for smaller in smaller_cases(&case) {
            if let Some(other) = fault(&smaller, &|run| run(), &mut Totals::default(), true) {
                if kind(&other) == kind(&what) {
                    (case, what) = (smaller, other);
                    continue 'smaller;
                }
            }
        }
        return (case, what);
    }
}

fn smaller_cases(case: &Case) -> Vec<Case> {
    let mut cases: Vec<Case> =
        smaller_programs(&case.program).into_iter().map(|program| Case { program, ..case.clone() }).collect();
    for at in 0..case.calls.len() {
        let mut smaller = case.clone();
        smaller.calls.remove(at);
        cases.push(smaller);
        if case.calls[at].polls < TO_THE_END {
            let mut smaller = case.clone();
            smaller.calls[at].polls = TO_THE_END;
            cases.push(smaller);
        }
    }
    if case.is_owned {
        cases.push(Case { is_owned: false, ..case.clone() });
    }
    if case.is_dropped {
        cases.push(Case { is_dropped: false, ..case.clone() });
    }
    cases
}

fn smaller_programs(program: &Program) -> Vec<Arc<Program>> {
    let bits = program.bits;
    smaller_blocks(&program.body).into_iter().map(|body| Arc::new(Program { body, bits })).collect()
}

fn smaller_blocks(block: &[Statement]) -> Vec<Vec<Statement>> {
    let mut blocks = Vec::new();
    for (at, statement) in block.iter().enumerate() {
        let mut replace = |by: Vec<Statement>| {
            let mut smaller = block.to_vec();
            smaller.splice(at..=at, by);
            blocks.push(smaller);
        };
        replace(Vec::new());
        match statement {
            Statement::From(how, program) => {
                replace(program.body.clone());
                if !matches!(how, How::Boxed) {
                    replace(vec![Statement::From(How::Boxed, Arc::clone(program))]);
                }
                for program in smaller_programs(program) {
                    replace(vec![Statement::From(*how, program)]);
                }
            }
            Statement::Catch(caught, tried, handler) => {
                replace(tried.clone());
                for tried in smaller_blocks(tried) {
                    replace(vec![Statement::Catch(*caught, tried, handler.clone())]);
                }
                for handler in smaller_blocks(handler) {
                    replace(vec![Statement::Catch(*caught, tried.clone(), handler)]);
                }
            }
            Statement::Finally(tried, clean_up) => {
                replace(tried.clone());
                for tried in smaller_blocks(tried) {
                    replace(vec![Statement::Finally(tried, clean_up.clone())]);
                }
                for clean_up in smaller_blocks(clean_up) {
                    replace(vec![Statement::Finally(tried.clone(), clean_up)]);
                }
            }
            Statement::For(items, program, looped) => {
                for program in smaller_programs(program) {
                    replace(vec![Statement::For(*items, program, looped.clone())]);
                }
                for looped in smaller_blocks(looped) {
                    replace(vec![Statement::For(*items, Arc::clone(program), looped)]);
                }
            }
            Statement::Abandon(steps, program) => {
                for program in smaller_programs(program) {
                    replace(vec![Statement::Abandon(*steps, program)]);
                }
            }
            Statement::LeakDelegation(polls, program) => {
                for program in smaller_programs(program) {
                    replace(vec![Statement::LeakDelegation(*polls, program)]);
                }
            }
            Statement::SelectDelegation(polls, program) => {
                for program in smaller_programs(program) {
                    replace(vec![Statement::SelectDelegation(*polls, program)]);
                }
            }
            Statement::Await(polls) if *polls > 1 => replace(vec![Statement::Await(polls - 1)]),
            _ => {}
        }
    }
    blocks
}
