//! Parts within parts of the tree: each knows how deep it goes, so that no tree grows deeper than the stack of a thread bears.

use std::fmt;
use std::ops::Deref;

use crate::value::{DataType, Value, ValueRef};

use super::tree::{BinaryOp, FromItem, Join, JoinKind, Node, SelectTree, TextPart};

/// How many levels a tree may have. Rendering, comparing, cloning and dropping go down one level after the other, and a thread of 1 MiB bears
/// as many even in a debug build.
///
/// `a AND b AND ...` and `a + b + ...` are one level, however many operands there are; a subquery counts as [`SELECT_LEVELS`].
pub const MAX_LEVELS: u16 = 128;

/// How many levels a SELECT within another counts as.
pub const SELECT_LEVELS: u16 = 3;

/// What running a statement says in which something is too deep.
fn too_deep() -> String {
    format!(
        "an expression goes more than {MAX_LEVELS} levels deep (a subquery counts as {SELECT_LEVELS}): say it as a list \
         (`and_`, `or_`, `in_`), join instead of nesting subqueries, or compute a part of it by a query of its own"
    )
}

/// What a part of a tree is like; known without looking at more than its direct parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// How many levels there are.
    pub(super) levels: u16,
    /// Whether a sensitive column takes part, so that the values beside it must not show.
    pub(super) sensitive: bool,
    /// Whether there are values that show.
    pub(super) shown: bool,
    /// Whether its value is an exact decimal.
    pub(crate) decimal: bool,
}

impl Traits {
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

    /// The same of a value that is a decimal if `decimal`, whatever its parts are.
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

/// What can stand within a part of a tree: an expression, a SELECT, or a list of them.
pub trait Part: Deref {
    /// What it is like.
    #[doc(hidden)]
    fn traits(&self) -> Traits;

    /// What takes the place of one that is too deep: rendering it is an error.
    #[doc(hidden)]
    fn fault(message: String) -> Self;
}

/// A part of a tree, behind a pointer. Made by `.into()`, read through `Deref`, changed by [`edit`](Self::edit).
///
/// A part that would make the tree deeper than [`MAX_LEVELS`] gives way to a [`Node::Fault`], so that what is too deep never exists:
/// running the statement is an error then.
#[derive(Clone)]
pub struct Nested<P> {
    part: P,
    traits: Traits,
}

impl<P: Part> Nested<P> {
    /// The part itself.
    pub fn into_inner(self) -> P {
        self.part
    }

    pub(super) fn traits(&self) -> Traits {
        self.traits
    }

    /// Shows the part to a closure.
    pub fn look<'t, R>(&'t self, look: impl FnOnce(&'t P) -> R) -> R {
        look(&self.part)
    }

    /// Lets a closure change the part, and looks afterwards how deep it goes now.
    pub fn edit<R>(&mut self, change: impl FnOnce(&mut P) -> R) -> R {
        let result = change(&mut self.part);
        self.settle(self.part.traits());
        result
    }

    fn settle(&mut self, traits: Traits) {
        self.traits = traits;
        if traits.levels >= MAX_LEVELS {
            self.part = P::fault(too_deep());
            self.traits = self.part.traits();
        }
    }
}

/// A list of parts, which knows what all of them are like.
impl<T> Nested<Vec<T>>
where
    Vec<T>: Part,
    T: Level,
{
    /// Appends a part. Costs nothing for those that are there, so that a list may grow in a loop.
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

impl<P: Part> From<P> for Nested<P> {
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

impl<P: Part + Default> Default for Nested<P> {
    fn default() -> Self {
        P::default().into()
    }
}

impl<T> FromIterator<T> for Nested<Vec<T>>
where
    Vec<T>: Part,
{
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        items.into_iter().collect::<Vec<T>>().into()
    }
}

impl<P: Part> Deref for Nested<P> {
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

/// Whether a function gives a value of the type of its arguments.
fn keeps_type(name: &str) -> bool {
    matches!(name, "sum" | "avg" | "min" | "max" | "coalesce")
}

/// One level of a tree.
#[doc(hidden)]
pub trait Level: Sized {
    /// What it is like, its parts included.
    fn traits(&self) -> Traits;

    /// One that is an error when it is rendered.
    fn fault(message: String) -> Self;
}

impl Level for Node {
    fn traits(&self) -> Traits {
        let parts = match self {
            Self::Column(column) => {
                return Traits { sensitive: column.sensitive, decimal: column.decimal, ..Traits::LEAF };
            }
            Self::Bind(value) => {
                return Traits { shown: !value.is_null(), decimal: is_decimal(value), ..Traits::LEAF };
            }
            Self::Sensitive(value) => {
                let decimal = match &value.0 {
                    ValueRef::Owned(value) => is_decimal(value),
                    value => matches!(value, ValueRef::Decimal(_)),
                };
                return Traits { decimal, ..Traits::LEAF };
            }
            Self::Text(parts) => {
                let shown = |part: &TextPart| matches!(part, TextPart::Bind(value) if !value.is_null());
                return Traits { shown: parts.iter().any(shown), ..Traits::LEAF };
            }
            Self::Star | Self::LabelRef(_) | Self::Fault(_) => return Traits::LEAF,
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
            // Only what the conditions within say of a sensitive column must not show, and they see to that themselves.
            Self::Exists { select, .. } => Traits { sensitive: false, decimal: false, ..select.traits() },
        };
        parts.deeper(1)
    }

    fn fault(message: String) -> Self {
        Self::Fault(message)
    }
}

impl Level for SelectTree {
    /// A sensitive column takes part in what is around when it is selected.
    fn traits(&self) -> Traits {
        let items = Traits::all(self.items.iter().map(|item| item.node.traits()));
        let nodes = [&self.filters, &self.group_by, &self.having].into_iter().flatten().map(Level::traits);
        let order = self.order_by.iter().map(|key| key.node.traits());
        let from = self.from.iter().map(from_traits).chain(self.joins.iter().map(Level::traits));
        let others = Traits::all(nodes.chain(order).chain(from));
        items.with(Traits { sensitive: false, decimal: false, ..others }).deeper(SELECT_LEVELS)
    }

    fn fault(message: String) -> Self {
        Self { fault: Some(message), ..Self::default() }
    }
}

impl Level for Join {
    fn traits(&self) -> Traits {
        from_traits(&self.item).with(self.on.traits())
    }

    fn fault(message: String) -> Self {
        Self { kind: JoinKind::Inner, item: FromItem::Table("".into()), on: Node::Fault(message) }
    }
}

/// A WHEN with its THEN.
impl Level for (Node, Node) {
    fn traits(&self) -> Traits {
        self.0.traits().of(false).with(self.1.traits())
    }

    fn fault(message: String) -> Self {
        (Node::Fault(message.clone()), Node::Fault(message))
    }
}

/// An operator with its right side.
impl Level for (BinaryOp, Node) {
    fn traits(&self) -> Traits {
        self.1.traits()
    }

    fn fault(message: String) -> Self {
        (BinaryOp::Add, Node::Fault(message))
    }
}

fn from_traits(item: &FromItem) -> Traits {
    match item {
        FromItem::Table(_) => Traits::LEAF,
        FromItem::Select { select, .. } => select.traits(),
        FromItem::Union { selects, .. } => selects.traits(),
        FromItem::Joined { joins, .. } => joins.traits().deeper(1),
    }
}

impl<T: Level> Part for Box<T> {
    fn traits(&self) -> Traits {
        T::traits(self)
    }

    fn fault(message: String) -> Self {
        Self::new(T::fault(message))
    }
}

impl<T: Level> Part for Vec<T> {
    fn traits(&self) -> Traits {
        Traits::all(self.iter().map(Level::traits))
    }

    fn fault(message: String) -> Self {
        vec![T::fault(message)]
    }
}
