//! The workspace's own tests: one suite, written once, run on every dialect.
//!
//! `suite/<feature>.rs` holds a feature's tests as functions over a [`Db`]; `tests/sqlite.rs` and `tests/postgres.rs` run all of them.
//! PostgreSQL is the one that `ORM_POSTGRES_URL` names, else a throw-away server started from installed binaries, else a skip that says so.
//! `ORM_REQUIRE=postgres` makes that skip a failure.

#![allow(clippy::print_stdout, reason = "a test program says what it skips")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod db;
mod models;
mod sent;
mod server;
mod suite;

use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use db::Home;

pub use db::Db;

/// Runs a command with a PostgreSQL at hand, whose URL it finds in `ORM_POSTGRES_URL`; gives what the command gives.
pub fn with_postgres(mut command: impl Iterator<Item = OsString>) -> ExitCode {
    let Some(program) = command.next() else {
        println!("name a command to run, such as `cargo test --workspace --all-features`");
        return ExitCode::FAILURE;
    };
    let server = match server::find() {
        Ok(server) => server,
        Err(reason) => {
            println!("there is no PostgreSQL: {reason}");
            return ExitCode::FAILURE;
        }
    };
    let status = Command::new(&program).args(command).env("ORM_POSTGRES_URL", server.url()).status();
    server.stop();
    match status {
        Ok(status) => status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            println!("{} cannot be run: {error}", program.display());
            ExitCode::FAILURE
        }
    }
}

/// Runs the suite on SQLite.
pub fn on_sqlite() -> ExitCode {
    run(Home::Sqlite)
}

/// Runs the suite on PostgreSQL, if there is one.
pub fn on_postgres() -> ExitCode {
    let arguments = Arguments::from_args();
    let server = match server::find() {
        // Listing tests needs no server.
        _ if arguments.list => Err("not asked for".to_owned()),
        found => found,
    };
    match server {
        Ok(server) => {
            let server = Arc::new(server);
            let outcome = run(Home::Postgres(Arc::clone(&server)));
            server.stop();
            outcome
        }
        Err(_) if arguments.list => ExitCode::SUCCESS,
        Err(reason) if required("postgres") => {
            println!("PostgreSQL is required (ORM_REQUIRE) and there is none: {reason}");
            ExitCode::FAILURE
        }
        Err(reason) => {
            println!("\nSKIPPED: nothing was tested on PostgreSQL: {reason}\n");
            ExitCode::SUCCESS
        }
    }
}

fn run(home: Home) -> ExitCode {
    let home = Arc::new(home);
    let trials = suite::cases()
        .filter(|(_, case)| case.on.is_none_or(|dialect| dialect == home.dialect()))
        .map(|(feature, case)| {
            let home = Arc::clone(&home);
            Trial::test(format!("{feature}::{}", case.name), move || {
                let db = Db::new(&home).map_err(Failed::from)?;
                (case.run)(&db).map_err(Failed::from)
            })
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Whether `ORM_REQUIRE`, a list with commas, names a dialect.
fn required(dialect: &str) -> bool {
    std::env::var("ORM_REQUIRE").is_ok_and(|list| list.split(',').any(|name| name.trim() == dialect))
}
