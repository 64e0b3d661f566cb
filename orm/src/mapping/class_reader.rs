//! The row of a class of a hierarchy, read by the positions of the root: what the class lacks is `NULL`.

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use uuid::Uuid;

use super::hierarchy::Lineage;
use crate::row::{ReadError, RowReader};
use crate::value::Value;

/// A row of which only the columns of one class, and of those below it, were selected.
pub(crate) struct ClassReader<'r> {
    row: &'r mut dyn RowReader,
    /// The first of its columns.
    at: usize,
    lineage: &'r Lineage,
}

impl<'r> ClassReader<'r> {
    /// The row whose columns of a class begin at `at`.
    pub(crate) fn new(row: &'r mut dyn RowReader, at: usize, lineage: &'r Lineage) -> Self {
        Self { row, at, lineage }
    }

    /// Where a column of the root stands in the row.
    fn place(&self, column: usize) -> Option<usize> {
        self.lineage.places.get(column).copied().flatten().map(|place| self.at + place)
    }
}

/// Getters that read a column where it stands, and blame the position of the root.
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
        self.lineage.places.len()
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
            // Where it is not selected, the row can only be of this class.
            None if column == self.lineage.discriminator => Ok(Some(self.lineage.this().identity.to_owned())),
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
