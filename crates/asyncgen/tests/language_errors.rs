//! Mistakes in the keyword language: each message points at the user's own token, and says what to write instead. What is
//! expected stands in each file as a comment; the compiler's own words are those of the release that CI runs.

#[test]
fn messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/language/*.rs");
}
