//! The recipe prints what `output.txt` shows, but for the dates, and does so again on a database that it has used before.

use recipe_testing::{check_echo, check_output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_async-orm-writeonly");
const SHOWN: &str = include_str!("../output.txt");

/// The database says when a row was created.
fn undated(output: String) -> String {
    let undated = |line: &str| match line.split_once(", created 20") {
        Some((name, _)) => format!("{name}, created ...\n"),
        None => format!("{line}\n"),
    };
    output.lines().map(undated).collect()
}

#[test]
fn prints_what_is_shown_each_time() {
    check_output(PROGRAM, SHOWN, undated);
}

#[test]
fn echo_shows_statements_beside_the_story() {
    check_echo(PROGRAM, SHOWN, undated);
}
