//! Statements side by side, and lines that are broken between words.

use labs::diff::{rows, wrap};
use labs::runner::home::story;

fn lines(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[track_caller]
fn check(expected: &str, sent: &str, shown: &[(&str, &str)]) {
    let (expected, sent) = (lines(expected), lines(sent));
    let rows = rows(&expected, &sent);
    let rows: Vec<_> = rows.iter().map(|(left, right)| (left.unwrap_or("-"), right.unwrap_or("-"))).collect();
    assert_eq!(rows, shown);
}

#[test]
fn equal_lines_stand_beside_each_other() {
    check(
        "begin insert commit",
        "begin insert commit",
        &[("begin", "begin"), ("insert", "insert"), ("commit", "commit")],
    );
}

#[test]
fn a_line_more_does_not_shift_the_others() {
    check("begin commit", "begin select commit", &[("begin", "begin"), ("-", "select"), ("commit", "commit")]);
    check("begin select commit", "begin commit", &[("begin", "begin"), ("select", "-"), ("commit", "commit")]);
}

#[test]
fn lines_that_differ_share_a_row() {
    check("begin a commit", "begin b c commit", &[("begin", "begin"), ("a", "b"), ("-", "c"), ("commit", "commit")]);
    check("", "a", &[("-", "a")]);
}

#[test]
fn lines_are_broken_between_words() {
    assert_eq!(wrap("one two three", 7), ["one two", "three"]);
    assert_eq!(wrap("    indented", 20), ["    indented"]);
    assert_eq!(wrap("overlongword", 4), ["over", "long", "word"]);
    assert_eq!(wrap("a\n\nb", 10), ["a", "", "b"]);
    assert_eq!(wrap("", 0), [""]);
}

#[test]
fn a_task_is_the_head_of_its_file() {
    let text = "//! One\n//! line.\n//!\n//! - a\n//! - b\n//!\n//! Last.\n\nfn main() {}\n//! not this";
    assert_eq!(story(text), "One line.\n\n- a\n- b\n\nLast.");
}
