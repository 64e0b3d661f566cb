//! `SELECT ... WHERE key IN (...)`: the statement behind `get`, `refresh`, lazy and select-in loads.
//!
//! Written straight from the mapping, with no tree in between: these are the statements that a program sends most.

use std::any::Any;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::engine::{ArrayBind, Bind, SqlWriter, Statement, StatementKind};
use crate::error::{Error, Result};
use crate::mapping::{ColumnPosition, EntityMeta, KeyValues, RowShape, SecondaryMeta};
use crate::sql::render::{bind_value, column, comma_list, decimal_key};
use crate::value::Value;

/// How many keys one statement asks for.
pub(crate) const BATCH: usize = 500;

/// Up to so many keys, the statement is kept prepared for each number of them.
const FEW: usize = 16;

/// The rows of an entity whose key columns hold one of some keys.
#[derive(Debug)]
pub(crate) struct KeySelect {
    pub(crate) meta: &'static EntityMeta,
    pub(crate) by: KeyColumns,
    pub(crate) keys: Keys,
    /// The columns that are selected, where these are not all of the mapping.
    pub(crate) shape: Option<Arc<RowShape>>,
    /// Fields of the entity, and whether descending.
    pub(crate) order: &'static [(&'static str, bool)],
}

/// Which columns hold the keys.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyColumns {
    /// Columns of the entity, by position.
    Own(&'static [ColumnPosition]),
    /// The owner's columns of a table between, and whether the owner's key is sensitive; they come first in the row.
    Secondary(&'static SecondaryMeta, bool),
}

/// The keys to look for.
pub(crate) enum Keys {
    /// One key.
    One(KeyValues),
    /// Keys of one column, of a kind that also travels as an array.
    Column(ArrayBind<'static>),
    /// Any keys.
    Rows(Vec<KeyValues>),
}

impl Keys {
    fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Column(ArrayBind::I64(keys)) => keys.len(),
            Self::Column(_) => FEW,
            Self::Rows(keys) => keys.len(),
        }
    }

    /// The keys, one by one.
    ///
    /// # Errors
    /// For an array of a kind that [`Keys::new`] does not make.
    pub(crate) fn to_rows(&self) -> Result<Vec<KeyValues>> {
        match self {
            Self::One(key) => Ok(vec![key.clone()]),
            Self::Rows(keys) => Ok(keys.clone()),
            Self::Column(ArrayBind::I64(keys)) => {
                let row = |key: &Option<i64>| KeyValues::from_iter([key.map_or(Value::Null, Value::I64)]);
                Ok(keys.iter().map(row).collect())
            }
            Self::Column(_) => Err(Error::invalid("only keys that are integers travel as an array")),
        }
    }

    /// The keys, in the form in which they travel best.
    pub(crate) fn new(keys: &[KeyValues]) -> Self {
        match keys {
            [key] => Self::One(key.clone()),
            _ => Self::integers(keys).unwrap_or_else(|| Self::Rows(keys.to_vec())),
        }
    }

    fn integers(keys: &[KeyValues]) -> Option<Self> {
        let integers = keys.iter().map(|key| match key.as_slice() {
            [Value::I64(value)] => Some(Some(*value)),
            _ => None,
        });
        integers.collect::<Option<Vec<_>>>().map(|integers| Self::Column(ArrayBind::I64(integers)))
    }
}

impl KeyColumns {
    /// Number of columns before those of the entity.
    pub(crate) fn width(self) -> usize {
        match self {
            Self::Own(_) => 0,
            Self::Secondary(secondary, _) => secondary.local.len(),
        }
    }

    /// The names of the key columns, and of the table that has them.
    fn names(self, meta: &EntityMeta) -> (&'static str, SmallVec<[&'static str; 2]>) {
        match self {
            Self::Own(positions) => {
                (meta.table, positions.iter().map(|position| meta.columns[*position].name).collect())
            }
            Self::Secondary(secondary, _) => (secondary.table, SmallVec::from_slice(&secondary.local)),
        }
    }

    /// Whether what rows are looked up by must not show.
    pub(crate) fn is_sensitive(self, meta: &EntityMeta) -> bool {
        match self {
            Self::Own(positions) => positions.iter().any(|position| meta.is_sensitive(*position)),
            Self::Secondary(_, sensitive) => sensitive,
        }
    }

    /// `SELECT ... FROM ...`
    fn write_select(self, meta: &EntityMeta, shape: Option<&RowShape>, out: &mut dyn SqlWriter<'_>) -> Result<()> {
        if (meta.columns.positions()).any(|column| meta.is_sensitive(column)) {
            out.note_sensitive();
        }
        out.push_sql("SELECT ");
        if let Self::Secondary(secondary, _) = self {
            for name in &secondary.local {
                column(out, Some(secondary.table), name);
                out.push_sql(", ");
            }
        }
        match shape {
            None => comma_list(out, &meta.columns, |out, own| {
                column(out, Some(meta.table), own.name);
                Ok(())
            })?,
            Some(shape) => comma_list(out, &shape.columns, |out, own| {
                column(out, Some(meta.table), meta.columns[*own].name);
                Ok(())
            })?,
        }
        out.push_sql(" FROM ");
        let Self::Secondary(secondary, _) = self else {
            column(out, meta.schema, meta.table);
            return Ok(());
        };
        out.push_identifier(secondary.table);
        out.push_sql(" JOIN ");
        column(out, meta.schema, meta.table);
        out.push_sql(" ON ");
        for (part, (remote, own)) in secondary.remote.iter().zip(&meta.primary_key).enumerate() {
            out.push_sql(if part == 0 { "" } else { " AND " });
            let own = &meta.columns[*own];
            key_column(out, own.is_decimal(), secondary.table, remote)?;
            out.push_sql(" = ");
            key_column(out, own.is_decimal(), meta.table, own.name)?;
        }
        Ok(())
    }
}

/// `SELECT ... FROM ... WHERE a = ? AND b = ?`: the row of an entity with a primary key.
pub(super) fn write_row_select<'b>(
    out: &mut dyn SqlWriter<'b>,
    meta: &'static EntityMeta,
    key: &'b [Value],
) -> Result<()> {
    let by = KeyColumns::Own(&meta.primary_key);
    by.write_select(meta, meta.shape().map(|shape| &**shape), out)?;
    out.push_sql(" WHERE ");
    let (table, columns) = by.names(meta);
    write_key(out, table, &columns, key)
}

impl KeySelect {
    fn write_condition<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        let (table, columns) = self.by.names(self.meta);
        out.push_sql(" WHERE ");
        match &self.keys {
            Keys::One(key) => write_key(out, table, &columns, key),
            // The text is the same for any number of keys, so it is prepared once.
            Keys::Column(array) if out.capabilities().arrays => {
                column(out, Some(table), columns[0]);
                out.push_sql(" = ANY(");
                out.push_bind(Bind::Array(array))?;
                out.push_sql(")");
                Ok(())
            }
            Keys::Column(ArrayBind::I64(keys)) => {
                column(out, Some(table), columns[0]);
                write_list(out, keys.iter().flatten(), |out, key| out.push_bind(Bind::I64(key)))
            }
            Keys::Column(_) => Err(Error::invalid("only integers travel as arrays of keys")),
            Keys::Rows(keys) if columns.len() == 1 => {
                let decimal = keys.iter().flatten().any(is_decimal);
                key_column(out, decimal, table, columns[0])?;
                write_list(out, keys.iter().flatten(), |out, key| decimal_key(out, decimal, |out| bind_value(out, key)))
            }
            Keys::Rows(keys) => write_tuples(out, table, &columns, keys),
        }
    }

    fn write_order(&self, out: &mut dyn SqlWriter<'_>) -> Result<()> {
        for (position, (field, descending)) in self.order.iter().enumerate() {
            out.push_sql(if position == 0 { " ORDER BY " } else { ", " });
            let own = &self.meta.columns[order_column(self.meta, field)?];
            key_column(out, own.is_decimal(), self.meta.table, own.name)?;
            out.push_sql(if *descending { " DESC" } else { "" });
        }
        Ok(())
    }
}

// By hand: a key may be sensitive.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} keys", self.len())
    }
}

impl Statement for KeySelect {
    fn masks_parameters(&self) -> bool {
        self.by.is_sensitive(self.meta)
    }

    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        self.by.write_select(self.meta, self.shape.as_deref(), out)?;
        self.write_condition(out)?;
        self.write_order(out)
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Select
    }

    /// The rows of few keys are few. Those of many are made into entities while the database sends the next.
    fn buffered(&self) -> bool {
        self.keys.len() <= FEW
    }

    /// Short lists come again, and so do full ones; what is between hardly does.
    fn cacheable(&self) -> bool {
        let keys = self.keys.len();
        keys <= FEW || keys == BATCH
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

/// A column that is compared, or sorted by.
fn key_column(out: &mut dyn SqlWriter<'_>, decimal: bool, table: &str, name: &str) -> Result<()> {
    decimal_key(out, decimal, |out| {
        column(out, Some(table), name);
        Ok(())
    })
}

fn is_decimal(value: &Value) -> bool {
    matches!(value, Value::Decimal(_))
}

/// `a = ? AND b = ?`
fn write_key<'b>(
    out: &mut dyn SqlWriter<'b>,
    table: &'static str,
    columns: &[&'static str],
    key: &'b [Value],
) -> Result<()> {
    for (part, (name, value)) in columns.iter().zip(key).enumerate() {
        out.push_sql(if part == 0 { "" } else { " AND " });
        let decimal = is_decimal(value);
        key_column(out, decimal, table, name)?;
        out.push_sql(" = ");
        decimal_key(out, decimal, |out| bind_value(out, value))?;
    }
    Ok(())
}

/// ` IN (?, ?, ...)`
fn write_list<'b, K>(
    out: &mut dyn SqlWriter<'b>,
    keys: impl Iterator<Item = K>,
    key: impl FnMut(&mut dyn SqlWriter<'b>, K) -> Result<()>,
) -> Result<()> {
    out.push_sql(" IN (");
    comma_list(out, keys, key)?;
    out.push_sql(")");
    Ok(())
}

/// `(a, b) IN ((?, ?), ...)`
fn write_tuples<'b>(
    out: &mut dyn SqlWriter<'b>,
    table: &'static str,
    columns: &[&'static str],
    keys: &'b [KeyValues],
) -> Result<()> {
    let is_decimal = |at: usize| keys.iter().any(|key| is_decimal(&key[at]));
    let decimals: SmallVec<[bool; 2]> = (0..columns.len()).map(is_decimal).collect();
    out.push_sql("(");
    comma_list(out, columns.iter().zip(&decimals), |out, (name, decimal)| key_column(out, *decimal, table, name))?;
    out.push_sql(if out.capabilities().tuple_in_values { ") IN (VALUES " } else { ") IN (" });
    comma_list(out, keys, |out, key| {
        out.push_sql("(");
        comma_list(out, key.iter().zip(&decimals), |out, (value, decimal)| {
            decimal_key(out, *decimal, |out| bind_value(out, value))
        })?;
        out.push_sql(")");
        Ok(())
    })?;
    out.push_sql(")");
    Ok(())
}

/// The position of the column behind a field that a relationship is ordered by.
pub(crate) fn order_column(meta: &'static EntityMeta, field: &str) -> Result<ColumnPosition> {
    meta.column_of_field(field).ok_or_else(|| Error::Mapping {
        faults: vec![format!("{}: `order_by` names `{field}`, which is no column of it", meta.name)],
    })
}
