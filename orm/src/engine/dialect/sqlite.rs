//! SQLite.

mod errors;
mod reserved;

use std::borrow::Cow;

use super::ddl::{self, Absent, ColumnFacts, Ddl, names_in};
use super::form::{Driver, IsolationForm, LikeForm, TransactionProbe};
use super::set_up::NewConnection;
use super::{Capabilities, DialectName, IdentifierLimit, NullSafeEquality, Placeholder};
use crate::engine::statement::SqlWriter;
use crate::error::Result;
use crate::value::DataType;

/// SQLite, as compiled in.
pub(super) const DIALECT: Capabilities = Capabilities {
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
    // SQLite has no network; the limit bounds the memory for one statement.
    max_statement_bytes: 64 << 20,
    closes_on_large_statements: false,
    insert_rows: 100,
    driver: Driver::Sqlite,
    schemes: &["sqlite"],
    url_drivers: (&["pysqlite"], ""),
    reserved: &reserved::WORDS,
    classify: errors::classify,
    no_transaction_error: Some("no transaction is active"),
    unprepared_error: None,
    probe: TransactionProbe::Begin,
    isolation_form: IsolationForm::ReadUncommittedPragma,
    counts_other: false,
    shapes: true,
    awaited_text_parameters: false,
    server_query: None,
    set_up,
    like: LikeForm::Function,
    cast_type,
    casts_cut_integers: false,
    listed_rows: Some(listed_rows),
    // SQLite stores each value with its own type, under the column's affinity.
    row_type: |_, _| None,
    ddl: Ddl {
        column_type,
        table_options: "",
        generated: "",
        bare_default: |_, sql| ddl::is_literal(sql) || ddl::is_current(sql) || ddl::is_parenthesized(sql),
        inline_comments: false,
        backslash_escapes: false,
        foreign_key_schema: false,
        index_holds_schema: true,
        drop_foreign_key: " DROP CONSTRAINT IF EXISTS ",
        folds_table_names: true,
        existing_tables,
    },
};

/// Tells a new connection whether to hold foreign keys, and how long to wait for a lock.
fn set_up(connection: &NewConnection<'_>) -> Result<String, String> {
    let foreign_keys = if connection.setup.foreign_keys { "ON" } else { "OFF" };
    // SQLite would read a number beyond the range of `int` as 0.
    let timeout = connection.setup.busy_timeout.as_millis().min(0x7fff_ffff);
    Ok(format!("PRAGMA busy_timeout = {timeout}; PRAGMA foreign_keys = {foreign_keys}"))
}

/// Storage classes: a cast to a declared name such as DATE would convert to a number.
fn cast_type(to: &DataType) -> Cow<'static, str> {
    match to {
        DataType::SmallInteger | DataType::Integer | DataType::BigInteger | DataType::Boolean => "INTEGER",
        DataType::Float | DataType::Double => "REAL",
        DataType::LargeBinary => "BLOB",
        _ => "TEXT",
    }
    .into()
}

fn listed_rows(members: &DataType, keyed: bool) -> (Cow<'static, str>, Cow<'static, str>) {
    let before = match members {
        _ if keyed => "SELECT orm_decimal(value) FROM json_each(",
        DataType::Double => "SELECT orm_decimal_float(value) FROM json_each(",
        DataType::LargeBinary => "SELECT unhex(value) FROM json_each(",
        _ => "SELECT value FROM json_each(",
    };
    (before.into(), "))".into())
}

/// SQLite generates keys only for its rowid, and a column is the rowid only when its type is exactly INTEGER.
fn column_type(column: &ColumnFacts, data_type: &DataType) -> Result<Cow<'static, str>, Absent> {
    match column {
        ColumnFacts { generated: false, .. } => Ok(declared_type(data_type)),
        ColumnFacts { is_sole_key: true, .. } => Ok("INTEGER".into()),
        _ => Err(Absent {
            feature: "generated column beside the primary key",
            instead: "make it the whole primary key, or assign its values yourself",
        }),
    }
}

/// The declared type. Its name decides the affinity: CHAR or TEXT in the name stores text, INT integers, FLOA or DOUB
/// floats; any other name converts texts that look like numbers.
fn declared_type(data_type: &DataType) -> Cow<'static, str> {
    match data_type {
        DataType::SmallInteger => "SMALLINT".into(),
        DataType::Integer => "INTEGER".into(),
        DataType::BigInteger => "BIGINT".into(),
        DataType::Float => "FLOAT".into(),
        DataType::Double => "DOUBLE".into(),
        // With NUMERIC or JSON, SQLite would store digits as a float and lose precision.
        DataType::Numeric(_) | DataType::Json => "TEXT".into(),
        DataType::Boolean => "BOOLEAN".into(),
        DataType::DateTime => "DATETIME".into(),
        DataType::LargeBinary => "BLOB".into(),
        DataType::Uuid => "CHAR(36)".into(),
        other => ddl::common_type(other),
    }
}

fn existing_tables<'b>(schema: Option<&'b str>, names: &'b [String], out: &mut dyn SqlWriter<'b>) -> Result<()> {
    catalog(schema, "sqlite_master", names, out)?;
    if schema.is_some() {
        return Ok(());
    }
    // A name without a schema means the temporary table of that name, if there is one.
    out.push_sql(" UNION ALL ");
    catalog(None, "sqlite_temp_master", names, out)
}

fn catalog<'b>(schema: Option<&'b str>, catalog: &str, names: &'b [String], out: &mut dyn SqlWriter<'b>) -> Result<()> {
    out.push_sql("SELECT name FROM ");
    if let Some(schema) = schema {
        out.push_identifier(schema);
        out.push_sql(".");
    }
    out.push_sql(catalog);
    out.push_sql(" WHERE type IN ('table', 'view') AND name COLLATE NOCASE ");
    names_in(names, out)
}
