//! What each chapter sends is what the book shows.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "for tests")]

use std::fs;
use std::process::Command;

use tutorial::{CHAPTERS, ERROR_CODES, PARTS, Product, pages, transcripts, workspace};

/// Compares the transcripts of a product with the files that the book includes.
fn compare(product: Product) {
    if !product.is_available() {
        let required = std::env::var("ORM_REQUIRE").unwrap_or_default();
        let demanded = required.split(',').any(|word| word.trim() == product.word());
        assert!(!(demanded && product.is_built()), "{} is required, and no server is named", product.word());
        eprintln!("skipped: {} needs its cargo feature and {:?}", product.word(), product.variable());
        return;
    }
    let differing: Vec<String> = transcripts(product)
        .unwrap()
        .into_iter()
        .filter(|(path, text)| fs::read_to_string(path).unwrap_or_default() != *text)
        .map(|(path, text)| format!("{}\n{text}", path.display()))
        .collect();
    let advice = "look at each difference, then `cargo run -p tutorial -- write`";
    assert!(differing.is_empty(), "{advice}:\n{}", differing.join("\n"));
}

#[test]
fn on_sqlite() {
    compare(Product::Sqlite);
}

#[test]
fn on_postgres() {
    compare(Product::Postgres);
}

#[test]
fn on_mariadb() {
    compare(Product::Mariadb);
}

#[test]
fn each_code_of_the_library_has_its_entry() {
    let source = fs::read_to_string(workspace().join("orm/src/error/code.rs")).unwrap();
    let (_, list) = source.split_once("const STABLE: &[&str] = &[").unwrap();
    let (list, _) = list.split_once("];").unwrap();
    let mut codes: Vec<&str> =
        list.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\",")).collect();
    let mut told: Vec<&str> = ERROR_CODES.iter().map(|entry| entry.code).collect();
    codes.sort_unstable();
    told.sort_unstable();
    assert_eq!(told, codes);
}

#[test]
fn pages_made_by_code_are_up_to_date() {
    for (path, text) in pages().unwrap() {
        assert_eq!(fs::read_to_string(&path).unwrap_or_default(), text, "{}", path.display());
    }
}

#[test]
fn a_chapter_has_a_file_a_part_and_short_functions() {
    for chapter in CHAPTERS {
        let path = workspace().join(format!("tutorial/src/chapters/{}.rs", chapter.file));
        assert_eq!(fs::read_to_string(path).unwrap(), chapter.source);
        assert!(chapter.file.starts_with(&format!("{:02}_", chapter.number)));
        assert_eq!(PARTS.iter().filter(|part| part.has(chapter)).count(), 1);
        for part in tutorial::sections(chapter.source) {
            let function = part.lines.iter().any(|line| line.trim_start().starts_with("fn "));
            assert!(!function || part.lines.len() <= 25, "{}: `{}` is long", chapter.file, part.name);
        }
    }
}

#[test]
fn the_program_lists_and_runs_chapters() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tutorial")).args(arguments).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (listed, list) = run(&[]);
    assert!(listed && CHAPTERS.iter().all(|chapter| list.contains(chapter.title)));
    let (ran, told) = run(&["02"]);
    assert!(ran && told.contains("fn read(") && told.contains("    | SELECT id, name FROM car"), "{told}");
    assert!(!run(&["99"]).0);
}

#[test]
fn the_first_program_prints_its_statements() {
    let output = Command::new(env!("CARGO_BIN_EXE_first")).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let shown = workspace().join("tutorial/transcripts/01_ten_minutes.output.txt");
    let last = fs::read_to_string(shown).unwrap().lines().find(|line| line.starts_with("User")).unwrap().to_owned();
    assert_eq!(printed.lines().last(), Some(last.as_str()));
    assert!(printed.contains("INSERT INTO user_account (name, fullname) VALUES (?, ?) RETURNING id"), "{printed}");
}

#[test]
fn the_notes_are_kept_from_one_run_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| {
        let mut notes = Command::new(env!("CARGO_BIN_EXE_notes"));
        let output = notes.args(words).current_dir(folder.path()).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let mut session = String::new();
    for words in ["Buy milk", "Call Ed", "done 1"] {
        let (ran, printed) = run(&words.split(' ').collect::<Vec<_>>());
        assert!(ran, "{words}");
        session += &format!("$ cargo run -q -- {words}\n{printed}");
    }
    let page = fs::read_to_string(workspace().join("book/src/01-ten-minutes.md")).unwrap();
    assert!(page.contains(&format!("```text\n{session}```")), "the page shows another session than\n{session}");
    assert!(!run(&["done", "1"]).0, "a note that is gone cannot be done");
}
