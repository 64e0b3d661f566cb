//! Creates or drops all tables of a schema: the plan that looks what exists, and then does the rest in order.

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::Schema;
use super::constraint::{ForeignKey, ReferentialAction};
use super::ddl::Ddl;
use super::dialect::{self, Comments};
use super::existing::ExistingTables;
use super::table::Table;
use crate::engine::{
    BeginMode, BeginOptions, Capabilities, Cause, Command, Engine, EngineOf, Mode, Outcome, Plan, SqlWriter, Statement,
    StatementKind, facades, render,
};
use crate::error::{DatabaseErrorKind, Error, Result, Slim};
use crate::row::RowReader;

/// Creates the tables that are missing, or drops those that exist.
///
/// It wants to run within one transaction, where the database has transactions for DDL. It sends one query a schema
/// and then one statement for each table, index, comment, and foreign key that has to wait for its table.
///
/// Counterpart: `MetaData.create_all` and `MetaData.drop_all` with `checkfirst`.
pub struct SchemaPlan {
    caps: Capabilities,
    goal: Goal,
    /// In foreign-key order.
    tables: Vec<Arc<Table>>,
    exists: Vec<bool>,
    queries: VecDeque<Arc<ExistingTables>>,
    asked: Option<Arc<ExistingTables>>,
    /// Known once all queries are answered.
    steps: Option<std::vec::IntoIter<Step>>,
    current: Option<Step>,
    /// The tables that this program has created, in earlier attempts too.
    created: Vec<String>,
    /// Statements that a failed attempt has left to do for the tables that it created.
    owed: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    Create,
    Drop,
}

#[derive(Clone, Debug)]
enum Step {
    Ddl(Ddl),
    DeferForeignKeys,
}

impl SchemaPlan {
    /// Creates what is missing, in foreign-key order. A table that exists stays as it is.
    ///
    /// # Errors
    /// [`Error::Mapping`] when the schema contradicts itself.
    pub fn create_all(schema: &Schema, caps: &Capabilities) -> Result<Self> {
        Self::new(schema, caps, Goal::Create)
    }

    /// Drops what exists, in reverse foreign-key order.
    ///
    /// # Errors
    /// [`Error::Mapping`] when the schema contradicts itself.
    pub fn drop_all(schema: &Schema, caps: &Capabilities) -> Result<Self> {
        Self::new(schema, caps, Goal::Drop)
    }

    fn new(schema: &Schema, caps: &Capabilities, goal: Goal) -> Result<Self> {
        schema.check()?;
        let tables: Vec<Arc<Table>> = schema.sorted_tables().into_iter().cloned().collect();
        Ok(Self {
            caps: caps.clone(),
            goal,
            exists: vec![false; tables.len()],
            queries: ExistingTables::of(&tables).into(),
            tables,
            asked: None,
            steps: None,
            current: None,
            created: Vec::new(),
            owed: Vec::new(),
        })
    }

    /// Takes over from an attempt that failed where DDL is not undone. No other program completes a table that this one has created.
    pub(super) fn resume(&mut self, failed: Self) {
        let left = failed.current.into_iter().chain(failed.steps.into_iter().flatten());
        let completes = |step: &Step| matches!(step, Step::Ddl(ddl) if ddl.completes(&failed.created));
        self.owed = left.filter(completes).collect();
        self.created = failed.created;
    }

    /// The query under way has found a table of this name.
    pub(super) fn found(&mut self, name: &str) {
        for (table, exists) in self.tables.iter().zip(&mut self.exists) {
            *exists |= self.asked.as_ref().is_some_and(|query| query.found(&self.caps, name, table));
        }
    }

    fn plan_steps(&self) -> Result<Vec<Step>> {
        let mut steps = match self.goal {
            Goal::Create => self.create_steps(),
            Goal::Drop => self.drop_steps(),
        };
        steps.extend(self.owed.iter().cloned());
        // All or nothing, also where DDL is not part of a transaction: what cannot be said is found before the first.
        for step in &steps {
            render(step, &self.caps)?;
        }
        Ok(steps)
    }

    fn create_steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut foreign_keys = Vec::new();
        for (position, table) in self.tables.iter().enumerate().filter(|(position, _)| !self.exists[*position]) {
            let mut later: Vec<ForeignKey> = Vec::new();
            if self.caps.alter_constraints {
                later.extend(self.against_order(position, false).cloned());
            }
            foreign_keys
                .extend(later.iter().map(|key| Step::Ddl(Ddl::add_foreign_key(Arc::clone(table), key.clone()))));
            steps.push(Step::Ddl(Ddl::create_table_without(Arc::clone(table), later)));
            let indexes = table.indexes.iter().map(|index| Ddl::create_index(Arc::clone(table), index.clone()));
            steps.extend(indexes.map(Step::Ddl));
            if dialect::comments(&self.caps) == Comments::Statement {
                steps.extend(comments(table).map(Step::Ddl));
            }
        }
        steps.append(&mut foreign_keys);
        steps
    }

    fn drop_steps(&self) -> Vec<Step> {
        let existing = || self.tables.iter().enumerate().rev().filter(|(position, _)| self.exists[*position]);
        let mut steps = Vec::new();
        for (position, table) in existing() {
            for key in self.against_order(position, true) {
                steps.push(Step::Ddl(Ddl::drop_foreign_key(Arc::clone(table), key.clone())));
            }
        }
        let restricts_itself = |table: &Table| {
            let restricted = Some(ReferentialAction::Restrict);
            table.foreign_keys.iter().any(|key| key.on_delete == restricted && key.refers_to(table))
        };
        if !self.caps.alter_constraints && (!steps.is_empty() || existing().any(|(_, table)| restricts_itself(table))) {
            // The rows of a circle can only go together: nobody looks before all of them are gone.
            steps = vec![Step::DeferForeignKeys];
        }
        steps.extend(existing().map(|(_, table)| Step::Ddl(Ddl::drop_table(Arc::clone(table)))));
        steps
    }

    /// The foreign keys of a table to one that comes after it, so that the two are part of a circle;
    /// only those whose target exists, or does not, as asked.
    fn against_order(&self, position: usize, exists: bool) -> impl Iterator<Item = &ForeignKey> {
        self.tables[position].foreign_keys.iter().filter(move |key| {
            let target = self.tables.iter().position(|table| key.refers_to(table));
            target.is_some_and(|target| target > position && self.exists[target] == exists)
        })
    }
}

facades! {
    impl Engine, crate::engine::AsyncEngine {
        /// Creates every table that is missing, in foreign-key order and in one transaction; a table that exists stays as it is.
        ///
        /// It sends one query a schema, then a statement for each table, index, comment, and foreign key that closes a circle. Several programs may do
        /// this at once: one that comes too late for a table looks again.
        ///
        /// # Errors
        /// [`Error::Mapping`] with every fault of the schema, [`Error::Unsupported`] when the database has no such table:
        /// then nothing was sent that changes anything. Whatever the database says: then nothing was created, except on MySQL.
        ///
        /// Counterpart: `MetaData.create_all(engine)`.
        pub fn create_all(&self, schema: impl Borrow<Schema>) -> Result<()> {
            self.carry_out(|capabilities| SchemaPlan::create_all(schema.borrow(), capabilities))
        }

        /// Drops every table that exists, in reverse foreign-key order and in one transaction.
        ///
        /// # Errors
        /// As [`create_all`](Self::create_all); the database refuses when a table that is not part of the schema refers to one that is.
        ///
        /// Counterpart: `MetaData.drop_all(engine)`.
        pub fn drop_all(&self, schema: impl Borrow<Schema>) -> Result<()> {
            self.carry_out(|capabilities| SchemaPlan::drop_all(schema.borrow(), capabilities))
        }
    }
}

impl<M: Mode> EngineOf<M> {
    /// Runs a plan in a transaction of its own; again where another program did the same at the same time.
    async fn carry_out(&self, plan: impl Fn(&Capabilities) -> Result<SchemaPlan>) -> Result<()> {
        let mut options = BeginOptions::default();
        let (mut left, mut seen) = (MOST_ATTEMPTS, None);
        let mut failed: Option<SchemaPlan> = None;
        loop {
            let mut plan = plan(self.capabilities())?;
            if let Some(failed) = failed.take().filter(|_| self.capabilities().hidden_commits) {
                plan.resume(failed);
            }
            let outcome =
                self.within_transaction_as(options, async |connection| connection.core.run(&mut plan).await).await;
            left -= 1;
            match outcome {
                // Nothing but the other program's work makes it worth another look.
                Err(error)
                    if left > 0 && is_race(&error) && (error.is_retryable() || seen.as_ref() != Some(&plan.exists)) => {
                }
                outcome => return outcome,
            }
            // The next one waits for the lock instead of being refused it in the middle.
            options = BeginMode::Immediate.into();
            seen = Some(plan.exists.clone());
            failed = Some(plan);
            M::pause(RACE_PAUSE).await;
        }
    }
}

/// How often several programs may get into each other's way.
const MOST_ATTEMPTS: usize = 20;

const RACE_PAUSE: Duration = Duration::from_millis(20);

/// Whether another program may have created or dropped the same at the same time.
fn is_race(error: &Error) -> bool {
    let Error::Database(refused) = error else { return false };
    let told =
        ["already exists", "Duplicate key name", "concurrently", "pg_type_typname", "pg_class_relname", "pg_namespace"];
    error.is_retryable()
        || refused.kind == DatabaseErrorKind::MissingTable
        || told.iter().any(|words| refused.message.contains(words))
}

impl Plan for SchemaPlan {
    fn cause(&self) -> Option<Cause> {
        Some(Cause::Schema)
    }

    fn next_command(&mut self) -> Result<Option<Command>> {
        if let Some(query) = self.queries.pop_front() {
            self.asked = Some(Arc::clone(&query));
            return Ok(Some(Command::Query(query)));
        }
        if self.steps.is_none() {
            self.steps = Some(self.plan_steps()?.into_iter());
        }
        self.current = self.steps.as_mut().and_then(Iterator::next);
        Ok(self.current.is_some().then_some(Command::Execute))
    }

    fn write(&self) -> Result<Box<dyn Statement + '_>> {
        match &self.current {
            Some(step) => Ok(Box::new(step.clone())),
            None => Err(Error::invalid("no statement of this plan is under way; call next_command first")),
        }
    }

    fn row(&mut self, row: &mut dyn RowReader) -> Slim<()> {
        let name = row.string(0).map_err(|error| error.locate("row", "table name"))?;
        if let Some(name) = name {
            self.found(&name);
        }
        Ok(())
    }

    fn finished(&mut self) -> Result<()> {
        self.asked = None;
        Ok(())
    }

    fn executed(&mut self, _outcome: Outcome) -> Result<()> {
        if let Some(Step::Ddl(ddl)) = self.current.take() {
            self.created.extend(ddl.created().map(str::to_owned));
        }
        Ok(())
    }
}

impl Statement for Step {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        match self {
            Self::Ddl(ddl) => ddl.render(out),
            Self::DeferForeignKeys => {
                out.push_sql("PRAGMA defer_foreign_keys = ON");
                Ok(())
            }
        }
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Ddl
    }

    fn cacheable(&self) -> bool {
        false
    }
}

fn comments(table: &Arc<Table>) -> impl Iterator<Item = Ddl> {
    let on_table = table.comment.iter().map(|comment| Ddl::comment_on_table(Arc::clone(table), comment));
    let on_columns = table.columns.iter().filter_map(|column| {
        let comment = column.comment.as_ref()?;
        Some(Ddl::comment_on_column(Arc::clone(table), &column.name, comment))
    });
    on_table.chain(on_columns)
}
