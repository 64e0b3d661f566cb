//! What ran where: each run of the whole suite leaves a report, and the reports together make the page of the book that CI compares.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::ability::Database;
use crate::mode::Mode;
use crate::server::Product;
use crate::suite::{self, Case};

/// The page, from the root of the workspace.
const PAGE: &str = "book/src/dialects.md";

/// Those that CI does without: where no run is reported, nothing is compared.
const OPTIONAL: [Database; 1] = [Database::Server(Product::Mysql)];

/// Takes down that the whole suite ran on a database, for the page.
pub(crate) fn report(database: Database, ran: &BTreeSet<String>) -> Result<(), String> {
    let file = report_file(database)?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let text: String = ran.iter().map(|name| format!("{name}\n")).collect();
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&file, text))
        .map_err(|error| format!("{}: {error}", file.display()))
}

/// Drops the report of a database.
pub(crate) fn forget(database: Database) {
    // Most often there is none.
    let _ = report_file(database).map(std::fs::remove_file);
}

/// Compares the reports with what is declared, and the page with both; writes the page, or says how it differs from what is kept.
pub(crate) fn page(write: bool) -> Result<(), String> {
    for database in Database::ALL {
        let name = database.name();
        match std::fs::read_to_string(report_file(database)?) {
            Ok(text) => check_declared(database, &text.lines().collect())?,
            Err(_) if OPTIONAL.contains(&database) => {
                println!("{name}: the suite has not run there, so that its column is only what is declared");
            }
            Err(_) => {
                return Err(format!(
                    "the suite has not run on {name} as a whole: run `cargo test -p orm-tests --all-features`"
                ));
            }
        }
    }
    let page = render();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PAGE);
    if write {
        let folder = path.parent().unwrap_or(Path::new("."));
        return std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&path, page))
            .map_err(|error| format!("{PAGE}: {error}"));
    }
    let kept = std::fs::read_to_string(&path).map_err(|error| format!("{PAGE}: {error}"))?;
    if kept == page {
        return Ok(());
    }
    let differs = kept.lines().zip(page.lines()).find(|(kept, page)| kept != page);
    let (kept, now) = differs.unwrap_or(("its end", "another one"));
    Err(format!(
        "{PAGE} is not what ran; it says\n  {kept}\nand this is\n  {now}\n\
         `cargo run -p orm-tests --all-features -- dialects --write` mends it"
    ))
}

/// A test that did not run must name what it takes, and the database must not have it.
fn check_declared(database: Database, ran: &BTreeSet<&str>) -> Result<(), String> {
    let name = database.name();
    for (_, test, case) in suite::all(Mode::ALL, database) {
        if case.applies(database) != ran.contains(&*test) {
            return Err(match case.applies(database) {
                true => format!("{test} was skipped on {name}, and nothing declares why: run the whole suite again"),
                false => {
                    format!("{test} ran on {name}, which is said to lack what it takes: run the whole suite again")
                }
            });
        }
    }
    Ok(())
}

/// Beside the test programs, wherever they are built.
fn report_file(database: Database) -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let folder = program.parent().unwrap_or(Path::new("."));
    let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    Ok(folder.join("dialects").join(format!("{}.txt", database.name())))
}

fn render() -> String {
    let mut page = String::from(
        "# Databases\n\n\
         This page is written by the test suite, and CI compares it with what ran: after a run on every database,\n\
         `cargo run -p orm-tests --all-features -- dialects --write` writes it anew.\n\n\
         ## What each can do\n\n\
         The crate asks for these where it matters; programs can, too: `engine.capabilities()`. MySQL is tested where there is one: CI does without.\n\n",
    );
    let databases = Database::ALL.map(|database| facts(&database.capabilities()));
    answers(&mut page, "capability", &databases, &words(include_str!("../../orm/src/engine/dialect.rs")));

    page.push_str("\n## What the tests can do to each\n\n");
    let databases = Database::ALL.map(|database| facts(&database.abilities()));
    answers(&mut page, "ability", &databases, &words(include_str!("ability.rs")));

    page.push_str(
        "\n## What ran\n\n\
         One suite, written once, and run twice on each database, over drivers that block and over drivers that are awaited; on PostgreSQL a third time, by an engine that blocks over the driver that is awaited. A test that takes what a database may lack names it, and does not apply there; none is skipped otherwise.\n\n",
    );
    ran(&mut page);
    page.push_str("\n## What does not apply\n\n");
    not_applicable(&mut page);
    page.push_str(include_str!("meanings.md"));
    page
}

/// The yes and no of a struct of plain data, as its `Debug` says it.
fn facts(data: &impl std::fmt::Debug) -> Vec<(String, bool)> {
    let shown = format!("{data:#?}");
    let facts = shown.lines().filter_map(|line| {
        let (name, value) = line.strip_prefix("    ")?.trim_end_matches(',').split_once(": ")?;
        Some((name.to_owned(), value.parse().ok()?))
    });
    facts.collect()
}

/// What the source says about each field that is yes or no.
fn words(source: &str) -> Vec<(String, String)> {
    let mut words = Vec::new();
    let mut doc: Vec<&str> = Vec::new();
    for line in source.lines().map(str::trim) {
        if let Some(said) = line.strip_prefix("///") {
            doc.push(said.trim());
            continue;
        }
        let field = line.strip_suffix(": bool,").and_then(|line| line.rsplit_once(' '));
        if let Some((_, name)) = field {
            words.push((name.to_owned(), doc.join(" ")));
        }
        doc.clear();
    }
    words
}

type Facts = Vec<(String, bool)>;

fn answers(page: &mut String, heading: &str, databases: &[Facts], words: &[(String, String)]) {
    head(page, &[heading, "what it is"]);
    for (field, what) in words {
        let has = |facts: &Facts| facts.iter().any(|(name, yes)| name == field && *yes);
        let cells: Vec<&str> = databases.iter().map(|facts| if has(facts) { "yes" } else { "–" }).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(page, "| `{field}` | {} | {} |", what.replace('|', "\\|"), cells.join(" | "));
    }
}

fn ran(page: &mut String) {
    head(page, &["feature"]);
    let features: Vec<&str> = suite::cases().map(|(feature, _)| feature).collect();
    let mut told = BTreeSet::new();
    for feature in features.into_iter().filter(|feature| told.insert(*feature)) {
        let missing = |database| of(feature).filter(|case| !case.applies(database)).count();
        let cells = Database::ALL.map(|database| match missing(database) {
            0 => "all".to_owned(),
            count => format!("all but {count}"),
        });
        let _ = writeln!(page, "| {feature} | {} |", cells.join(" | "));
    }
}

fn of(feature: &str) -> impl Iterator<Item = Case> {
    suite::cases().filter(move |(other, _)| *other == feature).map(|(_, case)| case)
}

fn not_applicable(page: &mut String) {
    let needs: BTreeSet<&str> = suite::cases().filter_map(|(_, case)| case.needs).map(|need| need.name).collect();
    for name in needs {
        let taking = || suite::cases().filter(move |(_, case)| case.needs.is_some_and(|need| need.name == name));
        let lacking = Database::ALL.into_iter().filter(|it| taking().any(|(_, case)| !case.applies(*it)));
        let lacking: Vec<&str> = lacking.map(Database::name).collect();
        if lacking.is_empty() {
            continue;
        }
        let _ = writeln!(page, "- `{name}` is not on {}:", lacking.join(" and "));
        for (feature, case) in taking() {
            let _ = writeln!(page, "  - {feature}: {}", case.name.replace('_', " "));
        }
    }
}

/// The head of a table with a column for each database.
fn head(page: &mut String, first: &[&str]) {
    let names: Vec<&str> = first.iter().copied().chain(Database::ALL.map(Database::name)).collect();
    let _ = writeln!(page, "| {} |\n|{}", names.join(" | "), " --- |".repeat(names.len()));
}
