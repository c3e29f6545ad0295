//! Programs and scripts, made from the fuzzer's bytes, on the engine: under AddressSanitizer, without a panic, and the
//! same in both ways of delegation. With `$ORACLE` set, also the same as on that CPython (which is much slower).
#![no_main]

use std::cell::RefCell;

use conformance::compare::verify;
use conformance::generate;
use conformance::interpret::{self, Delegation};
use conformance::program::Case;
use conformance::python::Oracle;
use conformance::random::Bytes;
use libfuzzer_sys::fuzz_target;

const SIZE: u32 = 30;
const MOST_EVENTS: u64 = 5_000;

thread_local! {
    static ORACLE: RefCell<Option<Oracle>> =
        RefCell::new(std::env::var("ORACLE").ok().map(|python| Oracle::start(Some(&python)).expect("it starts")));
}

fuzz_target!(|bytes: &[u8]| {
    let case = generate::case(&mut Bytes(bytes), SIZE);
    if case.most_events() > MOST_EVENTS {
        return;
    }
    let [by_levels, direct] = Delegation::BOTH.map(|delegation| interpret::run(&case, delegation));
    assert_eq!(by_levels, direct, "{}", json(&case));
    ORACLE.with_borrow_mut(|oracle| {
        let Some(oracle) = oracle else { return };
        let answer = oracle.run(std::slice::from_ref(&case)).expect("the oracle answers").pop().flatten();
        let Some(cpython) = answer else { return };
        assert_eq!(verify(&case, &cpython), Ok(()), "{}", json(&case));
    });
});

/// As `conformance show` reads it.
fn json(case: &Case) -> String {
    serde_json::to_string(case).expect("a case is plain data")
}
