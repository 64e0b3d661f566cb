//! DDL of a column, a table and an index by the dialect's [`Ddl`](crate::engine) part.

use std::borrow::Cow;

use super::column::Column;
use super::constraint::ForeignKey;
use super::table::Table;
use crate::engine::{Absent, Capabilities, ColumnFacts};
use crate::error::{Error, Result};

/// The type of a column, as the database writes it.
///
/// # Errors
/// [`Error::Unsupported`] when the database has no such column.
pub(super) fn column_type(caps: &Capabilities, table: &Table, column: &Column) -> Result<Cow<'static, str>> {
    let facts = ColumnFacts {
        generated: column.generated,
        is_sole_key: table.is_sole_key(column),
        leads_key: table.primary_key.first() == Some(&column.name),
        is_indexed: table.is_indexed(column),
    };
    (caps.ddl.column_type)(&facts, &column.data_type).map_err(|Absent { feature, instead }| Error::Unsupported {
        dialect: caps.name,
        feature: format!("{feature} ({}.{})", table.full_name(), column.name),
        instead: instead.to_owned(),
    })
}

/// What follows the columns of a table: the engine that has transactions, and texts that are equal when they are the same.
pub(super) fn table_options(caps: &Capabilities) -> String {
    let options = caps.ddl.table_options;
    caps.collation.map_or_else(|| options.to_owned(), |collation| format!("{options} COLLATE={collation}"))
}

/// The text of a DEFAULT. SQLite and MySQL take an expression only in parentheses, and only a literal without.
pub(super) fn default_text<'a>(caps: &Capabilities, column: &Column, sql: &'a str) -> Cow<'a, str> {
    let bare = (caps.ddl.bare_default)(&column.data_type, sql);
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
    match (caps.comments, caps.ddl.inline_comments) {
        (false, _) => Comments::None,
        (true, true) => Comments::Inline,
        (true, false) => Comments::Statement,
    }
}

/// A text as a literal, for the places where SQL takes no parameter.
pub(super) fn literal(caps: &Capabilities, text: &str) -> String {
    let text = text.replace('\'', "''");
    match caps.ddl.backslash_escapes {
        true => format!("'{}'", text.replace('\\', "\\\\")),
        false => format!("'{text}'"),
    }
}

/// The schema that a foreign key names with its target: SQLite looks in the table's own file and takes no name.
pub(super) fn target_schema<'k>(caps: &Capabilities, table: &Table, key: &'k ForeignKey) -> Result<Option<&'k str>> {
    match caps.ddl.foreign_key_schema {
        true => Ok(key.target_schema.as_deref()),
        false if key.target_schema == table.schema => Ok(None),
        false => Err(Error::Unsupported {
            dialect: caps.name,
            feature: format!("foreign key into another file ({} to {})", table.full_name(), key.target),
            instead: "keep both tables in one schema, or leave the foreign key out".to_owned(),
        }),
    }
}

/// Whether the name that the database holds is that of a table, once the one was found by the other.
pub(super) fn same_table(caps: &Capabilities, left: &str, right: &str) -> bool {
    if caps.ddl.folds_table_names { left.eq_ignore_ascii_case(right) } else { left == right }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::DataType;

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
