//! Reading columns as values of the kind that the mapping gives them, whatever the backend stores.

use crate::error::Error;
use crate::mapping::EntityMeta;
use crate::row::{ReadError, RowReader};
use crate::value::{DataType, Value};

/// Reads a column as the kind of value that its type travels as; `NULL` stays `NULL`.
pub(crate) fn read_as(row: &mut dyn RowReader, column: usize, data_type: &DataType) -> Result<Value, ReadError> {
    let value = match data_type {
        DataType::SmallInteger | DataType::Integer | DataType::BigInteger => row.i64(column)?.map(Value::I64),
        DataType::String(_) | DataType::Text | DataType::Enum(_) => row.string(column)?.map(Value::Text),
        DataType::Uuid => row.uuid(column)?.map(Value::Uuid),
        DataType::Boolean => row.bool(column)?.map(Value::Bool),
        DataType::Float | DataType::Double => row.f64(column)?.map(Value::F64),
        DataType::Numeric(_) => row.decimal(column)?.map(Value::Decimal),
        DataType::Date => row.date(column)?.map(Value::Date),
        DataType::Time => row.time(column)?.map(Value::Time),
        DataType::DateTime => row.datetime(column)?.map(Value::DateTime),
        DataType::LargeBinary => row.bytes(column)?.map(Value::Bytes),
        DataType::Json => row.json(column)?.map(Value::Json),
    };
    Ok(value.unwrap_or(Value::Null))
}

/// The full error for a column of an entity whose first column is `at`.
#[cold]
pub(crate) fn locate(error: ReadError, meta: &'static EntityMeta, at: usize) -> Error {
    let name = error.column.checked_sub(at).and_then(|position| meta.columns.get(position));
    let name = name.map_or_else(|| format!("column {}", error.column), |column| column.name.to_owned());
    error.locate(meta.name, name)
}
