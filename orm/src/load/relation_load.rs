//! Loading one relationship of many owners by SELECTs; what the session knows already is not asked for.

use crate::engine::{Command, LoadedRelationship, phase};
use crate::error::{BoxedResult, Result};
use crate::key::Slot;
use crate::load::key_select::KeyColumns;
use crate::load::key_tree::{OwnerJoin, RowsBy};
use crate::load::keyed::Keyed;
use crate::load::members::SlotSet;
use crate::load::plan::{Loader, Place, Task};
use crate::load::sink::{EntitySink, Existing, has_relation, referenced};
use crate::load::strategy::joined::{Graph, Joins};
use crate::load::strategy::{self, OwnersKeys};
use crate::mapping::join::{JoinColumns, join_columns};
use crate::mapping::{EntityMeta, RelationKind};
use crate::row::RowReader;

/// A relationship that is being loaded.
#[derive(Debug)]
pub(crate) struct RelationshipLoad {
    task: Task,
    target: &'static EntityMeta,
    existing: Existing,
    keyed: Keyed,
    graph: Graph,
    /// Owners by the number of the key that leads to their other end.
    waiting: Vec<(u32, Slot)>,
    /// Entities at the other end that are held already.
    held: SlotSet,
}

impl RelationshipLoad {
    /// Looks at what the owners know, and notes the keys of the others.
    ///
    /// # Errors
    /// When the mapping of the relationship contradicts itself, or an owner has left.
    pub(crate) fn new(task: Task, existing: Existing, sink: &mut dyn EntitySink) -> Result<Self> {
        let (meta, relation) = (task.meta, &task.meta.relations[task.relation]);
        let target = (relation.target)();
        let (by, typed, positions) = match join_columns(meta, relation)? {
            JoinColumns::Secondary(secondary) => {
                (RowsBy::Columns(KeyColumns::Secondary(secondary, key_is_sensitive(meta))), meta, meta.row_key())
            }
            JoinColumns::Direct { remote, .. } => (RowsBy::Columns(KeyColumns::Own(remote)), target, remote),
            JoinColumns::On(condition) => (RowsBy::Owner(OwnerJoin { owner: meta, condition }), meta, meta.row_key()),
        };
        let types = positions.iter().map(|position| &typed.columns[*position].data_type);
        let graph = Graph::new(target, task.branch.clone(), by.width(), existing, Joins::All);
        let columns = match relation.kind {
            RelationKind::BelongsTo => relation.columns.as_slice(),
            _ => meta.row_key(),
        };
        let owners = task.owners_select.as_ref().map(|query| OwnersKeys { query, meta, columns });
        let source = strategy::of(task.strategy).key_source(owners)?;
        let keyed = Keyed::new(target, by, types, &relation.order_by, source);
        let mut load = Self { task, target, existing, keyed, graph, waiting: Vec::new(), held: SlotSet::default() };
        load.look(sink)?;
        Ok(load)
    }

    fn look(&mut self, sink: &mut dyn EntitySink) -> Result<()> {
        let mut owners = SlotSet::default();
        for owner in std::mem::take(&mut self.task.owners) {
            if !owners.insert(owner).1 || !has_relation(sink, self.task.meta, owner, self.task.relation) {
                continue;
            }
            match self.task.meta.relations[self.task.relation].kind {
                RelationKind::BelongsTo => self.look_for_target(owner, sink)?,
                _ => self.look_for_members(owner, sink)?,
            }
        }
        Ok(())
    }

    /// The target by the identity map, else by its key. An expired one is read again.
    fn look_for_target(&mut self, owner: Slot, sink: &mut dyn EntitySink) -> Result<()> {
        let Task { meta, relation, .. } = self.task;
        let (known, key) = referenced(sink, meta, owner, relation);
        let key = match (known, key) {
            (None, None) => return Ok(()),
            (Some(slot), key) if self.existing == Existing::Keep && !sink.is_expired(self.target, slot) => {
                if key.is_some() {
                    sink.set_target(meta, owner, relation, Some(slot))?;
                }
                self.held.insert(slot);
                return Ok(());
            }
            (_, Some(key)) => key,
            (Some(slot), None) => match sink.identity(self.target, slot) {
                Some(key) => key,
                None => return Ok(()),
            },
        };
        let number = self.keyed.want(key);
        self.waiting.push((number, owner));
        Ok(())
    }

    /// The members in memory when all of them are there, else by the owner's key.
    fn look_for_members(&mut self, owner: Slot, sink: &mut dyn EntitySink) -> Result<()> {
        let Task { meta, relation, .. } = self.task;
        if self.existing == Existing::Keep && sink.is_loaded(meta, owner, relation) {
            let collection = sink.record(meta, owner).and_then(|record| record.collection(relation));
            for member in collection.iter().flat_map(|field| &field.collection().members) {
                self.held.insert(*member);
            }
            return Ok(());
        }
        match sink.identity(meta, owner) {
            Some(mut key) => {
                // What refers to it refers to a row of its table.
                key.drain(..key.len() - meta.row_key().len());
                let number = self.keyed.want(key);
                self.waiting.push((number, owner));
                Ok(())
            }
            // Without a row there is nothing that refers to it.
            None => sink.set_members(meta, owner, relation, &[]),
        }
    }

    /// Returns the name of the relationship.
    pub(crate) fn relationship(&self) -> LoadedRelationship {
        let Task { meta, relation, .. } = self.task;
        LoadedRelationship::new(meta.name, meta.relations[relation].name)
    }

    /// The next statement; none when every key was asked for.
    ///
    /// # Errors
    /// When a relationship of the graph cannot be joined.
    pub(crate) fn next_command(&mut self) -> Result<Option<Command>> {
        Ok(self.keyed.next_statement(&mut self.graph)?.map(Command::Query))
    }

    /// Takes a row.
    ///
    /// # Errors
    /// When a column does not fit its field.
    pub(crate) fn row(&mut self, sink: &mut dyn EntitySink, row: &mut dyn RowReader) -> BoxedResult<()> {
        self.keyed.row(&mut self.graph, sink, row)
    }

    /// States what was found, and hands on what is to be loaded for the other end.
    ///
    /// # Errors
    /// When an owner has left.
    pub(crate) fn complete(mut self, sink: &mut dyn EntitySink, loader: &mut Loader) -> Result<()> {
        let _link = phase!("link");
        let Task { meta, relation, .. } = self.task;
        let found = self.keyed.take_found().grouped(self.keyed.len());
        for (number, owner) in &self.waiting {
            let found = found.of(*number as usize);
            match meta.relations[relation].kind {
                RelationKind::BelongsTo => sink.set_target(meta, *owner, relation, found.first().copied())?,
                _ => sink.set_members(meta, *owner, relation, found)?,
            }
        }
        self.graph.finish(sink, loader, self.keyed.query())?;
        loader.follow(sink, self.target, self.held.as_slice(), Place { branch: &self.task.branch, owners: None }, &[])
    }
}

fn key_is_sensitive(meta: &EntityMeta) -> bool {
    meta.primary_key.iter().any(|column| meta.is_sensitive(*column))
}
