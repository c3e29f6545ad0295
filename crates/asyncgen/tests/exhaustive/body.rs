//! A small description of bodies, which both the model and the engine run.

use std::rc::Rc;

pub(crate) type Exception = asyncgen::Exception<&'static str>;
pub(crate) type Block = Rc<[Statement]>;

#[derive(Clone, Debug)]
pub(crate) enum Statement {
    /// Yields a value, and notes what was sent.
    Yield(u32),
    /// Yields a value, and notes what was sent or thrown.
    TryYield(u32),
    /// Is pending at so many polls.
    Await(u32),
    /// Passes on to the next statement, which it notes.
    Note(&'static str),
    /// Raises.
    Raise(Exception),
    /// Ends the block with this error, as `?` does.
    Fail(&'static str),
    /// The first block; if an exception is raised in it, which is noted, the second.
    Catch(Block, Block),
    /// The first block, then the second in any case.
    Finally(Block, Block),
    /// Delegates to a generator with this body.
    YieldFrom(Block),
}

pub(crate) use Statement::{Await, Fail, Note, Raise, TryYield, Yield};

pub(crate) const NEVER: Statement = Await(u32::MAX);

pub(crate) fn catch<const N: usize, const M: usize>(body: [Statement; N], handler: [Statement; M]) -> Statement {
    Statement::Catch(Rc::new(body), Rc::new(handler))
}

pub(crate) fn finally<const N: usize, const M: usize>(body: [Statement; N], clean_up: [Statement; M]) -> Statement {
    Statement::Finally(Rc::new(body), Rc::new(clean_up))
}

pub(crate) fn yield_from<const N: usize>(body: [Statement; N]) -> Statement {
    Statement::YieldFrom(Rc::new(body))
}

/// How a body delegates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Delegation {
    /// As `Yielder::yield_from` does.
    LevelByLevel,
    /// As the macros do, in constant time.
    Direct,
}

/// An operation of the consumer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operation {
    Anext,
    Asend(u32),
    Athrow(Exception),
    Aclose,
}

/// An operation, and after how many polls its future is dropped, if it is still pending.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    pub(crate) polls: u32,
}

/// What the consumer sees of a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Pending,
    Value(u32),
    StopAsyncIteration,
    Raised(Exception),
    JustStarted,
    AlreadyRunning,
    /// `athrow` on a closed generator, and `aclose` that went well.
    Nothing,
    IgnoredGeneratorExit(u32),
}

/// All that can be observed of a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Observed {
    pub(crate) answer: Answer,
    pub(crate) state: asyncgen::State,
    pub(crate) notes: Vec<String>,
}
