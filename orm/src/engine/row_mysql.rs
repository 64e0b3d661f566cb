//! Reads rows of MariaDB and MySQL, by the column types that the server reports.
//!
//! Text columns have a binary collation, so that comparisons are exact. diesel reports such columns as bytes. So text
//! can be read from a column of bytes, and without an expected type, bytes that are valid UTF-8 are read as text.

use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;

use bigdecimal::{BigDecimal, ToPrimitive};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::deserialize::FromSql;
use diesel::mysql::data_types::MysqlTime;
use diesel::mysql::{Mysql, MysqlType, MysqlValue};
use diesel::row::{Field, Row};
use diesel::sql_types::{Date, Datetime, Time};
use uuid::Uuid;

use super::bind_mysql::MysqlStatement;
use super::compiled::CompiledStatement;
use super::driver::{DieselBackend, Names};
use super::mode::RowSink;
use crate::error::{BoxedResult, Result};
use crate::row::{ReadError, RowReader, json, values};
use crate::value::Value;

impl DieselBackend for Mysql {
    type Statement<'s> = MysqlStatement<'s>;
    type Columns = Names;

    fn statement<'s>(compiled: &'s CompiledStatement<'s>) -> MysqlStatement<'s> {
        MysqlStatement(compiled)
    }

    fn push_row<'r>(row: &impl Row<'r, Self>, columns: &Self::Columns, sink: &mut impl RowSink) -> BoxedResult<()> {
        sink.take(&mut MysqlReader::new(row, columns))
    }
}

/// One row of a result.
pub(super) struct MysqlReader<'r, 'result, R> {
    row: &'r R,
    names: &'r Names,
    result: PhantomData<&'result ()>,
}

impl<'r, 'result, R: Row<'result, Mysql>> MysqlReader<'r, 'result, R> {
    pub(super) fn new(row: &'r R, names: &'r Names) -> Self {
        Self { row, names, result: PhantomData }
    }

    /// Reads a value that is not `NULL`. `convert` returns `None` for a value of another type or form.
    fn read<T>(
        &self,
        column: usize,
        expected: &'static str,
        convert: impl FnOnce(MysqlValue<'_>) -> Option<T>,
    ) -> Result<Option<T>, ReadError> {
        let Some(field) = self.row.get(column) else {
            return Err(ReadError::new(column, expected, "no such column"));
        };
        // diesel panics at an unknown type, and offers no other way to detect one.
        let Ok(value) = std::panic::catch_unwind(AssertUnwindSafe(|| field.value())) else {
            return Err(ReadError::new(
                column,
                expected,
                "a type unknown to the driver, such as a geometry: select ST_AsText(...) or ST_AsBinary(...) of it",
            ));
        };
        let Some(value) = value else { return Ok(None) };
        let found = value.value_type();
        match convert(value) {
            Some(converted) => Ok(Some(converted)),
            None => Err(ReadError::new(column, expected, describe_type(found, expected))),
        }
    }
}

impl<'result, R: Row<'result, Mysql>> RowReader for MysqlReader<'_, 'result, R> {
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
        self.read(column, "a boolean", |value| match integer(&value)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        })
    }

    fn i64(&mut self, column: usize) -> Result<Option<i64>, ReadError> {
        self.read(column, "an integer", |value| match value.value_type() {
            MysqlType::Numeric => values::as_i64(&Value::Decimal(decimal(&value)?)),
            _ => integer(&value),
        })
    }

    fn f64(&mut self, column: usize) -> Result<Option<f64>, ReadError> {
        self.read(column, "a float", |value| match value.value_type() {
            MysqlType::Numeric => decimal(&value)?.to_f64(),
            MysqlType::Float | MysqlType::Double => float(&value),
            _ => values::exact_f64(integer(&value)?),
        })
    }

    fn string(&mut self, column: usize) -> Result<Option<String>, ReadError> {
        self.read(column, "text", |value| text(&value).map(str::to_owned))
    }

    fn bytes(&mut self, column: usize) -> Result<Option<Vec<u8>>, ReadError> {
        self.read(column, "bytes", |value| (value.value_type() == MysqlType::Blob).then(|| value.as_bytes().to_vec()))
    }

    fn date(&mut self, column: usize) -> Result<Option<NaiveDate>, ReadError> {
        self.read(column, "a date", |value| match value.value_type() {
            MysqlType::Date => FromSql::<Date, Mysql>::from_sql(value).ok(),
            _ => None,
        })
    }

    fn time(&mut self, column: usize) -> Result<Option<NaiveTime>, ReadError> {
        self.read(column, "a time", |value| match value.value_type() {
            MysqlType::Time => time_of_day(value),
            _ => None,
        })
    }

    fn datetime(&mut self, column: usize) -> Result<Option<NaiveDateTime>, ReadError> {
        self.read(column, "a date and time", |value| match value.value_type() {
            MysqlType::DateTime | MysqlType::Timestamp => FromSql::<Datetime, Mysql>::from_sql(value).ok(),
            _ => None,
        })
    }

    fn decimal(&mut self, column: usize) -> Result<Option<BigDecimal>, ReadError> {
        self.read(column, "a decimal", |value| match value.value_type() {
            MysqlType::Numeric => decimal(&value),
            MysqlType::Float | MysqlType::Double => values::as_decimal(&Value::F64(float(&value)?)),
            _ => integer(&value).map(BigDecimal::from),
        })
    }

    fn uuid(&mut self, column: usize) -> Result<Option<Uuid>, ReadError> {
        self.read(column, "a UUID", |value| match (value.value_type(), value.as_bytes()) {
            (MysqlType::Blob, bytes) if bytes.len() == 16 => Uuid::from_slice(bytes).ok(),
            _ => Uuid::parse_str(text(&value)?).ok(),
        })
    }

    fn json(&mut self, column: usize) -> Result<Option<serde_json::Value>, ReadError> {
        let read = self.read(column, "JSON", |value| Some(json::parse(text(&value)?.as_bytes())))?;
        read.transpose().map_err(|found| ReadError::new(column, "JSON", found))
    }

    fn value(&mut self, column: usize) -> Result<Value, ReadError> {
        self.read(column, "a value of a type that this crate knows (cast it to text)", owned)
            .map(|value| value.unwrap_or(Value::Null))
    }
}

fn owned(value: MysqlValue<'_>) -> Option<Value> {
    match value.value_type() {
        MysqlType::Float | MysqlType::Double => float(&value).map(Value::F64),
        MysqlType::Numeric => decimal(&value).map(Value::Decimal),
        MysqlType::Date => FromSql::<Date, Mysql>::from_sql(value).ok().map(Value::Date),
        MysqlType::Time => time_of_day(value).map(Value::Time),
        MysqlType::DateTime | MysqlType::Timestamp => {
            FromSql::<Datetime, Mysql>::from_sql(value).ok().map(Value::DateTime)
        }
        MysqlType::String | MysqlType::Enum | MysqlType::Set => text(&value).map(|text| Value::Text(text.to_owned())),
        MysqlType::Blob => Some(match text(&value) {
            Some(text) => Value::Text(text.to_owned()),
            None => Value::Bytes(value.as_bytes().to_vec()),
        }),
        _ => integer(&value).map(Value::I64),
    }
}

/// Reads an integer of any size. Returns `None` for an unsigned integer above the range of `i64`.
fn integer(value: &MysqlValue<'_>) -> Option<i64> {
    let bytes = value.as_bytes();
    match value.value_type() {
        MysqlType::Tiny | MysqlType::Short | MysqlType::Long | MysqlType::LongLong => match bytes.len() {
            1 => bytes.try_into().ok().map(|bytes| i64::from(i8::from_ne_bytes(bytes))),
            2 => bytes.try_into().ok().map(|bytes| i64::from(i16::from_ne_bytes(bytes))),
            4 => bytes.try_into().ok().map(|bytes| i64::from(i32::from_ne_bytes(bytes))),
            _ => bytes.try_into().ok().map(i64::from_ne_bytes),
        },
        MysqlType::UnsignedTiny | MysqlType::UnsignedShort | MysqlType::UnsignedLong | MysqlType::UnsignedLongLong => {
            match bytes.len() {
                1 => bytes.try_into().ok().map(|bytes| i64::from(u8::from_ne_bytes(bytes))),
                2 => bytes.try_into().ok().map(|bytes| i64::from(u16::from_ne_bytes(bytes))),
                4 => bytes.try_into().ok().map(|bytes| i64::from(u32::from_ne_bytes(bytes))),
                _ => i64::try_from(u64::from_ne_bytes(bytes.try_into().ok()?)).ok(),
            }
        }
        MysqlType::Bit if bytes.len() <= 8 => {
            i64::try_from(bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))).ok()
        }
        _ => None,
    }
}

fn float(value: &MysqlValue<'_>) -> Option<f64> {
    match value.value_type() {
        MysqlType::Double => value.as_bytes().try_into().ok().map(f64::from_ne_bytes),
        MysqlType::Float => value.as_bytes().try_into().ok().map(|bytes| f64::from(f32::from_ne_bytes(bytes))),
        _ => None,
    }
}

/// Reads a time of day. TIME is a duration on these databases: returns `None` for a negative one and for one of a day
/// or more.
fn time_of_day(value: MysqlValue<'_>) -> Option<NaiveTime> {
    let time: MysqlTime = FromSql::<Time, Mysql>::from_sql(value).ok()?;
    if time.neg || time.day != 0 {
        return None;
    }
    NaiveTime::from_hms_micro_opt(time.hour, time.minute, time.second, u32::try_from(time.second_part).ok()?)
}

fn decimal(value: &MysqlValue<'_>) -> Option<BigDecimal> {
    std::str::from_utf8(value.as_bytes()).ok()?.parse().ok()
}

fn text<'v>(value: &MysqlValue<'v>) -> Option<&'v str> {
    match value.value_type() {
        MysqlType::String | MysqlType::Enum | MysqlType::Set | MysqlType::Blob => {
            std::str::from_utf8(value.as_bytes()).ok()
        }
        _ => None,
    }
}

/// The type of a value for an error message, without the value, as the column may be sensitive.
fn describe_type(found: MysqlType, expected: &str) -> String {
    let words = match found {
        MysqlType::Float | MysqlType::Double => "a float",
        MysqlType::Numeric => "a decimal",
        MysqlType::Date => "a date",
        MysqlType::Time => "a time",
        MysqlType::DateTime | MysqlType::Timestamp => "a date and time",
        MysqlType::String | MysqlType::Enum | MysqlType::Set => "text",
        MysqlType::Blob => "text or bytes",
        _ => "an integer",
    };
    if words == expected { format!("{words} out of range") } else { words.to_owned() }
}
