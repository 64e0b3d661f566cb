//! Storage for the entities of one type: typed chunks behind an object-safe trait.
//!
//! A storage checks no keys. The arena checks them.

use super::position::RelationPosition;
use std::any::Any;
use std::num::NonZeroU32;

use super::entity::{Entity, Record};
use crate::key::Slot;
use crate::row::{ReadError, RowReader};
use crate::value::Value;

/// Entities of one type, by position.
pub trait Storage: Any + Send + Sync {
    /// Makes an entity from a row at a free position. Positions are filled in order.
    ///
    /// # Errors
    /// When a column holds a value of another type; the position stays free.
    fn hydrate(&mut self, place: usize, row: &mut dyn RowReader, at: usize) -> Result<(), ReadError>;
    /// The entity at a place.
    fn record(&self, place: usize) -> Option<&dyn Record>;
    /// Returns the entity at a position, for a change.
    fn record_mut(&mut self, place: usize) -> Option<&mut dyn Record>;
    /// [Claims](super::ReferenceField::claim) a reference of the entities in these slots, until one cannot be claimed.
    /// Returns the number of claimed ones. The caller has checked the slots.
    fn claim(&mut self, slots: &[Slot], relation: RelationPosition, key: &[Value], target: (NonZeroU32, Slot))
    -> usize;
    /// Stores an entity at a free position.
    ///
    /// # Errors
    /// The entity, when it is of another type.
    fn put(&mut self, place: usize, entity: Box<dyn Any + Send>) -> Result<(), Box<dyn Any + Send>>;
    /// Takes the entity out.
    fn take(&mut self, place: usize) -> Option<Box<dyn Any + Send>>;
    /// Bytes allocated for the places, used or not.
    fn bytes(&self) -> usize;
    /// For downcasting to [`Chunks`].
    fn as_any(&self) -> &dyn Any;
    /// For downcasting to [`Chunks`].
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

/// Chunks of places: growing moves no entity and wastes at most one chunk.
pub struct Chunks<E> {
    chunks: Vec<Vec<Option<E>>>,
}

const CHUNK: usize = 256;

impl<E: Entity> Chunks<E> {
    /// Without any place.
    pub fn boxed() -> Box<dyn Storage> {
        Box::new(Self { chunks: Vec::new() })
    }

    /// The entity at a place.
    pub fn get(&self, place: usize) -> Option<&E> {
        self.chunks.get(place / CHUNK)?.get(place % CHUNK)?.as_ref()
    }

    /// Returns the entity at a position, for a change.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut E> {
        self.chunks.get_mut(place / CHUNK)?.get_mut(place % CHUNK)?.as_mut()
    }

    /// Puts an entity in a place.
    #[inline(always)]
    fn set(&mut self, place: usize, entity: E) {
        let (chunk, offset) = (place / CHUNK, place % CHUNK);
        if let Some(chunk) = self.chunks.get_mut(chunk)
            && chunk.len() == offset
            && chunk.capacity() > offset
        {
            chunk.push(Some(entity));
        } else {
            *self.room(place) = Some(entity);
        }
    }

    /// Returns the memory of a position; allocates when necessary.
    #[inline(never)]
    fn room(&mut self, place: usize) -> &mut Option<E> {
        let (chunk, offset) = (place / CHUNK, place % CHUNK);
        while self.chunks.len() <= chunk {
            self.chunks.push(Vec::new());
        }
        let chunk = &mut self.chunks[chunk];
        if chunk.len() <= offset {
            if chunk.capacity() <= offset {
                // A session of a few entities should not pay for a whole chunk.
                let least = if place < CHUNK { 8 } else { CHUNK };
                let wanted = (offset + 1).max(chunk.capacity() * 2).max(least).min(CHUNK);
                chunk.reserve_exact(wanted - chunk.len());
            }
            chunk.resize_with(offset + 1, || None);
        }
        &mut chunk[offset]
    }
}

impl<E: Entity> Storage for Chunks<E> {
    fn hydrate(&mut self, place: usize, row: &mut dyn RowReader, at: usize) -> Result<(), ReadError> {
        self.set(place, E::hydrate(row, at)?);
        Ok(())
    }

    fn record(&self, place: usize) -> Option<&dyn Record> {
        self.get(place).map(|entity| entity as &dyn Record)
    }

    fn record_mut(&mut self, place: usize) -> Option<&mut dyn Record> {
        self.get_mut(place).map(|entity| entity as &mut dyn Record)
    }

    fn claim(
        &mut self,
        slots: &[Slot],
        relation: RelationPosition,
        key: &[Value],
        target: (NonZeroU32, Slot),
    ) -> usize {
        let mut claim = |slot: &Slot| {
            let reference = self.get_mut(slot.index as usize).and_then(|entity| entity.reference_mut(relation));
            reference.is_some_and(|reference| reference.claim(key, target))
        };
        slots.iter().position(|slot| !claim(slot)).unwrap_or(slots.len())
    }

    fn put(&mut self, place: usize, entity: Box<dyn Any + Send>) -> Result<(), Box<dyn Any + Send>> {
        self.set(place, *entity.downcast::<E>()?);
        Ok(())
    }

    fn take(&mut self, place: usize) -> Option<Box<dyn Any + Send>> {
        let entity = self.chunks.get_mut(place / CHUNK)?.get_mut(place % CHUNK)?.take()?;
        Some(Box::new(entity))
    }

    fn bytes(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.capacity() * size_of::<Option<E>>()).sum()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}
