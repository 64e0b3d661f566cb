//! The workspace's own tests: one suite, written once, run on every dialect, over drivers that block and over drivers that are awaited.
//!
//! `suite/<feature>.rs` holds a feature's tests as functions over a [`Db`]; `tests/sqlite.rs`, `tests/postgres.rs`, `tests/mariadb.rs` and
//! `tests/mysql.rs` run all of them. The servers are those that `ORM_POSTGRES_URL`, `ORM_MARIADB_URL` and `ORM_MYSQL_URL` name, else
//! throw-away ones started from installed binaries, else a skip that says so. `ORM_REQUIRE=postgres,mariadb,mysql` makes such a skip a
//! failure; a server that is named and does not answer is one anyway.

#![allow(clippy::print_stdout, reason = "a test program says what it skips")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ability;
mod db;
pub mod differential;
mod ledger;
mod mode;
mod models;
pub mod processes;
mod sent;
mod server;
mod suite;
mod table;
mod victim;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};

use ability::Database;
use db::Home;
use mode::Mode;
use server::Product;

pub use db::Db;

/// Runs a command with servers at hand, whose URLs it finds in `ORM_POSTGRES_URL`, `ORM_MARIADB_URL` and `ORM_MYSQL_URL`; gives what the command gives.
/// `dialects` compares the page of dialects with what ran; `dialects --write` writes it.
pub fn with_servers(mut command: impl Iterator<Item = OsString>) -> ExitCode {
    let Some(program) = command.next() else {
        println!("name a command to run, such as `cargo test --workspace --all-features`");
        return ExitCode::FAILURE;
    };
    if program == "dialects" {
        return dialects(command.next().is_some_and(|option| option == "--write"));
    }
    let mut command_line = Command::new(&program);
    command_line.args(command);
    let mut servers = Vec::new();
    for product in Product::ALL {
        match server::find(product) {
            Ok(server) => {
                println!("{}: {}", product.name(), server.version());
                command_line.env(product.variable(), server.url());
                servers.push(server);
            }
            Err(reason) => {
                println!("there is no {}: {reason}", product.name());
                if required(product) {
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

/// Compares the page of dialects with what ran, or writes it.
fn dialects(write: bool) -> ExitCode {
    match table::page(write) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            println!("{reason}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the suite on SQLite.
pub fn on_sqlite() -> ExitCode {
    run(Database::Sqlite, Some(Home::Sqlite))
}

/// Runs the suite on PostgreSQL, if there is one.
pub fn on_postgres() -> ExitCode {
    on_server(Product::Postgres)
}

/// Runs the suite on MariaDB, if there is one.
pub fn on_mariadb() -> ExitCode {
    on_server(Product::Mariadb)
}

/// Runs the suite on MySQL, if there is one.
pub fn on_mysql() -> ExitCode {
    on_server(Product::Mysql)
}

fn on_server(product: Product) -> ExitCode {
    let database = Database::Server(product);
    if Arguments::from_args().list {
        // Listing tests needs no server.
        return run(database, None);
    }
    match server::find(product) {
        Ok(server) => {
            let server = Arc::new(server);
            println!("{}: {}", product.name(), server.version());
            let outcome = run(database, Some(Home::Server(product, Arc::clone(&server))));
            server.stop();
            outcome
        }
        Err(reason) if required(product) || server::is_named(product) => {
            println!("{} is required and there is none: {reason}", product.name());
            ExitCode::FAILURE
        }
        Err(reason) => {
            println!("\nSKIPPED: nothing was tested on {}: {reason}\n", product.name());
            // What another run says of it is out of date.
            table::forget(database);
            ExitCode::SUCCESS
        }
    }
}

/// Runs, or lists, the tests of a database in every mode; a run of all of them is reported for the page of dialects.
fn run(database: Database, home: Option<Home>) -> ExitCode {
    let home = home.map(Arc::new);
    let ran = Arc::new(Mutex::new(BTreeSet::new()));
    let arguments = Arguments::from_args();
    if !arguments.list && Mode::ALL.len() == 1 {
        println!("\nSKIPPED: nothing is tested over the drivers that are awaited: add `--features orm-tests/async`");
    }
    let trials = suite::trials(Mode::ALL, database).map(|(mode, name, case)| {
        let (home, ran) = (home.clone(), Arc::clone(&ran));
        Trial::test(name.clone(), move || {
            let home = home.ok_or("there is no database to run on")?;
            let db = Db::new(&home, mode).map_err(Failed::from)?;
            (case.run)(&db).map_err(Failed::from)?;
            ran.lock().map_err(|_| "another test panicked within the report")?.insert(name);
            Ok(())
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let whole = conclusion.num_passed > 0
        && !conclusion.has_failed()
        && conclusion.num_filtered_out == 0
        && conclusion.num_ignored == 0;
    if let (true, Ok(ran)) = (whole, ran.lock())
        && let Err(reason) = table::report(database, &ran)
    {
        println!("the run cannot be reported: {reason}");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

/// Whether `ORM_REQUIRE`, a list with commas, names a server.
fn required(product: Product) -> bool {
    std::env::var("ORM_REQUIRE").is_ok_and(|list| list.split(',').any(|name| name.trim() == product.word()))
}
