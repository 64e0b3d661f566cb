//! Merging: a graph of entities that you own is laid over the entities of the same rows that the session holds.
//!
//! The graph is taken in as pending first. What turns out to have a row is then folded into the entity that holds the row: its columns are copied,
//! what referred to it refers to that entity, and it is dropped.

use rustc_hash::FxHashMap;

use super::UnitOfWork;
use super::assigned::Along;
use super::collect::MissingLoad;
use super::lifecycle::State;
use super::replaced::{WantedRows, want};
use super::store::ArenaId;
use crate::error::{Error, Result};
use crate::key::{Key, Slot};
use crate::mapping::{CollectionShape, ColumnPosition, Entity, EntityMeta, KeyValues, RelationKind, RelationPosition};
use crate::value::ValueRef;

/// A merge under way: between its halves, the rows of [`wanted`](Merge::wanted) must be loaded.
pub struct Merge {
    root: (ArenaId, Slot),
    /// Everything that was taken in.
    admitted: Vec<(ArenaId, Slot)>,
    /// What has a primary key.
    candidates: Vec<(ArenaId, Slot, KeyValues)>,
}

impl UnitOfWork {
    /// Takes a graph in and finds out which rows it may be about.
    pub fn begin_merge<E: Entity>(&mut self, entity: E) -> Merge {
        let first = self.journal.pending().len();
        let root = self.admit(E::entity_meta(), Box::new(entity.into_root()), Along::Merge);
        let admitted: Vec<(ArenaId, Slot)> = self.journal.pending()[first..].to_vec();
        let candidate = |(kind, slot): &(ArenaId, Slot)| Some((*kind, *slot, self.given_key(*kind, *slot)?));
        let candidates = admitted.iter().filter_map(candidate).collect();
        Merge { root: (self.kind_of(E::entity_meta()), root), admitted, candidates }
    }

    /// What must be known of the rows that are held before the graph is folded into them: who is linked already, who has the place
    /// that only one can have.
    pub fn merge_lacks(&self, merge: &Merge) -> Vec<MissingLoad> {
        let mut missing = Vec::new();
        for (kind, slot, key) in &merge.candidates {
            let Some(held) = self.arenas[*kind].find(key).filter(|held| held != slot) else { continue };
            let meta = self.arenas[*kind].meta;
            for (index, relation) in meta.relations.enumerate() {
                let matters = match relation.kind {
                    RelationKind::BelongsTo | RelationKind::ViewMany | RelationKind::ViewOne => false,
                    RelationKind::HasMany => matches!(relation.shape, CollectionShape::Keyed(_)),
                    RelationKind::HasOne | RelationKind::ManyToMany => true,
                };
                if matters
                    && self.collection(*kind, *slot, index).is_some_and(|given| !given.members.is_empty())
                    && !self.is_collection_loaded(*kind, held, index)
                {
                    MissingLoad::note(&mut missing, meta, held, index);
                }
            }
        }
        missing
    }

    /// Folds what has a row into the entity that holds the row; gives the entity that stands for the root of the graph.
    ///
    /// # Errors
    /// [`Error::Decode`] when a value does not fit, which two entities of one type do not bring about; [`Error::InvalidRequest`] when the row
    /// is one of another class of the hierarchy; [`Error::StaleData`] when an entity has the version of another state of its row.
    pub fn finish_merge<E: Entity>(&mut self, merge: Merge) -> Result<Key<E>> {
        let Merge { mut root, admitted, candidates } = merge;
        let mut folded = FxHashMap::default();
        // Without a row, the first of the graph stands for the others with its key.
        let mut firsts = FxHashMap::default();
        for (kind, slot, key) in &candidates {
            let held = self.arenas[*kind].find(key).unwrap_or_else(|| *firsts.entry((*kind, key)).or_insert(*slot));
            if held != *slot {
                folded.insert((*kind, *slot), held);
            }
        }
        let fold = |(kind, slot, _)| Some((kind, slot, folded.get(&(kind, slot)).copied()?));
        let folds: Vec<(ArenaId, Slot, Slot)> = candidates.into_iter().filter_map(fold).collect();
        // All columns first: a column may be the key under which a map holds its member.
        for (kind, slot, held) in folds.iter().copied() {
            self.fold_columns(kind, slot, held)?;
        }
        for (kind, slot, held) in folds {
            self.fold_relations(kind, slot, held, &folded)?;
            if (kind, slot) == root {
                root = (kind, held);
            }
        }
        for (kind, slot) in admitted.into_iter().filter(|newcomer| !folded.contains_key(newcomer)) {
            self.lead_to_folded(kind, slot, &folded)?;
        }
        // Only now: while folding, each may still be asked where it led.
        for (kind, slot) in folded.into_keys() {
            self.evict(kind, slot);
        }
        Ok(Key::from_parts(self.session, root.1))
    }

    fn fold_columns(&mut self, kind: ArenaId, slot: Slot, held: Slot) -> Result<()> {
        let meta = self.arenas[kind].meta;
        let class = self.class_of(kind, slot);
        if class != self.class_of(kind, held) {
            let key = self.arenas[kind].key_values(held).unwrap_or_default();
            let (given, there) = (meta.class_name(class), meta.class_name(self.class_of(kind, held)));
            return Err(Error::invalid(format!(
                "a {given} is merged, but the row with key {} is a {there}: merge a {there}, or give it another key",
                super::key_text(meta, &key)
            )));
        }
        self.check_version(kind, slot, held)?;
        self.note_edit(kind, held);
        for (column, mapped) in meta.columns.enumerate() {
            let written_through = self.arenas[kind].reference_columns[column];
            let record = self.arenas[kind].tenant(slot)?;
            let left_out = mapped.generated && record.is_unset(column);
            if written_through || left_out || meta.primary_key.contains(&column) || meta.version == Some(column) {
                continue;
            }
            let value = record.value(column).to_value();
            self.set_column(kind, held, column, value).map_err(|expected| misfit(meta, column, expected))?;
        }
        Ok(())
    }

    fn fold_relations(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        held: Slot,
        folded: &FxHashMap<(ArenaId, Slot), Slot>,
    ) -> Result<()> {
        for (index, relation) in self.arenas[kind].meta.relations.enumerate() {
            match relation.kind {
                RelationKind::BelongsTo => self.fold_reference(kind, slot, held, index, folded)?,
                RelationKind::ViewMany | RelationKind::ViewOne => {}
                _ => {
                    let members = self.collection(kind, slot, index).map(|known| known.members.to_vec());
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

    /// A copy that says its version was made of that version of the row, and would take back what was written since.
    fn check_version(&self, kind: ArenaId, slot: Slot, held: Slot) -> Result<()> {
        let meta = self.arenas[kind].meta;
        let Some(version) = meta.version else { return Ok(()) };
        let given = self.arenas[kind].tenant(slot)?.value(version);
        let there = match self.snapshot(kind, held) {
            Some(before) => before.values[version].as_value_ref(),
            None => self.arenas[kind].tenant(held)?.value(version),
        };
        let is_left_open = matches!(given, ValueRef::Null | ValueRef::I64(0));
        if is_left_open || given == there || self.arenas[kind].state(held) == Some(State::Pending) {
            return Ok(());
        }
        Err(Error::StaleData { entity: meta.name, statement: "merge", expected: 1, found: 0, columns: Vec::new() })
    }

    /// What has no row refers, and is linked, to those that hold the rows.
    fn lead_to_folded(&mut self, kind: ArenaId, slot: Slot, folded: &FxHashMap<(ArenaId, Slot), Slot>) -> Result<()> {
        for (index, relation) in self.arenas[kind].meta.relations.enumerate() {
            let target_kind = self.kind_of((relation.target)());
            let held = |target: Slot| Some((target, folded.get(&(target_kind, target)).copied()?));
            match relation.kind {
                RelationKind::BelongsTo => {
                    if let Some((_, held)) = self.target_of(kind, slot, index).and_then(held) {
                        self.refer(kind, slot, index, Some(held));
                    }
                }
                RelationKind::ManyToMany => {
                    let members = self.collection(kind, slot, index).map(|known| known.members.to_vec());
                    for (member, held) in members.unwrap_or_default().into_iter().filter_map(held) {
                        self.leave(kind, slot, index, member)?;
                        self.join(kind, slot, index, held)?;
                    }
                }
                // They refer to it themselves.
                RelationKind::HasMany | RelationKind::HasOne => {}
                RelationKind::ViewMany | RelationKind::ViewOne => {}
            }
        }
        Ok(())
    }

    fn fold_reference(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        held: Slot,
        relation: RelationPosition,
        folded: &FxHashMap<(ArenaId, Slot), Slot>,
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
        self.set_foreign_key(kind, held, relation, &id)
            .map_err(|expected| misfit(meta, meta.relations[relation].columns[0], expected))?;
        Ok(())
    }
}

// By hand: a primary key may be sensitive.
impl std::fmt::Debug for Merge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Merge({} entities)", self.admitted.len())
    }
}

impl Merge {
    /// The rows that the graph may be about: those that the session does not hold, or holds as expired.
    pub fn wanted(&self, unit: &UnitOfWork) -> WantedRows {
        let mut wanted = WantedRows::new();
        for (kind, _, key) in &self.candidates {
            let arena = &unit.arenas[*kind];
            let fresh = |slot: Slot| arena.state(slot) != Some(State::Pending) && !unit.is_expired_at(*kind, slot);
            if !arena.find(key).is_some_and(fresh) {
                want(&mut wanted, arena.meta, key.clone());
            }
        }
        wanted
    }
}

fn misfit(meta: &EntityMeta, column: ColumnPosition, expected: String) -> Error {
    Error::Decode {
        entity: meta.name.to_owned(),
        column: meta.columns[column].name.to_owned(),
        expected,
        found: "a value of the entity that is merged".to_owned(),
    }
}
