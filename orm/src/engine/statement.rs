//! What can be run: an object-safe statement that renders itself once for every backend.

use std::any::Any;
use std::borrow::Cow;

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use uuid::Uuid;

use super::dialect::Capabilities;
use super::shape::Shape;
use crate::error::Error;
use crate::value::{Value, ValueRef};

/// A statement that can be run on any backend.
///
/// Rendering happens against a [`SqlWriter`]: the drivers' writers hand text and binds to diesel's `AstPass`,
/// the echo's writer makes text. A statement is rendered several times for one run and must give the same each time.
pub trait Statement: Send + Sync {
    /// Writes the statement.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the dialect cannot say this.
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<(), Error>;

    /// What the statement does.
    fn kind(&self) -> StatementKind;

    /// Whether the driver should keep the prepared statement under its text.
    fn cacheable(&self) -> bool {
        true
    }

    /// Whether the driver may hold the whole result before it hands out the first row: faster where it is not large, or is kept anyway.
    fn buffered(&self) -> bool {
        false
    }

    /// Whether there is never a second row, so that the driver need not look for one.
    fn at_most_one_row(&self) -> bool {
        false
    }

    /// Statements that together do the same within the limits of a database, in order, where this one is too large for it; none as by default.
    fn parts<'s>(&'s self, _capabilities: &Capabilities) -> Vec<Box<dyn Statement + 's>> {
        Vec::new()
    }

    /// The shape of a statement whose text is always the same, and its parameters in order.
    /// None for a statement that must be written out to be known, as by default.
    fn fixed(&self) -> Option<(&'static Shape, &[Value])> {
        None
    }

    /// Whether echo and errors mask every parameter: rows are looked up by a sensitive key.
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

    fn parts<'s>(&'s self, capabilities: &Capabilities) -> Vec<Box<dyn Statement + 's>> {
        (**self).parts(capabilities)
    }

    fn fixed(&self) -> Option<(&'static Shape, &[Value])> {
        (**self).fixed()
    }

    fn masks_parameters(&self) -> bool {
        (**self).masks_parameters()
    }
}

/// What a statement does, for counting and echo.
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
    /// Anything else.
    Other,
}

/// Where a statement is written to.
pub trait SqlWriter<'b> {
    /// What the dialect can do.
    fn capabilities(&self) -> &Capabilities;
    /// Text that is SQL already.
    fn push_sql(&mut self, sql: &str);
    /// An identifier, quoted where the dialect needs it.
    fn push_identifier(&mut self, name: &str);
    /// A bound parameter; the writer puts the placeholder.
    ///
    /// # Errors
    /// When the driver cannot encode the value.
    fn push_bind(&mut self, bind: Bind<'b>) -> Result<(), Error>;
    /// A bound parameter that may become a column of the result, or part of one: cast on a database where a parameter has
    /// no type before the statement runs.
    ///
    /// # Errors
    /// See [`push_bind`](Self::push_bind).
    fn push_result_bind(&mut self, bind: Bind<'b>) -> Result<(), Error> {
        self.push_bind(bind)
    }
    /// Notes that a sensitive column takes part: what the database says of the statement may quote its values.
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
    /// A whole column of values as one array; only where [`Capabilities::arrays`].
    Array(&'b ArrayBind<'b>),
    /// A parameter that echo and errors must not show.
    Sensitive(&'b ValueRef<'b>),
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
        }
    }
}
