//! Random cases.

use crate::program::{Block, Call, Case, Cond, Cut, Expr, Filter, Id, Kind, Op, Program, Stmt, VARS};
use crate::random::Choices;

/// A random case. `size` is how many statements it may have, and bounds the length of its script. Two of three have values
/// at the end of their generators.
pub fn case(choices: &mut impl Choices, size: u32) -> Case {
    let case = case_without_values(choices, size);
    if choices.chance(2, 3) { with_values(case, choices) } else { case }
}

/// A random case in which no generator ends with a value. (The recorded ones among them are older than values.)
pub fn case_without_values(choices: &mut impl Choices, size: u32) -> Case {
    let program = program(choices, size);
    let script = script(choices, size);
    Case { program, script }
}

/// The case with values at the end of its generators, which delegations evaluate to.
pub fn with_values(mut case: Case, choices: &mut impl Choices) -> Case {
    let mut ids = case.most_id() + 1..;
    for block in &mut case.program {
        // Some generators have none: a delegation to them evaluates to nothing.
        let returns = choices.chance(5, 6);
        Values { choices, returns }.block(block, false);
        if returns && choices.chance(1, 12) {
            block.push(leaves_something_waiting(&mut ids));
        }
        if returns && choices.chance(3, 4) {
            block.push(Stmt::ReturnValue(expr(choices)));
        }
    }
    case
}

/// What comes in the clean-up gives way to the error, and then waits for the body's next await, or its end (C25).
fn leaves_something_waiting(ids: &mut impl Iterator<Item = Id>) -> Stmt {
    let mut id = || ids.next().expect("there are enough");
    let clean_up = vec![Stmt::Await(id(), 1), Stmt::Raise(id(), Kind::A)];
    Stmt::Try(id(), vec![Stmt::Finally(id(), Vec::new(), clean_up)], vec![(Filter::A, Vec::new())])
}

struct Values<'c, C> {
    choices: &'c mut C,
    /// Does the generator end with values?
    returns: bool,
}

impl<C: Choices> Values<'_, C> {
    fn block(&mut self, block: &mut Block, in_clean_up: bool) {
        for stmt in block {
            self.stmt(stmt, in_clean_up);
        }
    }

    fn stmt(&mut self, stmt: &mut Stmt, in_clean_up: bool) {
        match stmt {
            Stmt::Return if self.returns && self.choices.chance(3, 4) => *stmt = Stmt::ReturnValue(expr(self.choices)),
            Stmt::From(_, _, var) if self.choices.chance(3, 4) => *var = Some(var_of(self.choices)),
            Stmt::Finally(_, block, clean_up) => {
                self.block(block, in_clean_up);
                self.sometimes_return(block, in_clean_up, 5);
                self.block(clean_up, true);
            }
            Stmt::Try(_, block, handlers) => {
                self.block(block, in_clean_up);
                for (_, handler) in handlers {
                    self.block(handler, in_clean_up);
                    // It answers what was thrown in, or `GeneratorExit`, with a value.
                    self.sometimes_return(handler, in_clean_up, 3);
                }
            }
            stmt => {
                for block in stmt.blocks_mut() {
                    self.block(block, in_clean_up);
                    self.sometimes_return(block, in_clean_up, 12);
                }
            }
        }
    }

    fn sometimes_return(&mut self, block: &mut Block, in_clean_up: bool, one_of: u32) {
        if self.returns && !in_clean_up && self.choices.chance(1, one_of) {
            block.push(Stmt::ReturnValue(expr(self.choices)));
        }
    }
}

fn program(choices: &mut impl Choices, size: u32) -> Program {
    let count = 1 + choices.weighted(&[5, 4, 3, 2]);
    let mut ids = 0;
    (0..count)
        .map(|index| {
            let mut body =
                Body { choices, ids: &mut ids, left: size / count as u32 + 1, later: index + 1, count, depth: 0 };
            let block = body.block(&Place::default());
            // A generator without a yield has little to say; most have one outside of every other statement.
            let block = body.with_a_yield(block);
            let block = body.with_a_delegation(block);
            if index == 0 { body.lasting(block) } else { block }
        })
        .collect()
}

fn script(choices: &mut impl Choices, size: u32) -> Vec<Op> {
    let length = 2 + choices.below(3 + size.min(12));
    let mut script: Vec<Op> = Vec::new();
    for _ in 0..length {
        let op = op(choices, script.last());
        script.push(op);
        if op.call == Call::Drop {
            break;
        }
    }
    script
}

fn op(choices: &mut impl Choices, last: Option<&Op>) -> Op {
    let weights = match last {
        // It starts the generator, mostly.
        None => [20, 2, 1, 1, 1, 1, 0],
        // A step may be in flight.
        Some(Op { cut: Some(Cut(1.., None)), .. }) => [6, 3, 8, 3, 8, 1, 1],
        Some(_) => [14, 8, 7, 3, 4, 1, 1],
    };
    let call = match choices.weighted(&weights) {
        0 => Call::Anext,
        1 => Call::Asend(if choices.chance(1, 5) { None } else { Some(i64::from(choices.below(3))) }),
        2 => Call::Athrow(choices.pick(&ERRORS)),
        3 => Call::Athrow(Kind::Exit),
        4 => Call::Aclose,
        5 => Call::State,
        _ => Call::Drop,
    };
    let cut = match choices.weighted(&[6, 3, 1]) {
        _ if !call.is_step() => None,
        0 => None,
        1 => Some(Cut(choices.weighted(&[1, 6, 3, 2]) as u8, None)),
        _ => Some(Cut(1 + choices.below(3) as u8, Some(choices.pick(&ERRORS)))),
    };
    Op { call, cut }
}

const ERRORS: [Kind; 3] = [Kind::A, Kind::B, Kind::C];
const DEEPEST: u32 = 4;

struct Body<'c, C> {
    choices: &'c mut C,
    ids: &'c mut Id,
    /// How many more statements there may be.
    left: u32,
    /// The first generator that this one may use, and how many there are.
    later: usize,
    count: usize,
    depth: u32,
}

/// What is allowed at a point; see `Case::is_well_formed`.
#[derive(Clone, Default)]
struct Place {
    in_loop: bool,
    in_clean_up: bool,
    caught: Vec<Id>,
}

impl<C: Choices> Body<'_, C> {
    fn id(&mut self) -> Id {
        *self.ids += 1;
        *self.ids
    }

    fn block(&mut self, place: &Place) -> Block {
        let length = 1 + self.choices.weighted(&[3, 4, 3, 1]);
        self.depth += 1;
        let mut block = Vec::new();
        while block.len() < length && self.left > 0 {
            self.left -= 1;
            block.push(self.stmt(place));
        }
        self.depth -= 1;
        block
    }

    fn with_a_yield(&mut self, mut block: Block) -> Block {
        if self.choices.chance(3, 4) {
            let stmt = self.yield_();
            let at = self.choices.below(block.len() as u32 + 1) as usize;
            block.insert(at, stmt);
        }
        block
    }

    /// Makes chains of delegations, which would seldom come about.
    fn with_a_delegation(&mut self, mut block: Block) -> Block {
        if self.later < self.count && self.choices.chance(1, 3) {
            let from = Stmt::From(self.id(), self.later, None);
            let stmt = match self.choices.below(3) {
                0 => from,
                1 => self.surviving(vec![from]),
                _ => Stmt::Finally(self.id(), vec![from], vec![Stmt::Await(self.id(), 1)]),
            };
            let at = self.choices.below(block.len() as u32 + 1) as usize;
            block.insert(at, stmt);
        }
        block
    }

    /// Else most scripts would spend most of their operations on a closed generator.
    fn lasting(&mut self, block: Block) -> Block {
        match self.choices.below(6) {
            0 => vec![Stmt::Repeat(3, block)],
            1 => vec![Stmt::Repeat(3, vec![self.surviving(block)])],
            2 => vec![self.surviving(block), self.yield_()],
            _ => block,
        }
    }

    fn surviving(&mut self, block: Block) -> Stmt {
        let id = self.id();
        let handler = vec![Stmt::Await(self.id(), 1), self.yield_()];
        Stmt::Try(id, block, vec![(if self.choices.chance(1, 2) { Filter::Error } else { Filter::Any }, handler)])
    }

    fn yield_(&mut self) -> Stmt {
        let var = if self.choices.chance(1, 2) { Some(self.var()) } else { None };
        Stmt::Yield(self.id(), self.expr(), var)
    }

    fn stmt(&mut self, place: &Place) -> Stmt {
        let nest = u32::from(self.depth < DEEPEST && self.left > 0);
        let use_ = u32::from(self.later < self.count);
        let weights = [
            4,
            16,
            12,
            2,
            4 * nest,
            3 * nest,
            2 * u32::from(place.in_loop),
            u32::from(place.in_loop),
            12 * nest,
            12 * nest,
            3,
            2 * u32::from(!place.caught.is_empty()),
            u32::from(!place.in_clean_up),
            12 * use_,
            7 * use_ * nest,
        ];
        match self.choices.weighted(&weights) {
            0 => Stmt::Mark(self.id()),
            1 => self.yield_(),
            2 => Stmt::Await(self.id(), self.choices.weighted(&[1, 6, 4, 1]) as u8),
            3 => Stmt::Let(self.var(), self.expr()),
            4 => {
                let cond = Cond(self.var(), [None, Some(0), Some(1), Some(2)][self.choices.below(4) as usize]);
                let then = self.block(place);
                let otherwise = if self.choices.chance(1, 2) { self.block(place) } else { Vec::new() };
                Stmt::If(cond, then, otherwise)
            }
            5 => Stmt::Repeat(2 + self.choices.below(2) as u8, self.block(&Place { in_loop: true, ..place.clone() })),
            6 => Stmt::Break,
            7 => Stmt::Continue,
            8 => self.try_(place),
            9 => {
                let (id, block) = (self.id(), self.block(place));
                let clean_up = self.block(&Place { in_loop: false, in_clean_up: true, caught: place.caught.clone() });
                Stmt::Finally(id, block, clean_up)
            }
            10 => {
                let kind = if self.choices.chance(1, 8) { Kind::Exit } else { self.choices.pick(&ERRORS) };
                Stmt::Raise(self.id(), kind)
            }
            11 => {
                let at = self.choices.below(place.caught.len() as u32) as usize;
                Stmt::Reraise(place.caught[at])
            }
            12 => Stmt::Return,
            13 => Stmt::From(self.id(), self.other(), None),
            _ => {
                let (id, var, other) = (self.id(), self.var(), self.other());
                Stmt::For(id, var, other, self.block(&Place { in_loop: true, ..place.clone() }))
            }
        }
    }

    fn try_(&mut self, place: &Place) -> Stmt {
        let (id, block) = (self.id(), self.block(place));
        let mut inside = place.clone();
        inside.caught.push(id);
        let count = if self.choices.chance(1, 4) { 2 } else { 1 };
        let handlers = (0..count)
            .map(|_| {
                let filter = [Filter::A, Filter::B, Filter::C, Filter::Exit, Filter::Error, Filter::Any]
                    [self.choices.weighted(&[2, 2, 1, 3, 4, 4])];
                (filter, self.block(&inside))
            })
            .collect();
        Stmt::Try(id, block, handlers)
    }

    fn other(&mut self) -> usize {
        self.later + self.choices.below((self.count - self.later) as u32) as usize
    }

    fn var(&mut self) -> u8 {
        var_of(self.choices)
    }

    fn expr(&mut self) -> Expr {
        expr(self.choices)
    }
}

fn var_of(choices: &mut impl Choices) -> u8 {
    choices.below(u32::from(VARS)) as u8
}

fn expr(choices: &mut impl Choices) -> Expr {
    let var = if choices.chance(1, 3) { Some(var_of(choices)) } else { None };
    Expr(i64::from(choices.below(10)), var)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpret::{self, Delegation};
    use crate::program::visit;
    use crate::random::{Bytes, Seed};
    use std::collections::BTreeSet;

    #[test]
    fn every_random_case_is_well_formed_and_every_construct_occurs() {
        let mut constructs = BTreeSet::new();
        for seed in 0..500 {
            let case = case(&mut Seed(seed), 5 + seed as u32 % 40);
            assert!(case.is_well_formed(), "seed {seed}: {case:?}");
            for block in &case.program {
                visit(block, &mut |stmt| _ = constructs.insert(stmt.name()));
            }
        }
        assert_eq!(constructs.len(), 16, "{constructs:?}");
    }

    #[test]
    fn no_case_has_more_events_than_its_bound() {
        for seed in 0..500 {
            let case = case(&mut Seed(seed), 20);
            let trace = interpret::run(&case, Delegation::Direct);
            let events: usize = trace.iter().map(|step| step.2.split_whitespace().count()).sum();
            assert!(events as u64 <= case.most_events(), "seed {seed}");
        }
    }

    #[test]
    fn a_seed_always_makes_the_same_case() {
        assert_eq!(case(&mut Seed(7), 20), case(&mut Seed(7), 20));
        assert_ne!(case(&mut Seed(7), 20), case(&mut Seed(8), 20));
    }

    #[test]
    fn bytes_make_a_case_also_when_they_run_out() {
        assert!(case(&mut Bytes(&[]), 20).is_well_formed());
        assert_ne!(case(&mut Bytes(&[0; 8]), 20), case(&mut Bytes(&[9; 8]), 20));
    }
}
