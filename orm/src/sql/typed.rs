//! The typed edge of the tree: no logic, only types that keep nonsense from compiling.

use std::any::Any;
use std::marker::PhantomData;

use super::mask::settled;
use super::operator::Expression;
use super::tree::{ColumnOwner, ColumnRef, Name, Node, SelectItem};
use crate::column_type::ColumnType;
use crate::engine::fitted;
use crate::value::{DataType, Value};

/// An expression whose value has type `T`.
pub struct Expr<T> {
    node: Node,
    value: PhantomData<fn() -> T>,
}

/// A column of entity `E` that holds a `T`; the constants that the derive writes (`User::NAME`).
pub struct Column<E, T> {
    table: &'static str,
    name: &'static str,
    apart: bool,
    sensitive: bool,
    digits: Digits,
    owner: ColumnOwner,
    types: PhantomData<fn() -> (E, T)>,
}

/// The precision and scale of a column of decimals.
#[derive(Clone, Copy)]
enum Digits {
    Own(Option<(u32, u32)>),
    /// Those of the key that a foreign key refers to, which its own mapping does not know.
    OfKey(fn() -> Option<(u32, u32)>),
}

/// A column that holds a `T`, by names known at run time: of an alias, or of a table without an entity.
pub struct NamedColumn<T> {
    reference: ColumnRef,
    value: PhantomData<fn() -> T>,
}

/// An expression and the name it goes by in the result; ORDER BY calls it by that name.
///
/// Counterpart: `sqlalchemy.sql.expression.Label`.
pub struct Labeled<T> {
    item: Box<SelectItem>,
    value: PhantomData<fn() -> T>,
}

impl<T> Expr<T> {
    /// Types a node. The caller vouches for the type.
    ///
    /// Values that meet a sensitive column in it are masked from here on.
    pub fn new(node: Node) -> Self {
        Self { node: settled(node), value: PhantomData }
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

impl<E, T> Column<E, T> {
    /// The column of a table. The derive writes these.
    pub const fn new(table: &'static str, name: &'static str) -> Self {
        Self::of_class(table, name, false)
    }

    /// The column of a class that extends another; `apart` when it stands in a table that is joined to the one that aliases name.
    /// The derive writes these.
    pub const fn of_class(table: &'static str, name: &'static str, apart: bool) -> Self {
        let (digits, owner) = (Digits::Own(None), ColumnOwner::NONE);
        Self { table, name, apart, sensitive: false, digits, owner, types: PhantomData }
    }

    /// The same, with the mapping of the entity that has it. The derive writes these.
    #[must_use]
    pub const fn owner(self, mapping: fn() -> &'static (dyn Any + Send + Sync)) -> Self {
        Self { owner: ColumnOwner::new(mapping), ..self }
    }

    /// The same, whose values echo and errors never show: those that it is compared with, or takes, are masked.
    #[must_use]
    pub const fn sensitive(self, sensitive: bool) -> Self {
        Self { sensitive, ..self }
    }

    /// The same, which holds decimals of so many digits in all and behind the point. The derive writes these.
    #[must_use]
    pub const fn digits(self, precision: u32, scale: u32) -> Self {
        Self { digits: Digits::Own(Some((precision, scale))), ..self }
    }

    /// The same of a foreign key, which has the digits of the key that it refers to. The derive writes these.
    #[must_use]
    pub const fn digits_of(self, key: fn() -> Option<(u32, u32)>) -> Self {
        Self { digits: Digits::OfKey(key), ..self }
    }

    pub(super) fn precision_and_scale(self) -> Option<(u32, u32)> {
        match self.digits {
            Digits::Own(digits) => digits,
            Digits::OfKey(key) => key(),
        }
    }

    pub(super) const fn masks(self) -> bool {
        self.sensitive
    }

    /// What its table goes by where the entity goes by an alias.
    pub(super) fn table_of_alias(self, alias: &Name) -> Name {
        if self.apart { joined_name(alias, self.table) } else { alias.clone() }
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
    pub fn node(self) -> Node
    where
        T: ColumnType,
    {
        Node::Column(ColumnRef {
            table: Some(Name::Borrowed(self.table)),
            name: Name::Borrowed(self.name),
            sensitive: self.sensitive,
            decimal: is_decimal::<T>(),
            owner: self.owner,
        })
    }
}

/// Whether values of the type are exact decimals.
pub(super) fn is_decimal<T: ColumnType>() -> bool {
    matches!(T::data_type(), DataType::Numeric(_))
}

/// An expression of which the tree itself cannot tell that it gives a `T`.
pub(super) fn of_type<T: ColumnType>(node: Node) -> Node {
    if is_decimal::<T>() { Node::Decimal(node.into()) } else { node }
}

/// What the table of a class goes by where the table of the base class, to which it is joined, goes by an alias.
pub(crate) fn joined_name(alias: &Name, table: &str) -> Name {
    Name::Owned(fitted(format!("{alias}_{table}")))
}

impl<T> NamedColumn<T> {
    /// Types a column. The caller vouches for the type.
    pub const fn new(reference: ColumnRef) -> Self {
        Self { reference, value: PhantomData }
    }

    /// The same, whose values echo and errors never show: those that it is compared with, or takes, are masked.
    #[must_use]
    pub fn sensitive(self, sensitive: bool) -> Self {
        Self::new(self.reference.sensitive(sensitive))
    }

    pub(super) const fn masks(&self) -> bool {
        self.reference.sensitive
    }

    /// The column's name, and the table or alias that it is of.
    pub const fn reference(&self) -> &ColumnRef {
        &self.reference
    }

    /// The untyped node.
    pub fn into_node(self) -> Node
    where
        T: ColumnType,
    {
        Node::Column(self.reference.decimal(is_decimal::<T>()))
    }
}

impl<T> Labeled<T> {
    pub(super) fn new(node: Node, label: Name) -> Self {
        Self { item: Box::new(SelectItem { node, label: Some(label) }), value: PhantomData }
    }

    /// The select item, with its label.
    pub fn into_item(self) -> SelectItem {
        *self.item
    }
}

// Derives would ask for `E: Clone` and `T: Clone`, of which no value is held.

impl<T> Clone for Expr<T> {
    fn clone(&self) -> Self {
        Self::new(self.node.clone())
    }
}

impl<E, T> Clone for Column<E, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E, T> Copy for Column<E, T> {}

impl<T> Clone for NamedColumn<T> {
    fn clone(&self) -> Self {
        Self::new(self.reference.clone())
    }
}

impl<T> Clone for Labeled<T> {
    fn clone(&self) -> Self {
        Self { item: self.item.clone(), value: PhantomData }
    }
}

impl<T> std::fmt::Debug for Expr<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.node.fmt(f)
    }
}

impl<E, T> std::fmt::Debug for Column<E, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.table, self.name)
    }
}

impl<T> std::fmt::Debug for NamedColumn<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.reference.fmt(f)
    }
}

impl<T> std::fmt::Debug for Labeled<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.item.fmt(f)
    }
}

/// What can stand where a `T` is expected: an expression, a column (nullable or not), or a plain Rust value.
///
/// `T` is a base type, without `Option`: `Option<String>` columns compare with `&str`, `String` and other text columns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand where SQL expects `{T}`",
    label = "expected `{T}`, or a column or expression of that type",
    note = "a nullable column takes values without `Option`; test for NULL with `.is_null()`",
    note = "`cast::<{T}>(..)` converts an expression of another type"
)]
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

impl<T: ColumnType, S: ColumnType<Base = T>> IntoExpr<T> for NamedColumn<S> {
    fn into_node(self) -> Node {
        self.into_node()
    }
}

impl<T: ColumnType, S: ColumnType<Base = T>> IntoExpr<T> for Labeled<S> {
    fn into_node(self) -> Node {
        self.item.node
    }
}

impl<T: ColumnType<Base = T>> IntoExpr<T> for T {
    fn into_node(self) -> Node {
        bind(&self)
    }
}

impl IntoExpr<String> for &str {
    fn into_node(self) -> Node {
        Node::Bind(Value::Text(self.to_owned()))
    }
}

impl IntoExpr<String> for &String {
    fn into_node(self) -> Node {
        Node::Bind(Value::Text(self.clone()))
    }
}

impl IntoExpr<Vec<u8>> for &[u8] {
    fn into_node(self) -> Node {
        Node::Bind(Value::Bytes(self.to_vec()))
    }
}

impl<T: ColumnType> Expression for Expr<T> {
    type Type = T;

    fn into_node(self) -> Node {
        self.node
    }
}

impl<E, T: ColumnType> Expression for Column<E, T> {
    type Type = T;

    fn into_node(self) -> Node {
        self.node()
    }
}

impl<T: ColumnType> Expression for NamedColumn<T> {
    type Type = T;

    fn into_node(self) -> Node {
        self.into_node()
    }
}

impl<T: ColumnType> Expression for Labeled<T> {
    type Type = T;

    fn into_node(self) -> Node {
        self.item.node
    }

    fn into_order_node(self) -> Node {
        let item = self.into_item();
        item.label.map_or(item.node, Node::LabelRef)
    }

    fn into_item(self) -> SelectItem {
        *self.item
    }
}

/// A value as a bound parameter.
pub(super) fn bind<T: ColumnType>(value: &T) -> Node {
    Node::Bind(value.to_value().to_value())
}
