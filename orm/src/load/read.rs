//! Errors of reading, located in the mapping.

use crate::error::Error;
use crate::mapping::{ColumnPosition, EntityMeta};
use crate::row::ReadError;

/// The full error for a column of an entity whose first column is `at`.
#[cold]
pub(crate) fn locate(error: ReadError, meta: &'static EntityMeta, at: usize) -> Error {
    match error.column.checked_sub(at).map(ColumnPosition).filter(|position| meta.columns.get(*position).is_some()) {
        Some(position) => {
            let (entity, column) = (meta.name, meta.columns[position].name);
            error.hidden(meta.is_sensitive(position)).locate(entity, column)
        }
        None => {
            let column = format!("column {}", error.column);
            error.locate(meta.name, column)
        }
    }
}
