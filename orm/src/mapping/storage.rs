//! Where the entities of one type live: typed chunks behind one object-safe trait.
//!
//! A storage knows places and values only; who may see them is the arena's business.

use std::any::Any;
use std::num::NonZeroU32;

use super::entity::{Entity, Record};
use crate::key::Slot;
use crate::row::{ReadError, RowReader};
use crate::value::Value;

/// Entities of one type by place.
pub trait Storage: Any + Send + Sync {
    /// Makes an entity from a row and puts it in a free place; places are filled one after the other.
    ///
    /// # Errors
    /// When a column holds something else; the place stays free.
    fn hydrate(&mut self, place: usize, row: &mut dyn RowReader, at: usize) -> Result<(), ReadError>;
    /// The entity at a place.
    fn record(&self, place: usize) -> Option<&dyn Record>;
    /// The entity at a place, to change it.
    fn record_mut(&mut self, place: usize) -> Option<&mut dyn Record>;
    /// [Claims](super::ReferenceField::claim) a reference of the entities in these slots, one after the other up to one that cannot be claimed;
    /// gives how many were. Whether the slots are honored is known already.
    fn claim(&mut self, slots: &[Slot], relation: usize, key: &[Value], target: (NonZeroU32, Slot)) -> usize;
    /// Puts an entity of the right type in a free place; hands back one of a wrong type.
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

    /// The entity at a place, to change it.
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

    /// The room of a place, made if need be.
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

    fn claim(&mut self, slots: &[Slot], relation: usize, key: &[Value], target: (NonZeroU32, Slot)) -> usize {
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
