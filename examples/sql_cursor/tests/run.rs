//! The program says what its first lines promise.

use std::process::Command;

#[test]
fn jobs_are_claimed_by_the_whole_cursor_or_not_at_all() {
    let output = Command::new(env!("CARGO_BIN_EXE_sql_cursor")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "pages of 3, then of 5: [3, 3, 5, 5, 4]\n\
         claimed after the last page: 20\n\
         claimed after `aclose` in the middle: 0\n\
         claimed after a drop in the middle: 0\n"
    );
}
