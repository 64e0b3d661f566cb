//! `Nested`: subtrees that know their depth, so that no tree is deeper than a thread's stack allows.

use std::fmt;
use std::ops::Deref;

use crate::value::{DataType, Value, ValueRef};

use super::tree::{BinaryOp, FromItem, Join, JoinKind, Node, SelectTree, TextPart};

/// Maximum depth of a tree. Rendering, comparing, cloning and dropping are recursive, and a thread with a stack of 1
/// MiB can handle this depth even in a debug build.
///
/// `a AND b AND ...` and `a + b + ...` count as one level, whatever the number of operands. A subquery counts as
/// [`SELECT_LEVELS`].
pub const MAX_LEVELS: u16 = 128;

/// Number of levels that a subquery counts as.
pub const SELECT_LEVELS: u16 = 3;

/// Error message for a tree that is too deep.
fn too_deep() -> String {
    format!(
        "an expression goes more than {MAX_LEVELS} levels deep (a subquery counts as {SELECT_LEVELS}): say it as a list \
         (`and_`, `or_`, `in_`), join instead of nesting subqueries, or compute a part of it by a query of its own"
    )
}

/// Cached properties of a subtree, computed from its direct children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeTraits {
    /// Depth of the subtree.
    pub(super) levels: u16,
    /// Whether a sensitive column occurs, so that values beside it must be masked.
    pub(super) sensitive: bool,
    /// Whether an unmasked value occurs.
    pub(super) shown: bool,
    /// Whether the value is an exact decimal.
    pub(crate) decimal: bool,
}

impl NodeTraits {
    const LEAF: Self = Self { levels: 1, sensitive: false, shown: false, decimal: false };

    fn with(self, other: Self) -> Self {
        Self {
            levels: self.levels.max(other.levels),
            sensitive: self.sensitive || other.sensitive,
            shown: self.shown || other.shown,
            decimal: self.decimal || other.decimal,
        }
    }

    fn deeper(self, levels: u16) -> Self {
        Self { levels: self.levels + levels, ..self }
    }

    /// Sets whether the value is a decimal.
    fn of(self, decimal: bool) -> Self {
        Self { decimal, ..self }
    }

    fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        parts.into_iter().fold(Self::default(), Self::with)
    }
}

/// Whether the value of an expression is an exact decimal.
pub(crate) fn gives_decimal(node: &Node) -> bool {
    node.traits().decimal
}

/// A part of a tree that can be nested: an expression, a SELECT, or a list of them.
pub trait NestedPart: Deref {
    /// The properties of the part.
    #[doc(hidden)]
    fn traits(&self) -> NodeTraits;

    /// Replacement for a part that is too deep: rendering it returns an error.
    #[doc(hidden)]
    fn fault(message: String) -> Self;
}

/// A boxed part of a tree with its cached properties. Made with `.into()`, read through `Deref`, changed with
/// [`edit`](Self::edit).
///
/// A part that would make the tree deeper than [`MAX_LEVELS`] is replaced by a [`Node::Fault`], so that no deeper tree
/// ever exists. Running such a statement returns the error.
#[derive(Clone)]
pub struct Nested<P> {
    part: P,
    traits: NodeTraits,
}

impl<P: NestedPart> Nested<P> {
    /// Returns the part.
    pub fn into_inner(self) -> P {
        self.part
    }

    pub(super) fn traits(&self) -> NodeTraits {
        self.traits
    }

    /// Calls a closure with the part.
    pub fn look<'t, R>(&'t self, look: impl FnOnce(&'t P) -> R) -> R {
        look(&self.part)
    }

    /// Changes the part in a closure, then recomputes the properties.
    pub fn edit<R>(&mut self, change: impl FnOnce(&mut P) -> R) -> R {
        let result = change(&mut self.part);
        self.settle(self.part.traits());
        result
    }

    fn settle(&mut self, traits: NodeTraits) {
        self.traits = traits;
        if traits.levels >= MAX_LEVELS {
            self.part = P::fault(too_deep());
            self.traits = self.part.traits();
        }
    }
}

/// Methods of a nested list.
impl<T> Nested<Vec<T>>
where
    Vec<T>: NestedPart,
    T: TreeLevel,
{
    /// Appends an item in constant time, so that a list can grow in a loop.
    pub fn push(&mut self, item: T) {
        let traits = self.traits.with(item.traits());
        self.part.push(item);
        self.settle(traits);
    }

    /// Appends parts.
    pub fn extend(&mut self, items: impl IntoIterator<Item = T>) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<P: NestedPart> From<P> for Nested<P> {
    fn from(part: P) -> Self {
        let traits = part.traits();
        let mut nested = Self { part, traits };
        nested.settle(traits);
        nested
    }
}

impl From<Node> for Nested<Box<Node>> {
    fn from(node: Node) -> Self {
        Box::new(node).into()
    }
}

impl From<SelectTree> for Nested<Box<SelectTree>> {
    fn from(select: SelectTree) -> Self {
        Box::new(select).into()
    }
}

impl<P: NestedPart + Default> Default for Nested<P> {
    fn default() -> Self {
        P::default().into()
    }
}

impl<T> FromIterator<T> for Nested<Vec<T>>
where
    Vec<T>: NestedPart,
{
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        items.into_iter().collect::<Vec<T>>().into()
    }
}

impl<P: NestedPart> Deref for Nested<P> {
    type Target = P::Target;

    fn deref(&self) -> &P::Target {
        &self.part
    }
}

impl<'t, T> IntoIterator for &'t Nested<Vec<T>> {
    type Item = &'t T;
    type IntoIter = std::slice::Iter<'t, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.part.iter()
    }
}

impl<P: PartialEq> PartialEq for Nested<P> {
    fn eq(&self, other: &Self) -> bool {
        self.part == other.part
    }
}

impl<P: fmt::Debug> fmt::Debug for Nested<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.part.fmt(f)
    }
}

fn is_decimal(value: &Value) -> bool {
    matches!(value, Value::Decimal(_))
}

/// Whether a function returns a value of its arguments' type.
fn keeps_type(name: &str) -> bool {
    matches!(name, "sum" | "avg" | "min" | "max" | "coalesce")
}

/// One level of a tree.
#[doc(hidden)]
pub trait TreeLevel: Sized {
    /// The properties of the node, including its children.
    fn traits(&self) -> NodeTraits;

    /// Replacement that returns an error when it is rendered.
    fn fault(message: String) -> Self;
}

impl TreeLevel for Node {
    fn traits(&self) -> NodeTraits {
        let parts = match self {
            Self::Column(column) => {
                return NodeTraits { sensitive: column.sensitive, decimal: column.decimal, ..NodeTraits::LEAF };
            }
            Self::Bind(value) => {
                return NodeTraits { shown: !value.is_null(), decimal: is_decimal(value), ..NodeTraits::LEAF };
            }
            Self::Sensitive(value) => {
                let decimal = match &value.0 {
                    ValueRef::Owned(value) => is_decimal(value),
                    value => matches!(value, ValueRef::Decimal(_)),
                };
                return NodeTraits { decimal, ..NodeTraits::LEAF };
            }
            Self::Text(parts) => {
                let shown = |part: &TextPart| matches!(part, TextPart::Bind(value) if !value.is_null());
                return NodeTraits { shown: parts.iter().any(shown), ..NodeTraits::LEAF };
            }
            Self::Star | Self::LabelRef(_) | Self::Fault(_) => return NodeTraits::LEAF,
            Self::Binary { left, op, right } => {
                let both = left.traits().with(right.traits());
                both.of(both.decimal && op.is_arithmetic())
            }
            Self::Chain { first, rest } => first.traits().with(rest.traits()),
            Self::Tuple(nodes) => nodes.traits(),
            Self::And(nodes) | Self::Or(nodes) => nodes.traits().of(false),
            Self::Function { name, arguments, .. } => {
                let arguments = arguments.traits();
                arguments.of(arguments.decimal && keeps_type(name.name()))
            }
            Self::Negate(operand) => operand.traits(),
            Self::Decimal(operand) | Self::Stored { operand, .. } => operand.traits().of(true),
            Self::Cast { operand, to } | Self::Typed { operand, to } => {
                operand.traits().of(matches!(to, DataType::Numeric(_)))
            }
            Self::Not(operand) | Self::IsNull { operand, .. } => operand.traits().of(false),
            Self::Between { operand, low, high, .. } => {
                operand.traits().with(low.traits()).with(high.traits()).of(false)
            }
            Self::InList { operand, list, .. } => operand.traits().with(list.traits()).of(false),
            Self::InSelect { operand, select, .. } => operand.traits().with(select.traits()).of(false),
            Self::Like { operand, pattern, .. } => operand.traits().with(pattern.traits()).of(false),
            Self::Case { whens, otherwise } => {
                otherwise.as_ref().map_or(whens.traits(), |otherwise| whens.traits().with(otherwise.traits()))
            }
            Self::Scalar(select) => select.traits(),
            // Only values within the condition belong to a sensitive column there, and they are masked already.
            Self::Exists { select, .. } => NodeTraits { sensitive: false, decimal: false, ..select.traits() },
        };
        parts.deeper(1)
    }

    fn fault(message: String) -> Self {
        Self::Fault(message)
    }
}

impl TreeLevel for SelectTree {
    /// A selected sensitive column makes the whole subquery sensitive.
    fn traits(&self) -> NodeTraits {
        let items = NodeTraits::all(self.items.iter().map(|item| item.node.traits()));
        let nodes = [&self.filters, &self.group_by, &self.having].into_iter().flatten().map(TreeLevel::traits);
        let order = self.order_by.iter().map(|key| key.node.traits());
        let from = self.from.iter().map(from_traits).chain(self.joins.iter().map(TreeLevel::traits));
        let others = NodeTraits::all(nodes.chain(order).chain(from));
        items.with(NodeTraits { sensitive: false, decimal: false, ..others }).deeper(SELECT_LEVELS)
    }

    fn fault(message: String) -> Self {
        Self { fault: Some(message), ..Self::default() }
    }
}

impl TreeLevel for Join {
    fn traits(&self) -> NodeTraits {
        from_traits(&self.item).with(self.on.traits())
    }

    fn fault(message: String) -> Self {
        Self { kind: JoinKind::Inner, item: FromItem::Table("".into()), on: Node::Fault(message) }
    }
}

/// A WHEN and its THEN.
impl TreeLevel for (Node, Node) {
    fn traits(&self) -> NodeTraits {
        self.0.traits().of(false).with(self.1.traits())
    }

    fn fault(message: String) -> Self {
        (Node::Fault(message.clone()), Node::Fault(message))
    }
}

/// An operator and its right operand.
impl TreeLevel for (BinaryOp, Node) {
    fn traits(&self) -> NodeTraits {
        self.1.traits()
    }

    fn fault(message: String) -> Self {
        (BinaryOp::Add, Node::Fault(message))
    }
}

fn from_traits(item: &FromItem) -> NodeTraits {
    match item {
        FromItem::Table(_) => NodeTraits::LEAF,
        FromItem::Select { select, .. } => select.traits(),
        FromItem::Union { selects, .. } => selects.traits(),
        FromItem::Joined { joins, .. } => joins.traits().deeper(1),
    }
}

impl<T: TreeLevel> NestedPart for Box<T> {
    fn traits(&self) -> NodeTraits {
        T::traits(self)
    }

    fn fault(message: String) -> Self {
        Self::new(T::fault(message))
    }
}

impl<T: TreeLevel> NestedPart for Vec<T> {
    fn traits(&self) -> NodeTraits {
        NodeTraits::all(self.iter().map(TreeLevel::traits))
    }

    fn fault(message: String) -> Self {
        vec![T::fault(message)]
    }
}
