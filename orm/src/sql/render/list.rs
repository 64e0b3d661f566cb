//! Renders lists, names and rows of parameters, also for modules that write their own statements.

use crate::engine::{Bind, SqlWriter};
use crate::error::Result;
use crate::sql::tree::TableRef;
use crate::value::Value;

/// Writes items separated by `, `.
pub(crate) fn comma_list<'b, T>(
    out: &mut dyn SqlWriter<'b>,
    items: impl IntoIterator<Item = T>,
    mut item: impl FnMut(&mut dyn SqlWriter<'b>, T) -> Result<()>,
) -> Result<()> {
    for (index, each) in items.into_iter().enumerate() {
        if index > 0 {
            out.push_sql(", ");
        }
        item(out, each)?;
    }
    Ok(())
}

/// Writes unqualified names separated by `, `.
pub(super) fn identifiers<'n>(out: &mut dyn SqlWriter<'_>, names: impl IntoIterator<Item = &'n str>) {
    for (index, name) in names.into_iter().enumerate() {
        if index > 0 {
            out.push_sql(", ");
        }
        out.push_identifier(name);
    }
}

/// Writes a placeholder and binds a value.
pub(crate) fn bind_value<'b>(out: &mut dyn SqlWriter<'b>, value: &'b Value) -> Result<()> {
    out.push_bind(Bind::from(value))
}

/// Writes `table.column`, or `column` alone.
pub(crate) fn column(out: &mut dyn SqlWriter<'_>, table: Option<&str>, name: &str) {
    if let Some(table) = table {
        out.push_identifier(table);
        out.push_sql(".");
    }
    out.push_identifier(name);
}

/// Writes `schema.table AS alias`, without the missing parts.
pub(super) fn table(out: &mut dyn SqlWriter<'_>, table: &TableRef) {
    column(out, table.schema.as_deref(), &table.name);
    if let Some(alias) = &table.alias {
        out.push_sql(" AS ");
        out.push_identifier(alias);
    }
}
