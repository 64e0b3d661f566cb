//! Creates or drops all tables of a schema: the plan first looks up which tables exist.

use std::borrow::Borrow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::Schema;
use super::constraint::{ForeignKey, ReferentialAction};
use super::ddl::Ddl;
use super::dialect::{self, Comments};
use super::event::{TableEvent, TableListener, tell};
use super::existing::ExistingTables;
use super::table::Table;
use crate::engine::{
    BeginMode, BeginOptions, Capabilities, Cause, Command, Engine, EngineOf, Mode, Outcome, Plan, SqlWriter, Statement,
    StatementKind, TextClause, facades, render,
};
use crate::error::{BoxedResult, DatabaseErrorKind, Error, Result};
use crate::row::RowReader;

/// Plan that creates the missing tables, or drops the existing ones.
///
/// Run the plan in a transaction, if the database has transactional DDL. It sends one query for each database schema,
/// then a statement for each table, index, comment, and foreign key of a circle.
///
/// Counterpart: `MetaData.create_all` and `MetaData.drop_all` with `checkfirst`.
pub struct SchemaPlan {
    caps: Capabilities,
    goal: Goal,
    /// In foreign-key order.
    tables: Vec<Arc<Table>>,
    listeners: Vec<TableListener>,
    exists: Vec<bool>,
    queries: VecDeque<Arc<ExistingTables>>,
    asked: Option<Arc<ExistingTables>>,
    /// Known once all queries are answered.
    steps: Option<std::vec::IntoIter<Step>>,
    current: Option<Step>,
    /// Tables that this program has created, including earlier attempts.
    created: Vec<String>,
    /// Statements of a failed attempt that complete the tables it created.
    leftover: Vec<Step>,
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
    /// A statement of a listener, for a table.
    Listened {
        table: String,
        statement: TextClause,
    },
}

impl SchemaPlan {
    /// Plans to create the missing tables in foreign-key order. Existing tables are unchanged.
    ///
    /// # Errors
    /// [`Error::Mapping`] when the schema has faults.
    pub fn create_all(schema: &Schema, caps: &Capabilities) -> Result<Self> {
        Self::new(schema, caps, Goal::Create)
    }

    /// Plans to drop the existing tables in reverse foreign-key order.
    ///
    /// # Errors
    /// [`Error::Mapping`] when the schema has faults.
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
            listeners: schema.listeners.clone(),
            asked: None,
            steps: None,
            current: None,
            created: Vec::new(),
            leftover: Vec::new(),
        })
    }

    /// Takes over from a failed attempt, on databases that do not roll DDL back: another program does not complete the
    /// tables that this one has created.
    pub(super) fn resume(&mut self, failed: Self) {
        let left = failed.current.into_iter().chain(failed.steps.into_iter().flatten());
        let completes = |step: &Step| match step {
            Step::Ddl(ddl) => ddl.completes(&failed.created),
            Step::Listened { table, .. } => failed.created.contains(table),
            Step::DeferForeignKeys => false,
        };
        self.leftover = left.filter(completes).collect();
        self.created = failed.created;
    }

    /// Notes that the current query found a table.
    pub(super) fn found(&mut self, name: &str) {
        for (table, exists) in self.tables.iter().zip(&mut self.exists) {
            *exists |= self.asked.as_ref().is_some_and(|query| query.found(&self.caps, name, table));
        }
    }

    fn plan_steps(&self) -> Result<Vec<Step>> {
        let mut steps = match self.goal {
            Goal::Create => self.create_steps()?,
            Goal::Drop => self.drop_steps()?,
        };
        steps.extend(self.leftover.iter().cloned());
        // Renders all statements before the first is sent, so that an unsupported one fails without effect even where
        // DDL is not transactional.
        for step in &steps {
            render(step, &self.caps)?;
        }
        Ok(steps)
    }

    /// The statements of listeners to an event of a table.
    fn listened(&self, event: TableEvent, table: &Table) -> Result<impl Iterator<Item = Step>> {
        let name = table.name.clone();
        let statements = tell(&self.listeners, event, table, &self.caps)?;
        Ok(statements.into_iter().map(move |statement| Step::Listened { table: name.clone(), statement }))
    }

    fn create_steps(&self) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        let mut foreign_keys = Vec::new();
        for (position, table) in self.tables.iter().enumerate().filter(|(position, _)| !self.exists[*position]) {
            let mut later: Vec<ForeignKey> = Vec::new();
            if self.caps.alter_constraints {
                later.extend(self.against_order(position, false).cloned());
            }
            foreign_keys
                .extend(later.iter().map(|key| Step::Ddl(Ddl::add_foreign_key(Arc::clone(table), key.clone()))));
            steps.extend(self.listened(TableEvent::BeforeCreate, table)?);
            steps.push(Step::Ddl(Ddl::create_table_without(Arc::clone(table), later)));
            let indexes = table.indexes.iter().map(|index| Ddl::create_index(Arc::clone(table), index.clone()));
            steps.extend(indexes.map(Step::Ddl));
            if dialect::comments(&self.caps) == Comments::Statement {
                steps.extend(comments(table).map(Step::Ddl));
            }
            steps.extend(self.listened(TableEvent::AfterCreate, table)?);
        }
        steps.append(&mut foreign_keys);
        Ok(steps)
    }

    fn drop_steps(&self) -> Result<Vec<Step>> {
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
            // Rows of a circle must be deleted together, so foreign keys are checked at the end.
            steps = vec![Step::DeferForeignKeys];
        }
        for (_, table) in existing() {
            steps.extend(self.listened(TableEvent::BeforeDrop, table)?);
            steps.push(Step::Ddl(Ddl::drop_table(Arc::clone(table))));
            steps.extend(self.listened(TableEvent::AfterDrop, table)?);
        }
        Ok(steps)
    }

    /// Foreign keys of a table to a later one, which closes a circle. `exists` selects by the existence of the target.
    fn against_order(&self, position: usize, exists: bool) -> impl Iterator<Item = &ForeignKey> {
        self.tables[position].foreign_keys.iter().filter(move |key| {
            let target = self.tables.iter().position(|table| key.refers_to(table));
            target.is_some_and(|target| target > position && self.exists[target] == exists)
        })
    }
}

facades! {
    impl Engine, crate::engine::AsyncEngine {
        /// Creates the missing tables, in foreign-key order and in one transaction. Existing tables are unchanged.
        ///
        /// Sends one query for each database schema, then a statement for each table, index, comment, and foreign key
        /// that closes a circle. Several programs can do this at the same time: a program that finds a table created by
        /// another tries again.
        ///
        /// ```
        /// use orm::prelude::*;
        /// #[derive(Entity)]
        /// struct User {
        ///     #[entity(primary_key)]
        ///     id: Auto<i64>,
        ///     name: String,
        /// }
        /// let engine = Engine::new("sqlite://")?;
        /// engine.create_all(schema![User])?;
        /// engine.create_all(schema![User])?; // the table exists
        /// engine.drop_all(schema![User])?;
        /// # Ok::<(), orm::Error>(())
        /// ```
        ///
        /// # Errors
        /// [`Error::Mapping`] with all faults of the schema, or [`Error::Unsupported`] for a table that the database
        /// does not support; no statement has changed anything then. [`Error::Database`]; then no table was created,
        /// except on MariaDB and MySQL.
        ///
        /// Counterpart: `MetaData.create_all(engine)`.
        pub fn create_all(&self, schema: impl Borrow<Schema>) -> Result<()> {
            self.run_schema_plan(|capabilities| SchemaPlan::create_all(schema.borrow(), capabilities))
        }

        /// Drops the existing tables, in reverse foreign-key order and in one transaction.
        /// [`create_all`](Self::create_all) has an example.
        ///
        /// # Errors
        /// The errors of [`create_all`](Self::create_all). The database refuses to drop a table that another table
        /// refers to.
        ///
        /// Counterpart: `MetaData.drop_all(engine)`.
        pub fn drop_all(&self, schema: impl Borrow<Schema>) -> Result<()> {
            self.run_schema_plan(|capabilities| SchemaPlan::drop_all(schema.borrow(), capabilities))
        }
    }
}

impl<M: Mode> EngineOf<M> {
    /// Runs a plan in a transaction; again when another program did the same at the same time.
    async fn run_schema_plan(&self, plan: impl Fn(&Capabilities) -> Result<SchemaPlan>) -> Result<()> {
        let mut options = BeginOptions::default();
        let (mut left, mut seen) = (MAX_ATTEMPTS, None);
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
                // Tries again only when the state of the tables has changed, or the error is retryable.
                Err(error)
                    if left > 0 && is_race(&error) && (error.is_retryable() || seen.as_ref() != Some(&plan.exists)) => {
                }
                outcome => return outcome,
            }
            // The next attempt takes the write lock at once: waiting for the lock is possible only there.
            options = BeginMode::Immediate.into();
            seen = Some(plan.exists.clone());
            failed = Some(plan);
            M::sleep(RACE_PAUSE).await;
        }
    }
}

/// Number of attempts.
const MAX_ATTEMPTS: usize = 20;

const RACE_PAUSE: Duration = Duration::from_millis(20);

/// Whether another program may have created or dropped a table at the same time.
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

    fn row(&mut self, row: &mut dyn RowReader) -> BoxedResult<()> {
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
            Self::Listened { statement, .. } => statement.render(out),
        }
    }

    fn kind(&self) -> StatementKind {
        match self {
            Self::Listened { statement, .. } => statement.kind(),
            Self::Ddl(_) | Self::DeferForeignKeys => StatementKind::Ddl,
        }
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
