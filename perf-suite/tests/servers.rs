//! The suites and the workloads on PostgreSQL and MariaDB, each in a database of its own that is dropped afterwards.
#![cfg(any(feature = "postgres", feature = "mysql"))]

use std::process::Command;

use orm::prelude::*;
use perf_suite::{Comparison, Result, Sent, extra, originals};

/// A server, by the variable that names it and its word in `ORM_REQUIRE`.
struct Product {
    variable: &'static str,
    word: &'static str,
}

const POSTGRES: Product = Product { variable: "ORM_POSTGRES_URL", word: "postgres" };
const MARIADB: Product = Product { variable: "ORM_MARIADB_URL", word: "mariadb" };

/// A database on a server, dropped at the end of the test.
struct Place {
    url: String,
    server: Engine,
    name: String,
}

impl Place {
    /// Creates a database. `None` where the server is not there, unless it is required.
    fn new(product: &Product, name: &str) -> Result<Option<Self>> {
        let Ok(server_url) = std::env::var(product.variable) else {
            let required = std::env::var("ORM_REQUIRE").unwrap_or_default();
            assert!(!required.split(',').any(|word| word.trim() == product.word), "{} is not set", product.variable);
            eprintln!("skipped: {} is not set", product.variable);
            return Ok(None);
        };
        let name = format!("perf_suite_{name}");
        let (before, parameters) = server_url.split_once('?').map_or((&*server_url, ""), |(url, rest)| (url, rest));
        let (host, _) = before.rsplit_once('/').ok_or("a URL without a database")?;
        let url = format!("{host}/{name}{}{parameters}", if parameters.is_empty() { "" } else { "?" });
        let server = Engine::new(&server_url)?;
        let place = Self { url, server, name };
        place.drop_database()?;
        place.server.connect()?.execute(&text(format!("CREATE DATABASE {}", place.name)))?;
        Ok(Some(place))
    }

    fn drop_database(&self) -> Result<()> {
        self.server.connect()?.execute(&text(format!("DROP DATABASE IF EXISTS {}", self.name)))?;
        Ok(())
    }

    /// Names of the tables of the database.
    fn tables(&self) -> Result<Vec<String>> {
        let mut connection = Engine::new(&self.url)?.connect()?;
        let rows = connection.query(
            &text(
                "SELECT table_name FROM information_schema.tables \
             WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'mysql', 'performance_schema', 'sys') \
             AND table_schema IN ('public', :name)",
            )
            .bind("name", &*self.name),
        )?;
        Ok(rows.iter().map(|row| row.get(0)).collect::<orm::Result<_>>()?)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(error) = self.drop_database() {
            eprintln!("{} stays: {error}", self.name);
        }
    }
}

/// Number of items at which every test of a suite takes little time.
fn items(suite: &str) -> usize {
    match suite {
        "bulk_inserts" | "bulk_updates" => 1_000,
        "relationships" | "single_inserts" => 10,
        _ => 64,
    }
}

/// Every test of every suite runs, touches as many rows as on SQLite, sends no more statements, and leaves no table behind.
fn every_suite_runs(product: &Product) -> Result<()> {
    let Some(place) = Place::new(product, "suites")? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let sqlite = format!("sqlite:///{}", folder.path().join("suite.db").display());
    for suite in originals().iter().chain(&extra()) {
        let num = items(suite.name());
        let (here, there) = (suite.measure(&place.url, num, 1)?, suite.measure(&sqlite, num, 0)?);
        assert_eq!(here.tests.len(), suite.tests().count());
        for (here, there) in here.tests.iter().zip(&there.tests) {
            let mut most = there.sent;
            if product.word == "mariadb" && here.name == "test_orm_insert_returning" {
                // There the rows are read by a SELECT of their own.
                most = Sent { select: 1, rows: 2 * num, ..most };
            }
            // MariaDB is asked for the keys that it made; of the statements of tasks only the number is known.
            let is_asked = |(sql, _): &&(String, usize)| sql.contains("LAST_INSERT_ID");
            let asked: usize = here.statements.iter().filter(is_asked).map(|(_, count)| count).sum();
            let Sent { select, insert, update, delete, rows, .. } = here.sent;
            let by_tasks = product.word == "mariadb" && here.name == "test_tasks_commit";
            let asked = if by_tasks { insert } else { asked };
            let (select, rows) = (select - asked, rows - asked);
            let sent = format!("{}: {} with {rows} rows, {most} with {} at most", here.name, here.sent, most.rows);
            assert_eq!((here.times.len(), rows), (1, most.rows), "{sent}");
            let within = select <= most.select && insert <= most.insert && update <= most.update;
            assert!(within && delete <= most.delete, "{sent}");
        }
        assert_eq!(place.tables()?, [""; 0], "{}", suite.name());
    }
    Ok(())
}

#[derive(Entity, Debug, Default)]
#[entity(table = "customer")]
struct Strange {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 20)]
    city: String,
}

/// A suite and the workloads refuse a database with a table of another program, and say `--anyway`, which replaces the table.
fn a_strange_table_is_kept(product: &Product) -> Result<()> {
    let Some(place) = Place::new(product, "strange")? else { return Ok(()) };
    let engine = Engine::new(&place.url)?;
    engine.create_all(schema![Strange])?;
    let mut session = Session::new(&engine);
    session.add(Strange { city: "Rome".to_owned(), ..Strange::default() });
    session.commit()?;
    let run = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_perf-suite"))
            .args(arguments)
            .args(["--num", "10", "--dburl", &place.url])
            .output()
    };
    let suite = ["bulk_inserts", "--rounds", "1"];
    let workload = ["run", "get"];
    for arguments in [&suite[..], &workload] {
        let refused = run(arguments)?;
        let complained = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{complained}");
        assert!(complained.contains("has a table `customer`") && complained.contains("`--anyway`"), "{complained}");
        assert_eq!(session.query::<Strange>().count()?, 1);
        session.rollback()?;
    }
    session.close()?;
    let replaced = run(&[&suite[..], &["--anyway"]].concat())?;
    assert!(replaced.status.success(), "{}", String::from_utf8_lossy(&replaced.stderr));
    assert_eq!(place.tables()?, [""; 0]);
    let workload = run(&workload)?;
    assert!(workload.status.success(), "{}", String::from_utf8_lossy(&workload.stderr));
    assert_eq!(place.tables()?, [""; 0], "`run` leaves nothing behind");
    Ok(())
}

fn every_side_gives_the_same_result(product: &Product) -> Result<()> {
    let Some(place) = Place::new(product, "sides")? else { return Ok(()) };
    for Comparison { workload, contest } in Comparison::all(&place.url)? {
        for mut side in contest.sides(&place.url)? {
            workload.measure(side.as_mut(), 10)?;
        }
    }
    Ok(())
}

macro_rules! tests {
    ($feature:literal, $product:ident, $room:ident) => {
        #[cfg(feature = $feature)]
        mod $room {
            #[test]
            fn every_suite_runs() -> super::Result<()> {
                super::every_suite_runs(&super::$product)
            }

            #[test]
            fn a_strange_table_is_kept() -> super::Result<()> {
                super::a_strange_table_is_kept(&super::$product)
            }

            #[test]
            fn every_side_gives_the_same_result() -> super::Result<()> {
                super::every_side_gives_the_same_result(&super::$product)
            }
        }
    };
}

tests!("postgres", POSTGRES, postgres);
tests!("mysql", MARIADB, mariadb);
