//! Reading a row: typed getters over any backend's row, with no value in between.

pub(crate) mod iso;
pub(crate) mod json;
pub(crate) mod values;

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use uuid::Uuid;

use crate::error::Error;
use crate::value::{DataType, Value};

/// A row as it comes from the database. Columns are counted from 0; `None` is SQL `NULL`.
///
/// Each getter checks what the row holds: text is never read as the integer 0. Integers and floats are
/// widened, decimals and booleans are read from what a backend without them stores instead.
pub trait RowReader {
    /// How many columns the row has.
    fn width(&self) -> usize;
    /// The name of a column, as the database gives it.
    fn column_name(&self, column: usize) -> Option<&str>;
    /// Whether a column is `NULL`.
    fn is_null(&mut self, column: usize) -> Result<bool, ReadError>;
    /// A truth value.
    fn bool(&mut self, column: usize) -> Result<Option<bool>, ReadError>;
    /// An integer of any width.
    fn i64(&mut self, column: usize) -> Result<Option<i64>, ReadError>;
    /// A floating-point number of any width; integers are widened.
    fn f64(&mut self, column: usize) -> Result<Option<f64>, ReadError>;
    /// Text.
    fn string(&mut self, column: usize) -> Result<Option<String>, ReadError>;
    /// Bytes.
    fn bytes(&mut self, column: usize) -> Result<Option<Vec<u8>>, ReadError>;
    /// A calendar date.
    fn date(&mut self, column: usize) -> Result<Option<NaiveDate>, ReadError>;
    /// A time of day.
    fn time(&mut self, column: usize) -> Result<Option<NaiveTime>, ReadError>;
    /// A date and time without a zone.
    fn datetime(&mut self, column: usize) -> Result<Option<NaiveDateTime>, ReadError>;
    /// An exact decimal number.
    fn decimal(&mut self, column: usize) -> Result<Option<BigDecimal>, ReadError>;
    /// A UUID.
    fn uuid(&mut self, column: usize) -> Result<Option<Uuid>, ReadError>;
    /// A JSON document.
    fn json(&mut self, column: usize) -> Result<Option<serde_json::Value>, ReadError>;
    /// Whatever the column holds, in the kind of value that the database stores it as.
    fn value(&mut self, column: usize) -> Result<Value, ReadError>;
    /// Tells the reader which integer a column holds, as the row was asked for by it: it need not be fetched then.
    fn know(&mut self, _column: usize, _value: i64) {}
}

/// Reads a column in the kind of value that a field of this type sends, whatever the database stores it as.
///
/// # Errors
/// When the column holds something else.
pub fn read_typed(row: &mut dyn RowReader, column: usize, data_type: &DataType) -> Result<Value, ReadError> {
    let value = match data_type {
        DataType::SmallInteger | DataType::Integer | DataType::BigInteger => row.i64(column)?.map(Value::I64),
        DataType::String(_) | DataType::Text | DataType::Enum(_) => row.string(column)?.map(Value::Text),
        DataType::Float | DataType::Double => row.f64(column)?.map(Value::F64),
        DataType::Numeric(_) => row.decimal(column)?.map(Value::Decimal),
        DataType::Boolean => row.bool(column)?.map(Value::Bool),
        DataType::Date => row.date(column)?.map(Value::Date),
        DataType::Time => row.time(column)?.map(Value::Time),
        DataType::DateTime => row.datetime(column)?.map(Value::DateTime),
        DataType::LargeBinary => row.bytes(column)?.map(Value::Bytes),
        DataType::Uuid => row.uuid(column)?.map(Value::Uuid),
        DataType::Json => row.json(column)?.map(Value::Json),
    };
    Ok(value.unwrap_or(Value::Null))
}

/// A column of a row does not hold what was asked for. Small, as the hot path carries it.
#[derive(Debug)]
pub struct ReadError {
    /// The column, counted from 0 within the row.
    pub column: usize,
    /// What went wrong; boxed, as it hardly ever does.
    pub problem: Box<ReadProblem>,
}

/// What was asked for and what was there.
#[derive(Debug)]
pub struct ReadProblem {
    /// What the field takes.
    pub expected: String,
    /// What the row holds.
    pub found: String,
}

impl ReadError {
    /// An error at a column.
    #[cold]
    pub fn new(column: usize, expected: impl Into<String>, found: impl Into<String>) -> Self {
        let problem = Box::new(ReadProblem { expected: expected.into(), found: found.into() });
        Self { column, problem }
    }

    /// The same without what the row holds, which must not show.
    #[must_use]
    pub fn hidden(mut self, sensitive: bool) -> Self {
        if sensitive && self.problem.found != "NULL" {
            self.problem.found = "***".to_owned();
        }
        self
    }

    /// The full error, once entity and column name are known.
    pub fn locate(self, entity: &str, column: impl Into<String>) -> Error {
        Error::Decode {
            entity: entity.to_owned(),
            column: column.into(),
            expected: self.problem.expected,
            found: self.problem.found,
        }
    }
}
