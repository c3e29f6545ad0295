//! The recorded corpus: cases with CPython's answers, chosen so that all is covered with few.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::compare::{Mismatch, verify};
use crate::coverage::{Coverage, features, required, required_of_values};
use crate::fuzz::{case_with_values, case_without_values};
use crate::interpret::{self, Delegation};
use crate::program::Case;
use crate::python::Oracle;
use crate::trace::Trace;

/// A case, and what CPython did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recorded {
    /// The case.
    #[serde(flatten)]
    pub case: Case,
    /// CPython's trace of it.
    #[serde(rename = "t")]
    pub trace: Trace,
}

const BATCH: usize = 256;

/// The corpus is in three files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Random cases, chosen for what they cover.
    Chosen,
    /// Cases on which asyncgen and CPython once did not agree.
    Found,
    /// Random cases in which generators end with values, chosen for what they cover of that.
    Values,
}

impl Part {
    fn path(self) -> PathBuf {
        let name = match self {
            Part::Chosen => "chosen.jsonl",
            Part::Found => "found.jsonl",
            Part::Values => "values.jsonl",
        };
        Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name)
    }
}

/// The cases of a corpus, without the answers.
pub fn cases(corpus: &[Recorded]) -> Vec<Case> {
    corpus.iter().map(|recorded| recorded.case.clone()).collect()
}

/// Asks CPython about these cases. Those that run too long are left out.
pub fn record(oracle: &mut Oracle, cases: &[Case]) -> io::Result<Vec<Recorded>> {
    let mut all = Vec::new();
    for batch in cases.chunks(BATCH) {
        let traces = oracle.run(batch)?;
        all.extend(
            batch.iter().zip(traces).filter_map(|(case, trace)| Some(Recorded { case: case.clone(), trace: trace? })),
        );
    }
    Ok(all)
}

/// Chooses random cases for this part of the corpus, about this many, and records what CPython does. Those are chosen that
/// show a feature which none before them has shown; the rest is any. It goes on until nothing that is required is missing.
pub fn choose(oracle: &mut Oracle, part: Part, seed: u64, count: usize) -> io::Result<Vec<Recorded>> {
    const LONGEST: usize = 600;
    const TRIED_FOR_EACH: u64 = 25;
    const TRIED_AT_MOST: u64 = 500;

    let case = if part == Part::Values { case_with_values } else { case_without_values };
    let required = if part == Part::Values { required_of_values } else { required };
    let mut coverage = Coverage::default();
    let (mut chosen, mut others) = (Vec::new(), Vec::new());
    for first in (0..count as u64 * TRIED_AT_MOST).step_by(BATCH) {
        let enough = chosen.len() >= count || first > count as u64 * TRIED_FOR_EACH;
        let missing = coverage.missing(required());
        if enough && missing.is_empty() {
            break;
        }
        let mut cases: Vec<Case> = (first..first + BATCH as u64).map(|number| case(seed, number)).collect();
        if enough {
            // What is still missing is rare: CPython, which is slow, is asked only where asyncgen shows it. (Not so the
            // differences, of which only CPython's trace tells; but they are no longer missing by then.)
            cases.retain(|case| {
                let shown = features(case, &interpret::run(case, Delegation::Direct));
                missing.iter().any(|feature| shown.contains(feature))
            });
        }
        for recorded in record(oracle, &cases)? {
            if recorded.trace.iter().map(|step| step.2.len()).sum::<usize>() > LONGEST {
                continue;
            }
            let features = features(&recorded.case, &recorded.trace);
            let wanted = if enough {
                missing.iter().any(|feature| features.contains(feature))
            } else {
                features.iter().any(|feature| coverage.count(feature) == 0)
            };
            if wanted {
                coverage.add(&features);
                chosen.push(recorded);
            } else if others.len() < count {
                others.push(recorded);
            }
        }
    }
    let rest = count.saturating_sub(chosen.len());
    chosen.extend(others.into_iter().take(rest));
    Ok(chosen)
}

/// Writes one case a line.
pub fn write(part: Part, corpus: &[Recorded]) -> io::Result<()> {
    let lines: Result<Vec<String>, _> =
        corpus.iter().map(|recorded| serde_json::to_string(recorded).map(|line| line + "\n")).collect();
    std::fs::write(part.path(), lines?.concat())
}

/// Reads what `write` wrote.
pub fn read(part: Part) -> io::Result<Vec<Recorded>> {
    std::fs::read_to_string(part.path())?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// All parts.
pub fn read_all() -> io::Result<Vec<Recorded>> {
    Ok([read(Part::Chosen)?, read(Part::Found)?, read(Part::Values)?].concat())
}

/// The cases of a corpus that asyncgen answers differently.
pub fn check(corpus: &[Recorded]) -> Vec<(&Recorded, Mismatch)> {
    let verdict = |recorded: &Recorded| verify(&recorded.case, &recorded.trace);
    corpus.iter().filter_map(|recorded| verdict(recorded).err().map(|mismatch| (recorded, mismatch))).collect()
}
