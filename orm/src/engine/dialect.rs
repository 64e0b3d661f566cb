//! What each database can do and how it writes things, as plain data.

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

/// SQL before and after a parameter.
pub(crate) type AroundParameter = (Cow<'static, str>, Cow<'static, str>);

/// A dialect: what a database can do, and how it writes things. Nothing asks for the database's name instead.
///
/// Each is one constant in a file of its own. One that resembles another says only where it differs.
#[derive(Clone, Debug)]
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
    /// The driver that speaks to it.
    pub(crate) driver: Driver,
    /// Schemes of its URLs, the preferred one first.
    pub(crate) schemes: &'static [&'static str],
    /// Names of drivers that its URLs accept after a `+`, and a note on them for an error message.
    pub(crate) url_drivers: (&'static [&'static str], &'static str),
    /// Words that need quotes as identifiers.
    pub(crate) reserved: &'static Reserved,
    /// Makes an error of ours of one that the driver reports.
    pub(crate) classify: Classify,
    /// Words of the error for a ROLLBACK without a transaction.
    pub(crate) no_transaction_error: Option<&'static str>,
    /// Beginning of the error for a statement that the database runs only as plain text, unprepared.
    pub(crate) unprepared_error: Option<&'static str>,
    /// Question that tells whether a transaction is open.
    pub(crate) probe: TransactionProbe,
    /// Way to begin a transaction of an isolation level.
    pub(crate) isolation_form: IsolationForm,
    /// Whether the driver counts rows of statements other than INSERT, UPDATE and DELETE; otherwise it repeats an earlier count.
    pub(crate) counts_other: bool,
    /// Whether the driver takes statements by a `Shape`.
    pub(crate) shapes: bool,
    /// [`text_parameters`](Self::text_parameters) of the driver that is awaited.
    #[cfg_attr(not(feature = "async"), allow(dead_code, reason = "there is no such driver"))]
    pub(crate) awaited_text_parameters: bool,
    /// Query for the version of the server and for the bytes that it takes in one statement.
    pub(crate) server_query: Option<&'static str>,
    /// Gives the statements that a new connection runs first, or the reason why its server cannot be used.
    pub(crate) set_up: fn(&NewConnection<'_>) -> Result<String, String>,
    /// Form of `LIKE`.
    pub(crate) like: LikeForm,
    /// The name of a type within CAST.
    pub(crate) cast_type: fn(&DataType) -> Cow<'static, str>,
    /// Whether a cast to an integer makes another number of one that is too large for it, without an error.
    pub(crate) casts_cut_integers: bool,
    /// SQL before and after the parameter that holds a JSON array. Its members, of this type, become rows; with `true`, they
    /// become keys of decimals.
    pub(crate) listed_rows: Option<fn(&DataType, bool) -> AroundParameter>,
    /// The type to which the values of a column are cast in a list of rows. Otherwise a `NULL` in one row could change the type
    /// of the others.
    /// PostgreSQL takes the type of a list from its first row, MariaDB and MySQL from all rows.
    pub(crate) row_type: RowType,
    /// Differences in DDL.
    pub(crate) ddl: Ddl,
}

/// Makes an error of ours of one that a driver reports.
pub(crate) type Classify = fn(DatabaseErrorKind, &(dyn DatabaseErrorInformation + Send + Sync)) -> DatabaseError;

/// Gives the type of a column in a list of rows from its values; `None` where the database needs no cast.
pub(crate) type RowType =
    for<'v> fn(&DataType, &mut dyn Iterator<Item = &'v ValueRef<'v>>) -> Option<Cow<'static, str>>;

/// Declares the dialects: the file of each, and a function that gives it.
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

/// The text, unless it is empty.
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
