//! The DELETE builder.

use std::marker::PhantomData;

use super::list::ColumnList;
use super::tree::{DeleteTree, StatementTree, TableRef};
use super::typed::IntoExpr;
use crate::engine::{SqlWriter, Statement, StatementKind};
use crate::error::Result;

/// Starts a DELETE of all rows of a table; [`filter`](Delete::filter) limits the rows.
///
/// ```
/// # use orm::sql::{Column, Expression, delete};
/// # struct User;
/// # impl User { const NAME: Column<User, String> = Column::new("user_account", "name"); }
/// let farewell = delete("user_account").filter(User::NAME.eq("ed"));
/// ```
///
/// Counterpart: `sqlalchemy.delete`.
pub fn delete(table: impl Into<TableRef>) -> Delete {
    Delete { tree: DeleteTree { table: table.into(), filters: Vec::new(), returning: Vec::new() }, out: PhantomData }
}

/// A DELETE that returns rows of `Out`, or no rows when `Out` is `()`. See [`delete`].
#[must_use = "a statement does nothing until it is run"]
pub struct Delete<Out = ()> {
    tree: DeleteTree,
    out: PhantomData<fn() -> Out>,
}

impl<Out> Delete<Out> {
    /// Restricts the DELETE to rows that satisfy the condition. Several conditions combine with AND.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::delete;
    /// assert_eq!(
    ///     statement(&delete("user").filter(User::NAME.eq("ed"))),
    ///     "DELETE FROM user WHERE user.name = ?",
    /// );
    /// ```
    pub fn filter(mut self, condition: impl IntoExpr<bool>) -> Self {
        self.tree.filters.push(condition.into_node());
        self
    }

    /// Returns columns of each deleted row.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::delete;
    /// assert_eq!(statement(&delete("user").returning(User::ID)), "DELETE FROM user RETURNING user.id");
    /// ```
    ///
    /// Counterpart: `Delete.returning`.
    pub fn returning<C: ColumnList>(mut self, columns: C) -> Delete<C::Row> {
        self.tree.returning = columns.into_items();
        Delete { tree: self.tree, out: PhantomData }
    }

    /// The untyped statement.
    pub fn into_tree(self) -> DeleteTree {
        self.tree
    }

    /// The untyped statement.
    pub const fn tree(&self) -> &DeleteTree {
        &self.tree
    }
}

impl<Out> Statement for Delete<Out> {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        self.tree.render(out)
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Delete
    }

    fn cacheable(&self) -> bool {
        self.tree.cacheable()
    }
}

impl<Out> From<Delete<Out>> for StatementTree {
    fn from(delete: Delete<Out>) -> Self {
        Self::Delete(delete.tree)
    }
}

impl<Out> Clone for Delete<Out> {
    fn clone(&self) -> Self {
        Self { tree: self.tree.clone(), out: PhantomData }
    }
}

impl<Out> std::fmt::Debug for Delete<Out> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.tree.fmt(f)
    }
}
