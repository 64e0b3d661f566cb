//! What is still to be loaded: relationship after relationship, level by level.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::option::Branch;
use super::sink::{EntitySink, Existing};
use super::strategy::selectin::SelectIn;
use crate::engine::{Cause, Command};
use crate::error::{Error, Result, Slim};
use crate::key::Slot;
use crate::mapping::{EntityMeta, LazyStrategy};
use crate::row::RowReader;

/// The relationships that are to be loaded, and the one that is being loaded.
#[derive(Debug)]
pub(crate) struct Loader {
    existing: Existing,
    queue: VecDeque<Task>,
    running: Option<SelectIn>,
    /// Number of relationships whose load has begun.
    begun: usize,
    /// Owners whose relationship to their own kind was followed: rows may go in circles.
    visited: Vec<Visited>,
}

/// A relationship to load.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) meta: &'static EntityMeta,
    pub(crate) relation: usize,
    pub(crate) owners: Vec<Slot>,
    /// Condition on the entities at the other end.
    pub(crate) branch: Branch,
}

/// From where a relationship was followed under the same options, and through how many levels.
#[derive(Debug)]
struct Visited {
    meta: &'static EntityMeta,
    relation: usize,
    branch: Branch,
    levels: FxHashMap<Slot, u32>,
}

impl Loader {
    /// Nothing to do.
    pub(crate) fn new(existing: Existing) -> Self {
        Self { existing, queue: VecDeque::new(), running: None, begun: 0, visited: Vec::new() }
    }

    /// Notes what a branch wants for entities that arrived on it, but for the relationships in `done`.
    ///
    /// # Errors
    /// When an entity has left.
    pub(crate) fn follow(
        &mut self,
        sink: &mut dyn EntitySink,
        meta: &'static EntityMeta,
        arrived: &[Slot],
        branch: &Branch,
        done: &[usize],
    ) -> Result<()> {
        if arrived.is_empty() {
            return Ok(());
        }
        for relation in (0..meta.relations.len()).filter(|relation| !done.contains(relation)) {
            match branch.strategy(meta, relation) {
                LazyStrategy::SelectIn | LazyStrategy::Joined => {
                    let mut owners = arrived.to_vec();
                    if let Some(levels) = branch.levels(relation) {
                        self.leave_visited(&mut owners, meta, relation, branch, levels);
                    }
                    self.push(Task { meta, relation, owners, branch: branch.next(meta, relation) });
                }
                strategy if branch.chosen(relation).is_some() => {
                    // What a query before this one stated gives way.
                    for owner in arrived.iter() {
                        if sink.strategy(meta, *owner, relation) != strategy {
                            sink.set_strategy(meta, *owner, relation, strategy)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes out the owners from which a relationship was followed already, as far and under the same options.
    fn leave_visited(
        &mut self,
        owners: &mut Vec<Slot>,
        meta: &'static EntityMeta,
        relation: usize,
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
        let twin = self
            .queue
            .iter_mut()
            .find(|other| other.meta == task.meta && other.relation == task.relation && other.branch == task.branch);
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
            self.running = Some(SelectIn::new(task, self.existing, sink)?);
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
    pub(crate) fn row(&mut self, sink: &mut dyn EntitySink, row: &mut dyn RowReader) -> Slim<()> {
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
