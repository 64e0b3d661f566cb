//! One relationship of one or many entities: the lazy load, and the select-in load without a query.

use std::fmt;

use super::execution::ExecutionOptions;
use super::option::{Branch, LoadOptions, Options};
use super::plan::{Loader, Task, reads_only};
use super::sink::{EntitySink, Existing, Stated};
use super::strategy::{self, Asked};
use crate::engine::{Cause, Command, LoadedRelationship, Outcome, Plan, Statement};
use crate::error::{BoxedResult, Result};
use crate::key::Slot;
use crate::mapping::{EntityMeta, RelationPosition};
use crate::row::RowReader;

/// Loads a relationship of some entities: one statement per 500 of them, none for what is known already, and then what is loaded
/// eagerly with the entities at the other end.
pub struct RelationPlan<'s> {
    sink: &'s mut dyn EntitySink,
    meta: &'static EntityMeta,
    relation: RelationPosition,
    owners: usize,
    /// Whether the other end is in memory, for the entity that a program asked.
    is_known: bool,
    loader: Loader,
    options: Options,
    execution: ExecutionOptions,
}

impl<'s> RelationPlan<'s> {
    /// The relationship of these entities, whatever its strategy.
    pub fn new(
        sink: &'s mut dyn EntitySink,
        meta: &'static EntityMeta,
        owners: Vec<Slot>,
        relation: RelationPosition,
    ) -> Self {
        Self::with_options(sink, meta, owners, relation, Existing::Keep, ())
    }

    /// The relationship of these entities, read again where `existing` says so, and what the options want loaded for the entities at its other end.
    pub fn with_options(
        sink: &'s mut dyn EntitySink,
        meta: &'static EntityMeta,
        owners: Vec<Slot>,
        relation: RelationPosition,
        existing: Existing,
        options: impl LoadOptions,
    ) -> Self {
        let mut chosen = Options::default();
        options.hand_over(&mut chosen);
        let branch = Branch::root((meta.relations[relation].target)(), &chosen);
        let count = owners.len();
        let mut loader = Loader::new(existing);
        loader.push(Task::of_owners(meta, relation, owners, branch));
        let execution = chosen.execution.clone();
        Self { sink, meta, relation, owners: count, is_known: false, loader, options: chosen, execution }
    }

    /// Runs under the criteria and hooks of a session too.
    #[must_use]
    pub fn under(mut self, session: &ExecutionOptions) -> Self {
        self.execution = self.execution.under(session);
        self
    }

    /// The relationship that a program asks for by one entity: its strategy says for which others it is loaded along. Options of the query that
    /// gave the entity hold for what is loaded.
    ///
    /// # Errors
    /// [`Error::RaisedLoad`](crate::Error::RaisedLoad) when the strategy is `raise` and the relationship is not loaded.
    pub fn lazy(
        sink: &'s mut dyn EntitySink,
        meta: &'static EntityMeta,
        owner: Slot,
        relation: RelationPosition,
    ) -> Result<Self> {
        let stated = sink.stated(meta, owner, relation);
        let strategy = stated.as_ref().map_or(meta.relations[relation].lazy, |stated| stated.strategy);
        let asked = Asked { meta, owner, relation };
        let mut owners = strategy::of(strategy).owners_to_load(sink, asked)?;
        if owners.len() > 1 {
            // Those of a query with other criteria are loaded when they are asked.
            let execution = |stated: Option<Stated>| stated.map(|it| it.next.execution().clone()).unwrap_or_default();
            let own = execution(stated.clone());
            owners.retain(|owner| execution(sink.stated(meta, *owner, relation)) == own);
        }
        let is_known = asked.is_known(sink);
        let Some(stated) = stated else {
            return Ok(Self { is_known, ..Self::new(sink, meta, owners, relation) });
        };
        let (count, mut loader) = (owners.len(), Loader::new(Existing::Keep));
        let execution = stated.next.execution().clone();
        loader.push(Task::of_owners(meta, relation, owners, Branch::clone(&stated.next)));
        Ok(Self { sink, meta, relation, owners: count, is_known, loader, options: Options::default(), execution })
    }
}

impl RelationPlan<'_> {
    /// Whether a SELECT for one entity only is to be sent.
    pub(crate) fn is_single_load(&self) -> bool {
        self.owners == 1 && !self.is_known
    }

    /// Returns the reason for a plan that a program asks for by the relationship.
    pub(crate) fn lazy_cause(&self) -> Cause {
        Cause::LazyLoad(LoadedRelationship::new(self.meta.name, self.meta.relations[self.relation].name))
    }
}

impl Plan for RelationPlan<'_> {
    fn next_command(&mut self) -> Result<Option<Command>> {
        self.options.check()?;
        if !self.execution.is_empty() {
            self.sink.note_restricted();
        }
        let command = self.loader.next_command(self.sink)?;
        let cause = self.loader.cause(1).unwrap_or(self.lazy_cause());
        command.map(|command| self.execution.apply(command, cause)).transpose()
    }

    fn row(&mut self, row: &mut dyn RowReader) -> BoxedResult<()> {
        self.loader.row(self.sink, row)
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
        self.loader.cause(1)
    }
}

impl fmt::Display for RelationPlan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "load {}.{} of {} entities", self.meta.name, self.meta.relations[self.relation].name, self.owners)
    }
}
