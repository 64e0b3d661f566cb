//! Rows taken off a connection, and plain structs that rows fill.

mod from_row;

use std::sync::Arc;

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use uuid::Uuid;

use crate::column_type::ColumnType;
use crate::error::{Error, Result};
use crate::row::values::{
    as_bool, as_bytes, as_date, as_datetime, as_decimal, as_f64, as_i64, as_json, as_time, as_uuid,
};
use crate::row::{ReadError, RowReader};
use crate::value::Value;

pub use self::from_row::FromRow;
pub(crate) use self::from_row::{match_columns, read_struct};

/// A row whose values were taken off the connection.
///
/// Counterpart: `sqlalchemy.engine.Row`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ValueRow {
    /// Column names, as reported by the database.
    pub names: Arc<[String]>,
    /// The values.
    pub values: Vec<Value>,
}

impl ValueRow {
    /// Returns a column's value, by index (`row.get::<i64>(0)`) or by name (`row.get::<i64>("id")`).
    ///
    /// ```
    /// let user = orm::text("SELECT 7 AS id, 'ed' AS name");
    /// let rows = orm::Engine::new("sqlite://")?.connect()?.query(&user)?;
    /// assert_eq!((rows[0].get::<i64>("id")?, rows[0].get::<String>(1)?), (7, "ed".to_owned()));
    /// let (id, name): (i64, String) = rows[0].unpack()?;
    /// assert_eq!((id, name.as_str()), (7, "ed"));
    /// # Ok::<(), orm::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownColumn`] or [`Error::ColumnOutOfRange`] when there is no such column, [`Error::Decode`] when it
    /// holds a value of another type.
    pub fn get<T: ColumnType>(&self, at: impl ColumnIndex) -> Result<T> {
        let column = at.column_of(self)?;
        self.reader_at(column)
    }

    /// Converts all columns to a tuple, `let (id, name): (i64, String) = row.unpack()?`, or by name to a struct that
    /// derives [`FromRow`](crate::FromRow).
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] when the row has other columns, [`Error::Decode`] when one holds a value of another
    /// type.
    pub fn unpack<T: FromValueRow>(&self) -> Result<T> {
        T::from_value_row(self)
    }

    fn reader_at<T: ColumnType>(&self, column: usize) -> Result<T> {
        T::read(&mut ValueReader { row: self }, column).map_err(|error| {
            let name = self.names.get(column).cloned().unwrap_or_else(|| column.to_string());
            error.locate("row", name)
        })
    }
}

/// An index of a column of a [`ValueRow`]: a position, counted from 0, or a name.
pub trait ColumnIndex {
    /// The index of the column.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`], [`Error::ColumnOutOfRange`], [`Error::AmbiguousColumn`] when several have that name.
    fn column_of(&self, row: &ValueRow) -> Result<usize>;
}

impl ColumnIndex for usize {
    fn column_of(&self, row: &ValueRow) -> Result<usize> {
        if *self < row.values.len() {
            return Ok(*self);
        }
        Err(Error::ColumnOutOfRange { index: *self, columns: row.values.len() })
    }
}

impl ColumnIndex for &str {
    fn column_of(&self, row: &ValueRow) -> Result<usize> {
        let mut found = row.names.iter().enumerate().filter(|(_, name)| name == self);
        match (found.next(), found.next()) {
            (Some((column, _)), None) => Ok(column),
            (Some(_), Some(_)) => Err(Error::AmbiguousColumn { column: (*self).to_owned() }),
            (None, _) => Err(Error::UnknownColumn { column: (*self).to_owned(), columns: row.names.to_vec() }),
        }
    }
}

/// A type that is made from a whole row: a tuple by order, or a struct that derives [`FromRow`](crate::FromRow) by
/// name.
pub trait FromValueRow: Sized {
    /// Reads every column.
    ///
    /// # Errors
    /// See [`ValueRow::unpack`].
    fn from_value_row(row: &ValueRow) -> Result<Self>;
}

macro_rules! tuple {
    ($count:literal: $($type:ident $column:tt),+) => {
        impl<$($type: ColumnType),+> FromValueRow for ($($type,)+) {
            fn from_value_row(row: &ValueRow) -> Result<Self> {
                if row.values.len() != $count {
                    let found = row.values.len();
                    return Err(Error::invalid(format!("the row has {found} columns, the tuple {}", $count)));
                }
                Ok(($(row.reader_at::<$type>($column)?,)+))
            }
        }
    };
}

tuple!(1: A 0);
tuple!(2: A 0, B 1);
tuple!(3: A 0, B 1, C 2);
tuple!(4: A 0, B 1, C 2, D 3);
tuple!(5: A 0, B 1, C 2, D 3, E 4);
tuple!(6: A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(7: A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// Reads a [`ValueRow`] like a row from the database.
#[derive(Clone, Copy, Debug)]
pub struct ValueReader<'a> {
    row: &'a ValueRow,
}

impl<'a> ValueReader<'a> {
    /// A reader of a row.
    pub fn new(row: &'a ValueRow) -> Self {
        Self { row }
    }

    fn read<T>(
        &self,
        column: usize,
        expected: &'static str,
        convert: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, ReadError> {
        match self.row.values.get(column) {
            None => Err(ReadError::new(column, expected, "no such column")),
            Some(Value::Null) => Ok(None),
            Some(value) => match convert(value) {
                Some(converted) => Ok(Some(converted)),
                None => Err(ReadError::new(column, expected, value.kind())),
            },
        }
    }
}

impl RowReader for ValueReader<'_> {
    fn width(&self) -> usize {
        self.row.values.len()
    }

    fn column_name(&self, column: usize) -> Option<&str> {
        self.row.names.get(column).map(String::as_str)
    }

    fn has_column(&self, column: usize) -> bool {
        !matches!(self.row.values.get(column), Some(Value::Unloaded))
    }

    fn is_null(&mut self, column: usize) -> Result<bool, ReadError> {
        self.read(column, "a value", |_| Some(())).map(|value| value.is_none())
    }

    fn bool(&mut self, column: usize) -> Result<Option<bool>, ReadError> {
        self.read(column, "a boolean", as_bool)
    }

    fn i64(&mut self, column: usize) -> Result<Option<i64>, ReadError> {
        self.read(column, "an integer", as_i64)
    }

    fn f64(&mut self, column: usize) -> Result<Option<f64>, ReadError> {
        self.read(column, "a float", as_f64)
    }

    fn string(&mut self, column: usize) -> Result<Option<String>, ReadError> {
        self.read(column, "text", |value| match value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    fn bytes(&mut self, column: usize) -> Result<Option<Vec<u8>>, ReadError> {
        self.read(column, "bytes", |value| as_bytes(value.clone()))
    }

    fn date(&mut self, column: usize) -> Result<Option<NaiveDate>, ReadError> {
        self.read(column, "a date", as_date)
    }

    fn time(&mut self, column: usize) -> Result<Option<NaiveTime>, ReadError> {
        self.read(column, "a time", as_time)
    }

    fn datetime(&mut self, column: usize) -> Result<Option<NaiveDateTime>, ReadError> {
        self.read(column, "a date and time", as_datetime)
    }

    fn decimal(&mut self, column: usize) -> Result<Option<BigDecimal>, ReadError> {
        self.read(column, "a decimal", as_decimal)
    }

    fn uuid(&mut self, column: usize) -> Result<Option<Uuid>, ReadError> {
        self.read(column, "a UUID", as_uuid)
    }

    fn json(&mut self, column: usize) -> Result<Option<serde_json::Value>, ReadError> {
        let read = self.read(column, "JSON", as_json)?;
        read.transpose().map_err(|found| ReadError::new(column, "JSON", found))
    }

    fn value(&mut self, column: usize) -> Result<Value, ReadError> {
        self.read(column, "a value", |value| Some(value.clone())).map(|value| value.unwrap_or(Value::Null))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn row() -> ValueRow {
        let names = ["id", "name", "born", "name"].map(str::to_owned);
        let values = vec![Value::I64(7), Value::Text("ed".into()), Value::Text("2026-03-01".into()), Value::Null];
        ValueRow { names: names.into(), values }
    }

    #[test]
    fn columns_are_read_by_index_and_by_name() {
        assert_eq!(row().get::<i64>("id").unwrap(), 7);
        assert_eq!(row().get::<String>(1).unwrap(), "ed");
        assert_eq!(row().get::<Option<String>>(3).unwrap(), None);
        assert_eq!(row().get::<NaiveDate>("born").unwrap().to_string(), "2026-03-01");
    }

    #[test]
    fn what_is_not_there_is_said_by_name() {
        assert_eq!(
            row().get::<i64>("age").unwrap_err().to_string(),
            "no column is named `age`; there are id, name, born, name"
        );
        assert!(row().get::<i64>("name").unwrap_err().to_string().starts_with("several columns are named `name`"));
        assert_eq!(row().get::<i64>(9).unwrap_err().to_string(), "the row has 4 columns, so none at index 9");
        assert_eq!(row().get::<i64>(1).unwrap_err().to_string(), "row.name: expected an integer, the row holds text");
        assert_eq!(
            row().get::<i64>(3).unwrap_err().to_string(),
            "row.name: expected an integer, the row holds NULL; read it as an `Option`, or make the column NOT NULL"
        );
    }

    #[test]
    fn bytes_that_were_taken_for_text_are_bytes() {
        assert_eq!(row().get::<Vec<u8>>(1).unwrap(), b"ed");
        assert_eq!(Vec::<u8>::from_value(Value::Text("ed".into())).unwrap(), b"ed");
        assert!(row().get::<Vec<u8>>("id").is_err());
    }

    #[test]
    fn a_row_becomes_a_tuple() {
        let unpacked: (i64, String, NaiveDate, Option<String>) = row().unpack().unwrap();
        assert_eq!(unpacked.0, 7);
        assert_eq!(row().unpack::<(i64,)>().unwrap_err().to_string(), "the row has 4 columns, the tuple 1");
    }
}
