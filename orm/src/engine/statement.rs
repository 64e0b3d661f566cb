//! The `Statement` trait: a statement that renders itself, once for all backends.

use std::any::Any;
use std::borrow::Cow;

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use uuid::Uuid;

use super::dialect::Capabilities;
use super::shape::StatementShape;
use crate::error::Error;
use crate::value::{Value, ValueRef};

/// A statement that runs on any backend.
///
/// A statement renders itself against a [`SqlWriter`]. The writers of the drivers pass text and parameters to diesel's
/// `AstPass`; the writer of the echo builds a string. A statement is rendered several times for one execution, and
/// every rendering must be equal.
pub trait Statement: Send + Sync {
    /// Writes the statement.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the dialect lacks a feature that the statement uses.
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<(), Error>;

    /// The kind of the statement.
    fn kind(&self) -> StatementKind;

    /// Whether the driver keeps the prepared statement in its cache, under its text.
    fn cacheable(&self) -> bool {
        true
    }

    /// Whether the driver may buffer the whole result before it returns the first row. Buffering is faster for results
    /// that are small or are kept in memory anyway.
    fn buffered(&self) -> bool {
        false
    }

    /// Whether the result has at most one row, so that the driver does not look for a second one.
    fn at_most_one_row(&self) -> bool {
        false
    }

    /// Splits a statement that is too large for the database into smaller ones, in order. Returns none for a statement
    /// that fits, as by default.
    fn split<'s>(&'s self, _capabilities: &Capabilities) -> Vec<Box<dyn Statement + 's>> {
        Vec::new()
    }

    /// Returns the shape of a statement whose text is always the same, and its parameters in order. Returns `None`, as
    /// by default, when the statement must be rendered.
    fn fixed(&self) -> Option<(&'static StatementShape, &[Value])> {
        None
    }

    /// Whether echo and errors mask every parameter, as the statement looks rows up by a sensitive key.
    fn masks_parameters(&self) -> bool {
        false
    }

    /// The statement as what it is, where loader criteria can be added to it; none as by default.
    fn as_any(&self) -> Option<&dyn Any> {
        None
    }
}

impl<S: Statement + ?Sized> Statement for &S {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<(), Error> {
        (**self).render(out)
    }

    fn kind(&self) -> StatementKind {
        (**self).kind()
    }

    fn cacheable(&self) -> bool {
        (**self).cacheable()
    }

    fn buffered(&self) -> bool {
        (**self).buffered()
    }

    fn at_most_one_row(&self) -> bool {
        (**self).at_most_one_row()
    }

    fn split<'s>(&'s self, capabilities: &Capabilities) -> Vec<Box<dyn Statement + 's>> {
        (**self).split(capabilities)
    }

    fn fixed(&self) -> Option<(&'static StatementShape, &[Value])> {
        (**self).fixed()
    }

    fn masks_parameters(&self) -> bool {
        (**self).masks_parameters()
    }
}

/// Kind of a statement, for counting and echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatementKind {
    /// Reads rows.
    Select,
    /// Adds rows.
    Insert,
    /// Changes rows.
    Update,
    /// Deletes rows.
    Delete,
    /// Changes the schema.
    Ddl,
    /// BEGIN, COMMIT, ROLLBACK, SAVEPOINT and the like.
    Transaction,
    /// Any other statement.
    Other,
}

/// Destination of a rendered statement.
pub trait SqlWriter<'b> {
    /// The capabilities of the dialect.
    fn capabilities(&self) -> &Capabilities;
    /// Text that is SQL already.
    fn push_sql(&mut self, sql: &str);
    /// Writes an identifier, quoted where the dialect needs quotes.
    fn push_identifier(&mut self, name: &str);
    /// A bound parameter; the writer puts the placeholder.
    ///
    /// # Errors
    /// When the driver cannot encode the value.
    fn push_bind(&mut self, bind: Bind<'b>) -> Result<(), Error>;
    /// A bound parameter that may become a column of the result, or part of one: cast on a database where a parameter
    /// has no type before the statement runs.
    ///
    /// # Errors
    /// See [`push_bind`](Self::push_bind).
    fn push_result_bind(&mut self, bind: Bind<'b>) -> Result<(), Error> {
        self.push_bind(bind)
    }
    /// Notes that the statement uses a sensitive column: error messages of the database may quote values of the column.
    fn note_sensitive(&mut self) {}
}

/// A parameter, borrowed for as long as the statement.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Bind<'b> {
    /// SQL `NULL`; the database infers the type.
    Null,
    /// A truth value.
    Bool(&'b bool),
    /// An integer.
    I64(&'b i64),
    /// A float.
    F64(&'b f64),
    /// Text.
    Text(&'b str),
    /// Bytes.
    Bytes(&'b [u8]),
    /// A date.
    Date(&'b NaiveDate),
    /// A time.
    Time(&'b NaiveTime),
    /// A date and time.
    DateTime(&'b NaiveDateTime),
    /// A decimal.
    Decimal(&'b BigDecimal),
    /// A UUID.
    Uuid(&'b Uuid),
    /// JSON.
    Json(&'b serde_json::Value),
    /// One array with all values of a column. Only where [`Capabilities::arrays`].
    Array(&'b ArrayBind<'b>),
    /// A parameter that echo and errors must not show.
    Sensitive(&'b ValueRef<'b>),
    /// A deferred column that is not loaded, which is refused when the statement is compiled.
    #[doc(hidden)]
    Unloaded,
}

/// One array parameter: the values of one column over many rows.
#[derive(Debug)]
#[non_exhaustive]
pub enum ArrayBind<'a> {
    /// Truth values.
    Bool(Vec<Option<bool>>),
    /// 64-bit integers.
    I64(Vec<Option<i64>>),
    /// Floats.
    F64(Vec<Option<f64>>),
    /// Texts.
    Text(Vec<Option<Cow<'a, str>>>),
    /// Byte strings.
    Bytes(Vec<Option<Cow<'a, [u8]>>>),
    /// Dates.
    Date(Vec<Option<NaiveDate>>),
    /// Times.
    Time(Vec<Option<NaiveTime>>),
    /// Dates and times.
    DateTime(Vec<Option<NaiveDateTime>>),
    /// Decimals.
    Decimal(Vec<Option<Cow<'a, BigDecimal>>>),
    /// UUIDs.
    Uuid(Vec<Option<Uuid>>),
    /// JSON documents.
    Json(Vec<Option<Cow<'a, serde_json::Value>>>),
}

impl<'b> From<&'b Value> for Bind<'b> {
    fn from(value: &'b Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(v) => Self::Bool(v),
            Value::I64(v) => Self::I64(v),
            Value::F64(v) => Self::F64(v),
            Value::Text(v) => Self::Text(v),
            Value::Bytes(v) => Self::Bytes(v),
            Value::Date(v) => Self::Date(v),
            Value::Time(v) => Self::Time(v),
            Value::DateTime(v) => Self::DateTime(v),
            Value::Decimal(v) => Self::Decimal(v),
            Value::Uuid(v) => Self::Uuid(v),
            Value::Json(v) => Self::Json(v),
            Value::Unloaded => Self::Unloaded,
        }
    }
}

impl<'b> From<&'b ValueRef<'b>> for Bind<'b> {
    fn from(value: &'b ValueRef<'b>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Bool(v) => Self::Bool(v),
            ValueRef::I64(v) => Self::I64(v),
            ValueRef::F64(v) => Self::F64(v),
            ValueRef::Text(v) => Self::Text(v),
            ValueRef::Bytes(v) => Self::Bytes(v),
            ValueRef::Date(v) => Self::Date(v),
            ValueRef::Time(v) => Self::Time(v),
            ValueRef::DateTime(v) => Self::DateTime(v),
            ValueRef::Decimal(v) => Self::Decimal(v),
            ValueRef::Uuid(v) => Self::Uuid(v),
            ValueRef::Json(v) => Self::Json(v),
            ValueRef::Owned(v) => (&**v).into(),
            ValueRef::Unloaded => Self::Unloaded,
        }
    }
}
