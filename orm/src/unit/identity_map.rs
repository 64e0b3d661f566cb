//! One row, one place: primary keys to the places of their entities.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use rustc_hash::FxHashMap;

use crate::mapping::{EntityMeta, KeyValues};
use crate::value::{DataType, Value};

/// The identity map of one kind of entity.
///
/// A single integer key is by far the most common and the smallest: it is kept without a [`Value`] around it.
pub(super) enum IdentityMap {
    /// A primary key of one integer.
    Integer(HashMap<i64, u32, BuildHasherDefault<Neighborly>>),
    /// Any other primary key.
    Values(FxHashMap<KeyValues, u32>),
}

impl IdentityMap {
    pub(super) fn new(meta: &EntityMeta) -> Self {
        match meta.primary_key.as_slice() {
            [only] if is_integer(&meta.columns[*only].data_type) => Self::Integer(HashMap::default()),
            _ => Self::Values(FxHashMap::default()),
        }
    }

    pub(super) fn find(&self, key: &[Value]) -> Option<u32> {
        match (self, key) {
            (Self::Integer(map), [Value::I64(key)]) => map.get(key).copied(),
            (Self::Integer(_), _) => None,
            (Self::Values(map), key) => map.get(key).copied(),
        }
    }

    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, more: usize) {
        match self {
            Self::Integer(map) => map.reserve(more),
            Self::Values(map) => map.reserve(more),
        }
    }

    /// Enters a place under a primary key of one integer.
    pub(super) fn insert_integer(&mut self, key: i64, place: u32) {
        match self {
            Self::Integer(map) => {
                map.insert(key, place);
            }
            Self::Values(_) => self.insert(&[Value::I64(key)], place),
        }
    }

    /// Enters a place.
    pub(super) fn insert(&mut self, key: &[Value], place: u32) {
        match (self, key) {
            (Self::Integer(map), [Value::I64(key)]) => {
                map.insert(*key, place);
            }
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
            (Self::Integer(map), [Value::I64(key)]) => {
                map.remove(key);
            }
            (Self::Integer(_), _) => {}
            (Self::Values(map), key) => {
                map.remove(key);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        match self {
            Self::Integer(map) => map.clear(),
            Self::Values(map) => map.clear(),
        }
    }

    /// Bytes allocated, spare room included.
    pub(super) fn bytes(&self) -> usize {
        // A hash table of the standard library keeps one byte of control beside each entry and fills 7 of 8.
        match self {
            Self::Integer(map) => map.capacity() * (size_of::<(i64, u32)>() + 1) * 8 / 7,
            Self::Values(map) => map.capacity() * (size_of::<(KeyValues, u32)>() + 1) * 8 / 7,
        }
    }
}

/// Hashes one integer so that each eight consecutive ones are neighbors in the table.
///
/// Keys are mostly counted up, and rows mostly come in their order. Scattered all over a large table, each would cost a wait for memory.
#[derive(Default)]
pub(super) struct Neighborly(u64);

impl Hasher for Neighborly {
    fn write_i64(&mut self, key: i64) {
        let key = key as u64;
        let (eight, one) = (key >> 3, key & 7);
        // Both halves of the product, so that keys at any distance are told apart.
        let product = u128::from(eight) * 0x9e37_79b9_7f4a_7c15;
        let scattered = (product as u64 ^ (product >> 64) as u64).rotate_left(32);
        // The table takes the place from the low bits, and tells neighbors apart by the highest seven.
        self.0 = (scattered << 3 | one) ^ one << 57;
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_i64(self.0.rotate_left(8) as i64 ^ i64::from(*byte));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn is_integer(data_type: &DataType) -> bool {
    matches!(data_type, DataType::SmallInteger | DataType::Integer | DataType::BigInteger)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::BuildHasher;

    use super::*;

    fn hash(key: i64) -> u64 {
        BuildHasherDefault::<Neighborly>::default().hash_one(key)
    }

    #[test]
    fn eight_consecutive_keys_are_neighbors_that_are_told_apart() {
        for first in [0, 8, 4096, 1 << 40, -8] {
            let hashes: Vec<u64> = (first..first + 8).map(hash).collect();
            let places: Vec<u64> = hashes.iter().map(|hash| hash & 0xf_ffff).collect();
            assert!(places.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{first}: {places:?}");
            assert_eq!(hashes.iter().map(|hash| hash >> 57).collect::<HashSet<_>>().len(), 8);
        }
    }

    #[test]
    fn keys_at_any_distance_spread_over_the_table() {
        for shift in 0..50 {
            let keys = (-2048..2048_i64).map(|number| number << shift);
            // Eights in a table of as many places as there are keys; by chance alone 1 - 1/e of them would be taken.
            let eights: HashSet<u64> = keys.map(|key| (hash(key) & 4095) >> 3).collect();
            assert!(eights.len() > 300, "keys {} apart fall into {} of 512 eights", 1_i64 << shift, eights.len());
        }
    }
}
