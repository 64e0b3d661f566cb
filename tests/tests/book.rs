//! The book keeps its rules: includes and links lead somewhere, code on its pages runs, and nothing is left out.
//!
//! mdBook logs a missing file and ends well, and says nothing of a missing anchor or a dead link. So the rules are
//! checked here, without mdBook; and a copy of the book that breaks a rule shows that the rule is checked.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "for tests")]

#[path = "book/rules.rs"]
mod rules;

use std::path::{Path, PathBuf};

use rules::Book;

fn book() -> Book {
    Book::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
}

#[test]
fn the_book_keeps_its_rules() {
    let faults = book().faults();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Breaks one rule in a copy of the book; gives what is found.
fn doctored(file: &str, change: impl FnOnce(String) -> String) -> Vec<String> {
    let mut book = book();
    let text = book.files.remove(Path::new(file)).expect(file);
    let changed = change(text.clone());
    assert_ne!(text, changed, "the change of {file} changes nothing");
    book.files.insert(file.into(), changed);
    book.faults()
}

fn one(faults: &[String], words: &str) {
    assert!(faults.iter().any(|fault| fault.contains(words)), "no fault says {words:?}: {faults:#?}");
}

const PAGE: &str = "book/src/04-adding.md";

fn appended(text: &'static str) -> Vec<String> {
    doctored(PAGE, |page| page + text)
}

#[test]
fn an_include_needs_its_file_and_its_anchor() {
    one(&appended("\n{{#include ../../tutorial/src/nowhere.rs}}\n"), "no file tutorial/src/nowhere.rs");
    let wrong = "\n{{#include ../../tutorial/src/chapters/04_adding.rs:nothing}}\n";
    one(&appended(wrong), "no anchor nothing in tutorial/src/chapters/04_adding.rs");
}

#[test]
fn an_anchor_is_shown_on_every_database() {
    let unused = |code: String| code + "\n// ANCHOR: unused\n// ANCHOR_END: unused\n";
    one(&doctored("tutorial/src/chapters/04_adding.rs", unused), "no page shows the anchor unused");
    let one_tab = |page: String| page.replacen("04_adding.mariadb.sql:add", "04_adding.sqlite.sql:add", 1);
    one(&doctored(PAGE, one_tab), "has no tab for mariadb");
}

#[test]
fn a_page_stands_in_the_summary() {
    let mut book = book();
    book.files.insert(PathBuf::from("book/src/lost.md"), "# Lost\n".to_owned());
    one(&book.faults(), "no entry for lost.md");
    let entry = |summary: String| summary + "\n- [Ghost](ghost.md)\n";
    one(&doctored("book/src/SUMMARY.md", entry), "no page ghost.md");
}

#[test]
fn a_link_leads_somewhere() {
    one(&appended("\n[far](nowhere.md)\n"), "nowhere.md leads nowhere");
    one(&appended("\n[far](05-keys.md#no-such-heading)\n"), "no heading #no-such-heading");
}

#[test]
fn rust_on_a_page_is_included() {
    one(&appended("\n```rust\nlet x = 1;\n```\n"), "Rust that no test runs");
}

#[test]
fn a_chapter_has_its_parts() {
    let without = |what: &'static str| doctored(PAGE, move |page| page.replace(what, ""));
    one(&without("# 4. "), "the title does not begin");
    one(&without("`cargo run -p tutorial -- 04`"), "no command that runs the chapter");
    one(&without("- Lab: "), "neither names a lab nor says none");
    one(&without("\n3. "), "2 lines to remember");
    let mut book = book();
    book.files.remove(Path::new(PAGE));
    one(&book.faults(), "chapter 4 has no page");
}

#[test]
fn what_is_named_exists_and_what_exists_is_named() {
    one(&appended("\n`cargo run -p recipe lasagne`\n"), "`cargo run -p recipe lasagne`, which does not exist");
    one(&appended("\n`cargo run -p labs -- 99`\n"), "`cargo run -p labs -- 99`, which does not exist");
    let mut book = book();
    book.files.insert(PathBuf::from("recipes/new/newest/output.txt"), String::new());
    one(&book.faults(), "no page names `cargo run -p recipe newest`");
    let renamed = |page: String| page.replace("## stale-data", "## stale");
    one(&doctored("book/src/error-codes.md", renamed), "no section for stale-data");
}

#[test]
fn code_fits_on_a_page() {
    let line = "wide ".repeat(19);
    one(&doctored(PAGE, |page| format!("{page}\n```text\n{line}.\n```\n")), "wide line");
}
