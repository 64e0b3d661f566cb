//! `ColumnType`: Rust types that a column can hold.

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use uuid::Uuid;

use crate::row::{ReadError, RowReader, values};
use crate::value::{DataType, Value, ValueRef};

/// A Rust type that a column can hold.
///
/// Implement the trait for a custom type to store it as one of the [`Value`] kinds. For an enum without fields, use
/// `#[derive(ColumnEnum)]`.
///
/// Counterpart: `sqlalchemy.types.TypeDecorator`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column type",
    label = "a column cannot hold this",
    note = "an enum without fields: `#[derive(ColumnEnum)]`; a struct of columns: `#[derive(Embed)]` and `#[entity(embed)]`",
    note = "related entities: `HasMany<T>`, `HasOne<T>`, `ManyToMany<T>`, `BelongsTo<T>`; any structure: a JSON column, `serde_json::Value`",
    note = "a type of your own: `impl orm::ColumnType for ...`; a field that is not stored: `#[entity(skip)]`"
)]
pub trait ColumnType: Sized + Send + Sync + 'static {
    /// The type without `Option` and `Auto`, with which expressions on the column compare.
    type Base: ColumnType;

    /// Whether values can be `NULL`.
    const NULLABLE: bool = false;

    /// Whether a value can be left unset: true for [`Auto`](crate::Auto) and [`Deferred`](crate::Deferred) only.
    const GENERATED: bool = false;

    /// Whether a row can be read without the column: true for [`Deferred`](crate::Deferred) only.
    const DEFERRED: bool = false;

    /// Column type, unless the mapping names another.
    fn data_type() -> DataType;

    /// Converts to the value to send, borrowed if possible. An unset `Auto` is [`ValueRef::Null`].
    fn to_value(&self) -> ValueRef<'_>;

    /// Converts from a value that was read.
    ///
    /// # Errors
    /// The expected type in words, when the value is of another kind or out of range.
    fn from_value(value: Value) -> Result<Self, String>;

    /// Reads a column of a row.
    ///
    /// # Errors
    /// When the column holds a value of another type.
    fn read(row: &mut dyn RowReader, column: usize) -> Result<Self, ReadError> {
        let value = row.value(column)?;
        let found = value.kind();
        Self::from_value(value).map_err(|expected| ReadError::new(column, expected, found))
    }

    /// Reads a column that may be `NULL`.
    ///
    /// # Errors
    /// As [`read`](ColumnType::read).
    fn read_nullable(row: &mut dyn RowReader, column: usize) -> Result<Option<Self>, ReadError> {
        if row.is_null(column)? { Ok(None) } else { Self::read(row, column).map(Some) }
    }

    /// Whether an `Auto` is unset, or a `Deferred` is not loaded; false for every other type.
    fn is_unset(&self) -> bool {
        false
    }

    /// Unsets an `Auto` or a `Deferred`; no effect on other types.
    fn unset(&mut self) {}
}

/// The value that a column of this type would send.
impl<T: ColumnType> From<T> for Value {
    fn from(value: T) -> Self {
        value.to_value().to_value()
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// Implements a column type: its getter of [`RowReader`], and its conversion from a [`Value`] of its own kind or of the
/// kind that a database without the type stores.
macro_rules! column_type {
    ($type:ty, $data_type:expr, $getter:ident, $words:literal, $self:ident => $to:expr, $value:ident => $from:expr) => {
        impl ColumnType for $type {
            type Base = Self;

            fn data_type() -> DataType {
                $data_type
            }

            fn to_value(&$self) -> ValueRef<'_> {
                $to
            }

            fn from_value($value: Value) -> Result<Self, String> {
                $from.ok_or_else(|| $words.to_owned())
            }

            fn read(row: &mut dyn RowReader, column: usize) -> Result<Self, ReadError> {
                row.$getter(column)?.ok_or_else(|| ReadError::new(column, $words, "NULL"))
            }

            fn read_nullable(row: &mut dyn RowReader, column: usize) -> Result<Option<Self>, ReadError> {
                row.$getter(column)
            }
        }
    };
}

column_type!(bool, DataType::Boolean, bool, "a boolean", self => ValueRef::Bool(*self), v => values::as_bool(&v));
column_type!(i64, DataType::BigInteger, i64, "an integer", self => ValueRef::I64(*self), v => values::as_i64(&v));
column_type!(String, DataType::String(None), string, "text", self => ValueRef::Text(self), v => if let Value::Text(text) = v { Some(text) } else { None });
column_type!(Vec<u8>, DataType::LargeBinary, bytes, "bytes", self => ValueRef::Bytes(self), v => values::as_bytes(v));
column_type!(NaiveDate, DataType::Date, date, "a date", self => ValueRef::Date(*self), v => values::as_date(&v));
column_type!(NaiveTime, DataType::Time, time, "a time", self => ValueRef::Time(to_the_microsecond(*self)), v => values::as_time(&v));
column_type!(NaiveDateTime, DataType::DateTime, datetime, "a date and time", self => ValueRef::DateTime(to_the_microsecond(*self)), v => values::as_datetime(&v));
column_type!(BigDecimal, DataType::Numeric(None), decimal, "a decimal", self => ValueRef::Decimal(self), v => values::as_decimal(&v));
column_type!(Uuid, DataType::Uuid, uuid, "a UUID", self => ValueRef::Uuid(*self), v => values::as_uuid(&v));
column_type!(serde_json::Value, DataType::Json, json, "JSON", self => ValueRef::Json(self), v => values::as_json(&v).and_then(Result::ok));

/// Rounds down to a microsecond, the precision of databases, so that a value and a key are equal in memory and in the
/// row. A leap second becomes the last microsecond of the second before.
fn to_the_microsecond<T: Timelike>(time: T) -> T {
    let nanos = time.nanosecond().min(999_999_999) / 1_000 * 1_000;
    time.with_nanosecond(nanos).unwrap_or(time)
}

/// An integer narrower than 64 bits: widened on the way out, range-checked on the way in.
macro_rules! narrow_integer {
    ($type:ty, $data_type:expr, $words:literal) => {
        impl ColumnType for $type {
            type Base = Self;

            fn data_type() -> DataType {
                $data_type
            }

            fn to_value(&self) -> ValueRef<'_> {
                ValueRef::I64(i64::from(*self))
            }

            fn from_value(value: Value) -> Result<Self, String> {
                match value {
                    Value::I64(v) => Self::try_from(v).map_err(|_| $words.to_owned()),
                    _ => Err($words.to_owned()),
                }
            }

            fn read(row: &mut dyn RowReader, column: usize) -> Result<Self, ReadError> {
                let wide = i64::read(row, column)?;
                Self::try_from(wide).map_err(|_| ReadError::new(column, $words, wide.to_string()))
            }
        }
    };
}

narrow_integer!(i16, DataType::SmallInteger, "a 16-bit integer");
narrow_integer!(i32, DataType::Integer, "a 32-bit integer");
narrow_integer!(u32, DataType::BigInteger, "an unsigned 32-bit integer");

impl ColumnType for f64 {
    type Base = Self;

    fn data_type() -> DataType {
        DataType::Double
    }

    fn to_value(&self) -> ValueRef<'_> {
        ValueRef::F64(*self)
    }

    fn from_value(value: Value) -> Result<Self, String> {
        values::as_f64(&value).ok_or_else(|| "a float".to_owned())
    }

    fn read(row: &mut dyn RowReader, column: usize) -> Result<Self, ReadError> {
        row.f64(column)?.ok_or_else(|| ReadError::new(column, "a float", "NULL"))
    }
}

impl ColumnType for f32 {
    type Base = Self;

    fn data_type() -> DataType {
        DataType::Float
    }

    fn to_value(&self) -> ValueRef<'_> {
        ValueRef::F64(f64::from(*self))
    }

    fn from_value(value: Value) -> Result<Self, String> {
        narrow_float(f64::from_value(value)?).ok_or_else(|| "a 32-bit float".to_owned())
    }

    fn read(row: &mut dyn RowReader, column: usize) -> Result<Self, ReadError> {
        let wide = f64::read(row, column)?;
        narrow_float(wide).ok_or_else(|| ReadError::new(column, "a 32-bit float", "a float out of range"))
    }
}

/// The nearest float of 32 bits; `None` where that is infinite, and the float was not.
fn narrow_float(wide: f64) -> Option<f32> {
    let narrow = wide as f32;
    (narrow.is_finite() || !wide.is_finite()).then_some(narrow)
}

impl<T: ColumnType> ColumnType for Option<T> {
    type Base = T::Base;

    const NULLABLE: bool = true;

    fn data_type() -> DataType {
        T::data_type()
    }

    fn to_value(&self) -> ValueRef<'_> {
        self.as_ref().map_or(ValueRef::Null, T::to_value)
    }

    fn from_value(value: Value) -> Result<Self, String> {
        if value.is_null() { Ok(None) } else { T::from_value(value).map(Some) }
    }

    fn read(row: &mut dyn RowReader, column: usize) -> Result<Self, ReadError> {
        T::read_nullable(row, column)
    }
}
