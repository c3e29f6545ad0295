//! The program says, and writes down, what its first lines promise.

use std::path::Path;
use std::process::Command;

#[test]
fn every_session_writes_its_usage_down() {
    let usage = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("usage-{}.txt", std::process::id()));
    let _ = std::fs::remove_file(&usage);
    let output = Command::new(env!("CARGO_BIN_EXE_token_session")).arg(&usage).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "whole: I do not know\n\
         instructed: Today it will Rain north , sun south\n\
         interrupted: Today it Well then : goodbye\n\
         closed: Today it\n\
         dropped: Today\n"
    );
    assert_eq!(
        std::fs::read_to_string(&usage).unwrap(),
        "joke: 4 tokens\n\
         weather, shorter: 8 tokens\n\
         weather: 6 tokens\n\
         weather: 2 tokens\n\
         weather: 1 tokens\n"
    );
    std::fs::remove_file(usage).unwrap();
}
