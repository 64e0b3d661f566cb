//! The INSERT builder.

use std::marker::PhantomData;

use super::assign::{Assign, AssignRow, Assignable, AssignableList};
use super::list::ColumnList;
use super::tree::{InsertTree, StatementTree, TableRef};
use crate::engine::{Capabilities, SqlWriter, Statement, StatementKind};
use crate::error::Result;

/// An INSERT into a table, of a row of defaults until columns are given.
///
/// ```
/// # use orm::sql::{Column, insert};
/// # struct User;
/// # impl User {
/// #     const NAME: Column<User, String> = Column::new("user_account", "name");
/// #     const AGE: Column<User, Option<i64>> = Column::new("user_account", "age");
/// # }
/// let one = insert("user_account").set(User::NAME, "ed").set(User::AGE, 7);
/// let many = insert("user_account").rows((User::NAME, User::AGE), [("ed", Some(7)), ("wendy", None)]);
/// ```
///
/// Counterpart: `sqlalchemy.insert`.
pub fn insert(table: impl Into<TableRef>) -> Insert {
    let tree = InsertTree { table: table.into(), columns: Vec::new(), rows: vec![Vec::new()], returning: Vec::new() };
    Insert { tree, out: PhantomData }
}

/// An INSERT that gives back rows of `Out`; nothing when `Out` is `()`. See [`insert`].
#[must_use = "a statement does nothing until it is run"]
pub struct Insert<Out = ()> {
    tree: InsertTree,
    out: PhantomData<fn() -> Out>,
}

impl<Out> Insert<Out> {
    /// Gives a column a value, in every row.
    pub fn set<C: Assignable>(mut self, column: C, value: impl Assign<C::Type>) -> Self {
        let target = column.target();
        let node = target.assigned(value.into_assigned());
        self.tree.columns.push(target.name);
        for row in &mut self.tree.rows {
            row.push(node.clone());
        }
        self
    }

    /// Gives columns the values of one row; a tuple of values for a tuple of columns.
    pub fn values<C: AssignableList, V: AssignRow<C>>(self, columns: C, values: V) -> Self {
        self.rows(columns, [values])
    }

    /// Gives columns the values of many rows, in order; what [`set`](Self::set) gave before stands in each of them.
    ///
    /// No row at all is an INSERT that cannot be rendered. More rows than the database takes in one statement are inserted by several
    /// statements: all of the rows or none, within a savepoint of the transaction or in a transaction of their own.
    pub fn rows<C: AssignableList, V: AssignRow<C>>(mut self, columns: C, rows: impl IntoIterator<Item = V>) -> Self {
        let targets = columns.targets();
        self.tree.columns.extend(targets.iter().map(|target| target.name.clone()));
        let shared = self.tree.rows.first().cloned().unwrap_or_default();
        let row = |values: V| {
            let values = values.into_row().into_iter().zip(&targets);
            shared.iter().cloned().chain(values.map(|(node, target)| target.assigned(node))).collect()
        };
        self.tree.rows = rows.into_iter().map(row).collect();
        self
    }

    /// Gives back columns of each inserted row.
    ///
    /// Counterpart: `Insert.returning`.
    pub fn returning<C: ColumnList>(mut self, columns: C) -> Insert<C::Row> {
        self.tree.returning = columns.into_items();
        Insert { tree: self.tree, out: PhantomData }
    }

    /// The untyped statement.
    pub fn into_tree(self) -> InsertTree {
        self.tree
    }

    /// The untyped statement.
    pub const fn tree(&self) -> &InsertTree {
        &self.tree
    }
}

impl<Out> Statement for Insert<Out> {
    fn render<'b>(&'b self, out: &mut dyn SqlWriter<'b>) -> Result<()> {
        self.tree.render(out)
    }

    fn kind(&self) -> StatementKind {
        StatementKind::Insert
    }

    fn cacheable(&self) -> bool {
        self.tree.cacheable()
    }

    fn parts<'s>(&'s self, capabilities: &Capabilities) -> Vec<Box<dyn Statement + 's>> {
        self.tree.parts(capabilities)
    }
}

impl<Out> From<Insert<Out>> for StatementTree {
    fn from(insert: Insert<Out>) -> Self {
        Self::Insert(insert.tree)
    }
}

impl<Out> Clone for Insert<Out> {
    fn clone(&self) -> Self {
        Self { tree: self.tree.clone(), out: PhantomData }
    }
}

impl<Out> std::fmt::Debug for Insert<Out> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.tree.fmt(f)
    }
}
