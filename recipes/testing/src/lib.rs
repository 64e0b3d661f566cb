//! What the tests of the recipes share: how many statements were sent, the servers to try a recipe on, and what its program prints.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "for tests")]

use std::process::{Command, Stdio};

use orm::engine::EngineBuilder;
use orm::{Engine, Recorder, StatementKind, text};

/// SELECT, INSERT, UPDATE and DELETE statements since the last call; asking MariaDB and MySQL for the keys that they made is not counted.
pub fn sent(recorder: &Recorder) -> [usize; 4] {
    let statements = recorder.take();
    let asked = statements.sql().iter().filter(|sql| sql.contains("LAST_INSERT_ID")).count();
    let [selects, inserts, updates, deletes] =
        [StatementKind::Select, StatementKind::Insert, StatementKind::Update, StatementKind::Delete]
            .map(|kind| statements.count(kind));
    [selects - asked, inserts, updates, deletes]
}

/// The servers at `ORM_POSTGRES_URL`, `ORM_MARIADB_URL` and `ORM_MYSQL_URL`, where their feature is on, for engines that block or are
/// awaited. A recipe has a schema of its own there: whatever else is in the database stays as it is. A server that `ORM_REQUIRE` names
/// must be there.
pub fn servers(recipe: &str) -> Vec<EngineBuilder> {
    let schema = format!("recipe_{}", recipe.replace('-', "_"));
    let all = [
        (cfg!(feature = "postgres"), "postgres", "ORM_POSTGRES_URL", format!("SET search_path TO {schema}")),
        (cfg!(feature = "mysql"), "mariadb", "ORM_MARIADB_URL", format!("USE {schema}")),
        (cfg!(feature = "mysql"), "mysql", "ORM_MYSQL_URL", format!("USE {schema}")),
    ];
    let required = std::env::var("ORM_REQUIRE").unwrap_or_default();
    let server = |(_, word, variable, enter): (bool, &str, &str, String)| {
        let Ok(url) = std::env::var(variable) else {
            assert!(!required.split(',').any(|name| name.trim() == word), "{variable} is not set");
            eprintln!("skipped: set {variable} to a server to play on");
            return None;
        };
        let create = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
        Some(Engine::builder(url).on_connect(move |connection| {
            connection.execute(&text(&create))?;
            connection.execute(&text(&enter)).map(drop)
        }))
    };
    all.into_iter().filter(|(on, ..)| *on).filter_map(server).collect()
}

/// What a program prints.
pub fn output(program: &str, arguments: &[&str]) -> String {
    let run = Command::new(program).args(arguments).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

/// A program prints what is shown, once `same` has taken out what differs between runs, and does so again on a database that it has used before.
pub fn check_output(program: &str, shown: &str, same: impl Fn(String) -> String) {
    assert_eq!(same(output(program, &[])), shown);
    assert_eq!(same(output(program, &["--quiet"])), shown);
    check_closed_pipe(program);
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:///{}", directory.path().join("recipe.db").display());
    for _ in 0..2 {
        assert_eq!(same(output(program, &["--db-url", &url])), shown);
    }
}

/// A program whose reader has gone ends without a word.
fn check_closed_pipe(program: &str) {
    let mut run = Command::new(program).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(run.stdout.take());
    let ended = run.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

/// With `--echo`, statements stand beside the story.
pub fn check_echo(program: &str, shown: &str, same: impl Fn(String) -> String) {
    let (told, statements): (Vec<_>, Vec<_>) =
        output(program, &["--echo"]).lines().map(str::to_owned).partition(|line| !line.starts_with("    | "));
    assert_eq!(same(told.join("\n")).trim_end(), shown.trim_end());
    assert!(statements.iter().any(|line| line.starts_with("    | INSERT INTO ")));
}
