//! CPython as the oracle of the keyword form: programs of the recorded corpus are compiled as `async_gen!` source, and
//! must answer as CPython did. The oracle's README says more.
#![allow(clippy::doc_markdown, reason = "CPython is a name, not code")]

use conformance::compare::compare;
use conformance::corpus::read_all;
use conformance::keyword::{Loops, Make, World};
use conformance::script::play;

/// Compares these programs, each with its number in the corpus.
///
/// # Panics
///
/// If some do not answer as recorded.
pub fn check(programs: &[(usize, Loops, Make)]) {
    let corpus = read_all().expect("the corpus is there");
    let mut wrong = 0;
    for (number, _, make) in programs {
        let recorded = &corpus[*number];
        let world = World::default();
        let ours = play(&recorded.case.script, make(&world), || world.words());
        if let Err(mismatch) = compare(&recorded.case, &ours, &recorded.trace) {
            wrong += 1;
            if wrong <= 100 {
                println!("p{number} {mismatch}\n  ours    {ours:?}\n  cpython {:?}", recorded.trace);
            }
        }
    }
    println!("{} of {} cases are the same", programs.len() - wrong, programs.len());
    assert_eq!(wrong, 0);
}
