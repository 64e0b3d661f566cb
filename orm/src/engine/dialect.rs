//! What each database can do and how it writes things, as plain data.

pub(crate) mod identifier;

use std::fmt::Write;

/// A database that the crate speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DialectName {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

/// How a placeholder is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Placeholder {
    /// `?`
    Question,
    /// `$1`, `$2`, ...
    Dollar,
}

impl Placeholder {
    /// Appends the placeholder of the parameter with this number, counted from 1.
    pub(crate) fn write(self, number: usize, out: &mut String) {
        match self {
            Self::Question => out.push('?'),
            Self::Dollar => {
                // Writing to a String cannot fail.
                let _ = write!(out, "${number}");
            }
        }
    }

    /// How many characters that takes.
    pub(crate) fn width(self, number: usize) -> usize {
        match self {
            Self::Question => 1,
            Self::Dollar => 2 + number.checked_ilog10().unwrap_or(0) as usize,
        }
    }
}

/// What a database can do. Read where it matters; nothing asks for the database's name instead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Which database.
    pub dialect: DialectName,
    /// Its name, for messages.
    pub name: &'static str,
    /// How a placeholder is written.
    pub placeholder: Placeholder,
    /// The quote around an identifier that needs one.
    pub identifier_quote: char,
    /// `INSERT ... RETURNING`.
    pub insert_returning: bool,
    /// `UPDATE ... RETURNING` and `DELETE ... RETURNING`.
    pub write_returning: bool,
    /// Array parameters, `unnest` and `= ANY(array)`.
    pub arrays: bool,
    /// `UPDATE ... FROM (VALUES ...)`.
    pub update_from_values: bool,
    /// `ILIKE`.
    pub ilike: bool,
    /// `||` joins texts; otherwise `concat()`.
    pub concat_operator: bool,
    /// The function that counts the characters of a text.
    pub character_length: &'static str,
    /// `/` between integers drops the remainder; otherwise `DIV` does.
    pub integer_division: bool,
    /// Sums, averages and the current time come in types of their own (exact decimals, times with a zone)
    /// and are cast to what the crate promises.
    pub cast_results: bool,
    /// `(a, b) IN (VALUES (1, 2), ...)`; otherwise `(a, b) IN ((1, 2), ...)`.
    pub tuple_in_values: bool,
    /// What LIMIT says for no limit at all, where OFFSET cannot stand alone.
    pub unlimited: Option<&'static str>,
    /// `TRUE` and `FALSE` as literals, and a boolean type.
    pub booleans: bool,
    /// `INSERT ... DEFAULT VALUES`; otherwise `() VALUES ()`.
    pub default_values: bool,
    /// `DEFAULT` as a value in a list; otherwise `NULL` makes the database generate a key.
    pub default_keyword: bool,
    /// `NULLS FIRST` and `NULLS LAST`.
    pub nulls_order: bool,
    /// `COMMENT ON`, or comments within CREATE TABLE.
    pub comments: bool,
    /// ALTER TABLE ... ADD CONSTRAINT, so that tables may refer to each other in a circle.
    pub alter_constraints: bool,
    /// Whether a failed statement leaves the transaction as it was before that statement.
    pub statement_atomic: bool,
    /// How many parameters one statement may have.
    pub max_binds: usize,
    /// How many rows of generated keys one INSERT asks for.
    pub insert_rows: usize,
}

impl Capabilities {
    /// SQLite, as compiled in.
    pub const fn sqlite() -> Self {
        Self {
            dialect: DialectName::Sqlite,
            name: "SQLite",
            placeholder: Placeholder::Question,
            identifier_quote: '"',
            insert_returning: true,
            write_returning: true,
            arrays: false,
            update_from_values: true,
            ilike: false,
            concat_operator: true,
            character_length: "length",
            integer_division: true,
            cast_results: false,
            tuple_in_values: true,
            unlimited: Some("-1"),
            booleans: false,
            default_keyword: false,
            default_values: true,
            nulls_order: true,
            comments: false,
            alter_constraints: false,
            statement_atomic: true,
            max_binds: 32_766,
            insert_rows: 100,
        }
    }

    /// PostgreSQL 12 or newer.
    pub const fn postgres() -> Self {
        Self {
            dialect: DialectName::Postgres,
            name: "PostgreSQL",
            placeholder: Placeholder::Dollar,
            identifier_quote: '"',
            insert_returning: true,
            write_returning: true,
            arrays: true,
            update_from_values: true,
            ilike: true,
            concat_operator: true,
            character_length: "length",
            integer_division: true,
            cast_results: true,
            tuple_in_values: false,
            unlimited: None,
            booleans: true,
            default_keyword: true,
            default_values: true,
            nulls_order: true,
            comments: true,
            alter_constraints: true,
            statement_atomic: false,
            max_binds: 65_535,
            insert_rows: 10_000,
        }
    }

    /// MySQL 8 and MariaDB 10.6 or newer.
    pub const fn mysql() -> Self {
        Self {
            dialect: DialectName::Mysql,
            name: "MySQL",
            placeholder: Placeholder::Question,
            identifier_quote: '`',
            insert_returning: false,
            write_returning: false,
            arrays: false,
            update_from_values: false,
            ilike: false,
            concat_operator: false,
            character_length: "char_length",
            integer_division: false,
            cast_results: true,
            tuple_in_values: false,
            unlimited: Some("18446744073709551615"),
            booleans: true,
            default_keyword: true,
            default_values: false,
            nulls_order: false,
            comments: true,
            alter_constraints: true,
            statement_atomic: true,
            max_binds: 65_535,
            insert_rows: 1_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_as_wide_as_it_is_written() {
        for placeholder in [Placeholder::Question, Placeholder::Dollar] {
            for number in [1, 9, 10, 99, 100, 65_535] {
                let mut text = String::new();
                placeholder.write(number, &mut text);
                assert_eq!(text.len(), placeholder.width(number), "{text}");
            }
        }
    }
}
