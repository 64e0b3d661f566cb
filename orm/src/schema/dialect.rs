//! How the databases differ in DDL, all in one place.

use std::borrow::Cow;

use super::column::Column;
use super::constraint::ForeignKey;
use super::table::Table;
use crate::engine::{Capabilities, DialectName};
use crate::error::{Error, Result};
use crate::value::DataType;

/// The type of a column, as the database writes it.
///
/// # Errors
/// [`Error::Unsupported`] when the database has no such column.
pub(super) fn column_type(caps: &Capabilities, table: &Table, column: &Column) -> Result<Cow<'static, str>> {
    match caps.dialect {
        DialectName::Sqlite if column.generated => sqlite_rowid(caps, table, column),
        DialectName::Sqlite => Ok(sqlite_type(&column.data_type)),
        DialectName::Postgres => Ok(postgres_type(&column.data_type)),
        DialectName::Mysql => mysql_type(caps, table, column),
    }
}

/// SQLite counts up its rowid only, and a column is the rowid only when it says INTEGER, to the letter.
fn sqlite_rowid(caps: &Capabilities, table: &Table, column: &Column) -> Result<Cow<'static, str>> {
    if table.is_sole_key(column) {
        return Ok("INTEGER".into());
    }
    let instead = "make it the whole primary key, or assign its values yourself";
    Err(unsupported(caps, table, column, "generated column beside the primary key", instead))
}

/// The name decides how SQLite stores a value: with CHAR or TEXT in it as text to the letter, with INT as an integer,
/// with FLOA or DOUB as a float, otherwise as a number whenever a text looks like one.
fn sqlite_type(data_type: &DataType) -> Cow<'static, str> {
    match data_type {
        DataType::SmallInteger => "SMALLINT".into(),
        DataType::Integer => "INTEGER".into(),
        DataType::BigInteger => "BIGINT".into(),
        DataType::Float => "FLOAT".into(),
        DataType::Double => "DOUBLE".into(),
        // As NUMERIC or JSON, digits would turn into floats and lose what a float cannot hold.
        DataType::Numeric(_) | DataType::Json => "TEXT".into(),
        DataType::Boolean => "BOOLEAN".into(),
        DataType::DateTime => "DATETIME".into(),
        DataType::LargeBinary => "BLOB".into(),
        DataType::Uuid => "CHAR(36)".into(),
        other => common_type(other),
    }
}

fn postgres_type(data_type: &DataType) -> Cow<'static, str> {
    match data_type {
        DataType::Float => "REAL".into(),
        DataType::Double => "DOUBLE PRECISION".into(),
        DataType::Boolean => "BOOLEAN".into(),
        DataType::DateTime => "TIMESTAMP".into(),
        DataType::LargeBinary => "BYTEA".into(),
        DataType::Uuid => "UUID".into(),
        DataType::Json => "JSONB".into(),
        other => common_type(other),
    }
}

fn mysql_type(caps: &Capabilities, table: &Table, column: &Column) -> Result<Cow<'static, str>> {
    if column.generated && table.primary_key.first() != Some(&column.name) {
        let instead = "put it first in the primary key, or assign its values yourself";
        return Err(unsupported(caps, table, column, "generated column that does not lead a key", instead));
    }
    Ok(match &column.data_type {
        // A key needs a length. What is longer is refused, never cut.
        DataType::String(None) if table.is_indexed(column) => "VARCHAR(255)".into(),
        DataType::String(None) => "LONGTEXT".into(),
        DataType::Numeric(None) => {
            // Its NUMERIC is NUMERIC(10, 0), which rounds without a word.
            let instead = "give the column precision and scale";
            return Err(unsupported(caps, table, column, "exact NUMERIC without a precision", instead));
        }
        DataType::Text => "LONGTEXT".into(),
        DataType::LargeBinary if table.is_indexed(column) => "VARBINARY(255)".into(),
        DataType::Float => "FLOAT".into(),
        DataType::Double => "DOUBLE".into(),
        DataType::Boolean => "BOOL".into(),
        DataType::Time => "TIME(6)".into(),
        DataType::DateTime => "DATETIME(6)".into(),
        DataType::LargeBinary => "LONGBLOB".into(),
        DataType::Uuid => "BINARY(16)".into(),
        DataType::Json => "JSON".into(),
        other => common_type(other),
    })
}

/// The types that are called the same everywhere.
fn common_type(data_type: &DataType) -> Cow<'static, str> {
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

/// What follows the columns of a table: the engine that has transactions, and texts that are equal when they are the same.
pub(super) fn table_options(caps: &Capabilities) -> String {
    match caps.collation {
        Some(collation) => format!(" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={collation}"),
        None => String::new(),
    }
}

/// What says that the database counts a column up.
pub(super) fn generated_clause(caps: &Capabilities) -> &'static str {
    match caps.dialect {
        DialectName::Sqlite => "",
        DialectName::Postgres => " GENERATED BY DEFAULT AS IDENTITY",
        DialectName::Mysql => " AUTO_INCREMENT",
    }
}

/// The text of a DEFAULT. SQLite and MySQL take an expression only in parentheses, and only a literal without.
pub(super) fn default_text<'a>(caps: &Capabilities, column: &Column, sql: &'a str) -> Cow<'a, str> {
    let bare = match caps.dialect {
        DialectName::Postgres => true,
        DialectName::Sqlite => is_literal(sql) || is_current(sql) || is_parenthesized(sql),
        // These types of MySQL take not even a literal.
        DialectName::Mysql => {
            let large = matches!(
                column.data_type,
                DataType::String(None) | DataType::Text | DataType::LargeBinary | DataType::Json
            );
            (is_literal(sql) && !large) || is_parenthesized(sql)
        }
    };
    if bare { Cow::Borrowed(sql) } else { Cow::Owned(format!("({sql})")) }
}

/// How comments get into the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comments {
    /// Not at all.
    None,
    /// Within CREATE TABLE.
    Inline,
    /// By statements of their own.
    Statement,
}

pub(super) fn comments(caps: &Capabilities) -> Comments {
    match caps.dialect {
        DialectName::Mysql => Comments::Inline,
        _ if caps.comments => Comments::Statement,
        _ => Comments::None,
    }
}

/// A text as a literal, for the places where SQL takes no parameter.
pub(super) fn literal(caps: &Capabilities, text: &str) -> String {
    let text = text.replace('\'', "''");
    match caps.dialect {
        DialectName::Mysql => format!("'{}'", text.replace('\\', "\\\\")),
        DialectName::Sqlite | DialectName::Postgres => format!("'{text}'"),
    }
}

/// The schema that a foreign key names with its target: SQLite looks in the table's own file and takes no name.
pub(super) fn target_schema<'k>(caps: &Capabilities, table: &Table, key: &'k ForeignKey) -> Result<Option<&'k str>> {
    match caps.dialect {
        DialectName::Postgres | DialectName::Mysql => Ok(key.target_schema.as_deref()),
        DialectName::Sqlite if key.target_schema == table.schema => Ok(None),
        DialectName::Sqlite => Err(Error::Unsupported {
            dialect: caps.name,
            feature: format!("foreign key into another file ({} to {})", table.full_name(), key.target),
            instead: "keep both tables in one schema, or leave the foreign key out".to_owned(),
        }),
    }
}

/// Whether an index is qualified by the schema and its table is not, instead of the other way round.
pub(super) fn index_holds_schema(caps: &Capabilities) -> bool {
    caps.dialect == DialectName::Sqlite
}

/// What comes between table and name when a foreign key is dropped.
pub(super) fn drop_foreign_key(caps: &Capabilities) -> &'static str {
    match caps.dialect {
        DialectName::Mysql => " DROP FOREIGN KEY ",
        DialectName::Sqlite | DialectName::Postgres => " DROP CONSTRAINT IF EXISTS ",
    }
}

/// Whether the name that the database holds is that of a table, once the one was found by the other.
pub(super) fn same_table(caps: &Capabilities, left: &str, right: &str) -> bool {
    match caps.dialect {
        DialectName::Postgres => left == right,
        DialectName::Sqlite | DialectName::Mysql => left.eq_ignore_ascii_case(right),
    }
}

fn is_literal(sql: &str) -> bool {
    let quoted = sql.len() >= 2
        && sql.starts_with('\'')
        && sql.ends_with('\'')
        && !sql[1..sql.len() - 1].replace("''", "").contains('\'');
    quoted || sql.parse::<f64>().is_ok() || ["NULL", "TRUE", "FALSE"].iter().any(|word| sql.eq_ignore_ascii_case(word))
}

fn is_current(sql: &str) -> bool {
    ["CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"].iter().any(|word| sql.eq_ignore_ascii_case(word))
}

/// Whether the first parenthesis closes at the end.
fn is_parenthesized(sql: &str) -> bool {
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

fn unsupported(caps: &Capabilities, table: &Table, column: &Column, feature: &str, instead: &str) -> Error {
    Error::Unsupported {
        dialect: caps.name,
        feature: format!("{feature} ({}.{})", table.full_name(), column.name),
        instead: instead.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_stand_in_parentheses_where_they_must() {
        let text = |caps: &Capabilities, sql| {
            default_text(caps, &Column::new("c", DataType::Integer), sql).into_owned() //
        };
        let sqlite = Capabilities::sqlite();
        for bare in ["0", "-1.5", "'it''s'", "null", "CURRENT_TIMESTAMP", "(1 + (2))"] {
            assert_eq!(text(&sqlite, bare), bare);
        }
        for expression in ["lower('A')", "'a' || 'b'", "(1) + (2)", "1 + 2"] {
            assert_eq!(text(&sqlite, expression), format!("({expression})"));
            assert_eq!(text(&Capabilities::postgres(), expression), expression);
        }
        assert_eq!(text(&Capabilities::mysql(), "CURRENT_TIMESTAMP"), "(CURRENT_TIMESTAMP)");
        for large in [DataType::Json, DataType::String(None)] {
            assert_eq!(default_text(&Capabilities::mysql(), &Column::new("c", large), "'{}'"), "('{}')");
        }
        let small = Column::new("c", DataType::String(Some(2)));
        assert_eq!(default_text(&Capabilities::mysql(), &small, "'{}'"), "'{}'");
    }

    #[test]
    fn a_literal_cannot_be_left() {
        assert_eq!(literal(&Capabilities::postgres(), r"it's \'"), r"'it''s \'''");
        assert_eq!(literal(&Capabilities::mysql(), r"it's \'"), r"'it''s \\'''");
    }
}
