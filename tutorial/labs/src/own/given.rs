//! What all pieces stand on: tables, rows, keys, commands, and a database that writes down what it is sent.

use std::error::Error;
use std::fmt;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteConnection};

/// What every fallible piece returns.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A table. Its primary key is the column `id`, which the database fills in.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// The name.
    pub name: &'static str,
    /// The columns without `id`.
    pub columns: &'static [&'static str],
    /// Foreign keys: a column and the table that it refers to.
    pub references: &'static [(&'static str, &'static str)],
}

/// Names a row that a program works with, whether it has an id yet or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub usize);

/// A value of a column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// NULL.
    Null,
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
    /// The id of another row, which may not be known yet.
    Of(Key),
}

/// A row in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The table.
    pub table: &'static Table,
    /// The id, once the row is in the database.
    pub id: Option<i64>,
    /// The values, in the order of the table's columns.
    pub values: Vec<Value>,
}

impl Row {
    /// A new row, without an id.
    pub fn new(table: &'static Table, values: impl IntoIterator<Item = Value>) -> Self {
        Self { table, id: None, values: values.into_iter().collect() }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A statement and its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The text.
    pub sql: String,
    /// The parameters.
    pub values: Vec<Value>,
}

impl Command {
    /// A text without parameters.
    pub fn text(sql: &str) -> Self {
        Self { sql: sql.to_owned(), values: Vec::new() }
    }

    /// An INSERT of rows of one table. It returns the new ids.
    pub fn insert(table: &Table, rows: &[Vec<Value>]) -> Self {
        let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
        let rows_text = vec![row; rows.len()].join(", ");
        let sql = format!("INSERT INTO {} ({}) VALUES {rows_text} RETURNING id", table.name, table.columns.join(", "));
        Self { sql, values: rows.concat() }
    }

    /// An UPDATE of the same columns, given by their positions, of one row or of several.
    pub fn update(table: &Table, columns: &[usize], rows: &[(i64, Vec<Value>)]) -> Self {
        let name = |column: &usize| table.columns[*column];
        if let [(id, values)] = rows {
            let set: Vec<String> = columns.iter().map(|column| format!("{} = ?", name(column))).collect();
            let sql = format!("UPDATE {} SET {} WHERE id = ?", table.name, set.join(", "));
            return Self { sql, values: values.iter().cloned().chain([Value::Int(*id)]).collect() };
        }
        // SQLite calls the columns of a list of values column1, column2 and so on.
        let set = (2..).zip(columns).map(|(number, column)| format!("{} = changed.column{number}", name(column)));
        let row = format!("({})", vec!["?"; columns.len() + 1].join(", "));
        let sql = format!(
            "UPDATE {0} SET {1} FROM (VALUES {2}) AS changed WHERE {0}.id = changed.column1",
            table.name,
            set.collect::<Vec<_>>().join(", "),
            vec![row; rows.len()].join(", ")
        );
        let values = rows.iter().flat_map(|(id, values)| [Value::Int(*id)].into_iter().chain(values.iter().cloned()));
        Self { sql, values: values.collect() }
    }

    /// A DELETE of rows of one table.
    pub fn delete(table: &Table, ids: &[i64]) -> Self {
        let marks = vec!["?"; ids.len()].join(", ");
        let sql = format!("DELETE FROM {} WHERE id IN ({marks})", table.name);
        Self { sql, values: ids.iter().map(|id| Value::Int(*id)).collect() }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql)?;
        for (number, value) in self.values.iter().enumerate() {
            f.write_str(if number == 0 { "  [" } else { ", " })?;
            match value {
                Value::Null => f.write_str("NULL")?,
                Value::Int(number) => write!(f, "{number}")?,
                Value::Text(text) => write!(f, "'{text}'")?,
                Value::Of(key) => write!(f, "{key:?}")?,
            }
        }
        f.write_str(if self.values.is_empty() { "" } else { "]" })
    }
}

/// A SQLite database in memory, with a log of what it was sent.
pub struct Database {
    connection: SqliteConnection,
    log: Vec<String>,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// A row as JSON: so that one struct reads rows of every table.
#[derive(QueryableByName)]
struct Json {
    #[diesel(sql_type = Text)]
    row: String,
}

impl Database {
    /// A new database with empty tables, which checks foreign keys.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn new(tables: &[&Table]) -> Result<Self> {
        let mut connection = SqliteConnection::establish(":memory:")?;
        connection.batch_execute("PRAGMA foreign_keys = ON")?;
        for table in tables {
            let foreign = |column: &str| table.references.iter().find(|(name, _)| *name == column);
            let column = |column: &&str| match foreign(column) {
                Some((_, parent)) => format!("{column} INTEGER REFERENCES {parent} (id)"),
                None => format!("{column} TEXT"),
            };
            let columns: Vec<String> = table.columns.iter().map(column).collect();
            connection.batch_execute(&format!(
                "CREATE TABLE {} (id INTEGER PRIMARY KEY, {})",
                table.name,
                columns.join(", ")
            ))?;
        }
        Ok(Self { connection, log: Vec::new() })
    }

    /// Sends a command, and returns the number of rows that it changed.
    ///
    /// # Errors
    /// What SQLite says, and a value that is not one yet.
    pub fn execute(&mut self, command: &Command) -> Result<usize> {
        let query = self.bound(command)?;
        Ok(query.execute(&mut self.connection)?)
    }

    /// Sends an INSERT, and returns the new ids in the order of its rows.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub fn ids(&mut self, command: &Command) -> Result<Vec<i64>> {
        let rows: Vec<Id> = self.bound(command)?.load(&mut self.connection)?;
        let mut ids: Vec<i64> = rows.into_iter().map(|row| row.id).collect();
        // SQLite counts up row by row, and promises no order of what RETURNING gives.
        ids.sort_unstable();
        Ok(ids)
    }

    /// Reads all rows of a table in the order of their ids.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn rows(&mut self, table: &'static Table) -> Result<Vec<Row>> {
        let columns = table.columns.join(", ");
        let select = format!("SELECT json_array(id, {columns}) AS row FROM {} ORDER BY id", table.name);
        let texts: Vec<Json> = self.bound(&Command::text(&select))?.load(&mut self.connection)?;
        texts.iter().map(|text| row(table, &text.row)).collect()
    }

    /// Returns what was sent since the last call.
    pub fn take_log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    fn bound(&mut self, command: &Command) -> Result<BoxedSqlQuery<'static, Sqlite, SqlQuery>> {
        self.log.push(command.to_string());
        let mut query = sql_query(&command.sql).into_boxed::<Sqlite>();
        for value in &command.values {
            query = match value {
                Value::Null => query.bind::<Nullable<BigInt>, _>(None::<i64>),
                Value::Int(number) => query.bind::<BigInt, _>(*number),
                Value::Text(text) => query.bind::<Text, _>(text.clone()),
                Value::Of(key) => {
                    return Err(format!("{key:?} is no value: the database wants the id of that row").into());
                }
            };
        }
        Ok(query)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("log", &self.log).finish_non_exhaustive()
    }
}

fn row(table: &'static Table, json: &str) -> Result<Row> {
    let values: Vec<serde_json::Value> = serde_json::from_str(json)?;
    let value = |value: &serde_json::Value| match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::String(text) => Value::Text(text.clone()),
        other => other.as_i64().map_or(Value::Null, Value::Int),
    };
    let id = values.first().and_then(serde_json::Value::as_i64);
    Ok(Row { table, id, values: values.iter().skip(1).map(value).collect() })
}
