//! The live comparison: new random cases, run by both sides.

use std::io;
use std::time::{Duration, Instant};

use crate::compare::verify;
use crate::coverage::{Coverage, features};
use crate::generate;
use crate::program::Case;
use crate::python::Oracle;
use crate::random::Seed;
use crate::shrink::shrink;

/// What a run has found.
#[derive(Debug, Default)]
pub struct Found {
    /// How many cases were compared.
    pub cases: u64,
    /// How many operations there were in them.
    pub operations: u64,
    /// How many of these CPython answered by itself, before the first meant difference of the case.
    pub unaided: u64,
    /// How many cases ran too long, and were not compared.
    pub too_long: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// What was exercised.
    pub coverage: Coverage,
    /// The mismatches, shrunk.
    pub mismatches: Vec<Case>,
}

const BATCH: u64 = 64;

/// Compares random cases for so long, or until there are this many mismatches. After each batch it tells `progress`
/// what was found so far.
pub fn fuzz(
    oracle: &mut Oracle,
    seed: u64,
    time: Duration,
    enough: usize,
    mut progress: impl FnMut(&Found),
) -> io::Result<Found> {
    let start = Instant::now();
    let mut found = Found::default();
    let mut number = 0;
    let mut next_batch = || {
        let batch: Vec<Case> = (number..number + BATCH).map(|number| case(seed, number)).collect();
        number += BATCH;
        batch
    };
    let mut batch = next_batch();
    oracle.begin(&batch)?;
    while start.elapsed() < time && found.mismatches.len() < enough {
        let traces = oracle.finish()?;
        // CPython works on the next batch while this one is run here.
        let cases = std::mem::replace(&mut batch, next_batch());
        oracle.begin(&batch)?;
        let mut failed = Vec::new();
        for (case, cpython) in cases.into_iter().zip(traces) {
            let Some(cpython) = cpython else {
                found.too_long += 1;
                continue;
            };
            found.cases += 1;
            found.operations += cpython.len() as u64;
            found.unaided += cpython.iter().take_while(|step| !step.is_aided()).count() as u64;
            found.coverage.add(&features(&case, &cpython));
            if verify(&case, &cpython).is_err() {
                failed.push(case);
            }
        }
        if !failed.is_empty() {
            oracle.finish()?;
            for case in failed.into_iter().take(enough - found.mismatches.len()) {
                found.mismatches.push(smallest(oracle, case)?);
            }
            oracle.begin(&batch)?;
        }
        found.elapsed = start.elapsed();
        progress(&found);
    }
    oracle.finish()?;
    Ok(found)
}

/// The case of this number in the run with this seed: small ones and large ones.
pub fn case(seed: u64, number: u64) -> Case {
    generate::case(&mut choices(seed, number), size(number))
}

/// The same, but no generator ends with a value.
pub fn case_without_values(seed: u64, number: u64) -> Case {
    generate::case_without_values(&mut choices(seed, number), size(number))
}

/// The same, with values wherever they fit.
pub fn case_with_values(seed: u64, number: u64) -> Case {
    let mut choices = choices(seed, number);
    let case = generate::case_without_values(&mut choices, size(number));
    generate::with_values(case, &mut choices)
}

fn choices(seed: u64, number: u64) -> Seed {
    Seed(seed.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(number << 20))
}

fn size(number: u64) -> u32 {
    3 + (number % 30) as u32
}

/// Reduces a case on which the two sides do not agree.
fn smallest(oracle: &mut Oracle, case: Case) -> io::Result<Case> {
    let mut failure = Ok(());
    let small = shrink(case, |cases| match first_mismatch(oracle, cases) {
        Ok(found) => found,
        Err(error) => {
            failure = Err(error);
            None
        }
    });
    failure.map(|()| small)
}

fn first_mismatch(oracle: &mut Oracle, cases: &[Case]) -> io::Result<Option<usize>> {
    let traces = oracle.run(cases)?;
    Ok(cases
        .iter()
        .zip(traces)
        .position(|(case, cpython)| cpython.is_some_and(|cpython| verify(case, &cpython).is_err())))
}
