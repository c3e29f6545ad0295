//! The recorded corpus: CPython's answers, without Python.
#![allow(clippy::doc_markdown, reason = "CPython is a name, not code")]

use std::collections::BTreeSet;

use conformance::corpus::{Part, check, read, read_all};
use conformance::coverage::{Coverage, features, required, required_of_values};
use conformance::keyword::{Loops, is_comparable};

#[test]
fn asyncgen_answers_as_cpython_did() {
    let corpus = read_all().unwrap();
    let wrong = check(&corpus);
    if let Some((case, mismatch)) = wrong.first() {
        let case = serde_json::to_string(case).unwrap();
        panic!(
            "{} of {} cases differ. The first, which `cargo run -p conformance -- show` explains: {mismatch}\n{case}",
            wrong.len(),
            corpus.len()
        );
    }
}

#[test]
fn the_corpus_covers_the_contract_and_every_pair_of_operation_with_state_and_statement() {
    for (part, required, least) in [(Part::Chosen, required(), 2_000), (Part::Values, required_of_values(), 500)] {
        let corpus = read(part).unwrap();
        assert!(corpus.len() >= least);
        let distinct: BTreeSet<String> = corpus.iter().map(|case| serde_json::to_string(&case.case).unwrap()).collect();
        assert_eq!(distinct.len(), corpus.len(), "some cases are there twice");

        let mut coverage = Coverage::default();
        for recorded in &corpus {
            assert!(recorded.case.is_well_formed());
            coverage.add(&features(&recorded.case, &recorded.trace));
        }
        assert_eq!(coverage.missing(required), []);
    }
}

#[test]
fn nearly_all_of_it_can_be_compared_with_the_keyword_form() {
    let corpus = read_all().unwrap();
    let left_out = corpus.iter().filter(|recorded| !is_comparable(&recorded.case, Loops::ByHand)).count();
    println!("left out by D14: {left_out}");
    assert!(left_out <= 10, "{left_out}");
}
