//! Mistakes: each message points at the user's own code, and says what to write instead.
//!
//! (The compiler.s own words are those of the release that CI runs.)

#[test]
fn messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/keyword/*.rs");
}
