//! Tables that a run creates: a table of somebody else's is never dropped, and nothing is left behind.
//!
//! A table `perf_suite_mark` says that the tables of suites in this database belong to a run, also to one that was killed.

use orm::Engine;
use orm::prelude::*;
use orm::schema::Schema;

use crate::Result;
use crate::mapped::{Child, Customer, Parent};

#[derive(Entity, Debug, Default)]
#[entity(table = "perf_suite_mark")]
struct Mark {
    #[entity(primary_key)]
    id: i64,
}

/// The tables that a run has created.
#[derive(Debug)]
pub(crate) struct Ownership {
    anyway: bool,
    created: Vec<Schema>,
    /// Names of tables that this run may drop.
    owned: Vec<String>,
    /// Whether the mark was there before this run made it; none before the run makes it.
    marked_before: Option<bool>,
}

impl Ownership {
    pub(crate) fn new(anyway: bool) -> Self {
        Self { anyway, created: Vec::new(), owned: Vec::new(), marked_before: None }
    }

    /// Drops the tables of a schema and creates them.
    pub(crate) fn recreate(&mut self, engine: &Engine, schema: Schema) -> Result<()> {
        let names: Vec<String> = schema.tables().iter().map(|table| table.name.to_string()).collect();
        if names.iter().any(|name| !self.owned.contains(name)) {
            self.claim(engine, &names)?;
            self.created.push(schema.clone());
        }
        engine.drop_all(&schema)?;
        engine.create_all(&schema)?;
        Ok(())
    }

    /// Makes sure that the tables may be dropped.
    fn claim(&mut self, engine: &Engine, names: &[String]) -> Result<()> {
        let marked_before = match self.marked_before {
            Some(marked) => marked,
            None => exists(engine, "perf_suite_mark")?,
        };
        if !marked_before && !self.anyway {
            for name in names.iter().filter(|name| !self.owned.contains(name)) {
                if exists(engine, name)? {
                    return Err(format!(
                        "{} has a table `{name}` that no run of a suite created, and a run would drop it: \
                         name another database, or say `--anyway`",
                        engine.url()
                    )
                    .into());
                }
            }
        }
        if self.marked_before.is_none() {
            engine.create_all(schema![Mark])?;
            self.marked_before = Some(marked_before);
        }
        self.owned.extend_from_slice(names);
        Ok(())
    }

    /// Drops every table that was created.
    pub(crate) fn clean_up(&mut self, engine: &Engine) -> Result<()> {
        for schema in self.created.drain(..).rev() {
            engine.drop_all(&schema)?;
        }
        if self.marked_before.take().is_some() {
            engine.drop_all(schema![Mark])?;
        }
        self.owned.clear();
        Ok(())
    }
}

/// Runs work that drops and creates the tables of the workloads, and drops them afterwards.
///
/// # Errors
/// When the database holds one of the tables and no run created it, unless `anyway` is set; what the work and the database say.
pub fn with_tables<T>(url: &str, anyway: bool, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let engine = Engine::new(url)?;
    let mut ownership = Ownership::new(anyway);
    ownership.recreate(&engine, schema![Customer, Parent, Child])?;
    let outcome = work();
    let cleaned = ownership.clean_up(&engine);
    let value = outcome?;
    cleaned?;
    Ok(value)
}

/// Whether a query of the table succeeds.
fn exists(engine: &Engine, name: &str) -> Result<bool> {
    let mut connection = engine.connect()?;
    let count = select(count_all()).select_from(table(name.to_owned()));
    match connection.query(&count.tree()?) {
        Ok(_) => Ok(true),
        Err(error) if error.is_disconnect() => Err(error.into()),
        Err(_) => Ok(false),
    }
}
