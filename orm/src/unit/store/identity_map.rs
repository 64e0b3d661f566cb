//! One row, one place: primary keys to the places of their entities.

mod integers;

use rustc_hash::FxHashMap;

use self::integers::Integers;
use crate::mapping::{EntityMeta, KeyValues};
use crate::value::{DataType, Value};

/// The identity map of one kind of entity.
///
/// A single integer key is by far the most common and the smallest: it is kept without a [`Value`] around it.
pub(super) enum IdentityMap {
    /// A primary key of one integer.
    Integer(Integers),
    /// Any other primary key.
    Values(FxHashMap<KeyValues, u32>),
}

impl IdentityMap {
    pub(super) fn new(meta: &EntityMeta) -> Self {
        match meta.primary_key.as_slice() {
            [only] if is_integer(&meta.columns[*only].data_type) => Self::Integer(Integers::default()),
            _ => Self::Values(FxHashMap::default()),
        }
    }

    #[inline]
    pub(super) fn find(&self, key: &[Value]) -> Option<u32> {
        match (self, key) {
            (Self::Integer(keys), [Value::I64(key)]) => keys.find(*key),
            (Self::Integer(_), _) => None,
            (Self::Values(map), key) => map.get(key).copied(),
        }
    }

    /// Whether no entity is known by a primary key.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Integer(keys) => keys.is_empty(),
            Self::Values(map) => map.is_empty(),
        }
    }

    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, more: usize) {
        match self {
            // What comes in order grows by chunks.
            Self::Integer(_) => {}
            Self::Values(map) => map.reserve(more),
        }
    }

    /// Enters a place under a primary key of one integer.
    pub(super) fn insert_integer(&mut self, key: i64, place: u32) {
        match self {
            Self::Integer(keys) => keys.insert(key, place),
            Self::Values(_) => self.insert(&[Value::I64(key)], place),
        }
    }

    /// Enters a place.
    pub(super) fn insert(&mut self, key: &[Value], place: u32) {
        match (self, key) {
            (Self::Integer(keys), [Value::I64(key)]) => keys.insert(*key, place),
            (Self::Integer(_), _) => {}
            (Self::Values(map), key) => {
                map.insert(KeyValues::from(key), place);
            }
        }
    }

    /// Strikes a key out, if it still leads to this place.
    pub(super) fn remove(&mut self, key: &[Value], place: u32) {
        if self.find(key) != Some(place) {
            return;
        }
        match (self, key) {
            (Self::Integer(keys), [Value::I64(key)]) => keys.remove(*key),
            (Self::Integer(_), _) => {}
            (Self::Values(map), key) => {
                map.remove(key);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        match self {
            Self::Integer(keys) => keys.clear(),
            Self::Values(map) => map.clear(),
        }
    }

    /// Bytes allocated, spare room included.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Integer(keys) => keys.bytes(),
            // As the table of integers is counted.
            Self::Values(map) => map.capacity() * (size_of::<(KeyValues, u32)>() + 1) * 8 / 7,
        }
    }
}

fn is_integer(data_type: &DataType) -> bool {
    matches!(data_type, DataType::SmallInteger | DataType::Integer | DataType::BigInteger)
}
