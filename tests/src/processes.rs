//! Several programs that create the same tables at the same moment, as services do that are deployed together.

use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use orm::prelude::*;
use orm::{Result, text};
use tempfile::TempDir;

use crate::required;
use crate::server::{self, Product};

/// Number of programs.
const PROGRAMS: usize = 4;

/// Number of times that they start together.
const ROUNDS: usize = 5;

/// Time that every program has to start before all of them go.
const HEAD_START: Duration = Duration::from_millis(250);

#[derive(Entity, Debug, Default)]
struct Author {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 40, unique)]
    email: String,
    #[entity(inverse = "author")]
    books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
#[entity(index(title))]
struct Book {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 40)]
    title: String,
    #[entity(inverse = "books")]
    author: BelongsTo<Author>,
    // A circle of foreign keys, of which one is added when both tables are there.
    #[entity(post_update)]
    sequel: BelongsTo<Option<Shelf>>,
}

#[derive(Entity, Debug, Default)]
struct Shelf {
    #[entity(primary_key)]
    id: Auto<i64>,
    first: BelongsTo<Option<Book>>,
}

/// A database that programs can share.
struct Place {
    url: String,
    /// Enters the schema of this test.
    enter: Option<String>,
}

impl Place {
    fn engine(&self) -> Result<Engine> {
        let enter = self.enter.clone();
        let builder = Engine::builder(&self.url).on_connect(move |connection| match &enter {
            Some(sql) => connection.execute(&text(sql)).map(drop),
            None => Ok(()),
        });
        builder.build()
    }

    fn start(&self, at: SystemTime) -> std::io::Result<Child> {
        let at = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let mut command = Command::new(std::env::current_exe()?);
        command.env("ORM_PROCESSES_URL", &self.url).env("ORM_PROCESSES_AT", at.to_string()).stderr(Stdio::piped());
        match &self.enter {
            Some(sql) => command.env("ORM_PROCESSES_ENTER", sql),
            None => command.env_remove("ORM_PROCESSES_ENTER"),
        };
        command.spawn()
    }

    /// Creates the tables from several programs at once; every program succeeds, and the tables work.
    fn check(&self) -> Result<(), String> {
        for round in 0..ROUNDS {
            let start = SystemTime::now() + HEAD_START;
            let programs: Vec<Child> = (0..PROGRAMS)
                .map(|_| self.start(start))
                .collect::<Result<_, _>>()
                .map_err(|error| error.to_string())?;
            for program in programs {
                let ended = program.wait_with_output().map_err(|error| error.to_string())?;
                if !ended.status.success() {
                    return Err(format!("round {round}: {}", String::from_utf8_lossy(&ended.stderr)));
                }
            }
            self.use_and_drop().map_err(|error| format!("round {round}: {error}"))?;
        }
        Ok(())
    }

    fn use_and_drop(&self) -> Result<()> {
        let engine = self.engine()?;
        let mut session = Session::new(&engine);
        let author = session.add(Author { email: "ed@x.org".to_owned(), ..Author::default() });
        session.rel(author, Author::BOOKS).push(Book { title: "one".to_owned(), ..Book::default() })?;
        session.commit()?;
        assert_eq!(session.query::<Book>().count()?, 1);
        session.rollback()?;
        engine.drop_all(schema![Author, Book, Shelf])
    }
}

/// Runs the test on SQLite and on every server that is there; within a program that the test has started, creates the tables.
pub fn run() -> ExitCode {
    if let Ok(url) = std::env::var("ORM_PROCESSES_URL") {
        return match create(Place { url, enter: std::env::var("ORM_PROCESSES_ENTER").ok() }) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let mut failed = on_file().inspect_err(|reason| println!("SQLite: {reason}")).is_err();
    for product in Product::ALL {
        match server::find(product) {
            Ok(server) => {
                let outcome = on_server(product, server.url());
                server.stop();
                failed |= outcome.inspect_err(|reason| println!("{}: {reason}", product.name())).is_err();
            }
            Err(reason) if required(product) || server::is_named(product) => {
                println!("{} is required and there is none: {reason}", product.name());
                failed = true;
            }
            Err(reason) => println!("\nSKIPPED: no programs met on {}: {reason}\n", product.name()),
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn create(place: Place) -> Result<()> {
    let at = std::env::var("ORM_PROCESSES_AT").ok().and_then(|at| at.parse().ok()).unwrap_or_default();
    let engine = place.engine()?;
    // The connection is there before the programs go.
    drop(engine.connect()?);
    let left = (UNIX_EPOCH + Duration::from_millis(at)).duration_since(SystemTime::now());
    std::thread::sleep(left.unwrap_or_default());
    engine.create_all(schema![Author, Book, Shelf])
}

fn on_file() -> Result<(), String> {
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    let file = |folder: &Path| format!("sqlite:///{}", folder.join("shared.db").display());
    Place { url: file(folder.path()), enter: None }.check()
}

fn on_server(product: Product, url: &str) -> Result<(), String> {
    let schema = format!("orm_processes_{}", std::process::id());
    let enter = match product {
        Product::Postgres => format!("SET search_path TO {schema}"),
        Product::Mariadb | Product::Mysql => format!("USE {schema}"),
    };
    let say = |sql: String| {
        let engine = Engine::new(url)?;
        engine.connect()?.execute(&text(sql)).map(drop)
    };
    say(format!("CREATE SCHEMA {schema}")).map_err(|error: orm::Error| error.to_string())?;
    let outcome = Place { url: url.to_owned(), enter: Some(enter) }.check();
    let cascade = if product == Product::Postgres { " CASCADE" } else { "" };
    let dropped = say(format!("DROP SCHEMA {schema}{cascade}")).map_err(|error| error.to_string());
    outcome.and(dropped)
}
