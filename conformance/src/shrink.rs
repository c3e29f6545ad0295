//! Reduces a case to a smaller one that still fails.

use crate::program::{Block, Case, Expr, Program, Stmt};

/// Reduces `case` as far as `fails` stays true. `fails` is given a whole batch of smaller cases, and returns the first
/// of them that fails.
pub fn shrink(mut case: Case, mut fails: impl FnMut(&[Case]) -> Option<usize>) -> Case {
    loop {
        let mut smaller = candidates(&case);
        match fails(&smaller) {
            Some(index) => case = smaller.swap_remove(index),
            None => return case,
        }
    }
}

/// Every case that is one small step smaller, the largest steps first.
fn candidates(case: &Case) -> Vec<Case> {
    let mut all = Vec::new();
    for script in without_one(&case.script).into_iter().chain(simpler_ops(case)) {
        all.push(Case { script, ..case.clone() });
    }
    for (index, block) in case.program.iter().enumerate() {
        for smaller in smaller_blocks(block) {
            let mut program: Program = case.program.clone();
            program[index] = smaller;
            all.push(Case { program, ..case.clone() });
        }
    }
    if case.program.len() > 1 {
        all.push(Case { program: case.program[..case.program.len() - 1].to_vec(), ..case.clone() });
    }
    all.retain(Case::is_well_formed);
    all
}

fn without_one<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    (0..items.len())
        .map(|index| items.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, item)| item.clone()).collect())
        .collect()
}

fn simpler_ops(case: &Case) -> impl Iterator<Item = Vec<crate::program::Op>> + '_ {
    case.script.iter().enumerate().filter(|(_, op)| op.cut.is_some()).map(|(index, _)| {
        let mut script = case.script.clone();
        script[index].cut = None;
        script
    })
}

fn smaller_blocks(block: &Block) -> Vec<Block> {
    let mut all = without_one(block);
    for (index, stmt) in block.iter().enumerate() {
        // The statement's inner blocks in its place.
        for inner in stmt.blocks() {
            let mut smaller = block.clone();
            smaller.splice(index..=index, inner.iter().cloned());
            all.push(smaller);
        }
        for stmt in smaller_stmts(stmt) {
            let mut smaller = block.clone();
            smaller[index] = stmt;
            all.push(smaller);
        }
    }
    all
}

fn smaller_stmts(stmt: &Stmt) -> Vec<Stmt> {
    let mut all = Vec::new();
    for (index, inner) in stmt.blocks().into_iter().enumerate() {
        for smaller in smaller_blocks(inner) {
            let mut stmt = stmt.clone();
            *stmt.blocks_mut()[index] = smaller;
            all.push(stmt);
        }
    }
    match stmt {
        Stmt::Await(id, polls) if *polls > 1 => all.push(Stmt::Await(*id, polls - 1)),
        Stmt::Repeat(times, block) if *times > 1 => all.push(Stmt::Repeat(times - 1, block.clone())),
        Stmt::Yield(id, value, Some(_)) => all.push(Stmt::Yield(*id, *value, None)),
        Stmt::Yield(id, Expr(number, Some(_)), None) => all.push(Stmt::Yield(*id, Expr(*number, None), None)),
        Stmt::ReturnValue(value) => {
            all.push(Stmt::Return);
            if let Expr(number, Some(_)) = value {
                all.push(Stmt::ReturnValue(Expr(*number, None)));
            }
        }
        Stmt::From(id, index, Some(_)) => all.push(Stmt::From(*id, *index, None)),
        Stmt::Try(id, block, handlers) if handlers.len() > 1 => {
            all.extend(without_one(handlers).into_iter().map(|rest| Stmt::Try(*id, block.clone(), rest)));
        }
        _ => {}
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate;
    use crate::program::{Call, visit};
    use crate::random::Seed;

    /// Has it an `await` in a `finally`, and does its script close it?
    fn fails(case: &Case) -> bool {
        let mut found = false;
        for block in &case.program {
            visit(block, &mut |stmt| {
                if let Stmt::Finally(_, _, clean_up) = stmt {
                    visit(clean_up, &mut |stmt| found |= matches!(stmt, Stmt::Await(..)));
                }
            });
        }
        found && case.script.iter().any(|op| op.call == Call::Aclose)
    }

    #[test]
    fn a_failing_case_becomes_minimal_and_stays_well_formed() {
        let case = (0..1_000).map(|seed| generate::case(&mut Seed(seed), 60)).find(fails).unwrap();
        let small = shrink(case, |cases| {
            assert!(cases.iter().all(Case::is_well_formed));
            cases.iter().position(fails)
        });
        assert!(fails(&small));
        assert_eq!(small.script.len(), 1, "{small:?}");
        let mut statements = 0;
        small.program.iter().for_each(|block| visit(block, &mut |_| statements += 1));
        assert_eq!(statements, 2, "{small:?}");
    }
}
