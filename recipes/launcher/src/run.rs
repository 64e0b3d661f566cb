//! Runs a recipe by way of cargo, which builds it first.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::catalog::Recipe;

/// Builds and runs a recipe; gives what it gives.
pub(crate) fn run(recipe: &Recipe, args: Vec<String>) -> ExitCode {
    match command(recipe.name, args).status() {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("{} cannot be run: {error}", cargo().display());
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace that this program was built in, wherever it is called from.
pub(crate) fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// The cargo to call; `cargo run` says which one it is.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The command that builds and runs a recipe. Not quiet: the first build takes a while, and cargo says how far it is.
pub(crate) fn command(name: &str, args: Vec<String>) -> Command {
    let mut command = Command::new(cargo());
    command
        .args(["run", "--package", name, "--manifest-path"])
        .arg(workspace().join("Cargo.toml"))
        .args(arguments(args));
    command
}

/// What follows for cargo, and behind `--` for the recipe: the features if the database needs some, and `--echo` unless it is to be quiet.
fn arguments(mut args: Vec<String>) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(feature) = args.iter().find_map(|arg| feature(arg.trim_start_matches("--db-url="))) {
        all.extend(["--features", feature].map(str::to_owned));
    }
    all.push("--".to_owned());
    let before = args.len();
    args.retain(|arg| arg != "--quiet");
    if args.len() == before && args.iter().all(|arg| arg != "--echo") {
        all.push("--echo".to_owned());
    }
    all.extend(args);
    all
}

/// The features that a database URL takes, with or without a driver in it (`postgresql+psycopg://`).
fn feature(url: &str) -> Option<&'static str> {
    let (scheme, _) = url.split_once("://")?;
    let (database, driver) = scheme.split_once('+').unwrap_or((scheme, ""));
    match database {
        "postgresql" | "postgres" if ["tokio-postgres", "asyncpg"].contains(&driver) => Some("postgres,orm/async"),
        "postgresql" | "postgres" => Some("postgres"),
        "mariadb" | "mysql" => Some("mysql"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::arguments;

    #[track_caller]
    fn check(given: &[&str], expected: &[&str]) {
        assert_eq!(arguments(given.iter().map(|&arg| arg.to_owned()).collect()), expected);
    }

    #[test]
    fn the_sql_is_shown_unless_it_is_to_be_quiet() {
        check(&[], &["--", "--echo"]);
        check(&["--echo"], &["--", "--echo"]);
        check(&["--quiet"], &["--"]);
        check(&["--db-url", "sqlite:///a.db", "--quiet"], &["--", "--db-url", "sqlite:///a.db"]);
    }

    #[test]
    fn postgresql_switches_its_feature_on() {
        let url = "postgresql://me@localhost/here";
        check(&["--db-url", url], &["--features", "postgres", "--", "--echo", "--db-url", url]);
        let joined = "--db-url=postgres://me@localhost/here";
        check(&[joined, "--quiet"], &["--features", "postgres", "--", joined]);
        let awaited = "postgresql+tokio-postgres://me@localhost/here";
        check(&["--db-url", awaited], &["--features", "postgres,orm/async", "--", "--echo", "--db-url", awaited]);
        check(&["--db-url", "sqlite:///postgres.db"], &["--", "--echo", "--db-url", "sqlite:///postgres.db"]);
    }

    #[test]
    fn mariadb_and_mysql_switch_theirs_on() {
        let url = "mariadb://root@127.0.0.1/play";
        check(&["--db-url", url, "--quiet"], &["--features", "mysql", "--", "--db-url", url]);
        let joined = "--db-url=mysql+pymysql://root@127.0.0.1/play";
        check(&[joined, "--quiet"], &["--features", "mysql", "--", joined]);
    }
}
