//! INSERT, UPDATE and DELETE.

use super::expr::{conditions, expression};
use super::list::{comma_list, identifiers, table};
use super::select::select_items;
use crate::engine::SqlWriter;
use crate::error::{Error, Result};
use crate::sql::tree::{DeleteTree, InsertTree, Node, SelectItem, UpdateTree};

pub(super) fn insert<'b>(out: &mut dyn SqlWriter<'b>, tree: &'b InsertTree) -> Result<()> {
    insert_rows(out, tree, &tree.rows)
}

/// Writes an INSERT of some of the rows.
pub(in crate::sql) fn insert_rows<'b>(
    out: &mut dyn SqlWriter<'b>,
    tree: &'b InsertTree,
    rows: &'b [Vec<Node>],
) -> Result<()> {
    if rows.is_empty() {
        return Err(Error::invalid(format!("an INSERT into {} has no rows; leave it out", tree.table.name)));
    }
    out.push_sql("INSERT INTO ");
    table(out, &tree.table);
    if tree.columns.is_empty() {
        default_rows(out, rows.len())?;
    } else {
        out.push_sql(" (");
        identifiers(out, tree.columns.iter().map(|name| &**name));
        out.push_sql(") VALUES ");
        comma_list(out, rows, |out, row| value_row(out, row, tree.columns.len()))?;
    }
    let supported = out.capabilities().insert_returning;
    returning(out, &tree.returning, supported, "INSERT ... RETURNING")
}

pub(super) fn update<'b>(out: &mut dyn SqlWriter<'b>, tree: &'b UpdateTree) -> Result<()> {
    if tree.set.is_empty() {
        return Err(Error::invalid(format!("an UPDATE of {} sets nothing; call set() at least once", tree.table.name)));
    }
    out.push_sql("UPDATE ");
    table(out, &tree.table);
    out.push_sql(" SET ");
    comma_list(out, &tree.set, |out, (column, value)| {
        out.push_identifier(column);
        out.push_sql(" = ");
        expression(out, value)
    })?;
    conditions(out, " WHERE ", &tree.filters)?;
    let supported = out.capabilities().write_returning;
    returning(out, &tree.returning, supported, "UPDATE ... RETURNING")
}

pub(super) fn delete<'b>(out: &mut dyn SqlWriter<'b>, tree: &'b DeleteTree) -> Result<()> {
    out.push_sql("DELETE FROM ");
    table(out, &tree.table);
    conditions(out, " WHERE ", &tree.filters)?;
    let supported = out.capabilities().write_returning;
    returning(out, &tree.returning, supported, "DELETE ... RETURNING")
}

/// Writes rows in which every column has its default.
fn default_rows(out: &mut dyn SqlWriter<'_>, rows: usize) -> Result<()> {
    match (rows, out.capabilities().default_values) {
        (1, true) => out.push_sql(" DEFAULT VALUES"),
        (_, true) => {
            return Err(Error::Unsupported {
                dialect: out.capabilities().name,
                feature: "INSERT of several rows without any column".to_owned(),
                instead: "insert them one at a time, or name a column".to_owned(),
            });
        }
        (rows, false) => {
            out.push_sql(" () VALUES ()");
            for _ in 1..rows {
                out.push_sql(", ()");
            }
        }
    }
    Ok(())
}

fn value_row<'b>(out: &mut dyn SqlWriter<'b>, row: &'b [Node], width: usize) -> Result<()> {
    if row.len() != width {
        return Err(Error::invalid(format!("a row of {} values is inserted into {width} columns", row.len())));
    }
    out.push_sql("(");
    comma_list(out, row, expression)?;
    out.push_sql(")");
    Ok(())
}

fn returning<'b>(
    out: &mut dyn SqlWriter<'b>,
    items: &'b [SelectItem],
    supported: bool,
    feature: &'static str,
) -> Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    if !supported {
        return Err(Error::Unsupported {
            dialect: out.capabilities().name,
            feature: feature.to_owned(),
            instead: "run it without returning() and SELECT the rows in the same transaction".to_owned(),
        });
    }
    out.push_sql(" RETURNING ");
    select_items(out, items)
}
