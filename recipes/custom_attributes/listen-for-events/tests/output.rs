//! The recipe prints what `output.txt` shows, and does so again on a database that it has used before.

use recipe_testing::{check_output, output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_listen-for-events");
const SHOWN: &str = include_str!("../output.txt");

#[test]
fn prints_what_is_shown_each_time() {
    check_output(PROGRAM, SHOWN, |output| output);
}

#[test]
fn echo_has_no_statement_to_show() {
    assert_eq!(output(PROGRAM, &["--echo"]), SHOWN);
}
