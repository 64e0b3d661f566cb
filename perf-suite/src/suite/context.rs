//! What setup and tests of a suite work with: the engine, the number of items, and the tables that the run creates.

use std::cell::{Cell, RefCell};

use orm::schema::Schema;
use orm::session::Session;
use orm::{Echo, Engine, StatementKind};
use tempfile::TempDir;

use super::ownership::Ownership;
use super::sent::Sent;
use crate::Result;

/// The database and the number of items of a run.
#[derive(Debug)]
pub struct Context {
    url: String,
    engine: Engine,
    num: usize,
    ownership: RefCell<Ownership>,
    by_hand: RefCell<Sent>,
    counting: Cell<bool>,
    /// Deleted when the run ends.
    _folder: Option<TempDir>,
}

impl Context {
    /// Opens the database of a URL. `anyway` replaces tables that another program made.
    pub(crate) fn open(url: &str, num: usize, echo: bool, anyway: bool) -> Result<Self> {
        Self::with_folder(url, num, echo, anyway, None)
    }

    /// Opens a SQLite database in a temporary folder.
    pub(crate) fn temporary(num: usize, echo: bool) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite:///{}", folder.path().join("perf-suite.db").display());
        Self::with_folder(&url, num, echo, false, Some(folder))
    }

    fn with_folder(url: &str, num: usize, echo: bool, anyway: bool, folder: Option<TempDir>) -> Result<Self> {
        let engine = Engine::new(url)?;
        if echo {
            engine.set_echo(Echo::stdout().pretty())?;
        }
        Ok(Self {
            url: url.to_owned(),
            engine,
            num,
            ownership: RefCell::new(Ownership::new(anyway)),
            by_hand: RefCell::default(),
            counting: Cell::new(false),
            _folder: folder,
        })
    }

    /// Returns the number of items that a test handles.
    pub fn num(&self) -> usize {
        self.num
    }

    /// Returns the engine of the database.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the URL of the database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Opens a session.
    pub fn session(&self) -> Session {
        Session::new(&self.engine)
    }

    /// Drops the tables of a schema and creates them. The run drops them at its end.
    ///
    /// # Errors
    /// When the database holds one of the tables and no run of a suite created it; whatever the database says.
    pub fn recreate(&self, schema: Schema) -> Result<()> {
        self.ownership.borrow_mut().recreate(&self.engine, schema)
    }

    /// Counts statements that a test sends past the engine, by a driver of its own.
    pub fn sent_by_hand(&self, kind: StatementKind, statements: usize, rows: usize) {
        self.by_hand.borrow_mut().add(kind, statements, rows);
    }

    /// Whether the statements of this run are counted, so that time does not matter.
    pub fn is_counting(&self) -> bool {
        self.counting.get()
    }

    /// Counts the statements of a run, those that are sent past the engine too.
    pub(crate) fn counted(&self, run: impl FnOnce() -> Result<()>) -> Result<Sent> {
        self.by_hand.take();
        self.counting.set(true);
        let outcome = run();
        self.counting.set(false);
        outcome?;
        Ok(self.by_hand.take())
    }

    /// Drops every table that the run created.
    pub(crate) fn clean_up(&self) -> Result<()> {
        self.ownership.borrow_mut().clean_up(&self.engine)
    }
}
