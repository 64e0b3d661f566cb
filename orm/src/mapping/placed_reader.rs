//! `PlacedReader`: reads a row by the column positions of the mapping. Columns of other classes are `NULL`. Deferred
//! columns that were left out are missing.

use super::meta::EntityMeta;
use super::position::{ColumnPosition, IndexVec};
use super::row_shape::RowShape;
use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use uuid::Uuid;

use super::hierarchy::Polymorphism;
use crate::row::{ReadError, RowReader};
use crate::value::Value;

/// A row whose columns stand at other places than in the mapping.
pub(crate) struct PlacedReader<'r> {
    row: &'r mut dyn RowReader,
    /// Position of the first column.
    at: usize,
    places: &'r IndexVec<ColumnPosition, Option<usize>>,
    polymorphism: Option<&'r Polymorphism>,
}

impl<'r> PlacedReader<'r> {
    /// The row whose columns of a class and its subclasses begin at `at`.
    pub(crate) fn of_class(row: &'r mut dyn RowReader, at: usize, polymorphism: &'r Polymorphism) -> Self {
        Self { row, at, places: &polymorphism.row_positions, polymorphism: Some(polymorphism) }
    }

    /// The row of a shape, whose columns begin at `at`.
    pub(crate) fn of_shape(
        row: &'r mut dyn RowReader,
        at: usize,
        meta: &'static EntityMeta,
        shape: &'r RowShape,
    ) -> Self {
        Self { row, at, places: &shape.places, polymorphism: meta.polymorphism.as_ref() }
    }

    /// Position in the row of a column of the root.
    fn place(&self, column: usize) -> Option<usize> {
        self.places.get(ColumnPosition(column)).copied().flatten().map(|place| self.at + place)
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

impl RowReader for PlacedReader<'_> {
    fn width(&self) -> usize {
        self.places.len()
    }

    fn column_name(&self, column: usize) -> Option<&str> {
        self.row.column_name(self.place(column)?)
    }

    fn has_column(&self, column: usize) -> bool {
        self.place(column).is_some()
    }

    fn remember_i64(&mut self, column: usize, value: i64) {
        if let Some(place) = self.place(column) {
            self.row.remember_i64(place, value);
        }
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
            None => Ok(self
                .polymorphism
                .filter(|polymorphism| column == polymorphism.discriminator.0)
                .map(|polymorphism| polymorphism.this().identity.to_owned())),
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
