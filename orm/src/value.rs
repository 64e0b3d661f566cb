//! `Value`, `ValueRef` and `DataType`: the closed set of SQL values, owned and borrowed, and of column types.

use std::hash::{Hash, Hasher};

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use uuid::Uuid;

/// A value that is sent to or read from a database.
///
/// Integers of all sizes are stored as 64 bits and checked against the field's range when they are read. Floats compare
/// and hash by their bits, so that a value can be part of a key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value {
    /// SQL `NULL`, of any type.
    Null,
    /// A truth value; 0 or 1 where the database has no booleans.
    Bool(bool),
    /// An integer of any width.
    I64(i64),
    /// A binary floating-point number.
    F64(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A calendar date.
    Date(NaiveDate),
    /// A time of day.
    Time(NaiveTime),
    /// A date and time without a zone, to the microsecond.
    DateTime(NaiveDateTime),
    /// An exact decimal number; text where the database has none.
    Decimal(BigDecimal),
    /// A UUID; text where the database has none.
    Uuid(Uuid),
    /// A JSON document.
    Json(serde_json::Value),
    /// Marks a [`Deferred`](crate::Deferred) column that is not loaded. No value: it is neither sent nor read.
    #[doc(hidden)]
    Unloaded,
}

/// A borrowed [`Value`], so that a flush copies no strings.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ValueRef<'a> {
    /// SQL `NULL`, of any type.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer of any width.
    I64(i64),
    /// A binary floating-point number.
    F64(f64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A calendar date.
    Date(NaiveDate),
    /// A time of day.
    Time(NaiveTime),
    /// A date and time without a zone.
    DateTime(NaiveDateTime),
    /// An exact decimal number.
    Decimal(&'a BigDecimal),
    /// A UUID.
    Uuid(Uuid),
    /// A JSON document.
    Json(&'a serde_json::Value),
    /// A value that had to be converted, and is owned.
    Owned(Box<Value>),
    /// Marks a [`Deferred`](crate::Deferred) column that is not loaded. No value: it is neither sent nor read.
    #[doc(hidden)]
    Unloaded,
}

/// The type of a column, independent of any database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataType {
    /// 16 bits.
    SmallInteger,
    /// 32 bits.
    Integer,
    /// 64 bits.
    BigInteger,
    /// Text of at most this many characters; the length matters in DDL only.
    String(Option<u32>),
    /// Text of any length.
    Text,
    /// 32-bit floating point.
    Float,
    /// 64-bit floating point.
    Double,
    /// An exact decimal number of (precision, scale) digits. SQLite stores TEXT with the digits of the scale, `9.50`.
    /// Queries then use functions that this crate registers, which other programs do not have.
    Numeric(Option<(u32, u32)>),
    /// True or false.
    Boolean,
    /// A calendar date.
    Date,
    /// A time of day.
    Time,
    /// A date and time without a zone.
    DateTime,
    /// Bytes.
    LargeBinary,
    /// A UUID.
    Uuid,
    /// A JSON document.
    Json,
    /// One of these texts, held by a CHECK constraint.
    Enum(Vec<&'static str>),
}

impl Value {
    /// Whether the value is `NULL`.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Borrows the value.
    pub fn as_value_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Bool(v) => ValueRef::Bool(*v),
            Self::I64(v) => ValueRef::I64(*v),
            Self::F64(v) => ValueRef::F64(*v),
            Self::Text(v) => ValueRef::Text(v),
            Self::Bytes(v) => ValueRef::Bytes(v),
            Self::Date(v) => ValueRef::Date(*v),
            Self::Time(v) => ValueRef::Time(*v),
            Self::DateTime(v) => ValueRef::DateTime(*v),
            Self::Decimal(v) => ValueRef::Decimal(v),
            Self::Uuid(v) => ValueRef::Uuid(*v),
            Self::Json(v) => ValueRef::Json(v),
            Self::Unloaded => ValueRef::Unloaded,
        }
    }

    /// Kind of the value in words, for error messages.
    pub fn kind(&self) -> &'static str {
        self.as_value_ref().kind()
    }
}

impl ValueRef<'_> {
    /// Whether this marks a deferred column that is not loaded.
    pub(crate) const fn is_unloaded(&self) -> bool {
        matches!(self, Self::Unloaded)
    }

    /// Whether the value is `NULL`.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Owned(value) => value.is_null(),
            _ => false,
        }
    }

    /// Converts to an owned value.
    #[inline]
    pub fn to_value(&self) -> Value {
        match self {
            // Separate, because most keys are integers and this path is inlined.
            Self::I64(v) => Value::I64(*v),
            other => other.to_owned_value(),
        }
    }

    fn to_owned_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(v) => Value::Bool(*v),
            Self::I64(v) => Value::I64(*v),
            Self::F64(v) => Value::F64(*v),
            Self::Text(v) => Value::Text((*v).to_owned()),
            Self::Bytes(v) => Value::Bytes(v.to_vec()),
            Self::Date(v) => Value::Date(*v),
            Self::Time(v) => Value::Time(*v),
            Self::DateTime(v) => Value::DateTime(*v),
            Self::Decimal(v) => Value::Decimal((*v).clone()),
            Self::Uuid(v) => Value::Uuid(*v),
            Self::Json(v) => Value::Json((*v).clone()),
            Self::Owned(v) => (**v).clone(),
            Self::Unloaded => Value::Unloaded,
        }
    }

    /// Kind of the value in words, for error messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "a boolean",
            Self::I64(_) => "an integer",
            Self::F64(_) => "a float",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Date(_) => "a date",
            Self::Time(_) => "a time",
            Self::DateTime(_) => "a date and time",
            Self::Decimal(_) => "a decimal",
            Self::Uuid(_) => "a UUID",
            Self::Json(_) => "JSON",
            Self::Owned(value) => value.kind(),
            Self::Unloaded => "a column that is not loaded",
        }
    }
}

impl PartialEq for ValueRef<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            // Apart, as most keys are integers.
            (Self::I64(a), Self::I64(b)) => a == b,
            _ => self.equals(other),
        }
    }
}

impl ValueRef<'_> {
    fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Owned(a), b) => a.as_value_ref() == *b,
            (a, Self::Owned(b)) => *a == b.as_value_ref(),
            (Self::Null, Self::Null) | (Self::Unloaded, Self::Unloaded) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::F64(a), Self::F64(b)) => a.to_bits() == b.to_bits(),
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Date(a), Self::Date(b)) => a == b,
            (Self::Time(a), Self::Time(b)) => a == b,
            (Self::DateTime(a), Self::DateTime(b)) => a == b,
            (Self::Decimal(a), Self::Decimal(b)) => a == b,
            (Self::Uuid(a), Self::Uuid(b)) => a == b,
            (Self::Json(a), Self::Json(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for ValueRef<'_> {}

impl PartialEq<Value> for ValueRef<'_> {
    #[inline]
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Self::I64(a), Value::I64(b)) => a == b,
            _ => self.equals(&other.as_value_ref()),
        }
    }
}

impl PartialEq for Value {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::I64(a), Self::I64(b)) => a == b,
            _ => self.as_value_ref() == *other,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Null | Self::Unloaded => {}
            Self::Bool(v) => v.hash(state),
            Self::I64(v) => v.hash(state),
            Self::F64(v) => v.to_bits().hash(state),
            Self::Text(v) => v.hash(state),
            Self::Bytes(v) => v.hash(state),
            Self::Date(v) => v.hash(state),
            Self::Time(v) => v.hash(state),
            Self::DateTime(v) => v.hash(state),
            Self::Decimal(v) => v.hash(state),
            Self::Uuid(v) => v.hash(state),
            Self::Json(v) => v.to_string().hash(state),
        }
    }
}
