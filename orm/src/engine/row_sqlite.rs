//! Reads rows of SQLite. SQLite types values instead of columns, so the type of every value is checked.

use std::marker::PhantomData;

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::deserialize::FromSql;
use diesel::row::{Field, Row};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteType, SqliteValue};
use uuid::Uuid;

use super::bind_sqlite::SqliteStatement;
use super::compiled::CompiledStatement;
use super::driver::{DieselBackend, Names};
use super::mode::RowSink;
use crate::error::{BoxedResult, Result};
use crate::row::{ReadError, RowReader, iso, values};
use crate::value::Value;

impl DieselBackend for Sqlite {
    type Statement<'s> = SqliteStatement<'s>;
    type Columns = Names;

    fn statement<'s>(compiled: &'s CompiledStatement<'s>) -> SqliteStatement<'s> {
        SqliteStatement::new(compiled)
    }

    #[inline(always)]
    fn push_row<'r>(row: &impl Row<'r, Self>, columns: &Self::Columns, sink: &mut impl RowSink) -> BoxedResult<()> {
        sink.take(&mut SqliteReader::new(row, columns))
    }
}

/// One row, on the connection.
pub(super) struct SqliteReader<'r, 'stmt, R> {
    row: &'r R,
    names: &'r Names,
    /// The last integer that was read. A key is read twice: to find the entity in the session, and to build the entity.
    last: Option<(usize, i64)>,
    statement: PhantomData<&'stmt ()>,
}

impl<'r, 'stmt, R: Row<'stmt, Sqlite>> SqliteReader<'r, 'stmt, R> {
    pub(super) fn new(row: &'r R, names: &'r Names) -> Self {
        Self { row, names, last: None, statement: PhantomData }
    }

    /// Reads a value that is not `NULL`. `convert` returns `None` for a value of another type.
    fn read<T>(
        &self,
        column: usize,
        expected: &'static str,
        convert: impl FnOnce(SqliteType, &mut SqliteValue<'_, '_, '_>) -> Option<T>,
    ) -> Result<Option<T>, ReadError> {
        let Some(field) = self.row.get(column) else {
            return Err(ReadError::new(column, expected, "no such column"));
        };
        // By reference, as the driver's values are large to move.
        let Some(ref mut value) = field.value() else { return Ok(None) };
        let Some(found) = value.value_type() else { return Ok(None) };
        match convert(found, value) {
            Some(converted) => Ok(Some(converted)),
            None => Err(ReadError::new(column, expected, describe_type(found))),
        }
    }

    /// Reads an integer and remembers it. Not inlined, because the second read of the same column skips the call.
    #[inline(never)]
    fn integer(&mut self, column: usize) -> Result<Option<i64>, ReadError> {
        let value = self.read(column, "an integer", |found, value| match found {
            SqliteType::Long => Some(value.read_long()),
            _ => None,
        })?;
        self.last = value.map(|value| (column, value));
        Ok(value)
    }

    /// Reads a value and converts it from SQLite's storage class.
    fn convert<T>(
        &mut self,
        column: usize,
        expected: &'static str,
        convert: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, ReadError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            value => match convert(&value) {
                Some(converted) => Ok(Some(converted)),
                None => Err(ReadError::new(column, expected, value.as_value_ref().kind())),
            },
        }
    }

    /// Reads a value from its text.
    fn parse<T>(
        &self,
        column: usize,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ReadError> {
        self.read(column, expected, |found, value| match found {
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
        self.read(column, "a boolean", |found, value| match (found, value.read_long()) {
            (SqliteType::Long, 0) => Some(false),
            (SqliteType::Long, 1) => Some(true),
            _ => None,
        })
    }

    fn i64(&mut self, column: usize) -> Result<Option<i64>, ReadError> {
        match self.last {
            Some((last, value)) if last == column => Ok(Some(value)),
            _ => self.integer(column),
        }
    }

    fn remember_i64(&mut self, column: usize, value: i64) {
        self.last = Some((column, value));
    }

    fn f64(&mut self, column: usize) -> Result<Option<f64>, ReadError> {
        self.read(column, "a float", |found, value| match found {
            SqliteType::Double => Some(value.read_double()),
            SqliteType::Long => values::exact_f64(value.read_long()),
            _ => None,
        })
    }

    fn string(&mut self, column: usize) -> Result<Option<String>, ReadError> {
        let Some(field) = self.row.get(column) else {
            return Err(ReadError::new(column, "text", "no such column"));
        };
        let value = field.value();
        match value.as_ref().and_then(SqliteValue::value_type) {
            Some(SqliteType::Text) => text(column, value).map(Some),
            Some(found) => Err(ReadError::new(column, "text", describe_type(found))),
            None => Ok(None),
        }
    }

    fn bytes(&mut self, column: usize) -> Result<Option<Vec<u8>>, ReadError> {
        self.read(column, "bytes", |found, value| match found {
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
        self.convert(column, "a decimal", values::as_decimal)
    }

    fn uuid(&mut self, column: usize) -> Result<Option<Uuid>, ReadError> {
        self.read(column, "a UUID", |found, value| match found {
            SqliteType::Text => Uuid::parse_str(value.read_text()).ok(),
            SqliteType::Binary => Uuid::from_slice(value.read_blob()).ok(),
            _ => None,
        })
    }

    fn json(&mut self, column: usize) -> Result<Option<serde_json::Value>, ReadError> {
        let read = self.convert(column, "JSON", values::as_json)?;
        read.transpose().map_err(|found| ReadError::new(column, "JSON", found))
    }

    fn value(&mut self, column: usize) -> Result<Value, ReadError> {
        let Some(field) = self.row.get(column) else {
            return Err(ReadError::new(column, "a value", "no such column"));
        };
        let mut value = field.value();
        let found = value.as_ref().and_then(SqliteValue::value_type);
        if let Some(SqliteType::Text) = found {
            return text(column, value).map(Value::Text);
        }
        let (Some(found), Some(value)) = (found, &mut value) else { return Ok(Value::Null) };
        Ok(match found {
            SqliteType::Double | SqliteType::Float => Value::F64(value.read_double()),
            SqliteType::Binary => Value::Bytes(value.read_blob().to_vec()),
            _ => Value::I64(value.read_long()),
        })
    }
}

/// Reads text. Unlike diesel's `read_text`, this reports invalid UTF-8 as an error.
#[inline]
fn text(column: usize, value: Option<SqliteValue<'_, '_, '_>>) -> Result<String, ReadError> {
    let text = <String as FromSql<Text, Sqlite>>::from_nullable_sql(value);
    text.map_err(|_| ReadError::new(column, "text", "text that is not UTF-8"))
}

/// The type of a value for an error message, without the value, as the column may be sensitive.
fn describe_type(found: SqliteType) -> &'static str {
    match found {
        SqliteType::Long | SqliteType::Integer | SqliteType::SmallInt => "an integer",
        SqliteType::Double | SqliteType::Float => "a float",
        SqliteType::Text => "text",
        SqliteType::Binary => "bytes",
    }
}
