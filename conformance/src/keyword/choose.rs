//! Which programs are compiled: those that say the most different things.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::{Loops, render};
use crate::corpus::Recorded;
use crate::interpret::{self, Delegation};
use crate::program::{Block, Case, Filter, Stmt};

/// A case whose program is compiled.
#[derive(Debug)]
pub struct Chosen<'c> {
    /// Its number in the corpus.
    pub number: usize,
    /// The case, and CPython's answers.
    pub recorded: &'c Recorded,
    /// How its loops are written.
    pub loops: Loops,
}

/// Chooses so many. Each next one is the one that shows most of what those before it have shown least; the compiler's
/// time counts, too. Left out are those in which a loop raises what has waited (D14).
pub fn choose(corpus: &[Recorded], count: usize) -> Vec<Chosen<'_>> {
    let mut names = BTreeMap::new();
    let features: Vec<Vec<usize>> = corpus
        .iter()
        .map(|recorded| {
            let mut features = features(recorded);
            features.sort_unstable();
            features.dedup();
            features
                .into_iter()
                .map(|feature| {
                    let next = names.len();
                    *names.entry(feature).or_insert(next)
                })
                .collect()
        })
        .collect();
    let costs: Vec<usize> =
        corpus.iter().map(|recorded| render(&recorded.case.program, Loops::ByValue).source.len()).collect();
    let mut shown = vec![0_u32; names.len()];
    // In thousandths. It only becomes less, so that the heap's first need not be the best, but its bound is true.
    let gain = |number: usize, shown: &[u32]| {
        let gain: u64 = features[number].iter().map(|feature| 1_000_000 >> shown[*feature].min(20)).sum();
        gain / (2_000 + costs[number] as u64)
    };
    let comparable = (0..corpus.len()).filter(|number| is_comparable(&corpus[*number].case, Loops::ByHand));
    let mut heap: BinaryHeap<_> = comparable.map(|number| (gain(number, &shown), Reverse(number))).collect();
    let mut chosen = Vec::new();
    while let Some((bound, Reverse(number))) = heap.pop() {
        if chosen.len() >= count {
            break;
        }
        let now = gain(number, &shown);
        if now < bound {
            heap.push((now, Reverse(number)));
            continue;
        }
        features[number].iter().for_each(|feature| shown[*feature] += 1);
        let recorded = &corpus[number];
        chosen.push(Chosen { number, recorded, loops: Loops::of(number, &recorded.case) });
    }
    chosen
}

impl Loops {
    /// How the loops of a case are written. Where a loop's generator yields while the loop closes it, only
    /// [`Loops::ByHand`] does as CPython (D13); for the others, either will do.
    pub fn of(number: usize, case: &Case) -> Self {
        if number % 4 == 0 || !is_comparable(case, Self::ByValue) { Self::ByHand } else { Self::ByValue }
    }
}

/// Does the keyword form do as the closure form, and as CPython, if its loops are so?
pub fn is_comparable(case: &Case, loops: Loops) -> bool {
    interpret::run_as_keywords(case, loops) == interpret::run(case, Delegation::Direct)
}

/// What a case shows: statements in statements, and which words follow each other in CPython's trace.
fn features(recorded: &Recorded) -> Vec<String> {
    let mut features = Vec::new();
    for block in &recorded.case.program {
        nesting(block, &mut Vec::new(), &mut features);
    }
    let mut last = String::new();
    for (step, op) in recorded.trace.iter().zip(&recorded.case.script) {
        let operation = op.call.name();
        for word in step.2.split_whitespace() {
            let word = crate::coverage::shape(word);
            features.push(format!("{last} {word}"));
            features.push(format!("{operation} {word}"));
            last = word;
        }
        features.extend(step.differences().map(|name| format!("{operation} {name} {last}")));
        last = operation.into();
    }
    features
}

/// A statement with up to three around it, and the innermost of them with what is after it.
fn nesting(block: &Block, around: &mut Vec<String>, features: &mut Vec<String>) {
    const DEPTH: usize = 3;
    for (at, stmt) in block.iter().enumerate() {
        let inner = &around[around.len().saturating_sub(DEPTH)..];
        features.push(format!("{} > {}", inner.join(" > "), stmt.name()));
        let after = block.get(at + 1).map_or("", |next| next.name());
        features.push(format!("{} > {}, {after}", around.last().map_or("", String::as_str), stmt.name()));
        for (part, block) in parts(stmt) {
            around.push(part);
            nesting(block, around, features);
            around.pop();
        }
    }
}

/// The blocks in it, each with a name.
fn parts(stmt: &Stmt) -> Vec<(String, &Block)> {
    let name = |part: &str| format!("{}{part}", stmt.name());
    match stmt {
        Stmt::If(_, then, otherwise) => vec![(name(""), then), (name(""), otherwise)],
        Stmt::Repeat(_, block) | Stmt::For(_, _, _, block) => vec![(name(""), block)],
        Stmt::Finally(_, block, clean_up) => vec![(name(""), block), (name("'s clean-up"), clean_up)],
        Stmt::Try(_, block, handlers) => {
            let handler = |filter: Filter| match filter {
                Filter::A | Filter::B | Filter::C => name(", some caught"),
                filter => name(&format!(", {filter:?} caught")),
            };
            let handlers = handlers.iter().map(|(filter, block)| (handler(*filter), block));
            std::iter::once((name(""), block)).chain(handlers).collect()
        }
        _ => Vec::new(),
    }
}
