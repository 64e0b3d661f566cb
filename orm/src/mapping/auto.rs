//! `Auto<T>`: a value that the database, or a default, assigns at insertion.

use std::fmt;

use crate::column_type::ColumnType;
use crate::row::{ReadError, RowReader};
use crate::value::{DataType, Value, ValueRef};

/// A value that the database or a default assigns when the row is inserted: a generated key, a server default, a
/// client-side default.
///
/// [`Auto::Unset`] leaves the value out. After the flush the field is set. `Auto<Option<T>>` distinguishes an omitted
/// value from `NULL`, which is `Auto::Set(None)` and is written.
///
/// ```
/// use orm::Auto;
/// let id: Auto<i64> = Auto::Unset;
/// assert_eq!((id.get(), id.is_set()), (None, false));
/// assert_eq!(Auto::from(7), 7);
/// ```
///
/// Counterpart: an attribute that is `None` until the flush.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Auto<T> {
    /// Not assigned yet.
    #[default]
    Unset,
    /// The value.
    Set(T),
}

impl<T> Auto<T> {
    /// Returns the value, if it is set.
    pub const fn as_ref(&self) -> Option<&T> {
        match self {
            Self::Unset => None,
            Self::Set(value) => Some(value),
        }
    }

    /// Whether the value is set.
    pub const fn is_set(&self) -> bool {
        matches!(self, Self::Set(_))
    }
}

impl<T: Clone> Auto<T> {
    /// Returns the value, if it is set.
    pub fn get(&self) -> Option<T> {
        self.as_ref().cloned()
    }
}

impl<T> From<T> for Auto<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T: PartialEq> PartialEq<T> for Auto<T> {
    fn eq(&self, other: &T) -> bool {
        self.as_ref() == Some(other)
    }
}

impl<T: fmt::Display> fmt::Display for Auto<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset => f.pad("None"),
            Self::Set(value) => value.fmt(f),
        }
    }
}

impl<T: ColumnType> ColumnType for Auto<T> {
    type Base = T::Base;

    const NULLABLE: bool = T::NULLABLE;
    const GENERATED: bool = true;

    fn data_type() -> DataType {
        T::data_type()
    }

    fn to_value(&self) -> ValueRef<'_> {
        self.as_ref().map_or(ValueRef::Null, T::to_value)
    }

    fn from_value(value: Value) -> Result<Self, String> {
        if value.is_null() && !T::NULLABLE { Ok(Self::Unset) } else { T::from_value(value).map(Self::Set) }
    }

    fn read(row: &mut dyn RowReader, column: usize) -> Result<Self, ReadError> {
        T::read(row, column).map(Self::Set)
    }

    fn is_unset(&self) -> bool {
        !self.is_set()
    }

    fn unset(&mut self) {
        *self = Self::Unset;
    }
}
