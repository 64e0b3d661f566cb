//! Which tables exist already: one query a schema.

use std::sync::Arc;

use super::dialect;
use super::table::Table;
use crate::engine::{Capabilities, SqlWriter, Statement, StatementKind};
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
