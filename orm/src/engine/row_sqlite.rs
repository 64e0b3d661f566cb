//! Reads SQLite's rows. SQLite types values, not columns, so every value is asked what it is.

use std::marker::PhantomData;

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::deserialize::FromSql;
use diesel::row::{Field, Row};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteType, SqliteValue};
use uuid::Uuid;

use super::bind_sqlite::SqliteStatement;
use super::driver::{Driven, Names};
use super::flat::Flat;
use super::refusal::Speaker;
use super::wire::Taker;
use crate::error::{Result, Slim};
use crate::row::{ReadError, RowReader, iso, values};
use crate::value::Value;

impl Driven for Sqlite {
    const SPEAKER: Speaker = Speaker::Sqlite;
    type Statement<'s> = SqliteStatement<'s>;
    type Columns = Names;

    fn statement<'s>(flat: &'s Flat<'s>) -> SqliteStatement<'s> {
        SqliteStatement::new(flat)
    }

    fn hand<'r>(row: &impl Row<'r, Self>, columns: &Self::Columns, taker: &mut impl Taker) -> Slim<()> {
        taker.take(&mut SqliteReader::new(row, columns))
    }
}

/// One row, on the connection.
pub(super) struct SqliteReader<'r, 'stmt, R> {
    row: &'r R,
    names: &'r Names,
    /// The integer that was read last: a key is read to find its entity, and again to make it.
    last: Option<(usize, i64)>,
    statement: PhantomData<&'stmt ()>,
}

impl<'r, 'stmt, R: Row<'stmt, Sqlite>> SqliteReader<'r, 'stmt, R> {
    pub(super) fn new(row: &'r R, names: &'r Names) -> Self {
        Self { row, names, last: None, statement: PhantomData }
    }

    /// Reads a value that is not `NULL`; `None` from `convert` when it is of another type.
    fn read<T>(
        &self,
        column: usize,
        expected: &'static str,
        convert: impl FnOnce(SqliteType, SqliteValue<'_, '_, '_>) -> Option<T>,
    ) -> Result<Option<T>, ReadError> {
        let Some(field) = self.row.get(column) else {
            return Err(ReadError::new(column, expected, "no such column"));
        };
        let Some(value) = field.value() else { return Ok(None) };
        let Some(found) = value.value_type() else { return Ok(None) };
        match convert(found, value) {
            Some(converted) => Ok(Some(converted)),
            None => Err(ReadError::new(column, expected, words(found))),
        }
    }

    /// Reads a value through its text.
    fn parse<T>(
        &self,
        column: usize,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ReadError> {
        self.read(column, expected, |found, mut value| match found {
            SqliteType::Text => parse(value.read_text()),
            _ => None,
        })
    }
}

impl<'stmt, R: Row<'stmt, Sqlite>> RowReader for SqliteReader<'_, 'stmt, R> {
    fn width(&self) -> usize {
        self.row.field_count()
    }

    fn column_name(&self, column: usize) -> Option<&str> {
        let names = self.names.get_or_init(|| {
            let name = |column| self.row.get(column).and_then(|field| field.field_name().map(str::to_owned));
            (0..self.row.field_count()).map(|column| name(column).unwrap_or_default()).collect()
        });
        names.get(column).map(String::as_str)
    }

    fn is_null(&mut self, column: usize) -> Result<bool, ReadError> {
        match self.row.get(column) {
            Some(field) => Ok(field.is_null()),
            None => Err(ReadError::new(column, "a value", "no such column")),
        }
    }

    fn bool(&mut self, column: usize) -> Result<Option<bool>, ReadError> {
        self.read(column, "a boolean", |found, mut value| match (found, value.read_long()) {
            (SqliteType::Long, 0) => Some(false),
            (SqliteType::Long, 1) => Some(true),
            _ => None,
        })
    }

    fn i64(&mut self, column: usize) -> Result<Option<i64>, ReadError> {
        if let Some((last, value)) = self.last
            && last == column
        {
            return Ok(Some(value));
        }
        let value = self.read(column, "an integer", |found, mut value| match found {
            SqliteType::Long => Some(value.read_long()),
            _ => None,
        })?;
        self.last = value.map(|value| (column, value));
        Ok(value)
    }

    fn f64(&mut self, column: usize) -> Result<Option<f64>, ReadError> {
        self.read(column, "a float", |found, mut value| match found {
            SqliteType::Double => Some(value.read_double()),
            SqliteType::Long => values::exact_f64(value.read_long()),
            _ => None,
        })
    }

    fn string(&mut self, column: usize) -> Result<Option<String>, ReadError> {
        self.read(column, "text", |found, value| match found {
            SqliteType::Text => <String as FromSql<Text, Sqlite>>::from_sql(value).ok(),
            _ => None,
        })
    }

    fn bytes(&mut self, column: usize) -> Result<Option<Vec<u8>>, ReadError> {
        self.read(column, "bytes", |found, mut value| match found {
            SqliteType::Binary => Some(value.read_blob().to_vec()),
            _ => None,
        })
    }

    fn date(&mut self, column: usize) -> Result<Option<NaiveDate>, ReadError> {
        self.parse(column, "a date", iso::parse_date)
    }

    fn time(&mut self, column: usize) -> Result<Option<NaiveTime>, ReadError> {
        self.parse(column, "a time", iso::parse_time)
    }

    fn datetime(&mut self, column: usize) -> Result<Option<NaiveDateTime>, ReadError> {
        self.parse(column, "a date and time", iso::parse_datetime)
    }

    fn decimal(&mut self, column: usize) -> Result<Option<BigDecimal>, ReadError> {
        self.read(column, "a decimal", |found, value| values::as_decimal(&owned(found, value)?))
    }

    fn uuid(&mut self, column: usize) -> Result<Option<Uuid>, ReadError> {
        self.read(column, "a UUID", |found, mut value| match found {
            SqliteType::Text => Uuid::parse_str(value.read_text()).ok(),
            SqliteType::Binary => Uuid::from_slice(value.read_blob()).ok(),
            _ => None,
        })
    }

    fn json(&mut self, column: usize) -> Result<Option<serde_json::Value>, ReadError> {
        self.read(column, "JSON", |found, value| values::as_json(&owned(found, value)?))
    }

    fn value(&mut self, column: usize) -> Result<Value, ReadError> {
        self.read(column, "a value", owned).map(|value| value.unwrap_or(Value::Null))
    }
}

/// The value in the kind that SQLite stores it as; `None` for text that is not UTF-8.
fn owned(found: SqliteType, mut value: SqliteValue<'_, '_, '_>) -> Option<Value> {
    match found {
        SqliteType::Long | SqliteType::Integer | SqliteType::SmallInt => Some(Value::I64(value.read_long())),
        SqliteType::Double | SqliteType::Float => Some(Value::F64(value.read_double())),
        SqliteType::Text => <String as FromSql<Text, Sqlite>>::from_sql(value).ok().map(Value::Text),
        SqliteType::Binary => Some(Value::Bytes(value.read_blob().to_vec())),
    }
}

/// What was there, without its content: the column may be sensitive.
fn words(found: SqliteType) -> &'static str {
    match found {
        SqliteType::Long | SqliteType::Integer | SqliteType::SmallInt => "an integer",
        SqliteType::Double | SqliteType::Float => "a float",
        SqliteType::Text => "text",
        SqliteType::Binary => "bytes",
    }
}
