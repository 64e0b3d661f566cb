//! What each database can do and how it writes things, as plain data.

pub(crate) mod identifier;
pub(crate) mod length;

use std::fmt::Write;

pub use length::IdentifierLimit;

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

/// Comparison of a column with a value by which only the same value is equal, and `NULL` equals `NULL`.
///
/// A pair is written around both sides of the comparison, by the type of the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NullSafeEquality {
    /// The operator, with blanks around.
    pub operator: &'static str,
    /// Around texts, so that case and blanks count whatever the column's collation.
    pub text: (&'static str, &'static str),
    /// Around JSON, so that its layout does not count.
    pub json: (&'static str, &'static str),
    /// Around floats of 32 bits.
    pub float: (&'static str, &'static str),
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
    /// What begins a parameter of the database's own in SQL that is written by hand.
    pub parameter_signs: &'static str,
    /// Whether of several statements in one text only the first is run, and nothing is said of the others.
    pub only_first_statement: bool,
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
    /// Whether foreign keys are checked row by row instead of when the statement ends.
    pub checks_each_row: bool,
    /// Whether foreign keys can be checked when the transaction ends.
    pub deferred_constraints: bool,
    /// Whether floats can be infinite.
    pub infinite_floats: bool,
    /// Exact decimals; otherwise they are text, and functions of ours compare and compute them.
    pub decimals: bool,
    /// Digits that a decimal has at most: in all, and behind the point.
    pub decimal_digits: Option<(u32, u32)>,
    /// Whether dates have years before 0 and after 9999.
    pub far_years: bool,
    /// Whether the numbers of a JSON document are kept as decimals, which have no -0.
    pub decimal_json: bool,
    /// `UPDATE ... JOIN (SELECT ... UNION ALL SELECT ...)`, where rows have no other way to travel.
    pub update_join: bool,
    /// The query for the first key that the last INSERT has generated and the step to the next, where one INSERT generates them in one
    /// piece and cannot say them itself.
    pub last_insert_id: Option<&'static str>,
    /// The collation that compares texts letter by letter, where tables have to ask for it.
    pub collation: Option<&'static str>,
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
    /// A parameter that becomes part of a result is cast, as it has no type before the statement runs.
    pub cast_parameters: bool,
    /// Decimals and bytes travel as text, and are cast to be what they are: on MariaDB and MySQL over the drivers that are awaited.
    pub text_parameters: bool,
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
    /// Whether DDL, procedures and the like commit the transaction in which they run, without a word.
    pub hidden_commits: bool,
    /// Whether the server stops a statement that runs for too long.
    pub statement_timeout: bool,
    /// Whether writers lock rows, so that several write at once; otherwise a writer locks the database.
    pub row_locks: bool,
    /// Whether it has all four isolation levels of the standard.
    pub isolation_levels: bool,
    /// Comparison of a column with a value by which `NULL` equals `NULL`.
    pub null_safe_equality: NullSafeEquality,
    /// Limit on the name of a table, column, constraint or index.
    pub max_identifier: IdentifierLimit,
    /// Limit on an alias, a label or the name of a savepoint.
    pub max_alias: IdentifierLimit,
    /// How many parameters one statement may have.
    pub max_binds: usize,
    /// Limit on operands of one kind in a row (`a + b + ...`): the parser goes a level deeper for each.
    pub max_chain: usize,
    /// Limit on members of an `IN` list that are parameters of their own; more travel together as one parameter.
    pub max_listed: usize,
    /// Limit on the bytes of values in one statement of several rows; a larger row goes alone.
    pub max_statement_bytes: usize,
    /// Whether the server closes the connection on a statement that is larger than it takes, and says no more.
    pub closes_on_large_statements: bool,
    /// How many rows of generated keys one INSERT asks for.
    pub insert_rows: usize,
}

/// The bytes of a text in any character set, whatever its collation takes for equal.
const BYTES_OF_TEXT: (&str, &str) = ("CAST(CONVERT(", " USING utf8mb4) AS BINARY)");
/// A FLOAT is compared as a DOUBLE, and differs from the DOUBLE that stands for the same decimal.
const SINGLE: (&str, &str) = ("CAST(", " AS FLOAT)");

impl Capabilities {
    /// SQLite, as compiled in.
    pub const fn sqlite() -> Self {
        Self {
            dialect: DialectName::Sqlite,
            name: "SQLite",
            placeholder: Placeholder::Question,
            parameter_signs: "?:@$",
            only_first_statement: true,
            identifier_quote: '"',
            insert_returning: true,
            write_returning: true,
            arrays: false,
            update_from_values: true,
            checks_each_row: false,
            deferred_constraints: true,
            infinite_floats: true,
            decimals: false,
            decimal_digits: None,
            far_years: false,
            decimal_json: false,
            update_join: false,
            last_insert_id: None,
            collation: None,
            ilike: false,
            concat_operator: true,
            character_length: "length",
            integer_division: true,
            cast_results: false,
            cast_parameters: false,
            text_parameters: false,
            tuple_in_values: true,
            unlimited: Some("-1"),
            booleans: false,
            default_keyword: false,
            default_values: true,
            nulls_order: true,
            comments: false,
            alter_constraints: false,
            statement_atomic: true,
            hidden_commits: false,
            statement_timeout: false,
            row_locks: false,
            isolation_levels: false,
            null_safe_equality: NullSafeEquality {
                operator: " IS ",
                text: ("", " COLLATE BINARY"),
                json: ("json(", ")"),
                float: ("", ""),
            },
            max_identifier: IdentifierLimit::Unlimited,
            max_alias: IdentifierLimit::Unlimited,
            max_binds: 32_766,
            // Of the 1,000 levels that an expression may have.
            max_chain: 900,
            max_listed: 4_000,
            // They do not travel; this bounds what is copied at once.
            max_statement_bytes: 64 << 20,
            closes_on_large_statements: false,
            insert_rows: 100,
        }
    }

    /// PostgreSQL 12 or newer.
    pub const fn postgres() -> Self {
        Self {
            dialect: DialectName::Postgres,
            name: "PostgreSQL",
            placeholder: Placeholder::Dollar,
            parameter_signs: "$",
            only_first_statement: false,
            identifier_quote: '"',
            insert_returning: true,
            write_returning: true,
            arrays: true,
            update_from_values: true,
            checks_each_row: false,
            deferred_constraints: true,
            infinite_floats: true,
            decimals: true,
            decimal_digits: None,
            far_years: true,
            decimal_json: true,
            update_join: false,
            last_insert_id: None,
            collation: None,
            ilike: true,
            concat_operator: true,
            character_length: "length",
            integer_division: true,
            cast_results: true,
            cast_parameters: false,
            text_parameters: false,
            tuple_in_values: false,
            unlimited: None,
            booleans: true,
            default_keyword: true,
            default_values: true,
            nulls_order: true,
            comments: true,
            alter_constraints: true,
            statement_atomic: false,
            hidden_commits: false,
            statement_timeout: true,
            row_locks: true,
            isolation_levels: true,
            null_safe_equality: NullSafeEquality {
                operator: " IS NOT DISTINCT FROM ",
                text: ("", ""),
                json: ("CAST(", " AS JSONB)"),
                float: ("", ""),
            },
            max_identifier: IdentifierLimit::Bytes(63),
            max_alias: IdentifierLimit::Bytes(63),
            max_binds: 65_535,
            max_chain: 2_000,
            max_listed: 8_000,
            // A message, and an array within it, has a gibibyte at most.
            max_statement_bytes: 64 << 20,
            closes_on_large_statements: false,
            insert_rows: 10_000,
        }
    }

    /// MariaDB 10.6 or newer. Its `INSERT ... RETURNING` cannot be used: diesel asks for the columns of a result before the statement runs,
    /// and MariaDB knows them only after.
    pub const fn mariadb() -> Self {
        Self {
            name: "MariaDB",
            decimal_digits: Some((65, 38)),
            // Blanks at the end count, as in the other databases.
            collation: Some("utf8mb4_nopad_bin"),
            statement_timeout: true,
            // It has no type for JSON: documents are texts.
            null_safe_equality: NullSafeEquality {
                operator: " <=> ",
                text: BYTES_OF_TEXT,
                json: ("CAST(JSON_COMPACT(", ") AS BINARY)"),
                float: SINGLE,
            },
            ..Self::mysql()
        }
    }

    /// MySQL 8.0.17 or newer.
    pub const fn mysql() -> Self {
        Self {
            dialect: DialectName::Mysql,
            name: "MySQL",
            placeholder: Placeholder::Question,
            parameter_signs: "?",
            only_first_statement: false,
            identifier_quote: '`',
            insert_returning: false,
            write_returning: false,
            arrays: false,
            update_from_values: false,
            checks_each_row: true,
            deferred_constraints: false,
            infinite_floats: false,
            decimals: true,
            decimal_digits: Some((65, 30)),
            far_years: false,
            decimal_json: false,
            update_join: true,
            last_insert_id: Some("SELECT LAST_INSERT_ID(), @@auto_increment_increment"),
            // Blanks at the end count, as in the other databases.
            collation: Some("utf8mb4_0900_bin"),
            ilike: false,
            concat_operator: false,
            character_length: "char_length",
            integer_division: false,
            cast_results: true,
            cast_parameters: true,
            text_parameters: false,
            tuple_in_values: false,
            unlimited: Some("18446744073709551615"),
            booleans: true,
            // DEFAULT would be 0 where 0 is a key.
            default_keyword: false,
            default_values: false,
            nulls_order: false,
            comments: true,
            alter_constraints: true,
            statement_atomic: true,
            hidden_commits: true,
            // `max_execution_time` limits SELECT, and nothing else.
            statement_timeout: false,
            row_locks: true,
            isolation_levels: true,
            null_safe_equality: NullSafeEquality {
                operator: " <=> ",
                text: BYTES_OF_TEXT,
                json: ("CAST(", " AS JSON)"),
                float: SINGLE,
            },
            max_identifier: IdentifierLimit::Characters(64),
            max_alias: IdentifierLimit::Characters(256),
            max_binds: 65_535,
            // What fits the stack of a thread of the server as it is set up by default.
            max_chain: 400,
            // Late, as texts of a list that travels together are compared under a collation of their own beside a column's.
            max_listed: 32_000,
            // Below every `max_allowed_packet` that is in use: 16 MiB by default on MariaDB, 64 on MySQL, and 1 where somebody saves memory.
            max_statement_bytes: 1_000_000,
            closes_on_large_statements: true,
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
