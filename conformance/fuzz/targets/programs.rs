//! Programs and scripts, made from the fuzzer's bytes, on the engine: under AddressSanitizer, without a panic, and the
//! same in both ways of delegation. With `$ORACLE` set, also the same as on that CPython (which is much slower).
#![no_main]

use std::cell::RefCell;
use std::fmt;

use conformance::compare::verify;
use conformance::generate;
use conformance::interpret::{self, Delegation};
use conformance::program::Case;
use conformance::python::Oracle;
use conformance::random::Bytes;
use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::{Corpus, fuzz_target};

const SIZE: u32 = 30;
const MOST_EVENTS: u64 = 5_000;

struct Input(Case);

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let bytes = bytes.bytes(bytes.len())?;
        Ok(Self(generate::case(&mut Bytes(bytes), SIZE)))
    }
}

/// As `conformance show` reads it.
impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).expect("a case is plain data"))
    }
}

thread_local! {
    static ORACLE: RefCell<Option<Oracle>> =
        RefCell::new(std::env::var("ORACLE").ok().map(|python| Oracle::start(Some(&python)).expect("it starts")));
}

fuzz_target!(|input: Input| -> Corpus {
    let Input(case) = input;
    if case.most_events() > MOST_EVENTS {
        return Corpus::Reject;
    }
    let [by_levels, direct] = Delegation::BOTH.map(|delegation| interpret::run(&case, delegation));
    assert_eq!(by_levels, direct, "the two ways of delegation differ");
    ORACLE.with_borrow_mut(|oracle| {
        let Some(oracle) = oracle else { return };
        let answer = oracle.run(std::slice::from_ref(&case)).expect("the oracle answers").pop().flatten();
        let Some(cpython) = answer else { return };
        assert_eq!(verify(&case, &cpython), Ok(()), "CPython does something else");
    });
    Corpus::Keep
});
