//! Programs without `unsafe` that try to break the library, and must not compile. (What compiles is in `hostile`.)
#![cfg(all(feature = "macros", not(feature = "tokio")))] // (With tokio there is another `Scope`, which messages tell apart.)

#[test]
fn messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/hostile/*.rs");
}
