//! Dialects: the capabilities and the spelling of each database, as plain data.

pub(crate) mod ddl;
pub(crate) mod form;
pub(crate) mod identifier;
pub(crate) mod length;
mod mariadb;
mod mysql;
mod postgres;
pub(crate) mod set_up;
mod sqlite;

use std::borrow::Cow;
use std::fmt::Write;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind};

use self::ddl::Ddl;
use self::form::{Driver, IsolationForm, LikeForm, TransactionProbe};
use self::identifier::Reserved;
pub use self::length::IdentifierLimit;
use self::set_up::NewConnection;
use crate::error::DatabaseError;
use crate::value::{DataType, ValueRef};

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

/// Form of a placeholder.
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

    /// The first character of a placeholder.
    pub(crate) fn sign(self) -> char {
        match self {
            Self::Question => '?',
            Self::Dollar => '$',
        }
    }

    /// Number of characters of a placeholder.
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
    /// Around texts: the comparison becomes exact in case and blanks, whatever the column's collation.
    pub text: (&'static str, &'static str),
    /// Around JSON: the comparison ignores formatting.
    pub json: (&'static str, &'static str),
    /// Around floats of 32 bits.
    pub float: (&'static str, &'static str),
}

/// SQL before and after a parameter.
pub(crate) type AroundParameter = (Cow<'static, str>, Cow<'static, str>);

/// A dialect: the capabilities of a database and its spelling of SQL. No other code asks for the database's name.
///
/// Each dialect is one constant in its own file. A dialect similar to another is written as the difference.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Capabilities {
    /// Which database.
    pub dialect: DialectName,
    /// Name of the database, for messages.
    pub name: &'static str,
    /// Form of a placeholder.
    pub placeholder: Placeholder,
    /// Characters that begin a parameter of the database's own in hand-written SQL.
    pub parameter_signs: &'static str,
    /// Whether the driver runs only the first of several statements in one text and silently ignores the rest.
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
    /// Whether foreign keys are checked after each row instead of after each statement.
    pub checks_each_row: bool,
    /// Whether foreign keys can be checked at the end of the transaction.
    pub deferred_constraints: bool,
    /// Whether floats can be infinite.
    pub infinite_floats: bool,
    /// Whether the database has exact decimals. Otherwise decimals are stored as text and computed by registered
    /// functions.
    pub decimals: bool,
    /// Digits that a decimal has at most: in all, and behind the point.
    pub decimal_digits: Option<(u32, u32)>,
    /// Whether dates can have years before 0 and after 9999.
    pub far_years: bool,
    /// Whether JSON numbers are stored as decimals, which have no -0.
    pub decimal_json: bool,
    /// `UPDATE ... JOIN (SELECT ... UNION ALL SELECT ...)`, where rows have no other way to travel.
    pub update_join: bool,
    /// Query for the first key that the last INSERT generated and for the step between keys, where one INSERT generates
    /// consecutive keys and cannot return them.
    pub last_insert_id: Option<&'static str>,
    /// Collation that compares texts exactly, where a table must declare the collation.
    pub collation: Option<&'static str>,
    /// `ILIKE`.
    pub ilike: bool,
    /// `||` joins texts; otherwise `concat()`.
    pub concat_operator: bool,
    /// The function that counts the characters of a text.
    pub character_length: &'static str,
    /// `/` between integers drops the remainder; otherwise `DIV` does.
    pub integer_division: bool,
    /// Whether sums, averages and the current time have types of the database's own (exact decimals, times with a zone)
    /// and must be cast.
    pub cast_results: bool,
    /// Whether a parameter in a result is cast, as the parameter has no type before the statement runs.
    pub cast_parameters: bool,
    /// Whether decimals and bytes are sent as text and cast by the server: on MariaDB and MySQL with the async drivers.
    pub text_parameters: bool,
    /// `(a, b) IN (VALUES (1, 2), ...)`; otherwise `(a, b) IN ((1, 2), ...)`.
    pub tuple_in_values: bool,
    /// The LIMIT that means unlimited, where OFFSET requires a LIMIT.
    pub unlimited: Option<&'static str>,
    /// `TRUE` and `FALSE` as literals, and a boolean type.
    pub booleans: bool,
    /// `INSERT ... DEFAULT VALUES`; otherwise `() VALUES ()`.
    pub default_values: bool,
    /// Whether `DEFAULT` can be a value in a list; otherwise `NULL` makes the database generate a key.
    pub default_keyword: bool,
    /// `NULLS FIRST` and `NULLS LAST`.
    pub nulls_order: bool,
    /// `COMMENT ON`, or comments within CREATE TABLE.
    pub comments: bool,
    /// ALTER TABLE ... ADD CONSTRAINT, so that tables may refer to each other in a circle.
    pub alter_constraints: bool,
    /// Whether a failed statement leaves the transaction usable, without the statement's changes.
    pub statement_atomic: bool,
    /// Whether DDL, procedure calls and similar statements silently commit the transaction.
    pub hidden_commits: bool,
    /// Whether the server can cancel a statement after a timeout.
    pub statement_timeout: bool,
    /// Whether writers lock rows, so that several write at once; otherwise a writer locks the database.
    pub row_locks: bool,
    /// Whether the database has all four standard isolation levels.
    pub isolation_levels: bool,
    /// Comparison of a column with a value by which `NULL` equals `NULL`.
    pub null_safe_equality: NullSafeEquality,
    /// Limit on the name of a table, column, constraint or index.
    pub max_identifier: IdentifierLimit,
    /// Limit on an alias, a label or the name of a savepoint.
    pub max_alias: IdentifierLimit,
    /// Limit on the parameters of a statement.
    pub max_binds: usize,
    /// Limit on the operands of a chain (`a + b + ...`): the parser recurses for each.
    pub max_chain: usize,
    /// Limit on the parameters of an `IN` list; longer lists are sent as one array or JSON parameter.
    pub max_listed: usize,
    /// Limit on the bytes of values in a statement of several rows; a larger row is sent alone.
    pub max_statement_bytes: usize,
    /// Whether the server closes the connection without an error message when a statement is too large.
    pub closes_on_large_statements: bool,
    /// Limit on the rows of an INSERT that returns generated keys.
    pub insert_rows: usize,
    /// The driver for the database.
    pub(crate) driver: Driver,
    /// URL schemes, the preferred one first.
    pub(crate) schemes: &'static [&'static str],
    /// Names of drivers that URLs accept after a `+`, and a note for error messages.
    pub(crate) url_drivers: (&'static [&'static str], &'static str),
    /// Words that need quotes as identifiers.
    pub(crate) reserved: &'static Reserved,
    /// Makes an error of ours of one that the driver reports.
    pub(crate) classify: Classify,
    /// Words of the error for a ROLLBACK without a transaction.
    pub(crate) no_transaction_error: Option<&'static str>,
    /// Beginning of the error for a statement that the database runs only as plain text, unprepared.
    pub(crate) unprepared_error: Option<&'static str>,
    /// Way to find out whether a transaction is open.
    pub(crate) probe: TransactionProbe,
    /// Way to begin a transaction of an isolation level.
    pub(crate) isolation_form: IsolationForm,
    /// Whether the driver counts changed rows of statements other than INSERT, UPDATE and DELETE; otherwise the driver
    /// repeats an earlier count.
    pub(crate) counts_other: bool,
    /// Whether the driver supports a `StatementShape`.
    pub(crate) shapes: bool,
    /// [`text_parameters`](Self::text_parameters) of the driver that is awaited.
    #[cfg_attr(not(feature = "async"), allow(dead_code, reason = "there is no such driver"))]
    pub(crate) awaited_text_parameters: bool,
    /// Query for the server's version and its size limit of a statement.
    pub(crate) server_query: Option<&'static str>,
    /// Returns the first statements of a new connection, or the reason why the server is not supported.
    pub(crate) set_up: fn(&NewConnection<'_>) -> Result<String, String>,
    /// Form of `LIKE`.
    pub(crate) like: LikeForm,
    /// The name of a type within CAST.
    pub(crate) cast_type: fn(&DataType) -> Cow<'static, str>,
    /// Whether a cast to an integer silently changes a number that is out of range.
    pub(crate) casts_cut_integers: bool,
    /// SQL around a parameter with a JSON array, which turns the members of this type into rows; with `true`, into sort
    /// keys of decimals.
    pub(crate) listed_rows: Option<fn(&DataType, bool) -> AroundParameter>,
    /// Type to which values in a list of rows are cast. Without the cast a `NULL` in one row could change the type of
    /// the others. PostgreSQL takes the type of a list from the first row, MariaDB and MySQL from all rows.
    pub(crate) row_type: RowType,
    /// Differences in DDL.
    pub(crate) ddl: Ddl,
}

/// Makes an error of ours of one that a driver reports.
pub(crate) type Classify = fn(DatabaseErrorKind, &(dyn DatabaseErrorInformation + Send + Sync)) -> DatabaseError;

/// Returns the type of a column in a list of rows, from its values; `None` where the database needs no cast.
pub(crate) type RowType =
    for<'v> fn(&DataType, &mut dyn Iterator<Item = &'v ValueRef<'v>>) -> Option<Cow<'static, str>>;

/// Declares the dialects: a module and a constructor for each.
macro_rules! dialects {
    ($($name:ident $doc:literal)*) => {
        impl Capabilities {
            /// Every dialect.
            pub(crate) const ALL: &[&Self] = &[$(&$name::DIALECT),*];

            $(
                #[doc = $doc]
                pub const fn $name() -> Self {
                    $name::DIALECT
                }
            )*
        }
    };
}

dialects! {
    sqlite "SQLite, as compiled in."
    postgres "PostgreSQL 12 or newer."
    mariadb "MariaDB 10.6 or newer."
    mysql "MySQL 8.0.17 or newer."
}

/// Returns the text unless it is empty.
fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
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
