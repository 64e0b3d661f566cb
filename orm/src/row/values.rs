//! Conversions of a value to each type, from the representations that databases without the type store.

use bigdecimal::{BigDecimal, FromPrimitive, ToPrimitive};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use uuid::Uuid;

use super::{iso, json};
use crate::value::Value;

/// A truth value, also as the 0 or 1 that a database without booleans stores.
pub(crate) fn as_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(v) => Some(*v),
        Value::I64(0) => Some(false),
        Value::I64(1) => Some(true),
        _ => None,
    }
}

/// An integer, also as an integral decimal such as PostgreSQL's `sum(bigint)`.
pub(crate) fn as_i64(value: &Value) -> Option<i64> {
    match value {
        Value::I64(v) => Some(*v),
        Value::Decimal(v) if v.is_integer() => v.to_i64(),
        _ => None,
    }
}

/// Converts to a float: also from an integer without loss, or from a decimal such as PostgreSQL's `avg(bigint)`.
pub(crate) fn as_f64(value: &Value) -> Option<f64> {
    match value {
        Value::F64(v) => Some(*v),
        Value::I64(v) => exact_f64(*v),
        Value::Decimal(v) => v.to_f64(),
        _ => None,
    }
}

/// An integer as a float; `None` beyond 2^53, where digits would be lost.
pub(crate) fn exact_f64(value: i64) -> Option<f64> {
    (value.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS).then_some(value as f64)
}

/// A date, also as text.
pub(crate) fn as_date(value: &Value) -> Option<NaiveDate> {
    match value {
        Value::Date(v) => Some(*v),
        Value::Text(text) => iso::parse_date(text),
        _ => None,
    }
}

/// A time, also as text.
pub(crate) fn as_time(value: &Value) -> Option<NaiveTime> {
    match value {
        Value::Time(v) => Some(*v),
        Value::Text(text) => iso::parse_time(text),
        _ => None,
    }
}

/// A date and time, also as text.
pub(crate) fn as_datetime(value: &Value) -> Option<NaiveDateTime> {
    match value {
        Value::DateTime(v) => Some(*v),
        Value::Text(text) => iso::parse_datetime(text),
        _ => None,
    }
}

/// Converts to a decimal: also from text or an integer. A float is converted by its shortest digits.
pub(crate) fn as_decimal(value: &Value) -> Option<BigDecimal> {
    match value {
        Value::Decimal(v) => Some(v.clone()),
        Value::Text(text) => text.parse().ok(),
        Value::I64(v) => BigDecimal::from_i64(*v),
        Value::F64(v) => v.to_string().parse().ok(),
        _ => None,
    }
}

/// Converts to bytes: also from text, as bytes that are valid UTF-8 may have been read as text.
pub(crate) fn as_bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::Bytes(bytes) => Some(bytes),
        Value::Text(text) => Some(text.into_bytes()),
        _ => None,
    }
}

/// A UUID, also as text or 16 bytes.
pub(crate) fn as_uuid(value: &Value) -> Option<Uuid> {
    match value {
        Value::Uuid(v) => Some(*v),
        // The bytes of a UUID may be valid UTF-8, and then have been read as text.
        Value::Text(text) if text.len() == 16 => Uuid::from_slice(text.as_bytes()).ok(),
        Value::Text(text) => Uuid::parse_str(text).ok(),
        Value::Bytes(bytes) => Uuid::from_slice(bytes).ok(),
        _ => None,
    }
}

/// Converts to JSON: also from text or a number. The error describes the value.
pub(crate) fn as_json(value: &Value) -> Option<Result<serde_json::Value, &'static str>> {
    match value {
        Value::Json(v) => Some(Ok(v.clone())),
        Value::Text(text) => Some(json::parse(text.as_bytes())),
        Value::I64(v) => Some(Ok((*v).into())),
        Value::F64(v) => serde_json::Number::from_f64(*v).map(|number| Ok(serde_json::Value::Number(number))),
        _ => None,
    }
}
