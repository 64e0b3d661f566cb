//! DDL of a dialect: names of types, and differences between statements.

use std::borrow::Cow;

use crate::engine::statement::{Bind, SqlWriter};
use crate::error::Result;
use crate::value::DataType;

/// Differences between the databases in DDL.
#[derive(Clone, Debug)]
pub(crate) struct Ddl {
    /// The type of a column.
    pub(crate) column_type: fn(&ColumnFacts, &DataType) -> Result<Cow<'static, str>, Absent>,
    /// Text after the columns of a table; the collation follows.
    pub(crate) table_options: &'static str,
    /// Text after a column that the database counts up.
    pub(crate) generated: &'static str,
    /// Whether the DEFAULT of a column of this type needs no parentheses.
    pub(crate) bare_default: fn(&DataType, &str) -> bool,
    /// Whether comments are part of CREATE TABLE; otherwise they are separate statements.
    pub(crate) inline_comments: bool,
    /// Whether a backslash in a literal escapes the next character.
    pub(crate) backslash_escapes: bool,
    /// Whether a foreign key can name the schema of its target; otherwise both tables must be in one schema.
    pub(crate) foreign_key_schema: bool,
    /// Whether the schema qualifies the index instead of its table.
    pub(crate) index_holds_schema: bool,
    /// Text between table and name when a foreign key is dropped.
    pub(crate) drop_foreign_key: &'static str,
    /// Whether the catalog finds a table regardless of the case of its name.
    pub(crate) folds_table_names: bool,
    /// Writes the query for the tables and views with these names in one schema; each row is a name.
    pub(crate) existing_tables: ExistingTables,
}

/// Writes a query for the tables and views of a schema (`None` for the default schema) by their names.
pub(crate) type ExistingTables =
    for<'b> fn(schema: Option<&'b str>, names: &'b [String], out: &mut dyn SqlWriter<'b>) -> Result<()>;

/// Facts about a column and its table that decide the column's type on some databases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnFacts {
    /// The database generates the values.
    pub(crate) generated: bool,
    /// The column is the whole primary key.
    pub(crate) is_sole_key: bool,
    /// The column is the first of the primary key.
    pub(crate) leads_key: bool,
    /// The column is part of a key or an index.
    pub(crate) is_indexed: bool,
}

/// A missing feature of the database, and its replacement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Absent {
    pub(crate) feature: &'static str,
    pub(crate) instead: &'static str,
}

/// The types that are called the same everywhere.
pub(super) fn common_type(data_type: &DataType) -> Cow<'static, str> {
    match data_type {
        DataType::SmallInteger => "SMALLINT".into(),
        DataType::Integer => "INTEGER".into(),
        DataType::BigInteger => "BIGINT".into(),
        DataType::String(None) => "VARCHAR".into(),
        DataType::String(Some(length)) => format!("VARCHAR({length})").into(),
        DataType::Text => "TEXT".into(),
        DataType::Float => "FLOAT".into(),
        DataType::Double => "DOUBLE".into(),
        DataType::Numeric(None) => "NUMERIC".into(),
        DataType::Numeric(Some((precision, scale))) => format!("NUMERIC({precision}, {scale})").into(),
        DataType::Boolean => "BOOLEAN".into(),
        DataType::Date => "DATE".into(),
        DataType::Time => "TIME".into(),
        DataType::DateTime => "DATETIME".into(),
        DataType::LargeBinary => "BLOB".into(),
        DataType::Uuid => "CHAR(36)".into(),
        DataType::Json => "JSON".into(),
        DataType::Enum(texts) => {
            let longest = texts.iter().map(|text| text.chars().count()).max().unwrap_or_default();
            format!("VARCHAR({})", longest.max(1)).into()
        }
    }
}

pub(super) fn is_literal(sql: &str) -> bool {
    let quoted = sql.len() >= 2
        && sql.starts_with('\'')
        && sql.ends_with('\'')
        && !sql[1..sql.len() - 1].replace("''", "").contains('\'');
    quoted || sql.parse::<f64>().is_ok() || ["NULL", "TRUE", "FALSE"].iter().any(|word| sql.eq_ignore_ascii_case(word))
}

pub(super) fn is_current(sql: &str) -> bool {
    ["CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"].iter().any(|word| sql.eq_ignore_ascii_case(word))
}

/// Whether the first parenthesis closes at the end of the text.
pub(super) fn is_parenthesized(sql: &str) -> bool {
    let mut depth = 0_usize;
    for (at, character) in sql.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at > 0 && at + 1 == sql.len();
        }
    }
    false
}

/// Writes `IN (...)` with a parameter a name.
pub(super) fn names_in<'b>(names: &'b [String], out: &mut dyn SqlWriter<'b>) -> Result<()> {
    out.push_sql("IN (");
    for (at, name) in names.iter().enumerate() {
        out.push_sql(if at == 0 { "" } else { ", " });
        out.push_bind(Bind::Text(name))?;
    }
    out.push_sql(")");
    Ok(())
}
