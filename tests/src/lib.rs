//! The workspace's own tests: one suite, written once, run on every dialect.
//!
//! `suite/<feature>.rs` holds a feature's tests as functions over a [`Db`]; `tests/sqlite.rs`, `tests/postgres.rs` and `tests/mysql.rs`
//! run all of them. The servers are those that `ORM_POSTGRES_URL` and `ORM_MYSQL_URL` name, else throw-away ones started from installed
//! binaries, else a skip that says so. `ORM_REQUIRE=postgres,mysql` makes such a skip a failure; a server
//! that is named and does not answer is one anyway.

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
use orm::engine::DialectName;

use db::Home;
use server::Product;

pub use db::Db;

/// Runs a command with servers at hand, whose URLs it finds in `ORM_POSTGRES_URL` and `ORM_MYSQL_URL`; gives what the command gives.
pub fn with_servers(mut command: impl Iterator<Item = OsString>) -> ExitCode {
    let Some(program) = command.next() else {
        println!("name a command to run, such as `cargo test --workspace --all-features`");
        return ExitCode::FAILURE;
    };
    let mut command_line = Command::new(&program);
    command_line.args(command);
    let mut servers = Vec::new();
    for product in Product::ALL {
        match server::find(product) {
            Ok(server) => {
                command_line.env(product.variable(), server.url());
                servers.push(server);
            }
            Err(reason) => {
                println!("there is no {}: {reason}", product.name());
                if required(product.feature()) {
                    return ExitCode::FAILURE;
                }
            }
        }
    }
    let status = command_line.status();
    servers.iter().for_each(server::Server::stop);
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
    run(DialectName::Sqlite, Some(Home::Sqlite))
}

/// Runs the suite on PostgreSQL, if there is one.
pub fn on_postgres() -> ExitCode {
    on_server(Product::Postgres)
}

/// Runs the suite on MariaDB, if there is one.
pub fn on_mysql() -> ExitCode {
    on_server(Product::Mariadb)
}

fn on_server(product: Product) -> ExitCode {
    if Arguments::from_args().list {
        // Listing tests needs no server.
        return run(product.dialect(), None);
    }
    match server::find(product) {
        Ok(server) => {
            let server = Arc::new(server);
            let outcome = run(product.dialect(), Some(Home::Server(product, Arc::clone(&server))));
            server.stop();
            outcome
        }
        Err(reason) if required(product.feature()) || server::is_named(product) => {
            println!("{} is required and there is none: {reason}", product.name());
            ExitCode::FAILURE
        }
        Err(reason) => {
            println!("\nSKIPPED: nothing was tested on {}: {reason}\n", product.name());
            ExitCode::SUCCESS
        }
    }
}

/// Runs, or lists, the tests of a dialect.
fn run(dialect: DialectName, home: Option<Home>) -> ExitCode {
    let home = home.map(Arc::new);
    let trials = suite::cases()
        .filter(|(_, case)| case.applies(dialect))
        .map(|(feature, case)| {
            let home = home.clone();
            Trial::test(format!("{feature}::{}", case.name), move || {
                let home = home.ok_or("there is no database to run on")?;
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
