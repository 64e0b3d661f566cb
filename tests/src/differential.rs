//! The same generated query on every database: its rows must be the same, to the letter.
//!
//! Every query comes from a seed, which a failure shows with the statements; `ORM_DIFFERENTIAL_SEED` runs one seed alone,
//! `ORM_DIFFERENTIAL_QUERIES` says how many there are.

mod evaluated;
mod generate;
mod row;

use std::ops::Range;
use std::process::ExitCode;
use std::sync::Arc;

use orm::Result;
use orm::prelude::*;

use self::evaluated::Tally;
use crate::db::{Db, Home};
use crate::mode::Mode;
use crate::required;
use crate::server::{self, Product};

/// How many queries run: a few seconds on three databases.
const QUERIES: u64 = 600;

/// A database with the rows of the test.
struct Side {
    name: &'static str,
    session: Session,
    // Dropped after its session.
    _db: Db,
}

impl Side {
    fn new(name: &'static str, home: Home) -> Result<Self> {
        let db = Db::new(&Arc::new(home), Mode::Blocking)?;
        let mut session = Session::new(&db.engine(schema![row::Sample])?);
        session.add_all(row::samples());
        session.commit()?;
        Ok(Self { name, session, _db: db })
    }

    /// The rows of a query as text, or what the database says against it; and the statement.
    fn ask(&mut self, seed: u64) -> (Result<Vec<String>, String>, String) {
        let recorder = self.session.engine().record();
        let found = generate::rows(&mut self.session, seed).map_err(|error| error.to_string());
        if found.is_err() {
            // A failure is one of the answers.
            let _ = self.session.rollback();
        }
        let sent = recorder.take().without_transactions();
        let sent = sent.iter().map(|statement| format!("{} {:?}", statement.sql, statement.parameters));
        (found, sent.collect::<Vec<_>>().join("; "))
    }
}

/// Runs every query on every database that is there.
pub fn run() -> ExitCode {
    let mut servers = Vec::new();
    let mut homes = vec![("SQLite", Home::Sqlite)];
    for product in [Product::Postgres, Product::Mariadb] {
        match server::find(product) {
            Ok(server) => {
                println!("{}: {}", product.name(), server.version());
                let server = Arc::new(server);
                servers.push(Arc::clone(&server));
                homes.push((product.name(), Home::Server(product, server)));
            }
            Err(reason) if required(product) || server::is_named(product) => {
                println!("{} is required and there is none: {reason}", product.name());
                return ExitCode::FAILURE;
            }
            Err(reason) => println!("\nSKIPPED: nothing was compared with {}: {reason}\n", product.name()),
        }
    }
    let sides: Result<Vec<Side>> = homes.into_iter().map(|(name, home)| Side::new(name, home)).collect();
    let outcome = match sides {
        Ok(sides) if sides.len() < 2 => {
            println!("SKIPPED: there is nothing to compare SQLite with");
            ExitCode::SUCCESS
        }
        Ok(mut sides) => match (compare(&mut sides), compare_evaluated(&mut sides)) {
            (true, true) => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        },
        Err(error) => {
            println!("the rows cannot be written: {error}");
            ExitCode::FAILURE
        }
    };
    servers.iter().for_each(|server| server.stop());
    outcome
}

fn seeds() -> Range<u64> {
    let number = |variable: &str| std::env::var(variable).ok().and_then(|text| text.parse::<u64>().ok());
    match number("ORM_DIFFERENTIAL_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("ORM_DIFFERENTIAL_QUERIES").unwrap_or(QUERIES),
    }
}

/// Evaluates generated expressions in memory, and compares with every database; returns whether all values are equal.
fn compare_evaluated(sides: &mut [Side]) -> bool {
    let (mut tally, mut failures, seeds) = (Tally::default(), 0, seeds());
    let count = seeds.end - seeds.start;
    for seed in seeds {
        for side in &mut *sides {
            let differences = evaluated::differences(&mut side.session, seed, &mut tally);
            failures += differences.len();
            for difference in differences.iter().take(2) {
                println!("\nThe expression of seed {seed} differs on {}: {difference}", side.name);
            }
        }
        if failures >= 5 {
            println!("\nno more expressions are evaluated");
            break;
        }
    }
    let Tally { evaluated, refused, failed } = tally;
    println!(
        "{count} expressions: {evaluated} values evaluated, {failures} differ, {refused} refused in memory, \
         {failed} by the database"
    );
    if count > 1 && (refused * 2 > evaluated || failed * 50 > evaluated) {
        println!("too many values were refused for the comparison to mean anything");
        return false;
    }
    failures == 0
}

/// Compares the rows of generated queries; returns whether all are equal.
fn compare(sides: &mut [Side]) -> bool {
    let seeds = seeds();
    let (mut failures, mut refused, count) = (0, 0, seeds.end - seeds.start);
    for seed in seeds {
        let answers: Vec<_> = sides.iter_mut().map(|side| (side.name, side.ask(seed))).collect();
        let first = &answers[0].1.0;
        // Databases refuse in words of their own.
        let same = |answer: &Result<Vec<String>, String>| match (first, answer) {
            (Ok(first), Ok(answer)) => first == answer,
            (first, answer) => first.is_err() && answer.is_err(),
        };
        refused += u64::from(first.is_err());
        if answers.iter().all(|(_, (answer, _))| same(answer)) {
            continue;
        }
        failures += 1;
        println!("\nThe answers to the query of seed {seed} differ:");
        for (name, (answer, sent)) in &answers {
            println!("  {name}: {sent}");
            match answer {
                Ok(rows) => {
                    let differs = |at: &usize| {
                        answers
                            .iter()
                            .any(|(_, (other, _))| other.as_ref().is_ok_and(|other| other.get(*at) != rows.get(*at)))
                    };
                    let at = (0..=rows.len()).find(differs).unwrap_or_default();
                    println!(
                        "    {} rows, of which row {at} is {}",
                        rows.len(),
                        rows.get(at).map_or("none", |row| row)
                    );
                }
                Err(error) => println!("    refused: {}", error.lines().next().unwrap_or_default()),
            }
        }
        if failures == 5 {
            println!("\nno more queries are run");
            break;
        }
    }
    if refused * 4 > count {
        println!(
            "{refused} of {count} queries were refused everywhere: the generator makes too few that mean anything"
        );
        return false;
    }
    println!("{count} queries on {} databases, {failures} differ, {refused} refused by all", sides.len());
    failures == 0
}
