//! Which tables exist already: one query a schema.

use std::sync::Arc;

use super::dialect;
use super::table::Table;
use crate::engine::{Bind, Capabilities, DialectName, SqlWriter, Statement, StatementKind};
use crate::error::Result;

/// Asks for the tables and views with these names in one schema; each row is a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExistingTables {
    schema: Option<String>,
    names: Vec<String>,
}

impl ExistingTables {
    /// The queries for all these tables.
    pub(super) fn of(tables: &[Arc<Table>]) -> Vec<Arc<Self>> {
        let mut queries: Vec<Self> = Vec::new();
        for table in tables {
            match queries.iter_mut().find(|query| query.schema == table.schema) {
                Some(query) => query.names.push(table.name.clone()),
                None => queries.push(Self { schema: table.schema.clone(), names: vec![table.name.clone()] }),
            }
        }
        queries.into_iter().map(Arc::new).collect()
    }

    /// Whether a row of this query, the name that the database holds, is this table.
    pub(super) fn found(&self, caps: &Capabilities, name: &str, table: &Table) -> bool {
        self.schema == table.schema && dialect::same_table(caps, name, &table.name)
    }

    fn sqlite<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        match &self.schema {
            Some(schema) => self.sqlite_catalog(out, Some(schema), "sqlite_master"),
            None => {
                // A name without a schema means the temporary table of that name, if there is one.
                self.sqlite_catalog(out, None, "sqlite_master")?;
                out.push_sql(" UNION ALL ");
                self.sqlite_catalog(out, None, "sqlite_temp_master")
            }
        }
    }

    fn sqlite_catalog<'b>(&'b self, out: &mut dyn SqlWriter<'b>, schema: Option<&str>, catalog: &str) -> Result<()> {
        out.push_sql("SELECT name FROM ");
        if let Some(schema) = schema {
            out.push_identifier(schema);
            out.push_sql(".");
        }
        out.push_sql(catalog);
        out.push_sql(" WHERE type IN ('table', 'view') AND name COLLATE NOCASE ");
        self.in_names(out)
    }

    fn postgres<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        out.push_sql(
            "SELECT CAST(c.relname AS TEXT) FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND ",
        );
        match &self.schema {
            Some(schema) => {
                out.push_sql("n.nspname = ");
                out.push_bind(Bind::Text(schema))?;
            }
            // What the search path finds, but never the catalog itself.
            None => out.push_sql("pg_catalog.pg_table_is_visible(c.oid) AND n.nspname <> 'pg_catalog'"),
        }
        out.push_sql(" AND CAST(c.relname AS TEXT) ");
        self.in_names(out)
    }

    fn mysql<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        out.push_sql("SELECT table_name FROM information_schema.tables WHERE table_schema = ");
        match &self.schema {
            Some(schema) => out.push_bind(Bind::Text(schema))?,
            None => out.push_sql("DATABASE()"),
        }
        out.push_sql(" AND table_name ");
        self.in_names(out)
    }

    fn in_names<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        out.push_sql("IN (");
        for (at, name) in self.names.iter().enumerate() {
            out.push_sql(if at == 0 { "" } else { ", " });
            out.push_bind(Bind::Text(name))?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl Statement for ExistingTables {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        match out.capabilities().dialect {
            DialectName::Sqlite => self.sqlite(out),
            DialectName::Postgres => self.postgres(out),
            DialectName::Mysql => self.mysql(out),
        }
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Select
    }

    fn cacheable(&self) -> bool {
        false
    }
}
