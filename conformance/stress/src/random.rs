//! Random cases. The same seed makes the same case.

use std::sync::Arc;

use crate::program::{Allow, Call, Case, Caught, How, Operation, Program, Statement, TO_THE_END};

#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..4 {
            random.next();
        }
        random
    }

    pub(crate) fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32
    }

    pub(crate) fn below(&mut self, n: u32) -> u32 {
        self.next() % n
    }

    pub(crate) fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    fn number(&mut self, n: u32) -> u8 {
        u8::try_from(self.below(n)).expect("numbers are small")
    }
}

/// Values that bodies make; those of the consumer are from here on.
const NUMBERS: u32 = 200;

pub(crate) fn case(seed: u64) -> Case {
    let random = &mut Random::new(seed);
    let allow = Allow {
        is_in_loop: false,
        panics: random.one_in(4),
        yields_in_clean_up: random.one_in(2),
        wild: random.one_in(2),
    };
    let depth = 1 + random.below(5);
    let program = program(random, depth, allow);
    let only_values = random.one_in(4);
    let calls = (0..2 + random.below(10)).map(|_| call(random, only_values)).collect();
    Case { program, calls, is_dropped: random.one_in(4), is_owned: random.one_in(3), forms: random.next(), allow }
}

fn call(random: &mut Random, only_values: bool) -> Call {
    let operation = match random.below(if only_values { 8 } else { 13 }) {
        0..=1 => Operation::Anext,
        2..=3 => Operation::Value,
        4..=5 => Operation::PollAnext,
        6 => Operation::Send(random.number(NUMBERS)),
        7 => Operation::SendNothing,
        8..=9 => Operation::Throw(200 + random.number(50)),
        10 => Operation::ThrowExit,
        11 => Operation::Close,
        _ => Operation::Stray,
    };
    let polls = if random.one_in(3) { 1 + random.below(3) } else { TO_THE_END };
    Call { operation, polls }
}

fn program(random: &mut Random, depth: u32, allow: Allow) -> Arc<Program> {
    let allow = Allow { is_in_loop: false, ..allow };
    let place = Place { level: 0, depth, is_clean_up: false };
    let mut body = block(random, place, allow, 4);
    if depth > 0 && random.one_in(2) {
        let at = random.below(u32::try_from(body.len()).expect("it is short") + 1) as usize;
        body.insert(at, from(random, depth, allow));
    }
    Arc::new(Program { body, bits: random.next() })
}

fn from(random: &mut Random, depth: u32, allow: Allow) -> Statement {
    let how = match random.below(if allow.wild { 14 } else { 13 }) {
        3 => How::Owned,
        4 => How::Borrowed,
        5 => How::OwnedBorrowed,
        6 => How::Wrapped,
        7 => How::WrappedOwned,
        8 => How::PreStarted(random.number(3)),
        9 => How::PinnedOnStack,
        10 => How::AfterCatch,
        12 => How::HalfWay,
        13 => How::Weird(random.number(256)),
        _ => How::Boxed,
    };
    Statement::From(how, program(random, depth - 1, allow))
}

/// Where a statement is.
#[derive(Clone, Copy)]
struct Place {
    /// How many blocks are around it.
    level: u32,
    /// How many generators it may use in one another.
    depth: u32,
    is_clean_up: bool,
}

impl Place {
    fn inside(self) -> Self {
        Self { level: self.level + 1, ..self }
    }
}

fn block(random: &mut Random, place: Place, allow: Allow, most: u32) -> Vec<Statement> {
    (0..random.below(most + 1)).map(|_| statement(random, place, allow)).collect()
}

fn statement(random: &mut Random, place: Place, allow: Allow) -> Statement {
    let Place { level, depth, is_clean_up } = place;
    let yields = !is_clean_up || allow.yields_in_clean_up;
    loop {
        return match random.below(if allow.wild && level < 3 { 32 } else { 26 }) {
            0..=5 if yields => Statement::Yield(random.number(NUMBERS)),
            6..=8 => Statement::Await(1 + random.number(2)),
            9 => Statement::Mark(random.number(NUMBERS)),
            10 if yields => Statement::Raise(random.number(NUMBERS)),
            11 if yields && random.one_in(2) => Statement::Question(random.number(NUMBERS)),
            11 if yields => Statement::Exit,
            12 if !is_clean_up && allow.is_in_loop && random.one_in(4) => Statement::Break,
            12 if !is_clean_up && allow.is_in_loop && random.one_in(3) => Statement::Continue,
            12 if !is_clean_up && random.one_in(2) => Statement::Return,
            13 if allow.panics && random.one_in(3) => Statement::Panic,
            14..=18 if depth > 0 && yields => from(random, depth, allow),
            19 if depth > 0 && !is_clean_up => Statement::Abandon(random.number(3), program(random, depth - 1, allow)),
            20..=21 if level < 2 => {
                let caught = if random.one_in(2) { Caught::All } else { Caught::Errors };
                let tried = block(random, place.inside(), allow, 3);
                Statement::Catch(caught, tried, block(random, place.inside(), allow, 2))
            }
            22..=23 if level < 2 => {
                let clean_up = Place { depth: depth.min(1), is_clean_up: true, ..place.inside() };
                let tried = block(random, place.inside(), allow, 3);
                Statement::Finally(tried, block(random, clean_up, allow, 2))
            }
            24..=25 if level < 2 && depth > 0 && !is_clean_up => {
                let looped = Place { depth: depth - 1, ..place.inside() };
                let items = random.number(3);
                let program = program(random, depth - 1, allow);
                Statement::For(items, program, block(random, looped, Allow { is_in_loop: true, ..allow }, 2))
            }
            26..=31 if random.one_in(3) => match wild(random, depth, allow) {
                Some(statement) => statement,
                None => continue,
            },
            _ => continue,
        };
    }
}

/// What only the closure form has.
fn wild(random: &mut Random, depth: u32, allow: Allow) -> Option<Statement> {
    Some(match random.below(8) {
        0 => Statement::LeakScope(random.number(NUMBERS)),
        1 if depth > 0 => Statement::LeakDelegation(random.number(3), program(random, depth - 1, allow)),
        2 if depth > 0 => Statement::SelectDelegation(random.number(3), program(random, depth - 1, allow)),
        3 => Statement::Leak(random.number(NUMBERS)),
        4 | 5 => Statement::Select(random.number(NUMBERS), random.number(4)),
        6 => Statement::YieldInDrop(random.number(NUMBERS), random.one_in(2)),
        7 if allow.panics && random.one_in(2) => Statement::PanicInDrop(random.number(NUMBERS)),
        _ => return None,
    })
}
