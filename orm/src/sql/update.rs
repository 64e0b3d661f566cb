//! The UPDATE builder.

use std::marker::PhantomData;

use super::assign::Assign;
use super::hybrid::Settable;
use super::list::ColumnList;
use super::tree::{StatementTree, TableRef, UpdateTree};
use super::typed::IntoExpr;
use crate::engine::{SqlWriter, Statement, StatementKind};
use crate::error::Result;

/// Starts an UPDATE of all rows of a table; [`filter`](Update::filter) limits the rows.
///
/// ```
/// # use orm::sql::{Column, Expression, update};
/// # struct User;
/// # impl User {
/// #     const NAME: Column<User, String> = Column::new("user_account", "name");
/// #     const AGE: Column<User, i64> = Column::new("user_account", "age");
/// # }
/// let birthday = update("user_account").set(User::AGE, User::AGE + 1).filter(User::NAME.eq("ed"));
/// ```
///
/// Counterpart: `sqlalchemy.update`.
pub fn update(table: impl Into<TableRef>) -> Update {
    let tree = UpdateTree { table: table.into(), set: Vec::new(), filters: Vec::new(), returning: Vec::new() };
    Update { tree, out: PhantomData }
}

/// An UPDATE that returns rows of `Out`, or no rows when `Out` is `()`. See [`update`].
#[must_use = "a statement does nothing until it is run"]
pub struct Update<Out = ()> {
    tree: UpdateTree,
    out: PhantomData<fn() -> Out>,
}

impl<Out> Update<Out> {
    /// Sets a column, or the columns that the setter of a [`Hybrid`](super::Hybrid) assigns. An expression can use the
    /// old values of the row.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::update;
    /// assert_eq!(
    ///     statement(&update("user").set(User::AGE, User::AGE + 1)),
    ///     "UPDATE user SET age = user.age + ?",
    /// );
    /// ```
    pub fn set<C: Settable>(mut self, column: C, value: impl Assign<C::Type>) -> Self {
        self.tree.set.extend(column.assignments(value.into_assigned()));
        self
    }

    /// Restricts the UPDATE to rows that satisfy the condition. Several conditions combine with AND.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::update;
    /// assert_eq!(
    ///     statement(&update("user").set(User::AGE, 8).filter(User::NAME.eq("ed"))),
    ///     "UPDATE user SET age = ? WHERE user.name = ?",
    /// );
    /// ```
    pub fn filter(mut self, condition: impl IntoExpr<bool>) -> Self {
        self.tree.filters.push(condition.into_node());
        self
    }

    /// Returns columns of each changed row, with their new values.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::update;
    /// assert_eq!(
    ///     statement(&update("user").set(User::AGE, 8).returning(User::ID)),
    ///     "UPDATE user SET age = ? RETURNING user.id",
    /// );
    /// ```
    ///
    /// Counterpart: `Update.returning`.
    pub fn returning<C: ColumnList>(mut self, columns: C) -> Update<C::Row> {
        self.tree.returning = columns.into_items();
        Update { tree: self.tree, out: PhantomData }
    }

    /// The untyped statement.
    pub fn into_tree(self) -> UpdateTree {
        self.tree
    }

    /// The untyped statement.
    pub const fn tree(&self) -> &UpdateTree {
        &self.tree
    }
}

impl<Out> Statement for Update<Out> {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        self.tree.render(out)
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Update
    }

    fn cacheable(&self) -> bool {
        self.tree.cacheable()
    }
}

impl<Out> From<Update<Out>> for StatementTree {
    fn from(update: Update<Out>) -> Self {
        Self::Update(update.tree)
    }
}

impl<Out> Clone for Update<Out> {
    fn clone(&self) -> Self {
        Self { tree: self.tree.clone(), out: PhantomData }
    }
}

impl<Out> std::fmt::Debug for Update<Out> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.tree.fmt(f)
    }
}
