//! What a run has exercised: constructs, operations, states, and the clauses of the contract.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::compare::{Difference, state_before};
use crate::interpret::{self, Delegation, Reached};
use crate::program::{Call, Case, Cut, Stmt, has_value, visit};
use crate::trace::{Outcome, State, Step, Trace};

/// The clauses that a program in this language can exercise. The others are compile-time promises (C8), need a panic
/// (C21), or a heap-owned generator (C22).
pub const CLAUSES: [u8; 23] = [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 23, 24, 25, 26];

/// Those of them that no program without values shows.
const OF_VALUES: [u8; 1] = [26];

const OPERATIONS: [&str; 6] = ["anext", "asend", "asend(None)", "athrow", "athrow(GeneratorExit)", "aclose"];

/// What a corpus must show, and by how many cases: every clause and difference; every operation (waited for, never
/// polled, given up or cancelled) in every state; and a step of every operation in which a body comes to every
/// statement, and logs every word. What it takes values for is not among these.
pub fn required() -> Vec<(Feature, u64)> {
    const STATES: [&str; 4] = ["Created", "Suspended", "Running", "Closed"];
    const STATEMENTS: [&str; 15] = [
        "mark", "yield", "await", "let", "if", "repeat", "break", "continue", "try", "finally", "raise", "reraise",
        "return", "from", "for",
    ];
    const WORDS: &str = "begin end yield sent=None await await. try left catch=A catch=B catch=C catch=GeneratorExit \
        catch=RuntimeError finally finally. from from. for for= for. mark";
    let mut all = Vec::new();
    let mut add = |kind, name: String, times| all.push(((kind, name), times));
    for clause in CLAUSES.into_iter().filter(|clause| !OF_VALUES.contains(clause)) {
        add("clause", format!("C{clause}"), 5);
    }
    for difference in Difference::ALL {
        add("difference", format!("{difference:?}"), 5);
    }
    for state in STATES {
        for operation in OPERATIONS {
            for how in ["", ", never polled", ", dropped", ", cancelled"] {
                add("operation and state", format!("{operation}{how} {state}"), 1);
            }
        }
        add("operation and state", format!("state {state}"), 1);
        add("operation and state", format!("drop {state}"), 1);
    }
    for operation in OPERATIONS {
        for how in ["", ", dropped", ", cancelled"] {
            for statement in STATEMENTS {
                add("operation and statement", format!("{operation}{how} {statement}"), 1);
            }
            for word in WORDS.split_whitespace() {
                add("operation and word", format!("{operation}{how} {word}"), 1);
            }
            // In a step of any other operation, no number is sent.
            if operation == "asend" {
                add("operation and word", format!("{operation}{how} sent="), 1);
            }
        }
    }
    all
}

/// What a corpus of programs with values must show besides (C26).
pub fn required_of_values() -> Vec<(Feature, u64)> {
    let mut all = Vec::new();
    let mut add = |kind, name: String, times| all.push(((kind, name), times));
    for clause in OF_VALUES {
        add("clause", format!("C{clause}"), 5);
    }
    for operation in OPERATIONS {
        for how in ["", ", dropped", ", cancelled"] {
            add("operation and statement", format!("{operation}{how} return value"), 5);
            for word in ["from=", "from=None"] {
                add("operation and word", format!("{operation}{how} {word}"), 1);
            }
            let wanted = if operation == "aclose" { "discards it" } else { "gives it" };
            add("value", format!("{operation}{how} {wanted}"), 5);
            add("value", format!("{operation}{how} after it"), 1);
        }
    }
    for operation in ["anext", "aclose"] {
        add("value", format!("{operation} carries on with a closing and discards it"), 2);
    }
    for operation in ["athrow(GeneratorExit)", "aclose"] {
        add("value", format!("{operation} discards that of a delegate"), 10);
    }
    add("value", "raises what has waited before it".into(), 10);
    add("value", "comes through a chain".into(), 20);
    add("value", "of a delegate answers what was thrown in".into(), 20);
    all
}

/// A kind and a name, such as `clause` and `C12`.
pub type Feature = (&'static str, String);

/// How often each feature occurred.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    counts: BTreeMap<Feature, u64>,
}

/// The features of a case and its trace.
pub type Features = BTreeSet<Feature>;

impl Coverage {
    /// Counts the features of one more case.
    pub fn add(&mut self, features: &Features) {
        for feature in features {
            *self.counts.entry(feature.clone()).or_default() += 1;
        }
    }

    /// How often this feature occurred.
    pub fn count(&self, feature: &Feature) -> u64 {
        self.counts.get(feature).copied().unwrap_or(0)
    }

    /// What of this is not there (often enough).
    pub fn missing(&self, required: Vec<(Feature, u64)>) -> Vec<Feature> {
        required
            .into_iter()
            .filter(|(feature, times)| self.count(feature) < *times)
            .map(|(feature, _)| feature)
            .collect()
    }

    /// The features of this kind, and how often they occurred.
    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, u64)> {
        self.counts.iter().filter(move |((of, _), _)| *of == kind).map(|((_, name), count)| (name.as_str(), *count))
    }
}

/// The features of a case and CPython's trace of it.
pub fn features(case: &Case, trace: &Trace) -> Features {
    let mut all = Features::new();
    for block in &case.program {
        visit(block, &mut |stmt: &Stmt| _ = all.insert(("construct", stmt.name().into())));
    }
    let chain = longest_chain(case);
    let (mut last_word, mut last_ended) = (String::new(), String::new());
    // Not all statements log a word: asyncgen tells which were come to. CPython's bodies have, if `verify` is content.
    let watched = interpret::run_and_watch(case, Delegation::Direct);
    for (number, (step, (_, reached))) in trace.iter().zip(watched).enumerate() {
        let before = state_before(trace, number);
        let op = case.script[number].call;
        let operation = operation(case, number);
        all.insert(("operation", operation.clone()));
        for statement in &reached {
            all.insert(("operation and statement", format!("{operation} {statement}")));
        }
        all.insert(("operation and state", format!("{operation} {before:?}")));
        all.insert(("operation, state and outcome", format!("{operation} {before:?} {}", kind_of(&step.0))));
        for word in step.2.split(' ').filter(|word| !word.is_empty()) {
            let word = shape(word);
            all.insert(("operation and word", format!("{operation} {word}")));
            all.insert(("word and word", format!("{last_word} {word}")));
            all.insert(("operation and two words", format!("{chain} {} {last_word} {word}", op.name())));
            last_word = word;
        }
        all.insert(("word and outcome", format!("{last_word} {} {:?}", kind_of(&step.0), step.1)));
        let ended = format!("{} {}", op.name(), kind_of(&step.0));
        all.insert((
            "operation after operation",
            format!("{last_ended}, {ended}{}", if chain > 1 { ", in a chain" } else { "" }),
        ));
        last_ended = ended;
        for name in step.differences() {
            all.insert(("difference", name.into()));
            all.insert(("difference and operation", format!("{name} {operation} {}", kind_of(&step.0))));
        }
        for situation in values(case, trace, number, &reached) {
            all.insert(("value", situation.into()));
            all.insert(("value", format!("{operation} {situation}")));
        }
        for clause in clauses(case, trace, number) {
            all.insert(("clause", format!("C{clause}")));
        }
    }
    all
}

/// What becomes in this step of the values that bodies end with.
fn values(case: &Case, trace: &Trace, number: usize, reached: &Reached) -> Vec<&'static str> {
    let step = &trace[number];
    let words: Vec<&str> = step.2.split(' ').collect();
    let is_returned = |step: &Step| matches!(step.0, Outcome::Returned(_));
    let op = case.script[number];
    let carries_on = op.cut.is_none() && state_before(trace, number) == State::Running && case.closes_before(number);
    let answers = reached.contains("return value");
    let ends = has_value(&case.program[0]) && words.contains(&"end0");
    // A delegate ends, and `GeneratorExit` is in the body that delegates.
    let goes_on = words.windows(2).any(|two| two[0].starts_with("end") && two[1].contains("=GeneratorExit:"));
    let delegated = words.iter().any(|word| shape(word) == "from=");
    [
        ("gives it", is_returned(step)),
        ("discards it", ends && answers && step.0 == Outcome::None),
        ("after it", trace[..number].iter().any(is_returned) && step.0 != Outcome::State),
        ("comes through a chain", longest_chain(case) > 1 && delegated && is_returned(step)),
        ("of a delegate answers what was thrown in", answers && delegated && matches!(op.call, Call::Athrow(_))),
        ("raises what has waited before it", ends && answers && matches!(step.0, Outcome::Raised(..))),
        (
            "carries on with a closing and discards it",
            ends && answers && carries_on && matches!(step.0, Outcome::Stop | Outcome::None),
        ),
        ("discards that of a delegate", answers && goes_on),
    ]
    .into_iter()
    .filter_map(|(situation, shown)| shown.then_some(situation))
    .collect()
}

/// How many delegations one in another there can be.
fn longest_chain(case: &Case) -> usize {
    let mut chains = vec![0; case.program.len()];
    for (index, block) in case.program.iter().enumerate().rev() {
        let mut longest = 0;
        visit(block, &mut |stmt| match stmt {
            Stmt::From(_, to, _) => longest = longest.max(chains[*to] + 1),
            Stmt::For(_, _, to, _) => longest = longest.max(chains[*to]),
            _ => {}
        });
        chains[index] = longest;
    }
    chains[0]
}

fn operation(case: &Case, number: usize) -> String {
    let op = case.script[number];
    match op.cut {
        None => op.call.name().into(),
        Some(Cut(0, _)) => format!("{}, never polled", op.call.name()),
        Some(Cut(_, None)) => format!("{}, dropped", op.call.name()),
        Some(Cut(_, Some(_))) => format!("{}, cancelled", op.call.name()),
    }
}

fn kind_of(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Raised(kind, _) => kind.clone(),
        Outcome::Value(_) => "Value".into(),
        Outcome::Returned(_) => "Returned".into(),
        Outcome::Ignored(_) => "Ignored".into(),
        outcome => format!("{outcome:?}"),
    }
}

/// A word of the log without its numbers.
pub(crate) fn shape(word: &str) -> String {
    let end = if word.ends_with('.') { "." } else { "" };
    let (name, detail) = match word.split_once('=') {
        Some((name, detail)) => (name, format!("={}", detail.split(':').next().unwrap_or(""))),
        None => (word, String::new()),
    };
    let name = name.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
    let detail = detail.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    format!("{name}{detail}{end}")
}

/// The clauses that this step shows.
fn clauses(case: &Case, trace: &Trace, number: usize) -> Vec<u8> {
    use Outcome::{Ignored, None as Nothing, Raised, Returned, Stop, Value};
    use State::{Closed, Created, Running, Suspended};

    let op = case.script[number];
    let (before, step) = (state_before(trace, number), &trace[number]);
    let (outcome, after, log) = (&step.0, step.1, step.2.as_str());
    let has = |word: &str| log.split(' ').any(|at| at.starts_with(word));
    let noted = |name: &str| step.3.iter().any(|note| note == name);
    let error = matches!(outcome, Raised(kind, _) if kind != "GeneratorExit");
    let next = matches!(op.call, Call::Anext | Call::Asend(None));
    let sends = matches!(op.call, Call::Asend(Some(_)));
    let throws = matches!(op.call, Call::Athrow(_));
    let closes = op.call == Call::Aclose;
    let runs = op.call.is_step() && op.cut.is_none_or(|Cut(polls, _)| polls > 0);

    [
        (1, before == Created && op.call == Call::State && log.is_empty()),
        (2, before == Created && next && matches!(outcome, Value(_))),
        (3, before == Created && sends && error && after == Created),
        (4, before == Suspended && sends && has("sent") && matches!(outcome, Value(_))),
        (5, before == Suspended && op.call == Call::Anext && log.contains("=None")),
        (6, (next || sends) && matches!(outcome, Stop | Returned(_))),
        (7, (next || sends) && error && after == Closed),
        (9, before == Suspended && throws && runs),
        (10, before == Created && throws && runs && after == Closed),
        (11, before == Closed && throws && *outcome == Nothing),
        (12, before == Suspended && closes && *outcome == Nothing),
        (13, matches!(before, Created | Closed) && closes && *outcome == Nothing),
        (14, closes && error),
        (15, matches!(outcome, Ignored(_))),
        (16, before == Running && sends && runs && error && after == Running),
        (17, before == Closed && runs && log.is_empty()),
        (18, noted("D1") || noted("D2")),
        (19, noted("D2") || (matches!(op.cut, Some(Cut(_, Some(_)))) && after != Running)),
        (20, noted("D3")),
        (23, has("from")),
        (24, noted("C24")),
        (25, noted("D5")),
        (26, matches!(outcome, Returned(_))),
    ]
    .into_iter()
    .filter_map(|(clause, shown)| shown.then_some(clause))
    .collect()
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for kind in ["construct", "clause", "difference", "operation and state", "value"] {
            let mut counts: Vec<_> = self.of(kind).collect();
            counts.sort_by_key(|(name, _)| (name.trim_start_matches(['C', 'D']).parse::<u32>().unwrap_or(0), *name));
            writeln!(f, "cases by {kind}:")?;
            let cells: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
            let width = cells.iter().map(String::len).max().unwrap_or(0) + 2;
            for row in cells.chunks((118 / width).max(1)) {
                let row: Vec<String> = row.iter().map(|cell| format!("{cell:width$}")).collect();
                writeln!(f, "  {}", row.concat().trim_end())?;
            }
        }
        let missing: Vec<String> =
            CLAUSES.iter().map(|n| format!("C{n}")).filter(|name| self.count(&("clause", name.clone())) == 0).collect();
        match missing.as_slice() {
            [] => writeln!(f, "every clause that a program can show was shown"),
            missing => writeln!(f, "not shown: {}", missing.join(", ")),
        }?;
        let [statements, words, sequences] =
            ["operation and statement", "operation and word", "word and word"].map(|kind| self.of(kind).count());
        write!(
            f,
            "{statements} pairs of operation and statement, {words} of operation and word, {sequences} of successive words"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_words_shape_is_its_name_without_numbers() {
        for (word, expected) in [
            ("await12/3", "await"),
            ("await12.", "await."),
            ("sent4=-3", "sent="),
            ("sent4=None", "sent=None"),
            ("catch7=A:m3", "catch=A"),
            ("catch7=GeneratorExit:", "catch=GeneratorExit"),
            ("for5", "for"),
            ("for5=8", "for="),
            ("for5.", "for."),
            ("from5=8", "from="),
            ("from5=None", "from=None"),
        ] {
            assert_eq!(shape(word), expected, "{word}");
        }
    }
}
