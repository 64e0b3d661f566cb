//! INSERT, UPDATE and DELETE of many rows of one shape, borrowed from the entities that hold the values.
//!
//! A row alone is written plainly. Many rows travel as arrays where the database has them (one parameter a column, one text for any
//! number of rows), else as a list of rows.

use std::borrow::Cow;

use crate::decimal;
use crate::engine::{ArrayBind, Bind, Capabilities, SqlWriter, Statement, StatementKind};
use crate::error::{Error, Result};
use crate::sql::render::decimal_key;
use crate::value::{DataType, Value, ValueRef};

/// A column of a written table.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) data_type: DataType,
    pub(super) sensitive: bool,
}

impl Field {
    fn is_decimal(&self) -> bool {
        matches!(self.data_type, DataType::Numeric(_))
    }
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Insert,
    Update,
    Delete,
}

/// Many rows of one shape.
pub(super) struct Write<'a> {
    verb: Verb,
    schema: Option<&'static str>,
    table: &'static str,
    /// The columns that get values: all of an INSERT, those that change of an UPDATE.
    set: Vec<Field>,
    /// The columns by which an UPDATE or DELETE finds its rows.
    key: Vec<Field>,
    /// The columns that must still have a known value in the rows that an UPDATE finds; `NULL` is a value here.
    guard: Vec<Field>,
    /// The columns that an INSERT gives back.
    returning: Vec<&'static str>,
    /// What stands for "no value" where a row has nothing but defaults.
    default_column: Option<&'static str>,
    rows: usize,
    values: Values<'a>,
}

enum Values<'a> {
    /// Row after row: `set`, `key`, `guard`.
    Rows(Vec<ValueRef<'a>>),
    /// Column after column: `set`, `key`, `guard`.
    Arrays(Vec<ArrayBind<'a>>),
}

impl<'a> Write<'a> {
    pub(super) fn new(verb: Verb, schema: Option<&'static str>, table: &'static str) -> Self {
        Self {
            verb,
            schema,
            table,
            set: Vec::new(),
            key: Vec::new(),
            guard: Vec::new(),
            returning: Vec::new(),
            default_column: None,
            rows: 0,
            values: Values::Rows(Vec::new()),
        }
    }

    pub(super) fn set(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.set.extend(fields);
        self
    }

    pub(super) fn key(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.key.extend(fields);
        self
    }

    pub(super) fn guard(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.guard.extend(fields);
        self
    }

    pub(super) fn returning(mut self, columns: Vec<&'static str>, default_column: Option<&'static str>) -> Self {
        self.returning = columns;
        self.default_column = default_column;
        self
    }

    /// Puts the values in, row after row: `set`, `key`, `guard`.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] when a value is not of its column's type and the rows travel as arrays.
    pub(super) fn values(
        mut self,
        rows: usize,
        values: Vec<ValueRef<'a>>,
        capabilities: &Capabilities,
    ) -> Result<Self> {
        let width = self.width();
        let sensitive = self.fields().any(|field| field.sensitive);
        let values = self.fit_identifier(values, capabilities)?;
        self.rows = rows;
        self.values = if rows > 1 && capabilities.arrays && width > 0 && !sensitive {
            let column = |(index, field)| array(self.table, field, values.iter().skip(index).step_by(width));
            Values::Arrays(self.fields().enumerate().map(column).collect::<Result<_>>()?)
        } else {
            Values::Rows(values)
        };
        Ok(self)
    }

    /// The values with decimals as their columns keep them, where the database does not see to it: one text for equal numbers, and
    /// no more digits than it takes.
    fn fit_identifier(&self, mut values: Vec<ValueRef<'a>>, capabilities: &Capabilities) -> Result<Vec<ValueRef<'a>>> {
        if capabilities.decimals && capabilities.decimal_digits.is_none() {
            return Ok(values);
        }
        let width = self.width();
        for (column, field) in self.fields().enumerate() {
            let DataType::Numeric(digits) = field.data_type else { continue };
            for value in values.iter_mut().skip(column).step_by(width) {
                let Bind::Decimal(decimal) = Bind::from(&*value) else { continue };
                if capabilities.decimals && (digits.is_none() || capabilities.keeps_digits(decimal)) {
                    continue;
                }
                let fit_identifier = decimal::fit(decimal, digits)
                    .map_err(|problem| Error::unsendable(format!("{}.{}", self.table, field.name), problem))?;
                *value = ValueRef::Owned(Box::new(Value::Decimal(fit_identifier)));
            }
        }
        Ok(values)
    }

    fn fields(&self) -> impl Iterator<Item = &Field> {
        self.set.iter().chain(&self.key).chain(&self.guard)
    }

    /// Number of values of a row.
    fn width(&self) -> usize {
        self.set.len() + self.key.len() + self.guard.len()
    }

    fn table<'b>(&self, out: &mut dyn SqlWriter<'b>) {
        if let Some(schema) = self.schema {
            out.push_identifier(schema);
            out.push_sql(".");
        }
        out.push_identifier(self.table);
    }

    fn bind<'b>(&'b self, field: &Field, value: &'b ValueRef<'b>, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        let bound = out.push_bind(if field.sensitive { Bind::Sensitive(value) } else { value.into() });
        bound.map_err(|error| match error {
            Error::UnsendableValue { column: None, reason } => {
                Error::unsendable(format!("{}.{}", self.table, field.name), reason)
            }
            other => other,
        })
    }

    /// `(?, ?), (?, ?)`
    fn row_list<'b>(&'b self, values: &'b [ValueRef<'b>], out: &mut dyn SqlWriter<'b>) -> Result<()> {
        for (index, row) in values.chunks(self.width().max(1)).enumerate() {
            out.push_sql(if index == 0 { "(" } else { ", (" });
            for (column, (field, value)) in self.fields().zip(row).enumerate() {
                separate(column, ", ", out);
                self.bind(field, value, out)?;
            }
            out.push_sql(")");
        }
        Ok(())
    }

    /// What each column of a list of rows is cast to: from the mapping, as no column of a table says it.
    fn casts(&self, values: &[ValueRef<'_>], capabilities: &Capabilities) -> Vec<Option<Cow<'static, str>>> {
        let rows = |column| values.iter().skip(column).step_by(self.width());
        let cast = |(column, field): (usize, &Field)| (capabilities.row_type)(&field.data_type, &mut rows(column));
        self.fields().enumerate().map(cast).collect()
    }

    /// `CAST(? AS CHAR), ?`
    fn cast_row<'b>(
        &'b self,
        row: &'b [ValueRef<'b>],
        casts: &[Option<Cow<'static, str>>],
        out: &mut dyn SqlWriter<'b>,
        mut name: impl FnMut(usize, &mut dyn SqlWriter<'b>),
    ) -> Result<()> {
        for (column, ((field, value), cast)) in self.fields().zip(row).zip(casts).enumerate() {
            separate(column, ", ", out);
            out.push_sql(if cast.is_some() { "CAST(" } else { "" });
            self.bind(field, value, out)?;
            if let Some(cast) = cast {
                out.push_sql(" AS ");
                out.push_sql(cast);
                out.push_sql(")");
            }
            name(column, out);
        }
        Ok(())
    }

    /// `VALUES (CAST($1 AS BIGINT)), ($2)`: the first row says the types.
    fn typed_rows<'b>(&'b self, values: &'b [ValueRef<'b>], out: &mut dyn SqlWriter<'b>) -> Result<()> {
        let (first, rest) = values.split_at(self.width());
        out.push_sql("VALUES (");
        let casts = self.casts(first, out.capabilities());
        self.cast_row(first, &casts, out, |_, _| {})?;
        out.push_sql("), ");
        self.row_list(rest, out)
    }

    /// `unnest($1, $2)`
    fn unnest<'b>(&self, arrays: &'b [ArrayBind<'b>], out: &mut dyn SqlWriter<'b>) -> Result<()> {
        out.push_sql("unnest(");
        for (index, array) in arrays.iter().enumerate() {
            separate(index, ", ", out);
            out.push_bind(Bind::Array(array))?;
        }
        out.push_sql(")");
        Ok(())
    }

    /// `p(c1, c2)`
    fn unnest_names<'b>(&self, more: &str, out: &mut dyn SqlWriter<'b>) {
        out.push_sql(" AS p(");
        for index in 0..self.width() {
            separate(index, ", ", out);
            out.push_sql(&format!("c{}", index + 1));
        }
        out.push_sql(more);
        out.push_sql(")");
    }

    fn insert<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        out.push_sql("INSERT INTO ");
        self.table(out);
        match &self.values {
            _ if self.set.is_empty() => self.defaults(out),
            Values::Rows(values) => {
                self.column_list(out);
                out.push_sql(" VALUES ");
                self.row_list(values, out)?;
            }
            Values::Arrays(arrays) => {
                self.column_list(out);
                out.push_sql(" SELECT ");
                for index in 0..arrays.len() {
                    separate(index, ", ", out);
                    out.push_sql(&format!("p.c{}", index + 1));
                }
                out.push_sql(" FROM ");
                self.unnest(arrays, out)?;
                // Generated keys are assigned in this order, so that sorted they fit the rows.
                out.push_sql(" WITH ORDINALITY");
                self.unnest_names(", n", out);
                out.push_sql(" ORDER BY p.n");
            }
        }
        if !self.returning.is_empty() {
            out.push_sql(" RETURNING ");
            for (index, column) in self.returning.iter().enumerate() {
                separate(index, ", ", out);
                out.push_identifier(column);
            }
        }
        Ok(())
    }

    /// Rows that have nothing but defaults.
    fn defaults<'b>(&self, out: &mut dyn SqlWriter<'b>) {
        let default = if out.capabilities().default_keyword { "DEFAULT" } else { "NULL" };
        match self.default_column {
            Some(column) if self.rows > 1 => {
                out.push_sql(" (");
                out.push_identifier(column);
                out.push_sql(") VALUES ");
                for index in 0..self.rows {
                    separate(index, ", ", out);
                    out.push_sql("(");
                    out.push_sql(default);
                    out.push_sql(")");
                }
            }
            _ if out.capabilities().default_values => out.push_sql(" DEFAULT VALUES"),
            _ => out.push_sql(" () VALUES ()"),
        }
    }

    fn column_list<'b>(&self, out: &mut dyn SqlWriter<'b>) {
        out.push_sql(" (");
        for (index, field) in self.set.iter().enumerate() {
            separate(index, ", ", out);
            out.push_identifier(field.name);
        }
        out.push_sql(")");
    }

    fn update<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        out.push_sql("UPDATE ");
        self.table(out);
        if let (Values::Rows(values), true, true) = (&self.values, self.rows > 1, out.capabilities().update_join) {
            return self.update_join(values, out);
        }
        out.push_sql(" SET ");
        match &self.values {
            Values::Rows(values) if self.rows == 1 => {
                for (index, (field, value)) in self.set.iter().zip(values).enumerate() {
                    separate(index, ", ", out);
                    out.push_identifier(field.name);
                    out.push_sql(" = ");
                    self.bind(field, value, out)?;
                }
                self.where_key(&values[self.set.len()..], out)
            }
            Values::Rows(values) => {
                self.set_from("column", out);
                out.push_sql(" FROM (");
                self.typed_rows(values, out)?;
                out.push_sql(") AS p");
                self.where_joined("column", out)
            }
            Values::Arrays(arrays) => {
                self.set_from("c", out);
                out.push_sql(" FROM ");
                self.unnest(arrays, out)?;
                self.unnest_names("", out);
                self.where_joined("c", out)
            }
        }
    }

    /// `UPDATE t JOIN (SELECT CAST(? AS CHAR) AS c1, ? AS c2 UNION ALL SELECT CAST(? AS CHAR), ?) AS p ON t.id = p.c2 SET t.name = p.c1`
    fn update_join<'b>(&'b self, values: &'b [ValueRef<'b>], out: &mut dyn SqlWriter<'b>) -> Result<()> {
        out.push_sql(" JOIN (");
        let casts = self.casts(values, out.capabilities());
        for (index, row) in values.chunks(self.width()).enumerate() {
            out.push_sql(if index == 0 { "SELECT " } else { " UNION ALL SELECT " });
            self.cast_row(row, &casts, out, |column, out| {
                if index == 0 {
                    out.push_sql(&format!(" AS c{}", column + 1));
                }
            })?;
        }
        out.push_sql(") AS p");
        for (index, field) in self.key.iter().enumerate() {
            out.push_sql(if index == 0 { " ON " } else { " AND " });
            self.key_column(field, out)?;
            out.push_sql(&format!(" = p.c{}", self.set.len() + index + 1));
        }
        self.guard_joined("c", out)?;
        for (index, field) in self.set.iter().enumerate() {
            out.push_sql(if index == 0 { " SET " } else { ", " });
            self.column(field, out);
            out.push_sql(&format!(" = p.c{}", index + 1));
        }
        Ok(())
    }

    fn set_from<'b>(&self, prefix: &str, out: &mut dyn SqlWriter<'b>) {
        for (index, field) in self.set.iter().enumerate() {
            separate(index, ", ", out);
            out.push_identifier(field.name);
            out.push_sql(&format!(" = p.{prefix}{}", index + 1));
        }
    }

    /// `WHERE id = ? AND version = ?`
    fn where_key<'b>(&'b self, values: &'b [ValueRef<'b>], out: &mut dyn SqlWriter<'b>) -> Result<()> {
        for (index, (field, value)) in self.key.iter().zip(values).enumerate() {
            separate(index, " AND ", out);
            if index == 0 {
                out.push_sql(" WHERE ");
            }
            self.key_column(field, out)?;
            out.push_sql(" = ");
            self.bind_key(field, value, out)?;
        }
        for (field, value) in self.guard.iter().zip(&values[self.key.len()..]) {
            out.push_sql(" AND ");
            match value.is_null() {
                // A parameter that is NULL has no type by which to compare.
                true => {
                    self.column(field, out);
                    out.push_sql(" IS NULL");
                }
                false => self.same_value(field, out, |out| self.bind(field, value, out))?,
            }
        }
        Ok(())
    }

    /// `t.name IS NOT DISTINCT FROM ?`: the column still has a value, which may be `NULL`.
    fn same_value<'b>(
        &self,
        field: &Field,
        out: &mut dyn SqlWriter<'b>,
        value: impl FnOnce(&mut dyn SqlWriter<'b>) -> Result<()>,
    ) -> Result<()> {
        let equality = out.capabilities().null_safe_equality;
        let (before, after) = match field.data_type {
            DataType::String(_) | DataType::Text | DataType::Enum(_) => equality.text,
            DataType::Json => equality.json,
            DataType::Float => equality.float,
            _ => ("", ""),
        };
        out.push_sql(before);
        self.key_column(field, out)?;
        out.push_sql(after);
        out.push_sql(equality.operator);
        out.push_sql(before);
        decimal_key(out, field.is_decimal(), value)?;
        out.push_sql(after);
        Ok(())
    }

    /// `AND t.name IS NOT DISTINCT FROM p.c3`
    fn guard_joined<'b>(&self, prefix: &str, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        for (index, field) in self.guard.iter().enumerate() {
            out.push_sql(" AND ");
            let number = self.set.len() + self.key.len() + index + 1;
            self.same_value(field, out, |out| {
                out.push_sql(&format!("p.{prefix}{number}"));
                Ok(())
            })?;
        }
        Ok(())
    }

    /// `WHERE t.id = p.c2`
    fn where_joined<'b>(&self, prefix: &str, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        for (index, field) in self.key.iter().enumerate() {
            out.push_sql(if index == 0 { " WHERE " } else { " AND " });
            self.key_column(field, out)?;
            out.push_sql(" = ");
            decimal_key(out, field.is_decimal(), |out| {
                out.push_sql(&format!("p.{prefix}{}", self.set.len() + index + 1));
                Ok(())
            })?;
        }
        self.guard_joined(prefix, out)
    }

    fn column<'b>(&self, field: &Field, out: &mut dyn SqlWriter<'b>) {
        out.push_identifier(self.table);
        out.push_sql(".");
        out.push_identifier(field.name);
    }

    /// A column by which rows are found.
    fn key_column<'b>(&self, field: &Field, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        decimal_key(out, field.is_decimal(), |out| {
            self.column(field, out);
            Ok(())
        })
    }

    /// A value by which rows are found.
    fn bind_key<'b>(&'b self, field: &Field, value: &'b ValueRef<'b>, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        decimal_key(out, field.is_decimal(), |out| self.bind(field, value, out))
    }

    fn delete<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        out.push_sql("DELETE FROM ");
        self.table(out);
        match &self.values {
            Values::Rows(values) if self.rows == 1 => return self.where_key(values, out),
            Values::Rows(values) => {
                out.push_sql(" WHERE ");
                match self.key.as_slice() {
                    [field] => {
                        self.key_column(field, out)?;
                        out.push_sql(" IN (");
                        for (index, value) in values.iter().enumerate() {
                            separate(index, ", ", out);
                            self.bind_key(field, value, out)?;
                        }
                    }
                    fields => {
                        out.push_sql("(");
                        for (index, field) in fields.iter().enumerate() {
                            separate(index, ", ", out);
                            self.key_column(field, out)?;
                        }
                        out.push_sql(if out.capabilities().tuple_in_values { ") IN (VALUES " } else { ") IN (" });
                        for (index, row) in values.chunks(self.width()).enumerate() {
                            out.push_sql(if index == 0 { "(" } else { ", (" });
                            for (column, (field, value)) in fields.iter().zip(row).enumerate() {
                                separate(column, ", ", out);
                                self.bind_key(field, value, out)?;
                            }
                            out.push_sql(")");
                        }
                    }
                }
                out.push_sql(")");
            }
            Values::Arrays(arrays) => match (self.key.as_slice(), arrays.as_slice()) {
                ([field], [array]) => {
                    out.push_sql(" WHERE ");
                    self.column(field, out);
                    out.push_sql(" = ANY(");
                    out.push_bind(Bind::Array(array))?;
                    out.push_sql(")");
                }
                _ => {
                    out.push_sql(" USING ");
                    self.unnest(arrays, out)?;
                    self.unnest_names("", out);
                    self.where_joined("c", out)?;
                }
            },
        }
        Ok(())
    }
}

impl Statement for Write<'_> {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        match self.verb {
            Verb::Insert => self.insert(out),
            Verb::Update => self.update(out),
            Verb::Delete => self.delete(out),
        }
    }

    fn kind(&self) -> StatementKind {
        match self.verb {
            Verb::Insert => StatementKind::Insert,
            Verb::Update => StatementKind::Update,
            Verb::Delete => StatementKind::Delete,
        }
    }

    /// A list of rows whose length is a matter of chance will hardly come again.
    fn cacheable(&self) -> bool {
        self.rows == 1 || self.rows >= FULL || matches!(self.values, Values::Arrays(_))
    }
}

/// As many rows as a statement of a long flush has at least.
const FULL: usize = 100;

fn separate<'b>(index: usize, separator: &str, out: &mut dyn SqlWriter<'b>) {
    if index > 0 {
        out.push_sql(separator);
    }
}

/// One column of many rows as an array of the column's type.
fn array<'a, 'v>(table: &str, field: &Field, values: impl Iterator<Item = &'v ValueRef<'a>>) -> Result<ArrayBind<'a>>
where
    'a: 'v,
{
    let wrong = |kind: &str| {
        Error::invalid(format!("{table}.{} holds {:?}, the field sends {kind}", field.name, field.data_type))
    };
    macro_rules! copied {
        ($variant:ident) => {
            ArrayBind::$variant(
                values
                    .map(|value| match value {
                        ValueRef::Null => Ok(None),
                        ValueRef::$variant(value) => Ok(Some(*value)),
                        other => Err(wrong(other.kind())),
                    })
                    .collect::<Result<_>>()?,
            )
        };
    }
    macro_rules! borrowed {
        ($variant:ident) => {
            ArrayBind::$variant(
                values
                    .map(|value| match value {
                        ValueRef::Null => Ok(None),
                        ValueRef::$variant(value) => Ok(Some(Cow::Borrowed(*value))),
                        ValueRef::Owned(value) => match &**value {
                            Value::$variant(value) => Ok(Some(Cow::Owned(value.clone()))),
                            Value::Null => Ok(None),
                            other => Err(wrong(other.kind())),
                        },
                        other => Err(wrong(other.kind())),
                    })
                    .collect::<Result<_>>()?,
            )
        };
    }
    Ok(match &field.data_type {
        DataType::SmallInteger | DataType::Integer | DataType::BigInteger => copied!(I64),
        DataType::Float | DataType::Double => copied!(F64),
        DataType::Boolean => copied!(Bool),
        DataType::Date => copied!(Date),
        DataType::Time => copied!(Time),
        DataType::DateTime => copied!(DateTime),
        DataType::Uuid => copied!(Uuid),
        DataType::Numeric(_) => borrowed!(Decimal),
        DataType::LargeBinary => borrowed!(Bytes),
        DataType::Json => borrowed!(Json),
        DataType::String(_) | DataType::Text | DataType::Enum(_) => borrowed!(Text),
    })
}
