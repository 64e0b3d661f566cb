//! Primary keys as typed values, alone or in tuples.

use std::hash::Hash;

use smallvec::SmallVec;
use uuid::Uuid;

use super::reference::{BelongsTo, ReferenceTarget};
use crate::column_type::ColumnType;
use crate::row::{ReadError, RowReader};
use crate::value::{DataType, Value, ValueRef};

/// Values of a primary key, in the order of its columns.
pub type KeyValues = SmallVec<[Value; 1]>;

/// A column type that can be part of a primary key. Implement the trait for custom column types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be (a part of) a primary key",
    label = "not a key",
    note = "keys are compared and hashed: integers, `String`, `Uuid`, dates, bytes; write `impl KeyPart for ...` for a column type of your own"
)]
pub trait KeyPart: ColumnType<Base = Self> + Clone + Eq + Hash + std::fmt::Debug {}

impl KeyPart for i16 {}
impl KeyPart for i32 {}
impl KeyPart for i64 {}
impl KeyPart for u32 {}
impl KeyPart for bool {}
impl KeyPart for String {}
impl KeyPart for Vec<u8> {}
impl KeyPart for Uuid {}
impl KeyPart for chrono::NaiveDate {}
impl KeyPart for chrono::NaiveTime {}
impl KeyPart for chrono::NaiveDateTime {}

/// The type of a primary key: a [`KeyPart`], or a tuple of two to four.
pub trait PrimaryKey: Clone + Eq + Hash + std::fmt::Debug + Send + Sync + 'static {
    /// Number of columns.
    const ARITY: usize;

    /// Returns one of the values.
    fn part(&self, part: usize) -> ValueRef<'_>;

    /// Makes a key from `ARITY` values.
    ///
    /// # Errors
    /// The expected type, in words.
    fn from_parts(parts: &[Value]) -> Result<Self, String>;

    /// Reads the key from `ARITY` columns that begin at `at`. Returns `None` when one is `NULL`.
    ///
    /// # Errors
    /// When a column holds a value of another type.
    fn read(row: &mut dyn RowReader, at: usize) -> Result<Option<Self>, ReadError>;

    /// The column types, in order.
    fn data_types() -> Vec<DataType>;

    /// Whether the key has exactly these values.
    fn has_values(&self, values: &[Value]) -> bool {
        values.len() == Self::ARITY && values.iter().enumerate().all(|(part, value)| self.part(part) == *value)
    }

    /// Returns all values.
    fn to_values(&self) -> KeyValues {
        (0..Self::ARITY).map(|part| self.part(part).to_value()).collect()
    }
}

impl<T: KeyPart> PrimaryKey for T {
    const ARITY: usize = 1;

    fn part(&self, _part: usize) -> ValueRef<'_> {
        self.to_value()
    }

    fn from_parts(parts: &[Value]) -> Result<Self, String> {
        match parts {
            [value] => T::from_value(value.clone()),
            _ => Err("one value".to_owned()),
        }
    }

    fn read(row: &mut dyn RowReader, at: usize) -> Result<Option<Self>, ReadError> {
        Option::<T>::read(row, at)
    }

    fn data_types() -> Vec<DataType> {
        vec![T::data_type()]
    }

    #[inline]
    fn has_values(&self, values: &[Value]) -> bool {
        matches!(values, [value] if self.to_value() == *value)
    }

    fn to_values(&self) -> KeyValues {
        KeyValues::from_buf([self.part(0).to_value()])
    }
}

/// The primary key of a hierarchy with concrete inheritance: the identity of the class, then the key of the class.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the primary key `{Self}` has no room for a class in front",
    note = "with `inheritance = \"concrete\"` a key has at most three columns"
)]
pub trait ClassPrefixedKey {
    /// The key.
    type Key: PrimaryKey;
}

impl<A: KeyPart> ClassPrefixedKey for A {
    type Key = (String, A);
}

impl<A: KeyPart, B: KeyPart> ClassPrefixedKey for (A, B) {
    type Key = (String, A, B);
}

impl<A: KeyPart, B: KeyPart, C: KeyPart> ClassPrefixedKey for (A, B, C) {
    type Key = (String, A, B, C);
}

/// The type of one part of a primary key: `<(i64, String) as KeyAt<1>>::Part` is `String`.
pub trait KeyAt<const PART: usize>: PrimaryKey {
    /// The part's type.
    type Part: KeyPart;
}

impl<T: KeyPart> KeyAt<0> for T {
    type Part = T;
}

macro_rules! composite_key {
    ($arity:literal: $($part:ident $index:tt),+) => {
        impl<$($part: KeyPart),+> PrimaryKey for ($($part,)+) {
            const ARITY: usize = $arity;

            fn part(&self, part: usize) -> ValueRef<'_> {
                match part {
                    $($index => self.$index.to_value(),)+
                    _ => ValueRef::Null,
                }
            }

            fn from_parts(parts: &[Value]) -> Result<Self, String> {
                if parts.len() != $arity {
                    return Err(concat!(stringify!($arity), " values").to_owned());
                }
                Ok(($($part::from_value(parts[$index].clone())?,)+))
            }

            fn read(row: &mut dyn RowReader, at: usize) -> Result<Option<Self>, ReadError> {
                Ok(Some(($(
                    match Option::<$part>::read(row, at + $index)? {
                        Some(value) => value,
                        None => return Ok(None),
                    },
                )+)))
            }

            fn data_types() -> Vec<DataType> {
                vec![$($part::data_type()),+]
            }
        }
    };
}

composite_key!(2: A 0, B 1);
composite_key!(3: A 0, B 1, C 2);
composite_key!(4: A 0, B 1, C 2, D 3);

macro_rules! key_at {
    ($($index:literal $part:ident of ($($all:ident),+);)+) => {
        $(impl<$($all: KeyPart),+> KeyAt<$index> for ($($all,)+) {
            type Part = $part;
        })+
    };
}

key_at! {
    0 A of (A, B);
    1 B of (A, B);
    0 A of (A, B, C);
    1 B of (A, B, C);
    2 C of (A, B, C);
    0 A of (A, B, C, D);
    1 B of (A, B, C, D);
    2 C of (A, B, C, D);
    3 D of (A, B, C, D);
}

/// A value that is accepted as a primary key of type `K`: the key, or a value that converts to the key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a primary key: `{K}` is expected",
    label = "expected `{K}`",
    note = "for an `Auto<_>` field, pass its value: `session[user].id.get()` is `Some(id)` after the flush",
    note = "for a `Key<_>`, pass the primary key of its entity, or compare entities of a session by their keys"
)]
pub trait IntoPrimaryKey<K> {
    /// Converts the value to the primary key.
    fn into_primary_key(self) -> K;
}

#[diagnostic::do_not_recommend]
impl<K, V: Into<K>> IntoPrimaryKey<K> for V {
    fn into_primary_key(self) -> K {
        self.into()
    }
}

/// A field that can be (a part of) the primary key: a column, a required `BelongsTo`, an embedded struct that has one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no primary key",
    label = "neither a column that can be a key, nor a `BelongsTo`, nor an embedded struct with a `primary_key` field"
)]
pub trait KeyField {
    /// The key's type.
    type Key: PrimaryKey;
}

impl<T: ColumnType> KeyField for T
where
    T::Base: KeyPart,
{
    type Key = T::Base;
}

impl<T: ReferenceTarget> KeyField for BelongsTo<T> {
    type Key = super::reference::KeyOf<T>;
}
