//! What is still to be loaded: relationship after relationship, level by level.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::option::Branch;
use super::owners::OwnersSelect;
use super::relation_load::RelationshipLoad;
use super::sink::{EntitySink, Existing, Stated};
use super::strategy;
use crate::engine::{Cause, Command};
use crate::error::{BoxedResult, Error, Result};
use crate::key::Slot;
use crate::mapping::{ColumnMeta, EntityMeta, LoaderStrategy, RelationPosition};
use crate::row::RowReader;

/// The relationships that are to be loaded, and the one that is being loaded.
#[derive(Debug)]
pub(crate) struct Loader {
    existing: Existing,
    queue: VecDeque<Task>,
    running: Option<RelationshipLoad>,
    /// Number of relationships whose load has begun.
    begun: usize,
    /// Owners whose relationship to their own kind was followed: rows may go in circles.
    visited: Vec<Visited>,
}

/// A relationship to load.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) meta: &'static EntityMeta,
    pub(crate) relation: RelationPosition,
    pub(crate) strategy: LoaderStrategy,
    pub(crate) owners: Vec<Slot>,
    /// The query that gave the owners.
    pub(crate) owners_select: Option<OwnersSelect>,
    /// Options for the entities at the other end.
    pub(crate) branch: Branch,
}

/// The place in the graph of a query at which entities arrive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'p> {
    pub(crate) branch: &'p Branch,
    /// The query that gave the entities.
    pub(crate) owners: Option<&'p OwnersSelect>,
}

/// From where a relationship was followed under the same options, and through how many levels.
#[derive(Debug)]
struct Visited {
    meta: &'static EntityMeta,
    relation: RelationPosition,
    branch: Branch,
    levels: FxHashMap<Slot, u32>,
}

impl Task {
    /// The load of a relationship of entities that no query gave.
    pub(crate) fn of_owners(
        meta: &'static EntityMeta,
        relation: RelationPosition,
        owners: Vec<Slot>,
        branch: Branch,
    ) -> Self {
        Self { meta, relation, strategy: LoaderStrategy::SelectIn, owners, owners_select: None, branch }
    }

    /// Whether one load serves both.
    fn is_twin_of(&self, other: &Self) -> bool {
        let key = |task: &Self| (task.meta, task.relation, task.strategy);
        key(self) == key(other) && self.owners_select == other.owners_select && self.branch == other.branch
    }
}

impl Loader {
    /// Nothing to do.
    pub(crate) fn new(existing: Existing) -> Self {
        Self { existing, queue: VecDeque::new(), running: None, begun: 0, visited: Vec::new() }
    }

    /// Notes what a place wants for entities that arrived there, but for the relationships in `done`.
    ///
    /// # Errors
    /// When an entity has left.
    pub(crate) fn follow(
        &mut self,
        sink: &mut dyn EntitySink,
        meta: &'static EntityMeta,
        arrived: &[Slot],
        place: Place<'_>,
        done: &[RelationPosition],
    ) -> Result<()> {
        if arrived.is_empty() {
            return Ok(());
        }
        let branch = place.branch;
        if let Some(columns) = branch.raised_columns(meta) {
            // What the mapping says needs no note for each entity.
            let by_mapping = |it: &ColumnMeta| it.deferred.is_some_and(|deferred| deferred.raise);
            let mut own = meta.columns.enumerate().filter(|(_, column)| by_mapping(column)).map(|(column, _)| column);
            let is_default = own.by_ref().eq(columns.iter().copied());
            let columns = (!is_default).then_some(columns.as_slice());
            arrived.iter().for_each(|slot| sink.raise_columns(meta, *slot, columns));
        }
        for relation in (meta.relations.positions()).filter(|relation| !done.contains(relation)) {
            let strategy = branch.strategy(meta, relation);
            if strategy::of(strategy).timing().is_eager() {
                let mut owners = arrived.to_vec();
                if let Some(levels) = branch.levels(relation) {
                    self.leave_visited(&mut owners, meta, relation, branch, levels);
                }
                let branch = branch.next(meta, relation);
                self.push(Task { meta, relation, strategy, owners, owners_select: place.owners.cloned(), branch });
            } else if branch.is_chosen(meta, relation) {
                // An option of an earlier query gives way to the option of this one.
                let next = Arc::new(branch.next(meta, relation));
                // Most options say what the mapping says, which needs no note for each entity.
                let is_default = strategy == meta.relations[relation].lazy && next.is_end();
                for owner in arrived {
                    if is_default && sink.stated(meta, *owner, relation).is_none() {
                        continue;
                    }
                    sink.set_strategy(meta, *owner, relation, Stated { strategy, next: Arc::clone(&next) })?;
                }
            }
        }
        Ok(())
    }

    /// Takes out the owners from which a relationship was followed already, as far and under the same options.
    fn leave_visited(
        &mut self,
        owners: &mut Vec<Slot>,
        meta: &'static EntityMeta,
        relation: RelationPosition,
        branch: &Branch,
        levels: u32,
    ) {
        let same =
            |it: &Visited| it.relation == relation && it.meta.is_kin(meta) && it.branch.goes_on_like(branch, relation);
        let at = self.visited.iter().position(same).unwrap_or(self.visited.len());
        if at == self.visited.len() {
            self.visited.push(Visited { meta, relation, branch: branch.clone(), levels: FxHashMap::default() });
        }
        let seen = &mut self.visited[at].levels;
        owners.retain(|owner| {
            let before = seen.entry(*owner).or_default();
            let further = *before < levels;
            *before = levels.max(*before);
            further
        });
    }

    /// Adds a relationship; one that waits already with the same options takes the owners in.
    pub(crate) fn push(&mut self, task: Task) {
        let twin = self.queue.iter_mut().find(|other| other.is_twin_of(&task));
        match twin {
            Some(twin) => twin.owners.extend(task.owners),
            None => self.queue.push_back(task),
        }
    }

    /// The next statement.
    ///
    /// # Errors
    /// When a mapping contradicts itself, or an entity has left.
    pub(crate) fn next_command(&mut self, sink: &mut dyn EntitySink) -> Result<Option<Command>> {
        loop {
            if let Some(running) = &mut self.running
                && let Some(command) = running.next_command()?
            {
                return Ok(Some(command));
            }
            if let Some(complete) = self.running.take() {
                complete.complete(sink, self)?;
            }
            let Some(task) = self.queue.pop_front() else { return Ok(None) };
            self.begun += 1;
            self.running = Some(RelationshipLoad::new(task, self.existing, sink)?);
        }
    }

    /// Returns the eager load that the last command is part of. The first `own` relationships were asked for by the program.
    pub(crate) fn cause(&self, own: usize) -> Option<Cause> {
        let running = self.running.as_ref().filter(|_| self.begun > own)?;
        Some(Cause::EagerLoad(running.relationship()))
    }

    /// Takes a row.
    ///
    /// # Errors
    /// When a column does not fit its field.
    pub(crate) fn row(&mut self, sink: &mut dyn EntitySink, row: &mut dyn RowReader) -> BoxedResult<()> {
        match &mut self.running {
            Some(running) => running.row(sink, row),
            None => Err(Box::new(Error::invalid("a row came for which no statement was sent"))),
        }
    }
}

/// What a plan that only reads answers when it is asked for a write.
pub(crate) fn reads_only() -> Error {
    Error::invalid("this plan only reads; no write is under way")
}
