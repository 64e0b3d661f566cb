//! The SQL tree as plain data, without types and without knowledge of tables.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

pub use super::in_list_members::InListMembers;
pub use super::nested::{MAX_LEVELS, Nested, SELECT_LEVELS};
use crate::value::{DataType, Value, ValueRef};

/// A function that a statement calls.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Function {
    /// Number of characters of a text; each database has its own function for that.
    CharacterLength,
    /// A function by name, written unchanged.
    Named(Name),
}

impl Function {
    /// Name of the function; for functions of the crate, the name in Rust.
    pub fn name(&self) -> &str {
        match self {
            Self::CharacterLength => "length",
            Self::Named(name) => name,
        }
    }
}

impl From<Name> for Function {
    fn from(name: Name) -> Self {
        Self::Named(name)
    }
}

impl From<&'static str> for Function {
    fn from(name: &'static str) -> Self {
        Self::Named(name.into())
    }
}

/// A name: of a table, a column, an alias, a function.
pub type Name = Cow<'static, str>;

/// An expression within another.
pub type NodeBox = Nested<Box<Node>>;

/// Expressions within another.
pub type NodeList = Nested<Vec<Node>>;

/// A SELECT within an expression, or within another SELECT.
pub type SelectBox = Nested<Box<SelectTree>>;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Node {
    /// A column, qualified by its table or alias.
    Column(ColumnRef),
    /// A bound value.
    Bind(Value),
    /// A bound value that echo, errors and `Debug` must not show.
    Sensitive(Secret),
    /// `left op right`
    Binary {
        /// The left side.
        left: NodeBox,
        /// The operator.
        op: BinaryOp,
        /// The right side.
        right: NodeBox,
    },
    /// `a + b - c ...`: from the left to the right, by operators that hold together equally tight. One level, however
    /// long.
    Chain {
        /// First operand.
        first: NodeBox,
        /// Operators and their right operands.
        rest: Nested<Vec<(BinaryOp, Self)>>,
    },
    /// `a AND b AND ...`; true when empty.
    And(NodeList),
    /// `a OR b OR ...`; false when empty.
    Or(NodeList),
    /// `NOT a`
    Not(NodeBox),
    /// `-a`
    Negate(NodeBox),
    /// `a IS [NOT] NULL`
    IsNull {
        /// Tested expression.
        operand: NodeBox,
        /// `IS NOT NULL`.
        negated: bool,
    },
    /// `a [NOT] BETWEEN low AND high`
    Between {
        /// Tested expression.
        operand: NodeBox,
        /// The lower bound, included.
        low: NodeBox,
        /// The upper bound, included.
        high: NodeBox,
        /// `NOT BETWEEN`.
        negated: bool,
    },
    /// `a [NOT] IN (b, c, ...)`; false (true when negated) when the list is empty.
    InList {
        /// Tested expression; a [`Node::Tuple`] for several columns.
        operand: NodeBox,
        /// The members.
        list: Nested<InListMembers>,
        /// `NOT IN`.
        negated: bool,
    },
    /// `a [NOT] IN (SELECT ...)`
    InSelect {
        /// Tested expression.
        operand: NodeBox,
        /// The members.
        select: SelectBox,
        /// `NOT IN`.
        negated: bool,
    },
    /// `a [NOT] LIKE pattern`, with or without regard to case.
    Like {
        /// Tested expression.
        operand: NodeBox,
        /// The pattern.
        pattern: NodeBox,
        /// Escape character.
        escape: Option<char>,
        /// `ILIKE`, or `LOWER(a) LIKE LOWER(pattern)` where there is none.
        ignore_case: bool,
        /// `NOT LIKE`.
        negated: bool,
    },
    /// `name([DISTINCT] a, b, ...)`
    Function {
        /// The function.
        name: Function,
        /// Arguments.
        arguments: NodeList,
        /// Whether equal arguments count once (aggregates).
        distinct: bool,
    },
    /// `*`, as in `count(*)`.
    Star,
    /// `CAST(a AS type)`
    Cast {
        /// Converted expression.
        operand: NodeBox,
        /// Target type.
        to: DataType,
    },
    /// An expression that is read as a type: cast only where the database would return another type.
    ///
    /// See [`Capabilities::cast_results`](crate::engine::Capabilities::cast_results).
    Typed {
        /// The expression.
        operand: NodeBox,
        /// The type.
        to: DataType,
    },
    /// An exact decimal that cannot be recognized by its form: text, or a function of the caller.
    Decimal(NodeBox),
    /// A decimal that is assigned to a column and rounded to the column's scale.
    Stored {
        /// Assigned expression.
        operand: NodeBox,
        /// Precision and scale of the column, if it has them.
        digits: Option<(u32, u32)>,
    },
    /// `CASE WHEN a THEN b ... ELSE c END`
    Case {
        /// Conditions and results.
        whens: Nested<Vec<(Self, Self)>>,
        /// The result when no condition holds; `NULL` when left out.
        otherwise: Option<NodeBox>,
    },
    /// `(a, b, ...)`
    Tuple(NodeList),
    /// `[NOT] EXISTS (SELECT ...)`
    Exists {
        /// The subquery.
        select: SelectBox,
        /// `NOT EXISTS`.
        negated: bool,
    },
    /// A subquery of one column and at most one row.
    Scalar(SelectBox),
    /// SQL text with bound values.
    Text(Vec<TextPart>),
    /// The name of a labeled select item, in ORDER BY and the like.
    LabelRef(Name),
    /// An error of the construction. Rendering returns the error.
    Fault(String),
}

/// A column, qualified by its table or alias.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ColumnRef {
    /// Name or alias of the table; unqualified when `None`.
    pub table: Option<Name>,
    /// The column.
    pub name: Name,
    /// Whether echo, errors and `Debug` mask values beside the column.
    pub sensitive: bool,
    /// Whether the column holds exact decimals.
    pub decimal: bool,
    /// The entity of the column; none for a column by name.
    pub owner: ColumnOwner,
}

/// The entity of a column, from which a query derives its FROM clause. Ignored when columns are compared.
#[derive(Clone, Copy, Default)]
pub struct ColumnOwner(Option<fn() -> &'static (dyn Any + Send + Sync)>);

impl ColumnOwner {
    /// No entity.
    pub const NONE: Self = Self(None);

    /// Returns the owner with this mapping.
    pub const fn new(mapping: fn() -> &'static (dyn Any + Send + Sync)) -> Self {
        Self(Some(mapping))
    }

    /// Returns the mapping.
    pub fn mapping<T: 'static>(self) -> Option<&'static T> {
        self.0?().downcast_ref()
    }
}

impl PartialEq for ColumnOwner {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for ColumnOwner {}

impl Hash for ColumnOwner {
    fn hash<H: Hasher>(&self, _state: &mut H) {}
}

impl fmt::Debug for ColumnOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "entity" } else { "none" })
    }
}

impl ColumnRef {
    /// A column of a table or an alias.
    pub fn new(table: impl Into<Name>, name: impl Into<Name>) -> Self {
        let owner = ColumnOwner::NONE;
        Self { table: Some(table.into()), name: name.into(), sensitive: false, decimal: false, owner }
    }

    /// Sets whether the column is sensitive.
    #[must_use]
    pub fn sensitive(self, sensitive: bool) -> Self {
        Self { sensitive, ..self }
    }

    /// Sets whether the column holds exact decimals.
    #[must_use]
    pub fn decimal(self, decimal: bool) -> Self {
        Self { decimal, ..self }
    }
}

/// A value that must not show: `Debug` writes `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub ValueRef<'static>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<Value> for Secret {
    fn from(value: Value) -> Self {
        Self(ValueRef::Owned(Box::new(value)))
    }
}

/// A piece of a text fragment.
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// SQL that is written unchanged.
    Sql(String),
    /// A parameter that has no value yet.
    Parameter(String),
    /// A parameter and its value.
    Bind(Value),
    /// A parameter with a value that echo, errors and `Debug` must not show.
    Sensitive(Secret),
    /// Name of a value without a parameter; an error when rendered.
    Stray(String),
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BinaryOp {
    /// `=`
    Eq,
    /// `!=`
    NotEq,
    /// `<`
    Lt,
    /// `<=`
    LtEq,
    /// `>`
    Gt,
    /// `>=`
    GtEq,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `/` between integers, truncated; `DIV` where `/` does not truncate.
    IntegerDiv,
    /// `%`
    Rem,
    /// `||`, or `concat()` where `||` has another meaning.
    Concat,
}

impl BinaryOp {
    /// Whether the operator computes a number.
    pub(super) fn is_arithmetic(self) -> bool {
        matches!(self, Self::Add | Self::Sub | Self::Mul | Self::Div | Self::IntegerDiv | Self::Rem)
    }

    /// Whether `a op b other c` is evaluated from left to right, as both operators have the same precedence.
    pub(super) fn chains_with(self, other: Self) -> bool {
        let group = |op| match op {
            Self::Add | Self::Sub => Some(0),
            Self::Mul | Self::Div | Self::IntegerDiv | Self::Rem => Some(1),
            Self::Concat => Some(2),
            Self::Eq | Self::NotEq | Self::Lt | Self::LtEq | Self::Gt | Self::GtEq => None,
        };
        group(self).is_some() && group(self) == group(other)
    }
}

/// An item of a SELECT list: an expression and its label.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectItem {
    /// The expression.
    pub node: Node,
    /// `AS label`
    pub label: Option<Name>,
}

/// A table, by name and alias.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableRef {
    /// Schema of the table.
    pub schema: Option<Name>,
    /// The table.
    pub name: Name,
    /// `AS alias`
    pub alias: Option<Name>,
    /// The entity whose rows are selected; none for a table by name.
    pub origin: Option<Origin>,
}

impl TableRef {
    /// Returns a table by name, without schema and alias.
    pub fn named(name: impl Into<Name>) -> Self {
        Self { schema: None, name: name.into(), alias: None, origin: None }
    }
}

/// The entity whose rows a statement selects from a table. The tree knows no entities, so the mapping is opaque here.
/// Loader criteria find the tables of their entity by the origin.
#[derive(Clone, Copy)]
pub struct Origin {
    mapping: &'static (dyn Any + Send + Sync),
    class: Option<usize>,
}

impl Origin {
    /// Returns the origin of rows with this mapping, or of the rows of one class with a table of its own.
    pub fn new<T: Send + Sync>(mapping: &'static T, class: Option<usize>) -> Self {
        Self { mapping, class }
    }

    /// Returns the mapping.
    pub fn mapping<T: 'static>(&self) -> Option<&'static T> {
        self.mapping.downcast_ref()
    }

    /// Returns the class, if the table contains rows of one class only.
    pub fn class(&self) -> Option<usize> {
        self.class
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self.mapping).addr()
    }
}

impl PartialEq for Origin {
    fn eq(&self, other: &Self) -> bool {
        (self.address(), self.class) == (other.address(), other.class)
    }
}

impl Eq for Origin {}

impl Hash for Origin {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.address(), self.class).hash(state);
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("entity")
    }
}

/// An item of a FROM clause.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FromItem {
    /// A table.
    Table(TableRef),
    /// A subquery.
    Select {
        /// The subquery.
        select: SelectBox,
        /// Alias of the subquery.
        alias: Name,
    },
    /// `(SELECT ... UNION ALL SELECT ...)`: the tables of a hierarchy with concrete inheritance.
    Union {
        /// The SELECTs, with the same columns.
        selects: Nested<Vec<SelectTree>>,
        /// Alias of the union.
        alias: Name,
    },
    /// `first JOIN ...`, in parentheses within another join: the tables of a hierarchy with joined inheritance.
    Joined {
        /// The table whose name or alias stands for the whole join.
        first: TableRef,
        /// The joined tables.
        joins: Nested<Vec<Join>>,
    },
}

impl FromItem {
    /// Name or alias of the item.
    pub fn name(&self) -> &Name {
        match self {
            Self::Table(table) | Self::Joined { first: table, .. } => table.alias.as_ref().unwrap_or(&table.name),
            Self::Select { alias, .. } | Self::Union { alias, .. } => alias,
        }
    }

    /// Whether columns of the item can be qualified by a name.
    pub fn shows(&self, name: &str) -> bool {
        match self {
            Self::Joined { joins, .. } if self.name() != name => joins.iter().any(|join| join.item.shows(name)),
            _ => self.name() == name,
        }
    }
}

/// Kind of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JoinKind {
    /// Rows with a partner on both sides.
    Inner,
    /// All rows of the left side, with `NULL`s where there is no partner.
    Left,
}

/// One join.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// Kind of the join.
    pub kind: JoinKind,
    /// Joined item.
    pub item: FromItem,
    /// On which condition.
    pub on: Node,
}

/// A key to sort by.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderKey {
    /// The expression.
    pub node: Node,
    /// Largest first.
    pub descending: bool,
    /// Whether `NULL`s come first (`true`) or last (`false`); the database decides when `None`.
    pub nulls_first: Option<bool>,
}

/// A SELECT.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SelectTree {
    /// Equal rows count once.
    pub distinct: bool,
    /// SELECT list; the literal 1 when empty, as in `EXISTS (SELECT 1 ...)`.
    pub items: Vec<SelectItem>,
    /// FROM items; several make a cross product.
    pub from: Vec<FromItem>,
    /// Joins to the last FROM item, in order.
    pub joins: Vec<Join>,
    /// Conditions that must all hold.
    pub filters: Vec<Node>,
    /// GROUP BY expressions.
    pub group_by: Vec<Node>,
    /// Conditions on groups that must all hold.
    pub having: Vec<Node>,
    /// The order.
    pub order_by: Vec<OrderKey>,
    /// LIMIT.
    pub limit: Option<Value>,
    /// OFFSET.
    pub offset: Option<Value>,
    /// An error of the construction. Rendering returns the error.
    pub fault: Option<String>,
}

/// An INSERT.
#[derive(Clone, Debug, PartialEq)]
pub struct InsertTree {
    /// Into which table.
    pub table: TableRef,
    /// Columns; none for a row of defaults.
    pub columns: Vec<Name>,
    /// One list of values a row.
    pub rows: Vec<Vec<Node>>,
    /// RETURNING list.
    pub returning: Vec<SelectItem>,
}

/// An UPDATE.
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateTree {
    /// Of which table.
    pub table: TableRef,
    /// Columns and their new values.
    pub set: Vec<(Name, Node)>,
    /// Conditions that must all hold.
    pub filters: Vec<Node>,
    /// RETURNING list.
    pub returning: Vec<SelectItem>,
}

/// A DELETE.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteTree {
    /// From which table.
    pub table: TableRef,
    /// Conditions that must all hold.
    pub filters: Vec<Node>,
    /// RETURNING list.
    pub returning: Vec<SelectItem>,
}

/// Any statement of the tree.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StatementTree {
    /// A SELECT.
    Select(SelectTree),
    /// An INSERT.
    Insert(InsertTree),
    /// An UPDATE.
    Update(UpdateTree),
    /// A DELETE.
    Delete(DeleteTree),
}
