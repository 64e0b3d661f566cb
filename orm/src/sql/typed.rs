//! The typed edge of the tree: no logic, only types that keep nonsense from compiling.

use std::marker::PhantomData;

use super::tree::{ColumnRef, Name, Node};
use crate::column_type::ColumnType;

/// An expression whose value has type `T`.
pub struct Expr<T> {
    node: Node,
    value: PhantomData<fn() -> T>,
}

/// A column of entity `E` that holds a `T`; the constants that the derive writes (`User::NAME`).
pub struct Column<E, T> {
    table: &'static str,
    name: &'static str,
    owner: PhantomData<fn() -> (E, T)>,
}

impl<T> Expr<T> {
    /// Types a node. The caller vouches for the type.
    pub const fn new(node: Node) -> Self {
        Self { node, value: PhantomData }
    }

    /// The untyped node.
    pub fn into_node(self) -> Node {
        self.node
    }

    /// The untyped node.
    pub const fn node(&self) -> &Node {
        &self.node
    }
}

impl<T> Clone for Expr<T> {
    fn clone(&self) -> Self {
        Self::new(self.node.clone())
    }
}

impl<T> std::fmt::Debug for Expr<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node.fmt(f)
    }
}

impl<E, T> Column<E, T> {
    /// The column of a table. The derive writes these.
    pub const fn new(table: &'static str, name: &'static str) -> Self {
        Self { table, name, owner: PhantomData }
    }

    /// The table's name.
    pub const fn table(self) -> &'static str {
        self.table
    }

    /// The column's name in the database.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The untyped node, qualified by the table's name.
    pub const fn node(self) -> Node {
        Node::Column(ColumnRef { table: Some(Name::Borrowed(self.table)), name: Name::Borrowed(self.name) })
    }
}

impl<E, T> Clone for Column<E, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E, T> Copy for Column<E, T> {}

impl<E, T> std::fmt::Debug for Column<E, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.table, self.name)
    }
}

/// What can stand where a `T` is expected: an expression, a column (nullable or not), or a plain Rust value.
///
/// `T` is a base type, without `Option`: `Option<String>` columns compare with `&str`, `String` and other text columns.
pub trait IntoExpr<T> {
    /// The untyped node.
    fn into_node(self) -> Node;
}

impl<T: ColumnType, S: ColumnType<Base = T>> IntoExpr<T> for Expr<S> {
    fn into_node(self) -> Node {
        self.node
    }
}

impl<E, T: ColumnType, S: ColumnType<Base = T>> IntoExpr<T> for Column<E, S> {
    fn into_node(self) -> Node {
        self.node()
    }
}

impl<T: ColumnType<Base = T>> IntoExpr<T> for T {
    fn into_node(self) -> Node {
        Node::Bind(self.to_value().to_value())
    }
}

impl IntoExpr<String> for &str {
    fn into_node(self) -> Node {
        Node::Bind(crate::value::Value::Text(self.to_owned()))
    }
}
