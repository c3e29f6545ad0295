//! Are two traces the same? Knows the differences that are meant, each with where it may occur, and no others.

use std::fmt;

use crate::interpret::{self, Delegation};
use crate::program::{Call, Case, Cut, Kind, Stmt, visit};
use crate::trace::{Outcome, Refusal, State, Step, Trace};

/// A difference between asyncgen and CPython that is meant: a row of the table in the README. For those that the
/// oracle has to make up for, it says in which steps it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Difference {
    /// `anext` carries on with a step in flight (C18).
    D1,
    /// `athrow` and `aclose` raise at the await where a step in flight stands (C18, C19).
    D2,
    /// A closing in flight is carried on with (C20).
    D3,
    /// A body that yields while it is closed: the value is given back, and the generator can be closed again (C15).
    D4,
    /// Exceptions wait while clean-up runs (C25).
    D5,
    /// An exception that comes while a loop waits for its generator is raised in the loop (C19, C24).
    D6,
    /// A second error while a first one waits is refused (C25).
    D7,
    /// A dropped generator runs nothing more; clean-up is for its owner (C22).
    D8,
    /// A delegate is closed before `GeneratorExit` goes on, wherever that came; what it yields then is a value (C23).
    D9,
}

impl Difference {
    /// All of them.
    pub const ALL: [Self; 9] =
        [Self::D1, Self::D2, Self::D3, Self::D4, Self::D5, Self::D6, Self::D7, Self::D8, Self::D9];

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|difference| format!("{difference:?}") == name)
    }

    /// May it occur in the step of this number?
    fn may_occur(self, case: &Case, trace: &Trace, number: usize) -> bool {
        let call = case.script[number].call;
        let in_flight = state_before(trace, number) == State::Running;
        match self {
            Self::D1 => in_flight && is_next(call),
            Self::D2 => in_flight && matches!(call, Call::Athrow(_) | Call::Aclose),
            Self::D3 => in_flight && (is_next(call) || call == Call::Aclose) && case.closes_before(number),
            Self::D4 => call == Call::Aclose && matches!(trace[number].0, Outcome::Ignored(_)),
            Self::D5 | Self::D7 => case.cleans_up() && case.interrupts_until(trace, number),
            Self::D6 => case.has("for") && case.interrupts_until(trace, number),
            Self::D8 => call == Call::Drop,
            Self::D9 => case.has("from") && case.closes_something_until(number),
        }
    }
}

/// Where two traces differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// They have not the same number of steps.
    Length(usize, usize),
    /// This step is not the same.
    Step(usize),
    /// In this step the oracle has made up for a difference that is not known, or that can't occur there.
    Difference(usize, String),
}

/// Compares asyncgen's trace of a case with CPython's.
pub fn compare(case: &Case, ours: &Trace, cpython: &Trace) -> Result<(), Mismatch> {
    for (number, (our_step, cpython_step)) in ours.iter().zip(cpython).enumerate() {
        if !same(our_step, cpython_step) {
            return Err(Mismatch::Step(number));
        }
        for name in cpython_step.differences() {
            if !Difference::named(name).is_some_and(|difference| difference.may_occur(case, cpython, number)) {
                return Err(Mismatch::Difference(number, name.into()));
            }
        }
    }
    if ours.len() == cpython.len() { Ok(()) } else { Err(Mismatch::Length(ours.len(), cpython.len())) }
}

/// Runs a case on asyncgen, in both ways of delegation, and compares it with CPython's trace.
pub fn verify(case: &Case, cpython: &Trace) -> Result<(), Mismatch> {
    Delegation::BOTH.into_iter().try_for_each(|delegation| compare(case, &interpret::run(case, delegation), cpython))
}

fn same(ours: &Step, cpython: &Step) -> bool {
    same_outcome(&ours.0, &cpython.0) && ours.1 == cpython.1 && ours.2 == cpython.2
}

/// Everything is the same but the names of the two refusals, for which CPython has no exceptions of their own (D10).
fn same_outcome(ours: &Outcome, cpython: &Outcome) -> bool {
    match (ours, cpython) {
        (Outcome::Refused(refusal), Outcome::Raised(kind, message)) => {
            (kind.as_str(), message.as_str())
                == match refusal {
                    Refusal::JustStarted => {
                        ("TypeError", "can't send non-None value to a just-started async generator")
                    }
                    Refusal::AlreadyRunning if message.starts_with("athrow") => {
                        ("RuntimeError", "athrow(): asynchronous generator is already running")
                    }
                    Refusal::AlreadyRunning => ("RuntimeError", "anext(): asynchronous generator is already running"),
                }
        }
        (ours, cpython) => ours == cpython,
    }
}

fn is_next(call: Call) -> bool {
    matches!(call, Call::Anext | Call::Asend(None))
}

/// The state in which a step finds the generator.
pub fn state_before(trace: &Trace, number: usize) -> State {
    number.checked_sub(1).map_or(State::Created, |before| trace[before].1)
}

impl Case {
    /// Has its program a statement of this name?
    pub fn has(&self, name: &str) -> bool {
        let mut found = false;
        for block in &self.program {
            visit(block, &mut |stmt: &Stmt| found |= stmt.name() == name);
        }
        found
    }

    fn cleans_up(&self) -> bool {
        self.has("finally") || self.has("for")
    }

    /// Was it told to close before this step?
    pub(crate) fn closes_before(&self, number: usize) -> bool {
        self.script[..number].iter().any(|op| op.call == Call::Aclose)
    }

    /// Is a delegate told to close, by the script or by a loop, or by a body that raises `GeneratorExit`?
    fn closes_something_until(&self, number: usize) -> bool {
        self.has("for")
            || self.script[..=number].iter().any(|op| matches!(op.call, Call::Aclose | Call::Athrow(Kind::Exit)))
    }

    /// Has the script raised an exception at an await, in this step or an earlier one?
    fn interrupts_until(&self, trace: &Trace, number: usize) -> bool {
        (0..=number).any(|at| match self.script[at] {
            op if matches!(op.cut, Some(Cut(_, Some(_)))) => true,
            op => matches!(op.call, Call::Athrow(_) | Call::Aclose) && state_before(trace, at) == State::Running,
        })
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(ours, cpython) => write!(f, "asyncgen made {ours} steps, CPython {cpython}"),
            Self::Step(number) => write!(f, "operation {number} is not the same"),
            Self::Difference(number, name) => write!(f, "{name} is no difference that may occur in operation {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Op;

    fn case(script: &[Call]) -> Case {
        Case { program: vec![Vec::new()], script: script.iter().map(|call| Op { call: *call, cut: None }).collect() }
    }

    fn step(outcome: Outcome, state: State, log: &str, notes: &[&str]) -> Step {
        Step(outcome, state, log.into(), notes.iter().map(|note| (*note).into()).collect())
    }

    #[test]
    fn outcome_state_and_log_must_all_be_the_same() {
        let case = case(&[Call::Anext]);
        let one = vec![step(Outcome::Value(1), State::Suspended, "begin0", &[])];
        assert_eq!(compare(&case, &one, &one), Ok(()));
        for other in [
            step(Outcome::Value(2), State::Suspended, "begin0", &[]),
            step(Outcome::Value(1), State::Running, "begin0", &[]),
            step(Outcome::Value(1), State::Suspended, "begin0 end0", &[]),
        ] {
            assert_eq!(compare(&case, &one, &vec![other]), Err(Mismatch::Step(0)));
        }
        assert_eq!(compare(&case, &one, &Vec::new()), Err(Mismatch::Length(1, 0)));
    }

    #[test]
    fn a_refusal_is_just_the_exception_that_cpython_raises_for_it() {
        let raised = |kind: &str, message: &str| Outcome::Raised(kind.into(), message.into());
        let just_started = raised("TypeError", "can't send non-None value to a just-started async generator");
        let running = raised("RuntimeError", "athrow(): asynchronous generator is already running");
        assert!(same_outcome(&Outcome::Refused(Refusal::JustStarted), &just_started));
        assert!(same_outcome(&Outcome::Refused(Refusal::AlreadyRunning), &running));
        assert!(!same_outcome(&Outcome::Refused(Refusal::JustStarted), &running));
        assert!(!same_outcome(&Outcome::Refused(Refusal::AlreadyRunning), &raised("RuntimeError", "something else")));
    }

    #[test]
    fn a_difference_is_allowed_only_where_it_can_occur() {
        let case = case(&[Call::Anext, Call::Anext]);
        let given_up = step(Outcome::Abandoned, State::Running, "", &[]);
        let first_pending = |notes: &[&str]| vec![given_up.clone(), step(Outcome::Stop, State::Closed, "", notes)];
        assert_eq!(compare(&case, &first_pending(&[]), &first_pending(&["D1"])), Ok(()));
        for name in ["D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D99"] {
            let expected = Err(Mismatch::Difference(1, name.into()));
            assert_eq!(compare(&case, &first_pending(&[]), &first_pending(&[name])), expected);
        }
        let not_pending =
            vec![step(Outcome::Value(1), State::Suspended, "", &[]), step(Outcome::Stop, State::Closed, "", &["D1"])];
        assert_eq!(compare(&case, &not_pending, &not_pending), Err(Mismatch::Difference(1, "D1".into())));
    }

    #[test]
    fn every_difference_is_a_row_of_the_readme_and_has_a_test() {
        let (readme, tests) = (include_str!("../README.md"), include_str!("../tests/differences.rs"));
        for number in 1..=15 {
            assert!(readme.contains(&format!("| D{number} |")), "D{number} has no row");
            assert!(tests.contains(&format!("\nfn d{number}_")), "D{number} has no test");
        }
        assert!(Difference::ALL.iter().all(|difference| Difference::named(&format!("{difference:?}")).is_some()));
    }
}
