//! `Deferred<T>`: a column that a row can be read without.

use std::fmt;

use crate::column_type::ColumnType;
use crate::row::{ReadError, RowReader};
use crate::value::{DataType, Value, ValueRef};

/// The value of a column that rows are read without, until a program asks for the value: a long text, an image, a
/// document.
///
/// Queries, `get`, refreshes and loads of relationships leave the column out. [`undefer`](crate::load::undefer) reads
/// the column with a query, [`Session::load_column`](crate::Session::load_column) reads the column of entities in
/// memory. A column that is not loaded has no value: a flush neither compares nor writes the column, unless the program
/// assigns a value.
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug, Default)]
/// struct Book {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     title: String,
///     summary: Deferred<String>,
/// }
///
/// # fn main() -> orm::Result<()> {
/// # let engine = Engine::new("sqlite://")?;
/// # engine.create_all(schema![Book])?;
/// let mut session = Session::new(&engine);
/// session.add(Book { title: "Dune".into(), summary: Deferred::new("Sand.".into()), ..Book::default() });
/// session.commit()?;
///
/// let mut session = Session::new(&engine);
/// let book = session.query::<Book>().one()?; // SELECT book.id, book.title FROM book
/// assert_eq!(session[book].summary.loaded(), None);
/// assert_eq!(session.load_column(book, Book::SUMMARY)?, "Sand."); // SELECT book.id, book.summary ...
/// assert_eq!(session[book].summary.loaded().map(String::as_str), Some("Sand."));
/// # Ok(()) }
/// ```
///
/// In a new entity, a field that is not loaded is left out of the INSERT: a `default` or a `server_default` fills the
/// column, a nullable column becomes `NULL`, and any other column is an error of the flush.
///
/// Counterpart: `deferred(mapped_column(..))`, `mapped_column(deferred=True)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Deferred<T> {
    /// The row was read without the column, or a new entity leaves the column out.
    #[default]
    NotLoaded,
    /// The value.
    Loaded(T),
}

impl<T> Deferred<T> {
    /// Makes a value: of a new entity, or to be written by the next flush.
    pub const fn new(value: T) -> Self {
        Self::Loaded(value)
    }

    /// Returns the value, if the column is loaded. Sends nothing.
    pub const fn loaded(&self) -> Option<&T> {
        match self {
            Self::NotLoaded => None,
            Self::Loaded(value) => Some(value),
        }
    }

    /// Returns the value for a change, if the column is loaded. Sends nothing.
    pub const fn loaded_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::NotLoaded => None,
            Self::Loaded(value) => Some(value),
        }
    }

    /// Takes the value out, if the column is loaded.
    pub fn into_loaded(self) -> Option<T> {
        match self {
            Self::NotLoaded => None,
            Self::Loaded(value) => Some(value),
        }
    }

    /// Whether the column is loaded.
    pub const fn is_loaded(&self) -> bool {
        matches!(self, Self::Loaded(_))
    }
}

impl<T> From<T> for Deferred<T> {
    fn from(value: T) -> Self {
        Self::Loaded(value)
    }
}

impl<T: PartialEq> PartialEq<T> for Deferred<T> {
    fn eq(&self, other: &T) -> bool {
        self.loaded() == Some(other)
    }
}

impl<T: fmt::Display> fmt::Display for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoaded => f.pad("(not loaded)"),
            Self::Loaded(value) => value.fmt(f),
        }
    }
}

impl<T: ColumnType> ColumnType for Deferred<T> {
    type Base = T::Base;

    const NULLABLE: bool = T::NULLABLE;
    const GENERATED: bool = true;
    const DEFERRED: bool = true;

    fn data_type() -> DataType {
        T::data_type()
    }

    fn to_value(&self) -> ValueRef<'_> {
        self.loaded().map_or(ValueRef::Unloaded, T::to_value)
    }

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Unloaded => Ok(Self::NotLoaded),
            value => T::from_value(value).map(Self::Loaded),
        }
    }

    fn read(row: &mut dyn RowReader, column: usize) -> Result<Self, ReadError> {
        match row.has_column(column) {
            true => T::read(row, column).map(Self::Loaded),
            false => Ok(Self::NotLoaded),
        }
    }

    fn is_unset(&self) -> bool {
        !self.is_loaded()
    }

    fn unset(&mut self) {
        *self = Self::NotLoaded;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_is_not_loaded_takes_no_more_memory_than_its_value() {
        assert_eq!(size_of::<Deferred<String>>(), size_of::<String>());
        assert_eq!(size_of::<Deferred<Vec<u8>>>(), size_of::<Vec<u8>>());
        assert_eq!(size_of::<Deferred<Option<Vec<u8>>>>(), size_of::<Option<Vec<u8>>>());
        assert_eq!(size_of::<Deferred<serde_json::Value>>(), size_of::<serde_json::Value>());
    }

    #[test]
    fn not_loaded_is_no_value() {
        let unloaded = Deferred::<Option<String>>::NotLoaded;
        assert_ne!(unloaded, Deferred::new(None));
        assert_ne!(unloaded.to_value(), ValueRef::Null);
        assert_eq!(Deferred::<Option<String>>::from_value(Value::Null), Ok(Deferred::new(None)));
        assert_eq!(Deferred::<String>::from_value(Value::Unloaded), Ok(Deferred::NotLoaded));
        assert_eq!(Deferred::new("a".to_owned()).to_string(), "a");
        assert!(String::from_value(Value::Unloaded).is_err());
    }
}
