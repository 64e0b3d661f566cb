//! Differences between the databases in DDL.

use std::borrow::Cow;

use super::column::Column;
use super::constraint::ForeignKey;
use super::table::Table;
use crate::engine::{Absent, Capabilities, ColumnFacts};
use crate::error::{Error, Result};

/// The type of a column in the dialect's SQL.
///
/// # Errors
/// [`Error::Unsupported`] when the database has no such type.
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

/// Options after the columns of a table: a transactional engine, and a collation for exact comparison.
pub(super) fn table_options(caps: &Capabilities) -> String {
    let options = caps.ddl.table_options;
    caps.collation.map_or_else(|| options.to_owned(), |collation| format!("{options} COLLATE={collation}"))
}

/// The text of a DEFAULT. SQLite and MySQL require parentheses around an expression, and none around a literal.
pub(super) fn default_text<'a>(caps: &Capabilities, column: &Column, sql: &'a str) -> Cow<'a, str> {
    let bare = (caps.ddl.bare_default)(&column.data_type, sql);
    if bare { Cow::Borrowed(sql) } else { Cow::Owned(format!("({sql})")) }
}

/// Form of comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comments {
    /// Not at all.
    None,
    /// Within CREATE TABLE.
    Inline,
    /// Separate statements.
    Statement,
}

pub(super) fn comments(caps: &Capabilities) -> Comments {
    match (caps.comments, caps.ddl.inline_comments) {
        (false, _) => Comments::None,
        (true, true) => Comments::Inline,
        (true, false) => Comments::Statement,
    }
}

/// A text as a SQL literal, where SQL allows no parameter.
pub(super) fn literal(caps: &Capabilities, text: &str) -> String {
    let text = text.replace('\'', "''");
    match caps.ddl.backslash_escapes {
        true => format!("'{}'", text.replace('\\', "\\\\")),
        false => format!("'{text}'"),
    }
}

/// The schema of a foreign key's target in the SQL. SQLite takes none and looks in the table's own file.
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

/// Whether a name from the catalog is that of a table, in the catalog's case-sensitivity.
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
