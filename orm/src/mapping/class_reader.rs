//! `ClassReader`: reads the row of a class by the column positions of the root. Columns that the class lacks are
//! `NULL`.

use super::position::ColumnPosition;
use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use uuid::Uuid;

use super::hierarchy::Polymorphism;
use crate::row::{ReadError, RowReader};
use crate::value::Value;

/// A row with the columns of one class and its subclasses.
pub(crate) struct ClassReader<'r> {
    row: &'r mut dyn RowReader,
    /// Position of the first column.
    at: usize,
    polymorphism: &'r Polymorphism,
}

impl<'r> ClassReader<'r> {
    /// The row whose columns of a class begin at `at`.
    pub(crate) fn new(row: &'r mut dyn RowReader, at: usize, polymorphism: &'r Polymorphism) -> Self {
        Self { row, at, polymorphism }
    }

    /// Position in the row of a column of the root.
    fn place(&self, column: usize) -> Option<usize> {
        self.polymorphism.row_positions.get(ColumnPosition(column)).copied().flatten().map(|place| self.at + place)
    }
}

/// Generates getters that map the position, and report errors with the root's position.
macro_rules! getters {
    ($($name:ident: $value:ty;)+) => {
        $(fn $name(&mut self, column: usize) -> Result<Option<$value>, ReadError> {
            match self.place(column) {
                Some(place) => self.row.$name(place).map_err(|error| ReadError { column, ..error }),
                None => Ok(None),
            }
        })+
    };
}

impl RowReader for ClassReader<'_> {
    fn width(&self) -> usize {
        self.polymorphism.row_positions.len()
    }

    fn column_name(&self, column: usize) -> Option<&str> {
        self.row.column_name(self.place(column)?)
    }

    fn is_null(&mut self, column: usize) -> Result<bool, ReadError> {
        match self.place(column) {
            Some(place) => self.row.is_null(place).map_err(|error| ReadError { column, ..error }),
            None => Ok(true),
        }
    }

    fn string(&mut self, column: usize) -> Result<Option<String>, ReadError> {
        match self.place(column) {
            Some(place) => self.row.string(place).map_err(|error| ReadError { column, ..error }),
            // Only rows of this class come from a SELECT without the discriminator.
            None if column == self.polymorphism.discriminator.0 => {
                Ok(Some(self.polymorphism.this().identity.to_owned()))
            }
            None => Ok(None),
        }
    }

    fn value(&mut self, column: usize) -> Result<Value, ReadError> {
        match self.place(column) {
            Some(place) => self.row.value(place).map_err(|error| ReadError { column, ..error }),
            None => Ok(Value::Null),
        }
    }

    getters! {
        bool: bool;
        i64: i64;
        f64: f64;
        bytes: Vec<u8>;
        date: NaiveDate;
        time: NaiveTime;
        datetime: NaiveDateTime;
        decimal: BigDecimal;
        uuid: Uuid;
        json: serde_json::Value;
    }
}
