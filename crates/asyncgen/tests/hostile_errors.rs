//! Programs without `unsafe` that try to break the library, and must not compile. (What compiles is in `hostile`.)
#![cfg(feature = "macros")]

#[test]
fn messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/hostile/*.rs");
}
