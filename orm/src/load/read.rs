//! Errors of reading, located in the mapping.

use crate::error::Error;
use crate::mapping::EntityMeta;
use crate::row::ReadError;

/// The full error for a column of an entity whose first column is `at`.
#[cold]
pub(crate) fn locate(error: ReadError, meta: &'static EntityMeta, at: usize) -> Error {
    let name = error.column.checked_sub(at).and_then(|position| meta.columns.get(position));
    let name = name.map_or_else(|| format!("column {}", error.column), |column| column.name.to_owned());
    error.locate(meta.name, name)
}
