//! Rows of one entity by their primary keys: `get` and `refresh`.

use std::fmt;

use super::column_option::ColumnChoice;
use super::execution::ExecutionOptions;
use super::key_select::{BATCH, KeyColumns};
use super::key_tree::RowsBy;
use super::keyed::{KeySource, Keyed};
use super::option::{Branch, LoadOptions, Options};
use super::plan::{Loader, reads_only};
use super::sink::{EntitySink, Existing};
use super::strategy::joined::{Graph, Joins};
use crate::engine::{Cause, Command, Outcome, Plan, Statement};
use crate::error::{BoxedResult, Result};
use crate::key::Slot;
use crate::mapping::{ColumnPosition, EntityMeta, KeyValues};
use crate::row::RowReader;

/// Loads the rows of an entity that have some primary keys: one statement per 500 keys, and what is loaded eagerly with them.
///
/// It asks for every key; whoever wants the identity map to answer first looks there before.
pub struct IdentityPlan<'s> {
    sink: &'s mut dyn EntitySink,
    meta: &'static EntityMeta,
    keyed: Keyed,
    graph: Graph,
    loader: Loader,
    /// The number of each key that was given.
    numbers: Vec<u32>,
    found: Vec<Option<Slot>>,
    stage: Stage,
    options: Options,
    execution: ExecutionOptions,
    own_cause: Cause,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Rows,
    Relationships,
}

impl<'s> IdentityPlan<'s> {
    /// The rows with these keys.
    pub fn new(
        sink: &'s mut dyn EntitySink,
        meta: &'static EntityMeta,
        keys: Vec<KeyValues>,
        existing: Existing,
    ) -> Self {
        Self::with_options(sink, meta, keys, existing, ())
    }

    /// The rows with these keys, and what the options want loaded with them.
    pub fn with_options(
        sink: &'s mut dyn EntitySink,
        meta: &'static EntityMeta,
        keys: Vec<KeyValues>,
        existing: Existing,
        options: impl LoadOptions,
    ) -> Self {
        let mut chosen = Options::default();
        options.hand_over(&mut chosen);
        Self::chosen(sink, meta, keys, existing, chosen)
    }

    /// The rows with these keys, and deferred columns of theirs. An entity that is fresh gets those that it lacks.
    pub(crate) fn with_columns(
        sink: &'s mut dyn EntitySink,
        meta: &'static EntityMeta,
        keys: Vec<KeyValues>,
        existing: Existing,
        columns: &[ColumnPosition],
    ) -> Self {
        let columns = ColumnChoice::loading(meta, columns).collect();
        Self::chosen(sink, meta, keys, existing, Options { columns, ..Options::default() })
    }

    /// Deferred columns alone, for entities that are held and fresh.
    pub(crate) fn of_columns(
        sink: &'s mut dyn EntitySink,
        meta: &'static EntityMeta,
        keys: Vec<KeyValues>,
        columns: &[ColumnPosition],
    ) -> Self {
        let mut plan = Self::chosen(sink, meta, Vec::new(), Existing::Keep, Options::default());
        plan.graph = Graph::of_columns(meta, columns, 0);
        if let Some(shape) = plan.graph.shape() {
            plan.keyed = plan.keyed.of_shape(shape);
        }
        plan.numbers = keys.into_iter().map(|key| plan.keyed.want(key)).collect();
        plan
    }

    fn chosen(
        sink: &'s mut dyn EntitySink,
        meta: &'static EntityMeta,
        keys: Vec<KeyValues>,
        existing: Existing,
        chosen: Options,
    ) -> Self {
        let types = meta.primary_key.iter().map(|position| &meta.columns[*position].data_type);
        let mut keyed =
            Keyed::new(meta, RowsBy::Columns(KeyColumns::Own(&meta.primary_key)), types, &[], KeySource::Lists(BATCH));
        let numbers = keys.into_iter().map(|key| keyed.want(key)).collect();
        let graph = Graph::new(meta, Branch::root(meta, &chosen), 0, existing, Joins::All);
        let loader = Loader::new(existing);
        let (found, stage, execution) = (Vec::new(), Stage::Rows, chosen.execution.clone());
        Self {
            sink,
            meta,
            keyed,
            graph,
            loader,
            numbers,
            found,
            stage,
            options: chosen,
            execution,
            own_cause: Cause::Get,
        }
    }

    /// Runs under the criteria and hooks of a session too.
    #[must_use]
    pub fn under(mut self, session: &ExecutionOptions, cause: Cause) -> Self {
        self.execution = self.execution.under(session);
        self.own_cause = cause;
        self
    }

    /// What was found, in the order of the keys that were given; `None` where there is no row.
    pub fn found(&self) -> &[Option<Slot>] {
        &self.found
    }

    /// The same, when nothing is left to load.
    pub fn into_found(self) -> Vec<Option<Slot>> {
        self.found
    }
}

impl Plan for IdentityPlan<'_> {
    fn next_command(&mut self) -> Result<Option<Command>> {
        if !self.execution.is_empty() {
            self.sink.note_restricted();
        }
        if self.stage == Stage::Rows {
            self.options.check()?;
            if let Some(statement) = self.keyed.next_statement(&mut self.graph)? {
                return self.execution.apply(Command::Query(statement), self.own_cause).map(Some);
            }
            self.stage = Stage::Relationships;
            let mut by_number = vec![None; self.keyed.len()];
            for (number, run) in self.keyed.take_found().runs() {
                by_number[number as usize] = run.last().copied();
            }
            self.found = self.numbers.iter().map(|number| by_number[*number as usize]).collect();
            self.graph.finish(self.sink, &mut self.loader, None)?;
        }
        let command = self.loader.next_command(self.sink)?;
        let cause = self.loader.cause(0).unwrap_or(self.own_cause);
        command.map(|command| self.execution.apply(command, cause)).transpose()
    }

    fn row(&mut self, row: &mut dyn RowReader) -> BoxedResult<()> {
        match self.stage {
            Stage::Rows => self.keyed.row(&mut self.graph, self.sink, row),
            Stage::Relationships => self.loader.row(self.sink, row),
        }
    }

    fn finished(&mut self) -> Result<()> {
        Ok(())
    }

    fn write(&self) -> Result<Box<dyn Statement + '_>> {
        Err(reads_only())
    }

    fn executed(&mut self, _outcome: Outcome) -> Result<()> {
        Err(reads_only())
    }

    fn cause(&self) -> Option<Cause> {
        self.loader.cause(0)
    }
}

impl fmt::Display for IdentityPlan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "load {} by {} primary keys", self.meta.name, self.keyed.len())
    }
}
