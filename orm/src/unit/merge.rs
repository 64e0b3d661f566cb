//! Merging: a graph of entities that you own is laid over the entities of the same rows that the session holds.
//!
//! The graph is taken in as pending first. What turns out to have a row is then folded into the entity that holds the row: its columns are copied,
//! what referred to it refers to that entity, and it is dropped.

use rustc_hash::FxHashMap;

use super::UnitOfWork;
use super::arena::Kind;
use super::assigned::Along;
use super::lifecycle::State;
use crate::error::{Error, Result};
use crate::key::{Key, Slot};
use crate::mapping::{Entity, EntityMeta, KeyValues, RelationKind};
use crate::value::Value;

/// A merge under way: between its halves, the rows of [`wanted`](Merge::wanted) must be loaded.
#[derive(Debug)]
pub struct Merge {
    root: (Kind, Slot),
    candidates: Vec<(Kind, Slot, KeyValues)>,
}

impl UnitOfWork {
    /// Takes a graph in and finds out which rows it may be about.
    pub fn begin_merge<E: Entity>(&mut self, entity: E) -> Merge {
        let first = self.pending.len();
        let root = self.admit(E::entity_meta(), Box::new(entity.into_root()), Along::Merge);
        let admitted: Vec<(Kind, Slot)> = self.pending[first..].to_vec();
        let known = |unit: &Self, kind: Kind, slot: Slot| -> Option<KeyValues> {
            let key = unit.arenas[kind].key_values(slot)?;
            (!key.iter().any(Value::is_null)).then_some(key)
        };
        let candidates =
            admitted.into_iter().filter_map(|(kind, slot)| Some((kind, slot, known(self, kind, slot)?))).collect();
        Merge { root: (self.kind_of(E::entity_meta()), root), candidates }
    }

    /// Folds what has a row into the entity that holds the row; gives the entity that stands for the root of the graph.
    ///
    /// # Errors
    /// [`Error::Decode`] when a value does not fit, which two entities of one type do not bring about; [`Error::InvalidRequest`] when the row
    /// is one of another class of the hierarchy.
    pub fn finish_merge<E: Entity>(&mut self, merge: Merge) -> Result<Key<E>> {
        let Merge { mut root, candidates } = merge;
        let mut folded = FxHashMap::default();
        for (kind, slot, key) in &candidates {
            let held = self.arenas[*kind].find(key).filter(|held| held != slot);
            if let Some(held) = held {
                folded.insert((*kind, *slot), held);
            }
        }
        for (kind, slot, _) in candidates {
            let Some(held) = folded.get(&(kind, slot)).copied() else { continue };
            self.fold(kind, slot, held, &folded)?;
            if (kind, slot) == root {
                root = (kind, held);
            }
        }
        // Only now: while folding, each may still be asked where it led.
        for (kind, slot) in folded.into_keys() {
            self.arenas[kind].vacate(slot);
        }
        Ok(Key::from_parts(self.session, root.1))
    }

    fn fold(&mut self, kind: Kind, slot: Slot, held: Slot, folded: &FxHashMap<(Kind, Slot), Slot>) -> Result<()> {
        let meta = self.arenas[kind].meta;
        let class = self.class_of(kind, slot);
        if class != self.class_of(kind, held) {
            let key = self.arenas[kind].key_values(held).unwrap_or_default();
            let (given, there) = (meta.name_of_part(class), meta.name_of_part(self.class_of(kind, held)));
            return Err(Error::invalid(format!(
                "a {given} is merged, but the row with key {} is a {there}: merge a {there}, or give it another key",
                super::key_text(&key)
            )));
        }
        self.note_edit(kind, held);
        for (column, mapped) in meta.columns.iter().enumerate() {
            let written_through = self.arenas[kind].reference_columns[column];
            let record = self.arenas[kind].tenant(slot)?;
            let left_out = mapped.generated && record.is_unset(column);
            if written_through || left_out || meta.primary_key.contains(&column) || meta.version == Some(column) {
                continue;
            }
            let value = record.value(column).to_value();
            if let Some(record) = self.arenas[kind].record_mut(held) {
                record.set_value(column, value).map_err(|expected| misfit(meta, column, expected))?;
            }
        }
        for (index, relation) in meta.relations.iter().enumerate() {
            match relation.kind {
                RelationKind::BelongsTo => self.fold_reference(kind, slot, held, index, folded)?,
                _ => {
                    let members = self.collection(kind, slot, index).map(|known| known.members.clone());
                    let member_kind = self.kind_of((relation.target)());
                    for member in members.unwrap_or_default() {
                        let member = folded.get(&(member_kind, member)).copied().unwrap_or(member);
                        self.join(kind, held, index, member)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn fold_reference(
        &mut self,
        kind: Kind,
        slot: Slot,
        held: Slot,
        relation: usize,
        folded: &FxHashMap<(Kind, Slot), Slot>,
    ) -> Result<()> {
        let meta = self.arenas[kind].meta;
        let target_kind = self.kind_of((meta.relations[relation].target)());
        let target = self.target_of(kind, slot, relation);
        let target = target.map(|target| folded.get(&(target_kind, target)).copied().unwrap_or(target));
        if target.is_some() {
            if let Some(old) = self.target_of(kind, slot, relation) {
                self.exit(kind, slot, relation, old);
            }
            self.refer(kind, held, relation, target);
            return Ok(());
        }
        let parts = meta.relations[relation].columns.len();
        let Some(reference) = self.arenas[kind].tenant(slot)?.reference(relation) else { return Ok(()) };
        if !reference.has_id() {
            return Ok(());
        }
        let id: KeyValues = (0..parts).map(|part| reference.id_part(part).to_value()).collect();
        self.refer(kind, held, relation, None);
        if let Some(record) = self.arenas[kind].record_mut(held)
            && let Some(reference) = record.reference_mut(relation)
        {
            reference.set_id(&id).map_err(|expected| misfit(meta, meta.relations[relation].columns[0], expected))?;
        }
        Ok(())
    }
}

impl Merge {
    /// The rows that the graph may be about, by kind of entity: those that the session does not hold, or holds as expired.
    pub fn wanted(&self, unit: &UnitOfWork) -> Vec<(&'static EntityMeta, Vec<KeyValues>)> {
        let mut wanted: Vec<(&'static EntityMeta, Vec<KeyValues>)> = Vec::new();
        for (kind, _, key) in &self.candidates {
            let arena = &unit.arenas[*kind];
            let fresh = |slot: Slot| arena.state(slot) != Some(State::Pending) && !unit.is_expired_at(*kind, slot);
            if arena.find(key).is_some_and(fresh) {
                continue;
            }
            match wanted.iter_mut().find(|(meta, _)| *meta == arena.meta) {
                Some((_, keys)) => keys.push(key.clone()),
                None => wanted.push((arena.meta, vec![key.clone()])),
            }
        }
        wanted
    }
}

fn misfit(meta: &EntityMeta, column: usize, expected: String) -> Error {
    Error::Decode {
        entity: meta.name.to_owned(),
        column: meta.columns[column].name.to_owned(),
        expected,
        found: "a value of the entity that is merged".to_owned(),
    }
}
