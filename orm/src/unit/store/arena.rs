//! Owns the entities of one kind. A stale slot is an error, never somebody else's row.

use std::any::Any;
use std::num::NonZeroU32;
use std::ops::{Index, IndexMut};

use super::super::chunked::Chunked;
use super::super::epoch::Epochs;
use super::super::lifecycle::{Place, State};
use super::super::row_order::{UniqueSet, unique_sets};
use super::identity_map::IdentityMap;
use crate::error::{Error, KeyProblem, Result};
use crate::key::Slot;
use crate::mapping::{
    Chunks, CollectionShape, ColumnPosition, Entity, EntityMeta, IndexVec, KeyValues, Record, ReferenceMeta,
    RelationKind, RelationPosition, Storage,
};
use crate::value::{Value, ValueRef};

/// The position of an arena in its unit of work: a type of its own, so that no relationship or column is taken for an arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::unit) struct ArenaId(usize);

/// The arenas of a unit of work, found by their [`ArenaId`] and nothing else.
#[derive(Default)]
pub(in crate::unit) struct Arenas(Vec<Arena>);

impl Arenas {
    /// Adds an arena behind the others and returns its position.
    pub(in crate::unit) fn push(&mut self, arena: Arena) -> ArenaId {
        self.0.push(arena);
        ArenaId(self.0.len() - 1)
    }

    /// Returns an arena, or `None` in a unit of work that has none yet.
    #[inline]
    pub(in crate::unit) fn get(&self, id: ArenaId) -> Option<&Arena> {
        self.0.get(id.0)
    }

    /// Positions of all arenas, in the order in which they were made.
    pub(in crate::unit) fn ids(&self) -> impl Iterator<Item = ArenaId> + use<> {
        (0..self.0.len()).map(|position| {
            #[cfg(test)]
            crate::key::steps::step();
            ArenaId(position)
        })
    }

    /// All arenas, in the order in which they were made.
    pub(in crate::unit) fn iter(&self) -> impl Iterator<Item = &Arena> {
        self.ids().map(|id| &self[id])
    }

    /// All arenas, to change them.
    pub(in crate::unit) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Arena> {
        self.0.iter_mut().inspect(|_| {
            #[cfg(test)]
            crate::key::steps::step();
        })
    }
}

impl Index<ArenaId> for Arenas {
    type Output = Arena;

    #[inline]
    fn index(&self, id: ArenaId) -> &Arena {
        &self.0[id.0]
    }
}

impl IndexMut<ArenaId> for Arenas {
    #[inline]
    fn index_mut(&mut self, id: ArenaId) -> &mut Arena {
        &mut self.0[id.0]
    }
}

/// The entities of one kind.
pub(in crate::unit) struct Arena {
    pub(in crate::unit) meta: &'static EntityMeta,
    pub(super) storage: Box<dyn Storage>,
    pub(super) identity: IdentityMap,
    /// Which columns are foreign keys under a `BelongsTo`, and so are written through it.
    pub(in crate::unit) reference_columns: IndexVec<ColumnPosition, bool>,
    /// The columns that name the column to which they refer themselves.
    pub(in crate::unit) named_references: Box<[ColumnPosition]>,
    /// The columns whose values only one row has.
    pub(in crate::unit) unique_sets: Box<[UniqueSet]>,
    /// The position of the other side of every relationship, in the mapping of its target.
    pub(in crate::unit) inverses: IndexVec<RelationPosition, Option<RelationPosition>>,
    /// The references at whose other end there is room for one: a one-to-one, or a map.
    pub(in crate::unit) contested: Box<[RelationPosition]>,
    pub(super) places: Places,
}

/// The places of an arena: who lives where.
#[derive(Default)]
pub(super) struct Places {
    all: Chunked<Place>,
    free: Vec<u32>,
    /// Tenants that were lent for editing since they were asked for last; none while nobody asks.
    touched: Option<Vec<Slot>>,
    /// Places that were taken again; none while nobody looks for newcomers.
    reused: Option<Vec<u32>>,
}

impl Places {
    /// Takes a free place, after `fill` has put a tenant in it.
    #[inline(always)]
    pub(super) fn occupy<E>(
        &mut self,
        state: State,
        epoch: u32,
        fill: impl FnOnce(usize) -> Result<(), E>,
    ) -> Result<Slot, E> {
        if let Some(index) = self.free.last().copied()
            && let Some(place) = self.all.get_mut(index as usize)
        {
            fill(index as usize)?;
            self.free.pop();
            *place = Place { epoch, snapshot: 0, state: Some(state), ..*place };
            let slot = Slot { index, generation: place.generation };
            if let Some(reused) = &mut self.reused {
                reused.push(index);
                if reused.len() > self.all.len() + 16 {
                    self.reused = None;
                }
            }
            return Ok(slot);
        }
        let index = self.all.len();
        fill(index)?;
        let generation = NonZeroU32::MIN;
        self.all.push(Place { generation, epoch, snapshot: 0, state: Some(state) });
        Ok(Slot { index: index as u32, generation })
    }

    /// Whether the columns of a tenant are to be overwritten by those that the database has now: when they are expired, or that is asked
    /// for, and nothing is unflushed. They count as fresh then.
    pub(super) fn renew(&mut self, slot: Slot, epochs: &Epochs, asked: bool) -> bool {
        let Some(place) = self.all.get_mut(slot.index as usize) else { return false };
        let wanted = asked || !epochs.is_fresh(place.epoch);
        let wanted = wanted && place.snapshot == 0 && place.state == Some(State::Persistent);
        if wanted {
            place.epoch = epochs.now();
            self.touch(slot);
        }
        wanted
    }

    /// Takes note that a tenant may be edited, if that matters to anybody.
    #[inline]
    pub(in crate::unit) fn touch(&mut self, slot: Slot) {
        if let Some(touched) = &mut self.touched
            && touched.last() != Some(&slot)
        {
            touched.push(slot);
            // Those who ask look at all of them then.
            if touched.len() > self.all.len() + 16 {
                self.touched = None;
            }
        }
    }

    /// The tenants that were lent for editing since this was asked last; none when it was not, or when they were too many to note.
    pub(super) fn take_touched(&mut self) -> Option<Vec<Slot>> {
        self.touched.replace(Vec::new())
    }

    /// Notes from now on which places are taken again, as their tenants do not stand behind all others; whether that was not done so far.
    pub(super) fn watch_reuse(&mut self) -> bool {
        let is_new = self.reused.is_none();
        self.reused.get_or_insert_default();
        is_new
    }

    /// The place of a slot, if its tenant still lives there.
    pub(in crate::unit) fn get(&self, slot: Slot) -> Option<&Place> {
        #[cfg(test)]
        crate::key::steps::step();
        let place = self.all.get(slot.index as usize)?;
        (place.generation == slot.generation && place.state.is_some()).then_some(place)
    }

    /// The slot of the tenant of a place.
    pub(in crate::unit) fn slot_at(&self, index: u32) -> Option<Slot> {
        let place = self.all.get(index as usize)?;
        place.state.map(|_| Slot { index, generation: place.generation })
    }
}

impl Arena {
    pub(in crate::unit) fn new(meta: &'static EntityMeta) -> Self {
        let mut reference_columns = IndexVec::from(vec![false; meta.columns.len()]);
        for relation in meta.relations.iter().filter(|relation| relation.kind == RelationKind::BelongsTo) {
            relation.columns.iter().for_each(|column| reference_columns[*column] = true);
        }
        let inverses: IndexVec<RelationPosition, Option<RelationPosition>> =
            meta.relations.iter().map(|relation| (relation.target)().relation_of_field(relation.inverse?)).collect();
        let has_room_for_one = |position: &RelationPosition| {
            let relation = &meta.relations[*position];
            let other = inverses[*position].map(|inverse| &(relation.target)().relations[inverse]);
            relation.kind == RelationKind::BelongsTo
                && other.is_some_and(|other| {
                    other.kind == RelationKind::HasOne || matches!(other.shape, CollectionShape::Keyed(_))
                })
        };
        Self {
            meta,
            contested: (meta.relations.positions()).filter(has_room_for_one).collect(),
            storage: (meta.new_storage)(),
            identity: IdentityMap::new(meta),
            reference_columns,
            named_references: (meta.columns.positions())
                .filter(|column| meta.columns[*column].references.is_some())
                .collect(),
            unique_sets: unique_sets(meta),
            inverses,
            places: Places::default(),
        }
    }

    /// The column to which a reference leads, if it leads to a table of this kind.
    pub(in crate::unit) fn column_in_table(&self, reference: ReferenceMeta) -> Option<ColumnPosition> {
        let meta = self.meta;
        let table = meta.table_positions().find(|table| meta.table_name(*table).1 == reference.table)?;
        // The table of a class may call its key by a name of its own.
        let in_key = meta.key_columns_of_table(table).position(|name| name == reference.column);
        let named = || meta.columns.position(|column| column.name == reference.column);
        in_key.map(|at| meta.row_key()[at]).or_else(named)
    }

    /// Takes the tenant out; every key to it is stale from now on.
    pub(super) fn vacate(&mut self, slot: Slot) -> Option<Box<dyn Any + Send>> {
        let place = self.place_mut(slot)?;
        place.state = None;
        // After 2^32 - 1 tenants a place is retired rather than reused.
        if let Some(next) = place.generation.checked_add(1) {
            place.generation = next;
            self.places.free.push(slot.index);
        }
        self.storage.take(slot.index as usize)
    }

    /// Takes note that a tenant may be edited, if that matters to anybody.
    #[inline]
    pub(super) fn touch(&mut self, slot: Slot) {
        self.places.touch(slot);
    }

    /// Returns the tenants that were lent for editing since the last call, or `None` when they were not noted.
    pub(in crate::unit) fn take_touched(&mut self) -> Option<Vec<Slot>> {
        self.places.take_touched()
    }

    /// Notes from now on which places are taken again; returns whether that begins now.
    pub(in crate::unit) fn watch_reuse(&mut self) -> bool {
        self.places.watch_reuse()
    }

    /// Makes room in the identity map for so many more entities.
    pub(in crate::unit) fn reserve_keys(&mut self, more: usize) {
        self.identity.reserve(more);
    }

    /// Whether no entity is known by a primary key.
    pub(in crate::unit) fn has_no_keys(&self) -> bool {
        self.identity.is_empty()
    }

    pub(in crate::unit) fn place(&self, slot: Slot) -> Option<&Place> {
        self.places.get(slot)
    }

    pub(super) fn place_mut(&mut self, slot: Slot) -> Option<&mut Place> {
        let place = self.places.all.get_mut(slot.index as usize)?;
        (place.generation == slot.generation && place.state.is_some()).then_some(place)
    }

    pub(in crate::unit) fn state(&self, slot: Slot) -> Option<State> {
        self.place(slot).and_then(|place| place.state)
    }

    pub(in crate::unit) fn record(&self, slot: Slot) -> Option<&dyn Record> {
        self.place(slot)?;
        self.storage.record(slot.index as usize)
    }

    pub(super) fn record_mut(&mut self, slot: Slot) -> Option<&mut dyn Record> {
        self.place(slot)?;
        self.places.touch(slot);
        self.storage.record_mut(slot.index as usize)
    }

    /// The entity with its type. Whether the slot is honored is known already.
    #[inline]
    pub(in crate::unit) fn entity<E: Entity>(&self, slot: Slot) -> Option<&E> {
        let chunks = self.storage.as_any().downcast_ref::<Chunks<E::Root>>()?;
        E::view(chunks.get(slot.index as usize)?)
    }

    /// The entity, or the error that names what became of it.
    pub(in crate::unit) fn tenant(&self, slot: Slot) -> Result<&dyn Record> {
        self.record(slot).ok_or_else(|| self.gone())
    }

    pub(in crate::unit) fn gone(&self) -> Error {
        Error::UnknownKey { entity: self.meta.name, problem: KeyProblem::Gone }
    }

    /// The slot of the entity that holds a primary key.
    pub(in crate::unit) fn find(&self, key: &[Value]) -> Option<Slot> {
        self.places.slot_at(self.identity.find(key)?)
    }

    /// The entity that is known by the primary key which the columns of another have now.
    pub(in crate::unit) fn rival(&self, slot: Slot) -> Option<Slot> {
        let record = self.storage.record(slot.index as usize)?;
        let only = self.meta.primary_key.first().filter(|_| self.meta.primary_key.len() == 1);
        let place = match only.map(|column| record.value(*column)) {
            // Without the list that a key of several columns takes.
            Some(ValueRef::I64(key)) => self.identity.find(&[Value::I64(key)]),
            _ => self.identity.find(&self.key_values(slot)?),
        };
        self.places.slot_at(place?).filter(|other| *other != slot)
    }

    /// Whether no entity has the primary key of a new one, as far as one look-up of an integer tells.
    ///
    /// `false` for keys of another type or of several columns, and for keys that come from a reference.
    pub(in crate::unit) fn has_free_key(&self, slot: Slot) -> bool {
        let ([column], Some(record)) = (self.meta.primary_key.as_slice(), self.storage.record(slot.index as usize))
        else {
            return false;
        };
        match record.value(*column) {
            ValueRef::I64(key) => self.identity.find(&[Value::I64(key)]).is_none(),
            ValueRef::Null => !self.reference_columns[*column],
            _ => false,
        }
    }

    /// The primary key as the entity's columns have it now.
    pub(in crate::unit) fn key_values(&self, slot: Slot) -> Option<KeyValues> {
        let record = self.record(slot)?;
        Some(self.meta.primary_key.iter().map(|column| record.value(*column).to_value()).collect())
    }

    /// Enters an entity in the identity map, under the key that its columns have now.
    pub(super) fn enter(&mut self, slot: Slot) {
        if let ([column], Some(record)) = (self.meta.primary_key.as_slice(), self.storage.record(slot.index as usize))
            && let ValueRef::I64(key) = record.value(*column)
        {
            self.identity.insert_integer(key, slot.index);
        } else if let Some(key) = self.key_values(slot) {
            self.identity.insert(&key, slot.index);
        }
    }

    /// Notes which places are taken again from now on; returns whether that was not done so far, or others were noted.
    pub(in crate::unit) fn restart_reuse(&mut self) -> bool {
        let was_noted = self.places.reused.as_ref().is_some_and(Vec::is_empty);
        self.places.reused = Some(Vec::new());
        !was_noted
    }

    /// Every slot in use, in order of place.
    pub(in crate::unit) fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        self.slots_since(0, 0)
    }

    /// The slots in use whose places were taken since there were so many places, of which so many were noted as taken again.
    pub(in crate::unit) fn slots_since(&self, places: usize, reused: usize) -> impl Iterator<Item = Slot> + '_ {
        // All places are asked for first, whatever was taken again.
        let noted = self.places.reused.as_deref().filter(|_| places > 0).unwrap_or_default();
        let again = noted.get(reused..).unwrap_or_default().iter().copied();
        let new = places as u32..self.places.all.len() as u32;
        again.chain(new).filter_map(|index| self.places.slot_at(index))
    }

    /// How many places there are, and how many were noted as taken again.
    pub(in crate::unit) fn places_taken(&self) -> (usize, usize) {
        (self.places.all.len(), self.places.reused.as_ref().map_or(0, Vec::len))
    }

    pub(in crate::unit) fn len(&self) -> usize {
        self.places.all.len() - self.places.free.len()
    }

    /// Bytes of bookkeeping, and bytes of places for the entities themselves.
    pub(in crate::unit) fn bytes(&self) -> (usize, usize) {
        let places = self.places.all.bytes();
        let free = self.places.free.capacity() * size_of::<u32>();
        (places + free + self.identity.bytes(), self.storage.bytes())
    }
}
