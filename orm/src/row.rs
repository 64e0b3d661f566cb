//! `RowReader`: typed access to a row of any backend, without intermediate values.

pub(crate) mod iso;
pub(crate) mod json;
pub(crate) mod values;

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use uuid::Uuid;

use crate::error::Error;
use crate::value::{DataType, Value};

/// A row of a result. Columns are counted from 0; `None` is SQL `NULL`.
///
/// Each getter checks the type of the value: text is never read as the integer 0. Integers and floats are widened.
/// Decimals and booleans are also read from the types in which databases without them store them.
pub trait RowReader {
    /// Number of columns.
    fn width(&self) -> usize;
    /// Name of a column, as reported by the database.
    fn column_name(&self, column: usize) -> Option<&str>;
    /// Whether the row has a column. A deferred column that was left out of the SELECT is missing.
    fn has_column(&self, _column: usize) -> bool {
        true
    }
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
    /// Reads the value of a column in the kind in which the database stores it.
    fn value(&mut self, column: usize) -> Result<Value, ReadError>;
    /// Tells the reader an integer that a column is known to hold, which saves reading it: the row was selected by this
    /// key.
    fn remember_i64(&mut self, _column: usize, _value: i64) {}
}

/// Reads a column in the kind of value that a field of type `data_type` has, whatever kind the database stores.
///
/// # Errors
/// When the column holds a value of another type.
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

/// Error of reading a column. Small, as the hot path returns it.
#[derive(Debug)]
pub struct ReadError {
    /// The column, counted from 0 within the row.
    pub column: usize,
    /// Expected and found type; boxed, as errors are rare.
    pub problem: Box<ReadProblem>,
}

/// Expected and found type of a column.
#[derive(Debug)]
pub struct ReadProblem {
    /// Type that the field accepts.
    pub expected: String,
    /// Value or type in the row.
    pub found: String,
}

impl ReadError {
    /// An error at a column.
    #[cold]
    pub fn new(column: usize, expected: impl Into<String>, found: impl Into<String>) -> Self {
        let problem = Box::new(ReadProblem { expected: expected.into(), found: found.into() });
        Self { column, problem }
    }

    /// Removes the found value when the column is sensitive.
    #[must_use]
    pub fn hidden(mut self, sensitive: bool) -> Self {
        if sensitive && self.problem.found != "NULL" {
            self.problem.found = "***".to_owned();
        }
        self
    }

    /// Completes the error with the names of entity and column.
    pub fn locate(self, entity: &str, column: impl Into<String>) -> Error {
        Error::Decode {
            entity: entity.to_owned(),
            column: column.into(),
            expected: self.problem.expected,
            found: self.problem.found,
        }
    }
}
