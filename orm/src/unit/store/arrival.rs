//! Rows that arrive: an entity under its primary key, made of the row or read again from it.
//!
//! An arrival records no inverse. The row is the truth as of this transaction, a rollback expires what was read, and an entity with an unflushed
//! edit is never overwritten.

use std::collections::hash_map::Entry;

use super::super::UnitOfWork;
use super::super::epoch::Epochs;
use super::super::lifecycle::State;
use super::Arena;
use super::arena::Places;
use super::identity_map::IdentityMap;
use crate::error::{BoxedResult, Error};
use crate::key::Slot;
use crate::load::read::locate;
use crate::load::{EntitySink, Existing};
use crate::mapping::{EntityMeta, KeyValues, PlacedReader, Storage};
use crate::row::{ReadError, RowReader, read_typed};
use crate::value::Value;

impl UnitOfWork {
    /// Takes the row of a primary key under which nothing is held, as [`identify`](Self::identify) has told; none where it led to what was
    /// deleted in this transaction after all.
    ///
    /// # Errors
    /// [`Error::Decode`] when a column does not fit its field.
    pub fn accept_new(
        &mut self,
        meta: &'static EntityMeta,
        id: &[Value],
        row: &mut dyn RowReader,
    ) -> BoxedResult<Option<Slot>> {
        let kind = self.kind_of(meta);
        let Arena { storage, identity, places, .. } = &mut self.arenas[kind];
        match (identity, meta.primary_key.as_slice(), id) {
            (IdentityMap::Integer(keys), [column], [Value::I64(key)]) => {
                let mut placed;
                let row = match meta.shape() {
                    None => row,
                    Some(shape) => {
                        placed = PlacedReader::of_shape(row, 0, meta, shape);
                        &mut placed
                    }
                };
                row.remember_i64(column.0, *key);
                let arrival = Arrival { meta, row, at: 0, existing: Existing::Keep, epochs: &self.epochs };
                let slot = arrival.arrive(places, &mut **storage)?;
                keys.insert(*key, slot.index);
                Ok(Some(slot))
            }
            // What is equal to a database need not be equal here: a text may come back in other letters.
            _ => {
                let slot = self.accept_undeferred(meta, row, Existing::Keep)?;
                Ok(slot.filter(|slot| self.arenas[kind].state(*slot) != Some(State::Deleted)))
            }
        }
    }

    /// Takes a row that has every column of the mapping but deferred ones.
    pub fn accept_undeferred(
        &mut self,
        meta: &'static EntityMeta,
        row: &mut dyn RowReader,
        existing: Existing,
    ) -> BoxedResult<Option<Slot>> {
        match meta.shape() {
            None => self.accept(meta, row, 0, existing),
            Some(shape) => self.accept_row(meta, &mut PlacedReader::of_shape(row, 0, meta, shape), 0, existing),
        }
    }

    /// Takes a row that has every column of the mapping by which the entity is held.
    #[inline]
    pub(in crate::unit) fn accept_row(
        &mut self,
        meta: &'static EntityMeta,
        row: &mut dyn RowReader,
        at: usize,
        existing: Existing,
    ) -> BoxedResult<Option<Slot>> {
        let kind = self.kind_of(meta);
        Arrival { meta, row, at, existing, epochs: &self.epochs }.settle(&mut self.arenas[kind])
    }
}

/// A row that has every column of its entity.
struct Arrival<'r> {
    meta: &'static EntityMeta,
    row: &'r mut dyn RowReader,
    at: usize,
    existing: Existing,
    epochs: &'r Epochs,
}

impl Arrival<'_> {
    /// Finds the entity whose row it is, or makes it of the row; none where the key is `NULL`.
    fn settle(self, arena: &mut Arena) -> BoxedResult<Option<Slot>> {
        let Arena { meta, storage, identity, places, .. } = arena;
        match identity {
            IdentityMap::Integer(keys) => match self.row.i64(self.at + meta.primary_key[0].0) {
                Ok(Some(key)) if keys.is_above(key) => {
                    let slot = self.arrive(places, &mut **storage)?;
                    keys.append(key, slot.index);
                    Ok(Some(slot))
                }
                Ok(Some(key)) => match keys.in_order(key).and_then(|place| places.slot_at(place)) {
                    Some(slot) => self.again(slot, places, &mut **storage),
                    None => self.enter(keys.entry(key), places, &mut **storage),
                },
                Ok(None) => Ok(None),
                Err(error) => Err(self.located(error)),
            },
            IdentityMap::Values(map) => {
                let mut key = KeyValues::new();
                for column in &meta.primary_key {
                    match read_typed(self.row, self.at + column.0, &meta.columns[*column].data_type) {
                        Ok(Value::Null) => return Ok(None),
                        Ok(value) => key.push(value),
                        Err(error) => return Err(self.located(error)),
                    }
                }
                self.enter(map.entry(key), places, &mut **storage)
            }
        }
    }

    /// The tenant under an entry of the identity map, read again if that is wanted, or a new one.
    fn enter<K>(
        self,
        entry: Entry<'_, K, u32>,
        places: &mut Places,
        storage: &mut dyn Storage,
    ) -> BoxedResult<Option<Slot>> {
        if let Entry::Occupied(held) = &entry
            && let Some(slot) = places.slot_at(*held.get())
        {
            return self.again(slot, places, storage);
        }
        let slot = self.arrive(places, storage)?;
        entry.insert_entry(slot.index);
        Ok(Some(slot))
    }

    /// The tenant of a place, read again if that is wanted.
    fn again(self, slot: Slot, places: &mut Places, storage: &mut dyn Storage) -> BoxedResult<Option<Slot>> {
        if places.renew(slot, self.epochs, self.existing == Existing::Refresh)
            && let Some(record) = storage.record_mut(slot.index as usize)
        {
            record.refresh(self.row, self.at).map_err(|error| self.located(error))?;
        }
        Ok(Some(slot))
    }

    /// Makes an entity of the row.
    #[inline(always)]
    fn arrive(self, places: &mut Places, storage: &mut dyn Storage) -> BoxedResult<Slot> {
        let hydrate = |place| storage.hydrate(place, self.row, self.at);
        places.occupy(State::Persistent, self.epochs.now(), hydrate).map_err(|error| self.located(error))
    }

    #[cold]
    fn located(&self, error: ReadError) -> Box<Error> {
        Box::new(locate(error, self.meta, self.at))
    }
}
