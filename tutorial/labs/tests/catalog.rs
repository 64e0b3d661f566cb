//! The lists of labs agree: the catalog, the folders, the programs that compile the labs, and the holes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use labs::catalog::{self, Lab};
use labs::runner::home::story;

/// Lines that a hole may have.
const HOLE: usize = 30;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(folder().join(path.as_ref())).expect("a file of the labs")
}

fn text(kind: &str, lab: &Lab) -> String {
    read(format!("{kind}/{}.rs", lab.file))
}

/// The text outside the holes, and the lines of each hole.
fn holes(text: &str) -> (Vec<&str>, Vec<usize>) {
    let (mut outside, mut holes, mut open) = (Vec::new(), Vec::new(), false);
    for line in text.lines() {
        match line.trim() {
            "// hole" => (open, _) = (true, holes.push(0)),
            "// end of hole" => open = false,
            _ if open => *holes.last_mut().expect("an open hole") += 1,
            _ => outside.push(line),
        }
    }
    (outside, holes)
}

#[test]
fn each_folder_has_the_files_of_the_catalog() {
    let listed: BTreeSet<String> = catalog::labs().iter().map(|lab| format!("{}.rs", lab.file)).collect();
    for kind in ["start", "solutions", "checks"] {
        let files = fs::read_dir(folder().join(kind)).expect("a folder");
        let there = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
        assert_eq!(there.collect::<BTreeSet<_>>(), listed, "{kind}");
    }
}

#[test]
fn the_programs_name_every_lab() {
    for lab in catalog::labs() {
        let module = format!("mod lab_{};", lab.number.replace('.', "_"));
        for (program, kind) in [
            ("tests/start.rs", "../start"),
            ("tests/solutions.rs", "../solutions"),
            ("src/bin/lab/editor.rs", "../../../mine"),
        ] {
            let here = read(program);
            let lines: Vec<&str> = here.lines().map(str::trim).collect();
            let path = format!("#[path = \"{kind}/{}.rs\"]", lab.file);
            let named = lines.windows(2).any(|lines| lines == [path.as_str(), module.as_str()]);
            let left_out = kind == "../start" && lab.fails.starts_with("error[");
            assert!(named != left_out, "{program}: {}", lab.file);
        }
    }
}

#[test]
fn numbers_titles_and_failures_are_there_once() {
    let labs = catalog::labs();
    for value in [|lab: &Lab| lab.number, |lab: &Lab| lab.file, |lab: &Lab| lab.title, |lab: &Lab| lab.fails] {
        let values: BTreeSet<_> = labs.iter().map(|lab| value(lab)).collect();
        assert_eq!(values.len(), labs.len(), "{values:#?}");
    }
    for lab in labs {
        assert!(lab.file.starts_with(&lab.number.replace('.', "_")), "{}", lab.file);
        assert!(lab.hints.iter().all(|hint| !hint.is_empty()), "{}", lab.file);
    }
}

#[test]
fn a_lab_and_its_solution_differ_in_the_hole_alone() {
    for lab in catalog::labs() {
        let (start, solution) = (text("start", lab), text("solutions", lab));
        let ((outside, lines), (solved, _)) = (holes(&start), holes(&solution));
        let code = |lines: &[&str]| {
            lines.iter().filter(|line| !line.starts_with("//!")).copied().collect::<Vec<_>>().join("\n")
        };
        assert_eq!(code(&outside), code(&solved), "{}", lab.file);
        assert!(!lines.is_empty() && lines.iter().sum::<usize>() <= HOLE, "{}: {lines:?} lines", lab.file);
        assert_ne!(start, solution);
        let first = |text: &str| story(text).lines().next().unwrap_or_default().to_owned();
        let dot = if lab.title.ends_with('?') { "" } else { "." };
        let title = format!("Lab {}: {}{dot}", lab.number.trim_start_matches('0'), lab.title);
        assert_eq!(first(&start), title);
        assert_eq!(first(&solution), format!("{title} Solution."));
    }
}

#[test]
fn each_lab_names_the_page_that_sends_readers_to_it() {
    for lab in catalog::labs() {
        let page = read(format!("../../book/src/{}", lab.page));
        let command = format!("`cargo run -p labs -- {}`", lab.number);
        assert!(page.contains(&command), "{} does not name {command}", lab.page);
    }
}

#[test]
fn a_lab_is_found_by_number_or_word() {
    let found = |asked: &str| catalog::find(asked).map(|lab| lab.number);
    assert_eq!(found("1"), Ok("01"));
    assert_eq!(found("01"), Ok("01"));
    assert_eq!(found("First"), Ok("01"));
    assert_eq!(found("nonsense"), Err("there is no lab `nonsense`: `labs list` shows the labs".to_owned()));
}
