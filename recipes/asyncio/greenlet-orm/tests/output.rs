//! The recipe prints what `output.txt` shows, and does so again on a database that it has used before.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

fn output(arguments: &[&str]) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_greenlet-orm")).args(arguments).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn prints_what_is_shown() {
    assert_eq!(output(&[]), include_str!("../output.txt"));
}

#[test]
fn runs_again_on_the_same_file() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:///{}", directory.path().join("recipe.db").display());
    assert_eq!(output(&["--db-url", &url]), include_str!("../output.txt"));
    assert_eq!(output(&["--db-url", &url]), include_str!("../output.txt"));
}

#[test]
fn echo_shows_statements_beside_the_story() {
    let (told, shown): (Vec<_>, Vec<_>) =
        output(&["--echo"]).lines().map(str::to_owned).partition(|line| !line.starts_with("    | "));
    assert_eq!(told.join("\n"), include_str!("../output.txt").trim_end());
    assert!(shown.iter().any(|line| line.starts_with("    | INSERT INTO ")));
}
