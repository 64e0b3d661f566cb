//! The query for existing tables: one for each database schema.

use std::sync::Arc;

use super::dialect;
use super::table::Table;
use crate::engine::{Capabilities, SqlWriter, Statement, StatementKind};
use crate::error::Result;

/// Query for the tables and views with some names in one schema. Each row is a name.
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

    /// Whether a row of this query is a table's name.
    pub(super) fn found(&self, caps: &Capabilities, name: &str, table: &Table) -> bool {
        self.schema == table.schema && dialect::same_table(caps, name, &table.name)
    }
}

impl Statement for ExistingTables {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        (out.capabilities().ddl.existing_tables)(self.schema.as_deref(), &self.names, out)
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Select
    }

    fn cacheable(&self) -> bool {
        false
    }
}
