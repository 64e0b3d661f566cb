//! `BulkStatement`: an UPDATE or DELETE whose effect on entities in memory is known.

use super::delete::Delete;
use super::tree::{DeleteTree, Node, SelectItem, TableRef, UpdateTree};
use super::update::Update;
use crate::engine::{SqlWriter, Statement, StatementKind};
use crate::error::Result;

/// An UPDATE or DELETE without RETURNING, for
/// [`Session::execute_synchronized`](crate::Session::execute_synchronized). Made from an [`Update`] or a [`Delete`].
///
/// ```
/// use orm::sql::{BulkStatement, delete};
/// let all: BulkStatement = delete("user").into();
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BulkStatement {
    /// An UPDATE.
    Update(UpdateTree),
    /// A DELETE.
    Delete(DeleteTree),
}

impl BulkStatement {
    /// The table whose rows change.
    pub(crate) fn table(&self) -> &TableRef {
        match self {
            Self::Update(tree) => &tree.table,
            Self::Delete(tree) => &tree.table,
        }
    }

    /// The condition of the rows that change; all rows when `None`.
    pub(crate) fn condition(&self) -> Option<Node> {
        let (Self::Update(UpdateTree { filters, .. }) | Self::Delete(DeleteTree { filters, .. })) = self;
        match filters.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            several => Some(Node::And(several.to_vec().into())),
        }
    }

    /// Returns these columns of each changed row.
    pub(crate) fn set_returning(&mut self, items: Vec<SelectItem>) {
        match self {
            Self::Update(tree) => tree.returning = items,
            Self::Delete(tree) => tree.returning = items,
        }
    }

    fn tree(&self) -> &dyn Statement {
        match self {
            Self::Update(tree) => tree,
            Self::Delete(tree) => tree,
        }
    }
}

impl From<Update> for BulkStatement {
    fn from(update: Update) -> Self {
        Self::Update(update.into_tree())
    }
}

impl From<Delete> for BulkStatement {
    fn from(delete: Delete) -> Self {
        Self::Delete(delete.into_tree())
    }
}

impl Statement for BulkStatement {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        match self {
            Self::Update(tree) => tree.render(out),
            Self::Delete(tree) => tree.render(out),
        }
    }

    fn kind(&self) -> StatementKind {
        self.tree().kind()
    }

    fn cacheable(&self) -> bool {
        self.tree().cacheable()
    }
}
