//! The order of primary keys, in which a flush updates and deletes rows, so that concurrent flushes lock them in one
//! order.

use std::cmp::Ordering;

use crate::mapping::KeyValues;
use crate::value::Value;

/// A primary key in order: column after column, texts by their bytes.
pub(super) struct OrderedKey(pub(super) KeyValues);

impl Ord for OrderedKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = self.0.iter().zip(&other.0).map(|(one, other)| compare(one, other));
        parts.fold(Ordering::Equal, Ordering::then)
    }
}

impl PartialOrd for OrderedKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for OrderedKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for OrderedKey {}

fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::I64(one), Value::I64(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (Value::Uuid(one), Value::Uuid(other)) => one.cmp(other),
        (Value::Bytes(one), Value::Bytes(other)) => one.cmp(other),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Date(one), Value::Date(other)) => one.cmp(other),
        (Value::Time(one), Value::Time(other)) => one.cmp(other),
        (Value::DateTime(one), Value::DateTime(other)) => one.cmp(other),
        (Value::Decimal(one), Value::Decimal(other)) => one.cmp(other),
        // A column holds values of one type, and no other is a key.
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_ordered_column_after_column() {
        let key = |number: i64, text: &str| {
            OrderedKey([Value::I64(number), Value::Text(text.to_owned())].into_iter().collect())
        };
        let mut keys = [key(2, "a"), key(1, "b"), key(10, ""), key(1, "B")];
        keys.sort();
        assert!(keys == [key(1, "B"), key(1, "b"), key(2, "a"), key(10, "")]);
        let uuid = |number| OrderedKey([Value::Uuid(uuid::Uuid::from_u128(number))].into_iter().collect());
        assert!(uuid(1) < uuid(1 << 100));
    }
}
