//! What is still to be loaded: relationship after relationship, level by level.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::option::Branch;
use super::sink::{EntitySink, Existing};
use super::strategy::selectin::{SelectIn, Task};
use crate::engine::Command;
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
    /// Owners whose relationship to their own kind was followed: rows may go in circles.
    visited: FxHashSet<(&'static str, usize, Slot)>,
}

impl Loader {
    /// Nothing to do.
    pub(crate) fn new(existing: Existing) -> Self {
        Self { existing, queue: VecDeque::new(), running: None, visited: FxHashSet::default() }
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
                    if branch.is_recursive(relation) {
                        owners.retain(|owner| self.visited.insert((meta.table, relation, *owner)));
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
            self.running = Some(SelectIn::new(task, self.existing, sink)?);
        }
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
