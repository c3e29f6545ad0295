//! Programs and scripts: what is run on both sides, as data.
//!
//! The JSON form of a [`Case`] is what the oracle reads, and what the corpus holds.

use serde::{Deserialize, Serialize};

/// A program, and what its consumer does with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Case {
    /// The generators. The first is run; the others are for delegation and loops.
    #[serde(rename = "p")]
    pub program: Program,
    /// The consumer's operations, in order.
    #[serde(rename = "s")]
    pub script: Vec<Op>,
}

/// Generators, each of which may use the ones after it.
pub type Program = Vec<Block>;

/// Statements, one after the other.
pub type Block = Vec<Stmt>;

/// The number of a statement: it is what the log says of it. Unique in a program.
pub type Id = u32;

/// A variable of the body, of three. It holds what a `yield` or a delegation evaluated to: a number, or nothing, as at first.
pub type Var = u8;

/// How many variables a body has.
pub const VARS: u8 = 3;

/// A number plus the value of a variable, in which nothing counts as 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Expr(pub i64, pub Option<Var>);

/// Does the variable hold just this?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cond(pub Var, pub Option<i64>);

/// A statement of a body.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stmt {
    /// Logs that it was reached.
    Mark(Id),
    /// Yields a value, and keeps what was sent.
    Yield(Id, Expr, Option<Var>),
    /// Awaits something that is pending for so many polls.
    Await(Id, u8),
    /// Assigns to a variable.
    Let(Var, Expr),
    /// Takes one of two branches.
    If(Cond, Block, Block),
    /// Runs a block so many times.
    Repeat(u8, Block),
    /// Ends the innermost loop.
    Break,
    /// Goes on with the next round of the innermost loop.
    Continue,
    /// `try` and `except`: the first handler that matches is run.
    Try(Id, Block, Vec<(Filter, Block)>),
    /// `try` and `finally`.
    Finally(Id, Block, Block),
    /// Raises an exception, whose message is the statement's number.
    Raise(Id, Kind),
    /// Raises again what the handler of the `Try` with this number has caught.
    Reraise(Id),
    /// Ends the body.
    Return,
    /// Ends the body with a value (C26).
    ReturnValue(Expr),
    /// `yield from` a new generator (C23). Keeps what it evaluates to (C26): nothing, if that generator ends without a value.
    From(Id, usize, #[serde(default, skip_serializing_if = "Option::is_none")] Option<Var>),
    /// Loops over a new generator, which is closed on the way out (C24).
    For(Id, Var, usize, Block),
}

/// What can be raised and thrown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// The error A.
    A,
    /// The error B.
    B,
    /// The error C.
    C,
    /// `GeneratorExit`.
    Exit,
}

/// What a handler catches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Filter {
    /// The error A.
    A,
    /// The error B.
    B,
    /// The error C.
    C,
    /// `GeneratorExit`.
    Exit,
    /// Every error: Python's `except Exception`.
    Error,
    /// Everything: Python's `except BaseException`.
    Any,
}

/// One operation of the consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Op {
    /// What it does.
    #[serde(rename = "do")]
    pub call: Call,
    /// Where its awaitable is given up, if it is not ready before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Call {
    /// Gets the next value.
    Anext,
    /// Sends a number, or nothing, and gets the next value.
    Asend(Option<i64>),
    /// Throws an exception, whose message is the operation's number.
    Athrow(Kind),
    /// Closes the generator.
    Aclose,
    /// Only reads the state, as is done after every operation.
    State,
    /// Drops the generator; the script ends.
    Drop,
}

/// After so many polls, an awaitable is dropped; or an error is thrown into it, as into a task that is cancelled, and
/// it is polled to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cut(pub u8, pub Option<Kind>);

impl Stmt {
    /// Its number, if it has one of its own.
    pub fn id(&self) -> Option<Id> {
        match self {
            Stmt::Mark(id)
            | Stmt::Yield(id, ..)
            | Stmt::Await(id, _)
            | Stmt::Try(id, ..)
            | Stmt::Finally(id, ..)
            | Stmt::Raise(id, _)
            | Stmt::From(id, ..)
            | Stmt::For(id, ..) => Some(*id),
            _ => None,
        }
    }

    /// The name of its kind.
    pub fn name(&self) -> &'static str {
        match self {
            Stmt::Mark(..) => "mark",
            Stmt::Yield(..) => "yield",
            Stmt::Await(..) => "await",
            Stmt::Let(..) => "let",
            Stmt::If(..) => "if",
            Stmt::Repeat(..) => "repeat",
            Stmt::Break => "break",
            Stmt::Continue => "continue",
            Stmt::Try(..) => "try",
            Stmt::Finally(..) => "finally",
            Stmt::Raise(..) => "raise",
            Stmt::Reraise(..) => "reraise",
            Stmt::Return => "return",
            Stmt::ReturnValue(_) => "return value",
            Stmt::From(..) => "from",
            Stmt::For(..) => "for",
        }
    }

    /// The blocks in it.
    pub fn blocks(&self) -> Vec<&Block> {
        match self {
            Stmt::If(_, a, b) | Stmt::Finally(_, a, b) => vec![a, b],
            Stmt::Repeat(_, a) | Stmt::For(_, _, _, a) => vec![a],
            Stmt::Try(_, a, handlers) => std::iter::once(a).chain(handlers.iter().map(|(_, block)| block)).collect(),
            _ => Vec::new(),
        }
    }

    /// The blocks in it, in the same order.
    pub fn blocks_mut(&mut self) -> Vec<&mut Block> {
        match self {
            Stmt::If(_, a, b) | Stmt::Finally(_, a, b) => vec![a, b],
            Stmt::Repeat(_, a) | Stmt::For(_, _, _, a) => vec![a],
            Stmt::Try(_, a, handlers) => {
                std::iter::once(a).chain(handlers.iter_mut().map(|(_, block)| block)).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Call {
    /// The name of its kind.
    pub fn name(&self) -> &'static str {
        match self {
            Call::Anext => "anext",
            Call::Asend(None) => "asend(None)",
            Call::Asend(Some(_)) => "asend",
            Call::Athrow(Kind::Exit) => "athrow(GeneratorExit)",
            Call::Athrow(_) => "athrow",
            Call::Aclose => "aclose",
            Call::State => "state",
            Call::Drop => "drop",
        }
    }
}

impl Kind {
    /// Its name in Python; `None` is an error of no kind that a program can raise.
    pub fn in_python(kind: Option<Self>) -> &'static str {
        match kind {
            Some(Kind::A) => "A",
            Some(Kind::B) => "B",
            Some(Kind::C) => "C",
            Some(Kind::Exit) => "GeneratorExit",
            None => "RuntimeError",
        }
    }
}

impl Filter {
    /// Does it catch this? `None` is an error of no kind that a program can raise.
    pub fn catches(self, kind: Option<Kind>) -> bool {
        match self {
            Filter::A => kind == Some(Kind::A),
            Filter::B => kind == Some(Kind::B),
            Filter::C => kind == Some(Kind::C),
            Filter::Exit => kind == Some(Kind::Exit),
            Filter::Error => kind != Some(Kind::Exit),
            Filter::Any => true,
        }
    }
}

/// Calls `f` with every statement of a block, inner ones after the one that they are in.
pub fn visit<'a>(block: &'a Block, f: &mut impl FnMut(&'a Stmt)) {
    for stmt in block {
        f(stmt);
        stmt.blocks().into_iter().for_each(|block| visit(block, f));
    }
}

/// Does a generator with this body end with a value, sometimes at least? (Python's end with `None` otherwise.)
pub fn has_value(block: &Block) -> bool {
    let mut found = false;
    visit(block, &mut |stmt| found |= matches!(stmt, Stmt::ReturnValue(_)));
    found
}

impl Case {
    /// Can both languages say this?
    ///
    /// `break` and `continue` must be in a loop, and `Reraise` in its handler; a generator uses only those after it.
    /// Clean-up is not left by `return`, `break` or `continue`, which in Python would swallow the exception on its way,
    /// and which Rust's closures do not allow. An error is thrown into an awaitable only after it was polled.
    pub fn is_well_formed(&self) -> bool {
        !self.program.is_empty()
            && self.program.iter().enumerate().all(|(index, block)| {
                Place { later: index + 1..self.program.len(), in_loop: false, may_return: true, caught: &[] }
                    .allows(block)
            })
            && self.script.iter().all(|op| match op.cut {
                Some(Cut(after, Some(kind))) => after > 0 && kind != Kind::Exit && op.call.is_step(),
                Some(Cut(_, None)) => op.call.is_step(),
                None => true,
            })
    }
}

impl Case {
    /// The largest number of a statement; 0 if none has one.
    pub fn most_id(&self) -> Id {
        let mut most = 0;
        for block in &self.program {
            visit(block, &mut |stmt| most = most.max(stmt.id().unwrap_or(0)));
        }
        most
    }

    /// An upper bound of how many words the body can log.
    pub fn most_events(&self) -> u64 {
        let mut generators = vec![0; self.program.len()];
        for (index, block) in self.program.iter().enumerate().rev() {
            generators[index] = most_events(block, &generators).saturating_add(2);
        }
        generators.first().copied().unwrap_or(0)
    }
}

fn most_events(block: &Block, generators: &[u64]) -> u64 {
    let of = |block: &Block| most_events(block, generators);
    block.iter().fold(0, |sum: u64, stmt| {
        let own = match stmt {
            Stmt::Await(_, polls) => u64::from(*polls) + 1,
            Stmt::Repeat(times, block) => of(block).saturating_mul(u64::from(*times)),
            Stmt::From(_, generator, _) => generators[*generator].saturating_add(2),
            // At worst, each event of its generator is a yield.
            Stmt::For(_, _, generator, block) => generators[*generator].saturating_mul(of(block).saturating_add(2)),
            stmt => stmt.blocks().into_iter().fold(4, |sum: u64, block| sum.saturating_add(of(block))),
        };
        sum.saturating_add(own)
    })
}

impl Call {
    /// Does it run the body?
    pub fn is_step(&self) -> bool {
        !matches!(self, Call::State | Call::Drop)
    }
}

/// What is allowed at a point of a body.
#[derive(Clone)]
struct Place<'a> {
    later: std::ops::Range<usize>,
    in_loop: bool,
    may_return: bool,
    caught: &'a [Id],
}

impl Place<'_> {
    fn allows(&self, block: &Block) -> bool {
        block.iter().all(|stmt| self.allows_stmt(stmt))
    }

    fn allows_stmt(&self, stmt: &Stmt) -> bool {
        match stmt {
            Stmt::Mark(_) | Stmt::Yield(..) | Stmt::Await(..) | Stmt::Let(..) | Stmt::Raise(..) => true,
            Stmt::Break | Stmt::Continue => self.in_loop,
            Stmt::Return | Stmt::ReturnValue(_) => self.may_return,
            Stmt::Reraise(id) => self.caught.contains(id),
            Stmt::If(_, then, otherwise) => self.allows(then) && self.allows(otherwise),
            Stmt::Repeat(_, block) => Self { in_loop: true, ..self.clone() }.allows(block),
            Stmt::Try(id, block, handlers) => {
                let caught: Vec<Id> = self.caught.iter().copied().chain([*id]).collect();
                let place = Place { caught: &caught, ..self.clone() };
                self.allows(block) && !handlers.is_empty() && handlers.iter().all(|(_, handler)| place.allows(handler))
            }
            Stmt::Finally(_, block, clean_up) => {
                self.allows(block) && Self { in_loop: false, may_return: false, ..self.clone() }.allows(clean_up)
            }
            Stmt::From(_, generator, _) => self.later.contains(generator),
            Stmt::For(_, _, generator, block) => {
                self.later.contains(generator) && Self { in_loop: true, ..self.clone() }.allows(block)
            }
        }
    }
}
