//! The order of primary keys, in which a flush updates and deletes rows, so that concurrent flushes lock them in one
//! order.

use std::cmp::Ordering;

use smallvec::SmallVec;

use super::UnitOfWork;
use super::store::ArenaId;
use crate::key::Slot;
use crate::value::ValueRef;

/// A primary key in order: column after column, texts by their bytes.
struct OrderedKey<'a>(SmallVec<[ValueRef<'a>; 1]>);

impl UnitOfWork {
    /// Sorts rows by the primary keys that they have in the database.
    pub(super) fn sort_by_key<T>(&self, kind: ArenaId, rows: &mut [T], slot: impl Fn(&T) -> Slot) {
        let key = |row: &T| OrderedKey(self.stored_key(kind, slot(row)));
        // Rows mostly come in the order of their keys.
        if !rows.iter().map(key).is_sorted() {
            rows.sort_by_cached_key(key);
        }
    }

    /// The primary key that the row of an entity has in the database.
    fn stored_key(&self, kind: ArenaId, slot: Slot) -> SmallVec<[ValueRef<'_>; 1]> {
        let columns = self.arenas[kind].meta.primary_key.iter();
        match (self.snapshot(kind, slot), self.record(kind, slot)) {
            (Some(before), _) => columns.map(|column| before.values[*column].as_value_ref()).collect(),
            (None, Some(record)) => columns.map(|column| record.value(*column)).collect(),
            (None, None) => SmallVec::new(),
        }
    }
}

impl Ord for OrderedKey<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = self.0.iter().zip(&other.0).map(|(one, other)| compare(one, other));
        parts.fold(Ordering::Equal, Ordering::then)
    }
}

impl PartialOrd for OrderedKey<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for OrderedKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for OrderedKey<'_> {}

#[inline]
fn compare(one: &ValueRef<'_>, other: &ValueRef<'_>) -> Ordering {
    match (one, other) {
        (ValueRef::I64(one), ValueRef::I64(other)) => one.cmp(other),
        (ValueRef::Text(one), ValueRef::Text(other)) => one.cmp(other),
        (ValueRef::Uuid(one), ValueRef::Uuid(other)) => one.cmp(other),
        (ValueRef::Bytes(one), ValueRef::Bytes(other)) => one.cmp(other),
        (ValueRef::Bool(one), ValueRef::Bool(other)) => one.cmp(other),
        (ValueRef::Date(one), ValueRef::Date(other)) => one.cmp(other),
        (ValueRef::Time(one), ValueRef::Time(other)) => one.cmp(other),
        (ValueRef::DateTime(one), ValueRef::DateTime(other)) => one.cmp(other),
        (ValueRef::Decimal(one), ValueRef::Decimal(other)) => one.cmp(other),
        (ValueRef::Owned(one), other) => compare(&one.as_value_ref(), other),
        (one, ValueRef::Owned(other)) => compare(one, &other.as_value_ref()),
        // A column holds values of one type, and no other is a key.
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_ordered_column_after_column() {
        let key = |number: i64, text: &'static str| {
            OrderedKey([ValueRef::I64(number), ValueRef::Text(text)].into_iter().collect())
        };
        let mut keys = [key(2, "a"), key(1, "b"), key(10, ""), key(1, "B")];
        keys.sort();
        assert!(keys == [key(1, "B"), key(1, "b"), key(2, "a"), key(10, "")]);
        let uuid = |number| OrderedKey([ValueRef::Uuid(uuid::Uuid::from_u128(number))].into_iter().collect());
        assert!(uuid(1) < uuid(1 << 100));
    }
}
