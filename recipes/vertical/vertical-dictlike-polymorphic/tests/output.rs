//! The recipe prints what `output.txt` shows, and does so again on a database that it has used before.

use recipe_testing::{check_echo, check_output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_vertical-dictlike-polymorphic");
const SHOWN: &str = include_str!("../output.txt");

#[test]
fn prints_what_is_shown_each_time() {
    check_output(PROGRAM, SHOWN, |output| output);
}

#[test]
fn echo_shows_statements_beside_the_story() {
    check_echo(PROGRAM, SHOWN, |output| output);
}
