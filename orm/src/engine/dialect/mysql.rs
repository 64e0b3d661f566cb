//! MySQL, and the parts that MariaDB shares.

mod errors;
mod reserved;
mod types;
mod version;

use std::time::Duration;

use super::ddl::{self, Ddl, names_in};
use super::form::{Driver, IsolationForm, LikeForm, TransactionProbe};
use super::identifier::write_identifier;
use super::set_up::NewConnection;
use super::{Capabilities, DialectName, IdentifierLimit, NullSafeEquality, Placeholder};
use crate::engine::statement::{Bind, SqlWriter};
use crate::error::Result;
use crate::value::DataType;

/// Converts a text to the bytes of its UTF-8 form, for a comparison that ignores the collation.
pub(super) const BYTES_OF_TEXT: (&str, &str) = ("CAST(CONVERT(", " USING utf8mb4) AS BINARY)");
/// Converts a DOUBLE parameter to FLOAT: a FLOAT column differs from the DOUBLE with the same decimal digits.
pub(super) const SINGLE: (&str, &str) = ("CAST(", " AS FLOAT)");

/// MySQL 8.0.17 or newer.
pub(super) const DIALECT: Capabilities = Capabilities {
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
    // Fits the default thread stack of the server.
    max_chain: 400,
    // Late, as texts of a list that travels together are compared under a collation of their own beside a column's.
    max_listed: 32_000,
    // Below every `max_allowed_packet` in use: 16 MiB by default on MariaDB, 64 MiB on MySQL, and 1 MiB on small
    // servers.
    max_statement_bytes: 1_000_000,
    closes_on_large_statements: true,
    insert_rows: 1_000,
    driver: Driver::Mysql,
    schemes: &["mysql"],
    url_drivers: (&["mysqldb", "pymysql", "mariadbconnector", "mysqlconnector"], ""),
    reserved: &reserved::WORDS,
    classify: errors::classify,
    no_transaction_error: None,
    unprepared_error: Some("This command is not supported in the prepared statement protocol"),
    probe: TransactionProbe::Savepoint,
    isolation_form: IsolationForm::BeforeBegin,
    counts_other: true,
    shapes: false,
    awaited_text_parameters: true,
    server_query: Some("SELECT VERSION(), @@max_allowed_packet"),
    set_up: |connection| set_up(connection, false),
    like: LikeForm::EscapeCharacter,
    cast_type: types::cast_type,
    casts_cut_integers: true,
    listed_rows: Some(types::listed_rows),
    row_type: types::row_type,
    ddl: Ddl {
        column_type: types::column_type,
        table_options: " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
        generated: " AUTO_INCREMENT",
        bare_default: |data_type, sql| (ddl::is_literal(sql) && !is_large(data_type)) || ddl::is_parenthesized(sql),
        inline_comments: true,
        backslash_escapes: true,
        foreign_key_schema: true,
        index_holds_schema: false,
        drop_foreign_key: " DROP FOREIGN KEY ",
        folds_table_names: true,
        existing_tables,
    },
};

/// A quotient of decimals, and so an average, has as many digits behind the point as elsewhere; 4 by default.
const DIVISION: &str = "SET div_precision_increment = 16";

/// Modes of the session: values that do not fit are errors instead of cut off, and 0 is a key like any other.
const SQL_MODE: &str = "STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
                        NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION";

/// Configures a new connection like those of the other databases. Checks that the server is the one that the URL names,
/// in a supported version.
pub(super) fn set_up(connection: &NewConnection<'_>, maria: bool) -> Result<String, String> {
    let version = connection.server_version.as_deref().ok_or("the server does not say its version")?;
    version::check(version, maria)?;
    let collation = connection.capabilities.collation.unwrap_or("utf8mb4_bin");
    let mut sql = format!("SET NAMES utf8mb4 COLLATE {collation}; SET sql_mode = '{SQL_MODE}'; {DIVISION}");
    if let Some(timeout) = connection.setup.statement_timeout {
        sql.push_str("; ");
        sql.push_str(&statement_timeout(timeout));
    }
    if let Some(database) = connection.database {
        sql.push_str("; USE ");
        write_identifier(connection.capabilities, database, |part| sql.push_str(part));
    }
    Ok(sql)
}

/// The setting that limits the run time of a statement on MariaDB.
fn statement_timeout(timeout: Duration) -> String {
    let milliseconds = timeout.as_millis().max(1);
    format!("SET max_statement_time = {}.{:03}", milliseconds / 1000, milliseconds % 1000)
}

/// Whether a column of this type cannot have a literal DEFAULT.
fn is_large(data_type: &DataType) -> bool {
    matches!(data_type, DataType::String(None) | DataType::Text | DataType::LargeBinary | DataType::Json)
}

fn existing_tables<'b>(schema: Option<&'b str>, names: &'b [String], out: &mut dyn SqlWriter<'b>) -> Result<()> {
    out.push_sql("SELECT table_name FROM information_schema.tables WHERE table_schema = ");
    match schema {
        Some(schema) => out.push_bind(Bind::Text(schema))?,
        None => out.push_sql("DATABASE()"),
    }
    out.push_sql(" AND table_name ");
    names_in(names, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_limited_in_seconds() {
        assert_eq!(statement_timeout(Duration::from_millis(1250)), "SET max_statement_time = 1.250");
        // 0 would be no limit at all.
        assert_eq!(statement_timeout(Duration::ZERO), "SET max_statement_time = 0.001");
    }
}
