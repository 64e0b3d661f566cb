//! An index as data.

use std::borrow::Cow;

use super::constraint::given_or;
use super::naming;
use super::table::{Table, owned};

/// An index over columns of a table.
///
/// Counterpart: `sqlalchemy.Index`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Index {
    /// Name of the index; generated from table and columns when `None`.
    pub name: Option<String>,
    /// The columns, the most significant first.
    pub columns: Vec<String>,
    /// Whether the index is unique.
    pub unique: bool,
}

impl Index {
    /// `CREATE INDEX ... (columns)`
    pub fn new<C: IntoIterator<Item: Into<String>>>(columns: C) -> Self {
        Self { name: None, columns: owned(columns), unique: false }
    }

    /// Has this name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// `CREATE UNIQUE INDEX`
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// The name in the database, as an index of a table.
    pub fn name_in(&self, table: &Table) -> Cow<'_, str> {
        given_or(self.name.as_deref(), || naming::index(&table.name, &self.columns))
    }
}
