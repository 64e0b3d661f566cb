//! Reads rows of PostgreSQL, by the column types that the server reports.

use std::cell::{Cell, OnceCell};
use std::marker::PhantomData;

use bigdecimal::{BigDecimal, ToPrimitive};
use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use diesel::deserialize::FromSql;
use diesel::pg::{Pg, PgValue};
use diesel::row::{Field, Row};
use diesel::sql_types::Numeric;
use uuid::Uuid;

use super::bind_postgres::PostgresStatement;
use super::compiled::CompiledStatement;
use super::driver::{DieselBackend, Names};
use super::mode::RowSink;
use crate::error::{BoxedResult, Result};
use crate::row::{ReadError, RowReader, json, values};
use crate::value::Value;

impl DieselBackend for Pg {
    type Statement<'s> = PostgresStatement<'s>;
    type Columns = (Names, OnceCell<Types>);

    fn statement<'s>(compiled: &'s CompiledStatement<'s>) -> PostgresStatement<'s> {
        PostgresStatement::new(compiled)
    }

    fn push_row<'r>(row: &impl Row<'r, Self>, columns: &Self::Columns, sink: &mut impl RowSink) -> BoxedResult<()> {
        let types = columns.1.get_or_init(|| Types::new(row.field_count()));
        sink.take(&mut PostgresReader::new(row, &columns.0, types))
    }
}

/// One row of a result.
pub(super) struct PostgresReader<'r, 'result, R> {
    row: &'r R,
    names: &'r Names,
    types: &'r Types,
    /// The last integer that was read. A key is read twice: to find the entity in the session, and to build the entity.
    last: Option<(usize, i64)>,
    result: PhantomData<&'result ()>,
}

/// The OIDs of a result's column types, fetched on first use; 0 for unknown.
pub(super) struct Types(Vec<Cell<u32>>);

impl Types {
    /// For so many columns.
    pub(super) fn new(columns: usize) -> Self {
        Self(vec![Cell::new(0); columns])
    }

    fn of(&self, column: usize, value: &PgValue<'_>) -> u32 {
        let Some(known) = self.0.get(column) else { return value.get_oid().get() };
        if known.get() == 0 {
            known.set(value.get_oid().get());
        }
        known.get()
    }
}

impl<'r, 'result, R: Row<'result, Pg>> PostgresReader<'r, 'result, R> {
    pub(super) fn new(row: &'r R, names: &'r Names, types: &'r Types) -> Self {
        Self { row, names, types, last: None, result: PhantomData }
    }

    /// Reads a value that is not `NULL`. `convert` returns `None` for a value of another type or form.
    fn read<T>(
        &self,
        column: usize,
        expected: &'static str,
        convert: impl FnOnce(u32, PgValue<'_>) -> Option<T>,
    ) -> Result<Option<T>, ReadError> {
        let Some(field) = self.row.get(column) else {
            return Err(ReadError::new(column, expected, "no such column"));
        };
        let Some(value) = field.value() else { return Ok(None) };
        let found = self.types.of(column, &value);
        match convert(found, value) {
            Some(converted) => Ok(Some(converted)),
            None => Err(ReadError::new(column, expected, describe_type(found, expected))),
        }
    }
}

impl<'result, R: Row<'result, Pg>> PostgresReader<'_, 'result, R> {
    /// Reads an integer and remembers it. Not inlined, because the second read of the same column skips the call.
    #[inline(never)]
    fn integer(&mut self, column: usize) -> Result<Option<i64>, ReadError> {
        let value = self.read(column, "an integer", |found, value| match found {
            oid::NUMERIC => values::as_i64(&Value::Decimal(decimal(value)?)),
            _ => integer(found, value.as_bytes()),
        })?;
        self.last = value.map(|value| (column, value));
        Ok(value)
    }
}

impl<'result, R: Row<'result, Pg>> RowReader for PostgresReader<'_, 'result, R> {
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
        self.read(column, "a boolean", |found, value| (found == oid::BOOL).then(|| value.as_bytes() == [1]))
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
            oid::NUMERIC => decimal(value)?.to_f64(),
            oid::FLOAT4 | oid::FLOAT8 => float(found, value.as_bytes()),
            _ => values::exact_f64(integer(found, value.as_bytes())?),
        })
    }

    fn string(&mut self, column: usize) -> Result<Option<String>, ReadError> {
        self.read(column, "text", |found, value| text(found, value.as_bytes()).map(str::to_owned))
    }

    fn bytes(&mut self, column: usize) -> Result<Option<Vec<u8>>, ReadError> {
        self.read(column, "bytes", |found, value| (found == oid::BYTEA).then(|| value.as_bytes().to_vec()))
    }

    fn date(&mut self, column: usize) -> Result<Option<NaiveDate>, ReadError> {
        self.read(column, "a date", |found, value| match found {
            oid::DATE => date(value.as_bytes()),
            _ => None,
        })
    }

    fn time(&mut self, column: usize) -> Result<Option<NaiveTime>, ReadError> {
        self.read(column, "a time", |found, value| match found {
            oid::TIME => time(value.as_bytes()),
            _ => None,
        })
    }

    fn datetime(&mut self, column: usize) -> Result<Option<NaiveDateTime>, ReadError> {
        self.read(column, "a date and time", |found, value| match found {
            oid::TIMESTAMP | oid::TIMESTAMPTZ => datetime(value.as_bytes()),
            _ => None,
        })
    }

    fn decimal(&mut self, column: usize) -> Result<Option<BigDecimal>, ReadError> {
        self.read(column, "a decimal", |found, value| match found {
            oid::NUMERIC => decimal(value),
            oid::FLOAT4 | oid::FLOAT8 => values::as_decimal(&Value::F64(float(found, value.as_bytes())?)),
            _ => integer(found, value.as_bytes()).map(BigDecimal::from),
        })
    }

    fn uuid(&mut self, column: usize) -> Result<Option<Uuid>, ReadError> {
        self.read(column, "a UUID", |found, value| match found {
            oid::UUID => Uuid::from_slice(value.as_bytes()).ok(),
            _ => Uuid::parse_str(text(found, value.as_bytes())?).ok(),
        })
    }

    fn json(&mut self, column: usize) -> Result<Option<serde_json::Value>, ReadError> {
        let read = self.read(column, "JSON", |found, value| match found {
            oid::JSON | oid::JSONB => document(found, value.as_bytes()),
            _ => None,
        })?;
        read.transpose().map_err(|found| ReadError::new(column, "JSON", found))
    }

    fn value(&mut self, column: usize) -> Result<Value, ReadError> {
        self.read(column, "a value of a type that this crate knows (cast it to text)", owned)
            .map(|value| value.unwrap_or(Value::Null))
    }
}

/// The types that have fixed numbers (`pg_type.dat`).
mod oid {
    pub(super) const BOOL: u32 = 16;
    pub(super) const BYTEA: u32 = 17;
    pub(super) const CHAR: u32 = 18;
    pub(super) const NAME: u32 = 19;
    pub(super) const INT8: u32 = 20;
    pub(super) const INT2: u32 = 21;
    pub(super) const INT4: u32 = 23;
    pub(super) const TEXT: u32 = 25;
    pub(super) const OID: u32 = 26;
    pub(super) const JSON: u32 = 114;
    pub(super) const XML: u32 = 142;
    pub(super) const FLOAT4: u32 = 700;
    pub(super) const FLOAT8: u32 = 701;
    pub(super) const UNKNOWN: u32 = 705;
    pub(super) const BPCHAR: u32 = 1042;
    pub(super) const VARCHAR: u32 = 1043;
    pub(super) const DATE: u32 = 1082;
    pub(super) const TIME: u32 = 1083;
    pub(super) const TIMESTAMP: u32 = 1114;
    pub(super) const TIMESTAMPTZ: u32 = 1184;
    pub(super) const NUMERIC: u32 = 1700;
    pub(super) const UUID: u32 = 2950;
    pub(super) const JSONB: u32 = 3802;
    /// First OID of user-defined types.
    pub(super) const FIRST_OWN: u32 = 16_384;
}

fn owned(found: u32, value: PgValue<'_>) -> Option<Value> {
    let bytes = value.as_bytes();
    match found {
        oid::BOOL => Some(Value::Bool(bytes == [1])),
        oid::BYTEA => Some(Value::Bytes(bytes.to_vec())),
        oid::INT8 | oid::INT2 | oid::INT4 | oid::OID => integer(found, bytes).map(Value::I64),
        oid::FLOAT4 | oid::FLOAT8 => float(found, bytes).map(Value::F64),
        oid::NUMERIC => decimal(value).map(Value::Decimal),
        oid::DATE => date(bytes).map(Value::Date),
        oid::TIME => time(bytes).map(Value::Time),
        oid::TIMESTAMP | oid::TIMESTAMPTZ => datetime(bytes).map(Value::DateTime),
        oid::UUID => Uuid::from_slice(bytes).ok().map(Value::Uuid),
        oid::JSON | oid::JSONB => document(found, bytes)?.ok().map(Value::Json),
        _ => text(found, bytes).map(|text| Value::Text(text.to_owned())),
    }
}

fn integer(found: u32, bytes: &[u8]) -> Option<i64> {
    match found {
        oid::INT8 => bytes.try_into().ok().map(i64::from_be_bytes),
        oid::INT4 => bytes.try_into().ok().map(|bytes| i64::from(i32::from_be_bytes(bytes))),
        oid::INT2 => bytes.try_into().ok().map(|bytes| i64::from(i16::from_be_bytes(bytes))),
        oid::OID => bytes.try_into().ok().map(|bytes| i64::from(u32::from_be_bytes(bytes))),
        _ => None,
    }
}

fn float(found: u32, bytes: &[u8]) -> Option<f64> {
    match found {
        oid::FLOAT8 => bytes.try_into().ok().map(f64::from_be_bytes),
        oid::FLOAT4 => bytes.try_into().ok().map(|bytes| f64::from(f32::from_be_bytes(bytes))),
        _ => None,
    }
}

/// Text of every spelling, and the label of an enum: a user's type whose bytes are text.
fn text(found: u32, bytes: &[u8]) -> Option<&str> {
    match found {
        oid::TEXT | oid::VARCHAR | oid::BPCHAR | oid::NAME | oid::CHAR | oid::UNKNOWN | oid::XML => {
            std::str::from_utf8(bytes).ok()
        }
        oid::FIRST_OWN.. => std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0')),
        _ => None,
    }
}

fn decimal(value: PgValue<'_>) -> Option<BigDecimal> {
    // Not-a-number and infinity have no decimal.
    <BigDecimal as FromSql<Numeric, Pg>>::from_sql(value).ok()
}

fn document(found: u32, bytes: &[u8]) -> Option<Result<serde_json::Value, &'static str>> {
    let text = match found {
        // The first byte is the version of the format.
        oid::JSONB => bytes.strip_prefix(&[1])?,
        _ => bytes,
    };
    Some(json::parse(text))
}

/// The day from which PostgreSQL counts. The compiler evaluates the constant, so this cannot panic at run time.
const EPOCH: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a date");

fn date(bytes: &[u8]) -> Option<NaiveDate> {
    let days = i64::from(i32::from_be_bytes(bytes.try_into().ok()?));
    match u64::try_from(days) {
        Ok(later) => EPOCH.checked_add_days(Days::new(later)),
        Err(_) => EPOCH.checked_sub_days(Days::new(days.unsigned_abs())),
    }
}

fn time(bytes: &[u8]) -> Option<NaiveTime> {
    let micros = i64::from_be_bytes(bytes.try_into().ok()?);
    let seconds = u32::try_from(micros / 1_000_000).ok()?;
    let nanos = u32::try_from(micros % 1_000_000 * 1_000).ok()?;
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos)
}

/// Reads a date and time. A time with a zone arrives in UTC, as diesel sets every session to UTC.
fn datetime(bytes: &[u8]) -> Option<NaiveDateTime> {
    let micros = i64::from_be_bytes(bytes.try_into().ok()?);
    // `infinity` and `-infinity` are the extremes, and overflow here.
    EPOCH.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::microseconds(micros))
}

/// The type of a value for an error message, without the value, as the column may be sensitive.
fn describe_type(found: u32, expected: &str) -> String {
    let words = match found {
        oid::BOOL => "a boolean",
        oid::BYTEA => "bytes",
        oid::INT8 | oid::INT2 | oid::INT4 | oid::OID => "an integer",
        oid::FLOAT4 | oid::FLOAT8 => "a float",
        oid::NUMERIC => "a decimal",
        oid::DATE => "a date",
        oid::TIME => "a time",
        oid::TIMESTAMP | oid::TIMESTAMPTZ => "a date and time",
        oid::UUID => "a UUID",
        oid::JSON | oid::JSONB => "JSON",
        oid::TEXT | oid::VARCHAR | oid::BPCHAR | oid::NAME | oid::CHAR | oid::UNKNOWN | oid::XML => "text",
        _ => return format!("a value of PostgreSQL's type number {found}"),
    };
    if words == expected { format!("{words} out of range") } else { words.to_owned() }
}
