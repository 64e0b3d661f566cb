//! Keyed collections: the member under a key, found without walking a long collection.
//!
//! The key is a column of the member, which the program may edit at any time. So an index is checked where it is asked: what it says of a
//! member counts if the member has that key still, and members that were lent for editing meanwhile are entered anew first.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::UnitOfWork;
use super::store::ArenaId;
use crate::error::{Error, Result};
use crate::key::{Key, Slot};
use crate::mapping::{CollectionShape, ColumnPosition, Entity, RelationPosition, Relationship};
use crate::value::Value;

/// A collection: its owner, and which of the owner's relationships.
type Owned = (ArenaId, Slot, RelationPosition);

/// The indexes of long keyed collections, made when one is searched first.
#[derive(Default)]
pub(super) struct KeyIndexes {
    indexes: FxHashMap<Owned, KeyIndex>,
    /// The collections in whose indexes a member is.
    homes: FxHashMap<(ArenaId, Slot), SmallVec<[Owned; 1]>>,
    /// At how many indexes those of owners that have left are dropped.
    sweep_at: usize,
}

/// The members of one collection by key.
#[derive(Default)]
struct KeyIndex {
    member_kind: ArenaId,
    column: ColumnPosition,
    keys: FxHashMap<Slot, Value>,
    members: FxHashMap<Value, SmallVec<[Slot; 1]>>,
}

impl KeyIndex {
    /// Enters a member under the key that it has now; none takes it out.
    fn enter(&mut self, member: Slot, key: Option<Value>) {
        let before = match &key {
            Some(key) => self.keys.insert(member, key.clone()),
            None => self.keys.remove(&member),
        };
        if before == key {
            return;
        }
        if let Some(before) = before
            && let Some(members) = self.members.get_mut(&before)
        {
            members.retain(|other| *other != member);
            if members.is_empty() {
                self.members.remove(&before);
            }
        }
        if let Some(key) = key {
            self.members.entry(key).or_default().push(member);
        }
    }
}

impl UnitOfWork {
    /// The member of a keyed collection, all of whose members are known, under a key.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the owner's key is not honored; [`Error::InvalidRequest`] for a collection without keys.
    pub fn member_under<O: Entity, T: Entity, K>(
        &mut self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        key: &Value,
    ) -> Result<Option<Key<T>>> {
        let kind = self.check(owner)?;
        let member_kind = self.kind_of(T::entity_meta());
        let column = match relationship.meta().shape {
            CollectionShape::Keyed(field) => T::entity_meta().column_of_field(field),
            _ => None,
        };
        let column = column
            .ok_or_else(|| Error::invalid(format!("{}.{} has no key", O::entity_meta().name, relationship.name())))?;
        let found = self.find_member((kind, owner.slot(), relationship.index()), (member_kind, column), key, None);
        Ok(found.map(|slot| Key::from_parts(self.session, slot)))
    }

    /// The first member of a collection that has a value in a column, but for one.
    pub(super) fn find_member(
        &mut self,
        owned: Owned,
        by: (ArenaId, ColumnPosition),
        wanted: &Value,
        except: Option<Slot>,
    ) -> Option<Slot> {
        self.index_members(owned.0, owned.1, owned.2);
        if self.collection(owned.0, owned.1, owned.2)?.members.as_list().is_none() {
            self.bring_index_up_to_date(owned, by);
        }
        let members = &self.collection(owned.0, owned.1, owned.2)?.members;
        let fits = |slot: &Slot| {
            let record = self.record(by.0, *slot);
            Some(*slot) != except && record.is_some_and(|record| record.value(by.1) == *wanted)
        };
        let Some(index) = self.key_indexes.indexes.get(&owned).filter(|_| members.as_list().is_none()) else {
            return members.iter().copied().find(fits);
        };
        let candidates = index.members.get(wanted)?;
        let mut found = candidates.iter().copied().filter(|slot| members.contains(*slot)).filter(fits);
        match (found.next(), found.next()) {
            // Several have one key for a while, as an edit of a key displaces nobody: the order decides.
            (Some(_), Some(_)) => members.iter().copied().find(fits),
            (found, _) => found,
        }
    }

    /// Makes the index of a collection, or enters what came and what was lent for editing since it was asked last.
    fn bring_index_up_to_date(&mut self, owned: Owned, by: (ArenaId, ColumnPosition)) {
        self.enter_touched(by.0);
        let came = self.take_member_news(owned.0, owned.1, owned.2);
        let Some(count) = self.collection(owned.0, owned.1, owned.2).map(|known| known.members.len()) else { return };
        let known = self.key_indexes.indexes.get(&owned).filter(|index| {
            // One that holds mostly members that have left is made anew.
            (index.member_kind, index.column) == by && index.keys.len() <= 2 * count
        });
        let came = match came {
            Some(came) if known.is_some() => came,
            _ => {
                self.drop_index(owned);
                self.sweep_indexes();
                self.key_indexes
                    .indexes
                    .insert(owned, KeyIndex { member_kind: by.0, column: by.1, ..KeyIndex::default() });
                self.collection(owned.0, owned.1, owned.2).map(|known| known.members.to_vec()).unwrap_or_default()
            }
        };
        for member in came {
            let key = self.record(by.0, member).map(|record| record.value(by.1).to_value());
            let KeyIndexes { indexes, homes, .. } = &mut self.key_indexes;
            if let Some(index) = indexes.get_mut(&owned)
                && key.is_some()
            {
                index.enter(member, key);
                let homes = homes.entry((by.0, member)).or_default();
                if !homes.contains(&owned) {
                    homes.push(owned);
                }
            }
        }
    }

    /// Enters members that were lent for editing under the keys that they have now.
    fn enter_touched(&mut self, kind: ArenaId) {
        let Some(touched) = self.arenas[kind].take_touched() else {
            // Nobody has watched so far, or more were touched than are worth a note: what is indexed of this kind is out of date.
            let stale = |(owned, index): (&Owned, &KeyIndex)| (index.member_kind == kind).then_some(*owned);
            let stale: Vec<Owned> = self.key_indexes.indexes.iter().filter_map(stale).collect();
            return stale.into_iter().for_each(|owned| self.drop_index(owned));
        };
        for member in touched {
            for owned in self.key_indexes.homes.get(&(kind, member)).cloned().unwrap_or_default() {
                let Some(index) = self.key_indexes.indexes.get(&owned) else { continue };
                let key = self.record(kind, member).map(|record| record.value(index.column).to_value());
                if let Some(index) = self.key_indexes.indexes.get_mut(&owned) {
                    index.enter(member, key);
                }
            }
            if self.record(kind, member).is_none() {
                self.key_indexes.homes.remove(&(kind, member));
            }
        }
    }

    fn drop_index(&mut self, owned: Owned) {
        let KeyIndexes { indexes, homes, .. } = &mut self.key_indexes;
        let Some(index) = indexes.remove(&owned) else { return };
        for member in index.keys.into_keys() {
            if let Some(found) = homes.get_mut(&(index.member_kind, member)) {
                found.retain(|other| *other != owned);
                if found.is_empty() {
                    homes.remove(&(index.member_kind, member));
                }
            }
        }
    }

    /// Drops the indexes of owners that have left, once there are many.
    fn sweep_indexes(&mut self) {
        if self.key_indexes.indexes.len() < self.key_indexes.sweep_at {
            return;
        }
        let gone = |owned: &&Owned| self.arenas[owned.0].place(owned.1).is_none();
        let gone: Vec<Owned> = self.key_indexes.indexes.keys().filter(gone).copied().collect();
        gone.into_iter().for_each(|owned| self.drop_index(owned));
        self.key_indexes.sweep_at = 16 + 2 * self.key_indexes.indexes.len();
    }
}
