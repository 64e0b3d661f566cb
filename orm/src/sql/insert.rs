//! The INSERT builder.

use std::marker::PhantomData;

use super::assign::{Assign, AssignRow, Assignable, AssignableList};
use super::list::ColumnList;
use super::tree::{InsertTree, StatementTree, TableRef};
use crate::engine::{Capabilities, SqlWriter, Statement, StatementKind};
use crate::error::Result;

/// Starts an INSERT into a table. Without columns it inserts a row of defaults.
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

/// An INSERT that returns rows of `Out`, or no rows when `Out` is `()`. See [`insert`].
#[must_use = "a statement does nothing until it is run"]
pub struct Insert<Out = ()> {
    tree: InsertTree,
    out: PhantomData<fn() -> Out>,
}

impl<Out> Insert<Out> {
    /// Sets a column in every row.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::insert;
    /// assert_eq!(statement(&insert("user").set(User::NAME, "ed")), "INSERT INTO user (name) VALUES (?)");
    /// ```
    pub fn set<C: Assignable>(mut self, column: C, value: impl Assign<C::Type>) -> Self {
        let target = column.target();
        let node = target.assigned(value.into_assigned());
        self.tree.columns.push(target.name);
        for row in &mut self.tree.rows {
            row.push(node.clone());
        }
        self
    }

    /// Sets several columns to the values of one row.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::insert;
    /// assert_eq!(
    ///     statement(&insert("user").values((User::NAME, User::AGE), ("ed", 7))),
    ///     "INSERT INTO user (name, age) VALUES (?, ?)",
    /// );
    /// ```
    pub fn values<C: AssignableList, V: AssignRow<C>>(self, columns: C, values: V) -> Self {
        self.rows(columns, [values])
    }

    /// Sets several columns to the values of many rows, in order. Columns that [`set`](Self::set) has set before are
    /// the same in each row. An INSERT without rows is an error. More rows than the database accepts in one statement
    /// are sent in several statements: all or none, in a savepoint or in a transaction of their own.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::insert;
    /// assert_eq!(
    ///     statement(&insert("user").rows(User::NAME, ["ed", "wendy"])),
    ///     "INSERT INTO user (name) VALUES (?), (?)",
    /// );
    /// ```
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

    /// Returns columns of each inserted row.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::insert;
    /// assert_eq!(
    ///     statement(&insert("user").set(User::NAME, "ed").returning(User::ID)),
    ///     "INSERT INTO user (name) VALUES (?) RETURNING user.id",
    /// );
    /// ```
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

    fn split<'s>(&'s self, capabilities: &Capabilities) -> Vec<Box<dyn Statement + 's>> {
        self.tree.split(capabilities)
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
