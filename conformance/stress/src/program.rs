//! Programs: what a body does, and what its consumer does with it.

use std::sync::Arc;

/// A generator: its body, and what chooses its form.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) body: Vec<Statement>,
    pub(crate) bits: u32,
}

#[derive(Clone, Debug)]
pub(crate) enum Statement {
    Mark(u8),
    Yield(u8),
    /// Is pending so often.
    Await(u8),
    /// Raises an error.
    Raise(u8),
    /// Fails with `?`.
    Question(u8),
    /// Raises `GeneratorExit`.
    Exit,
    Panic,
    Return,
    Break,
    Continue,
    /// `yield from`.
    From(How, Arc<Program>),
    /// Makes some steps of a generator, and drops it.
    Abandon(u8, Arc<Program>),
    Catch(Caught, Vec<Statement>, Vec<Statement>),
    Finally(Vec<Statement>, Vec<Statement>),
    /// A loop over a generator, which is left after some items.
    For(u8, Arc<Program>, Vec<Statement>),

    // What only the closure form has: futures that are leaked, dropped or polled by hand.
    /// A yield and an await at once.
    Select(u8, u8),
    Leak(u8),
    LeakScope(u8),
    LeakDelegation(u8, Arc<Program>),
    /// A delegation and an await at once.
    SelectDelegation(u8, Arc<Program>),
    /// A destructor that yields, and may leak that.
    YieldInDrop(u8, bool),
    PanicInDrop(u8),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Caught {
    All,
    Errors,
}

/// How a generator is delegated to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    Boxed,
    Owned,
    Borrowed,
    OwnedBorrowed,
    /// Through a generator that forwards what the trait demands, and no more.
    Wrapped,
    WrappedOwned,
    /// After so many steps.
    PreStarted(u8),
    PinnedOnStack,
    /// Again, after an exception was caught around it.
    AfterCatch,
    /// In the middle of a step.
    HalfWay,
    /// One that answers as it likes, instead of the program.
    Weird(u8),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Value,
    PollAnext,
    Anext,
    Send(u8),
    SendNothing,
    Throw(u8),
    ThrowExit,
    Close,
    /// A poll with no step begun, or of one that is in flight.
    Stray,
}

/// An operation, which is dropped after so many polls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    pub(crate) polls: u32,
}

/// Polls enough for every operation.
pub(crate) const TO_THE_END: u32 = 60;

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) program: Arc<Program>,
    pub(crate) calls: Vec<Call>,
    /// Dropped when the calls are done, instead of closed.
    pub(crate) is_dropped: bool,
    pub(crate) is_owned: bool,
    /// With the bits of each generator, its form.
    pub(crate) forms: u32,
    pub(crate) allow: Allow,
}

/// What is in the programs.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they have nothing to do with each other")]
pub(crate) struct Allow {
    pub(crate) is_in_loop: bool,
    pub(crate) panics: bool,
    pub(crate) yields_in_clean_up: bool,
    /// What only the closure form has, and generators that answer as they like.
    pub(crate) wild: bool,
}

impl Program {
    /// Is there something in it, or in what it uses, that answers to `is`?
    pub(crate) fn contains(&self, is: &dyn Fn(&Statement) -> bool) -> bool {
        contain(&self.body, is)
    }
}

impl Program {
    /// Can its body be in the keyword form, as `build.rs` has written that?
    pub(crate) fn is_for_keywords(&self) -> bool {
        fn all(statements: &[Statement], levels: u32) -> bool {
            statements.iter().all(|statement| match statement {
                Statement::From(How::Boxed, _) => true,
                Statement::From(..) | Statement::Abandon(..) => levels > 0,
                Statement::Catch(_, first, second) | Statement::Finally(first, second) => {
                    levels > 0 && all(first, levels - 1) && all(second, 0)
                }
                Statement::For(_, _, block) => levels > 0 && all(block, levels - 1),
                statement => !statement.is_of_closures_alone(),
            })
        }
        all(&self.body, 2)
    }
}

fn contain(statements: &[Statement], is: &dyn Fn(&Statement) -> bool) -> bool {
    statements.iter().any(|statement| {
        is(statement)
            || match statement {
                Statement::Catch(_, first, second) | Statement::Finally(first, second) => {
                    contain(first, is) || contain(second, is)
                }
                Statement::For(_, program, block) => program.contains(is) || contain(block, is),
                Statement::From(_, program)
                | Statement::Abandon(_, program)
                | Statement::LeakDelegation(_, program)
                | Statement::SelectDelegation(_, program) => program.contains(is),
                _ => false,
            }
    })
}

impl How {
    /// Is what is delegated to looked at afterwards?
    pub(crate) fn borrows(self) -> bool {
        !matches!(self, Self::Boxed | Self::Owned | Self::Wrapped | Self::WrappedOwned | Self::PinnedOnStack)
    }
}

impl Statement {
    /// Does it do what no body should?
    pub(crate) fn is_wild(&self) -> bool {
        self.is_of_closures_alone() || self.is_weird()
    }

    pub(crate) fn is_weird(&self) -> bool {
        matches!(self, Self::From(How::Weird(_), _))
    }

    pub(crate) fn is_of_closures_alone(&self) -> bool {
        matches!(
            self,
            Self::Select(..)
                | Self::Leak(_)
                | Self::LeakScope(_)
                | Self::LeakDelegation(..)
                | Self::SelectDelegation(..)
                | Self::YieldInDrop(..)
                | Self::PanicInDrop(_)
        )
    }
}
