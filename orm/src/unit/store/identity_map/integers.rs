//! Primary keys of one integer to places.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use crate::unit::chunked::Chunked;

/// Places by keys that are one integer.
///
/// Keys are mostly counted up and rows mostly come in their order. A key above all before it cannot be known yet, so that its row needs no
/// look-up; and what lies in order can be searched as it lies, so that it is not hashed before a key comes out of order. Of keys without gaps
/// in places without gaps no more is kept than where both begin.
#[derive(Default)]
pub(in crate::unit) struct Integers {
    table: HashMap<i64, u32, BuildHasherDefault<Neighborly>>,
    /// What came in order since, each key above all others here and in the table.
    ascending: Chunked<Run>,
    /// No key is above this one.
    greatest: Option<i64>,
}

/// Keys without gaps in places without gaps.
struct Run {
    first: i64,
    /// The place of the first.
    place: u32,
    len: u32,
}

impl Run {
    fn place_of(&self, key: i64) -> Option<u32> {
        let distance = key.checked_sub(self.first).and_then(|distance| u32::try_from(distance).ok())?;
        (distance < self.len).then(|| self.place + distance)
    }

    /// Whether a key in a place is the next.
    fn goes_on(&self, key: i64, place: u32) -> bool {
        self.first.checked_add(i64::from(self.len)) == Some(key) && self.place.checked_add(self.len) == Some(place)
    }

    fn entries(&self) -> impl Iterator<Item = (i64, u32)> {
        (0..self.len).map(|distance| (self.first + i64::from(distance), self.place + distance))
    }
}

impl Integers {
    pub(super) fn is_empty(&self) -> bool {
        self.ascending.last().is_none() && self.table.is_empty()
    }

    pub(super) fn find(&self, key: i64) -> Option<u32> {
        match self.in_order(key) {
            None if !self.table.is_empty() => self.table.get(&key).copied(),
            found => found,
        }
    }

    /// The place of a key that is among those that came in order.
    #[inline]
    pub(in crate::unit) fn in_order(&self, key: i64) -> Option<u32> {
        let last = self.ascending.last().filter(|run| run.first <= key);
        let run = match last {
            Some(run) => run,
            None => {
                let behind = self.ascending.partition_point(|run| run.first <= key);
                self.ascending.get(behind.checked_sub(1)?)?
            }
        };
        run.place_of(key)
    }

    /// Whether a key is above all that were ever entered, so that it leads nowhere.
    pub(in crate::unit) fn is_above(&self, key: i64) -> bool {
        self.greatest.is_none_or(|greatest| key > greatest)
    }

    /// Enters a place.
    pub(in crate::unit) fn insert(&mut self, key: i64, place: u32) {
        if self.is_above(key) {
            self.append(key, place);
        } else {
            self.table().insert(key, place);
        }
    }

    /// Enters the place of a key that [is above](Self::is_above) all others.
    pub(in crate::unit) fn append(&mut self, key: i64, place: u32) {
        match self.ascending.last_mut() {
            Some(run) if run.goes_on(key, place) => run.len += 1,
            _ => self.ascending.push(Run { first: key, place, len: 1 }),
        }
        self.greatest = Some(key);
    }

    /// The entry of a key that is neither above all others nor among those in order; these are from now on not known as such.
    pub(in crate::unit) fn entry(&mut self, key: i64) -> Entry<'_, i64, u32> {
        self.table().entry(key)
    }

    pub(super) fn remove(&mut self, key: i64) {
        self.table().remove(&key);
    }

    /// The table, with everything in it.
    fn table(&mut self) -> &mut HashMap<i64, u32, BuildHasherDefault<Neighborly>> {
        if !self.ascending.is_empty() {
            self.fold();
        }
        &mut self.table
    }

    #[inline(never)]
    fn fold(&mut self) {
        self.table.reserve(self.ascending.iter().map(|run| run.len as usize).sum());
        self.table.extend(self.ascending.iter().flat_map(Run::entries));
        self.ascending.clear();
    }

    pub(super) fn clear(&mut self) {
        self.table.clear();
        self.ascending.clear();
        self.greatest = None;
    }

    /// Bytes allocated, spare room included.
    pub(super) fn bytes(&self) -> usize {
        // A hash table of the standard library keeps one byte of control beside each entry and fills 7 of 8.
        let table = self.table.capacity() * (size_of::<(i64, u32)>() + 1) * 8 / 7;
        table + self.ascending.bytes()
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};
    use std::hash::BuildHasher;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Next(i64),
        Insert(i64),
        Remove(i64),
        Clear,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let key = prop_oneof![-20..40_i64, Just(i64::MIN), Just(i64::MAX)];
        let step = prop_oneof![
            12 => (1..4_i64).prop_map(Step::Next),
            4 => key.clone().prop_map(Step::Insert),
            3 => key.prop_map(Step::Remove),
            1 => Just(Step::Clear),
        ];
        prop::collection::vec(step, 0..60)
    }

    proptest! {
        #[test]
        fn keys_in_whatever_order_are_found_as_in_a_plain_map(steps in steps()) {
            let (mut keys, mut plain) = (Integers::default(), BTreeMap::new());
            for (place, step) in (0_u32..).zip(steps) {
                match step {
                    Step::Next(distance) => {
                        let key = plain.last_key_value().map_or(0, |(last, _): (&i64, _)| last.saturating_add(distance));
                        keys.insert(key, place);
                        plain.insert(key, place);
                    }
                    Step::Insert(key) => {
                        keys.insert(key, place);
                        plain.insert(key, place);
                    }
                    Step::Remove(key) => {
                        keys.remove(key);
                        plain.remove(&key);
                    }
                    Step::Clear => {
                        keys.clear();
                        plain.clear();
                    }
                }
                for key in (-21..60).chain([i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX]).chain(plain.keys().copied()) {
                    prop_assert_eq!(keys.find(key), plain.get(&key).copied(), "key {}", key);
                    prop_assert!(!keys.is_above(key) || plain.keys().all(|held| *held < key));
                }
            }
        }
    }

    #[test]
    fn keys_that_come_in_order_are_not_hashed_until_one_comes_out_of_order() {
        let mut keys = Integers::default();
        for key in [3, 4, 5, 9, 20] {
            keys.insert(key, key as u32);
        }
        assert_eq!((keys.ascending.len(), keys.table.len()), (3, 0));
        keys.insert(7, 7);
        assert_eq!((keys.ascending.len(), keys.table.len()), (0, 6));
        keys.insert(21, 21);
        assert_eq!((keys.ascending.len(), keys.table.len()), (1, 6));
    }

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
