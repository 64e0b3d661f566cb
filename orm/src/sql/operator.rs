//! Operators on columns and expressions, and the types of their results.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Rem, Sub};

use super::hybrid::Hybrid;
use super::nullability::{EitherNull, Integer, IntoOperand, Number, Operand};
use super::tree::{BinaryOp, Name, Node, NodeList, OrderKey, SelectItem, SelectTree};
use super::typed::{Column, Expr, IntoExpr, Labeled, NamedColumn};
use crate::column_type::ColumnType;
use crate::value::Value;

/// The type that an expression is compared with: the expression's own type, without `Option`.
pub type BaseOf<X> = <<X as Expression>::Type as ColumnType>::Base;

/// Escape character of patterns made from plain text. Unlike the backslash, it has no special meaning on any database.
const ESCAPE: char = '/';

/// A typed expression and its operators: comparison, `LIKE`, `IN`, boolean and sort operators. Arithmetic uses `+ - * /
/// %`; conditions also combine with `&`, `|` and `!`.
///
/// ```
/// # use orm::sql::{Column, Expression};
/// # struct User;
/// const AGE: Column<User, Option<i64>> = Column::new("user_account", "age");
/// const NAME: Column<User, String> = Column::new("user_account", "name");
/// let adults_called_ed = NAME.starts_with("ed").and(AGE.ge(18).or(AGE.is_null()));
/// ```
///
/// An integer cannot be compared with text:
/// ```compile_fail,E0277
/// # use orm::sql::{Column, Expression};
/// # struct User;
/// const AGE: Column<User, i64> = Column::new("user_account", "age");
/// AGE.gt("x");
/// ```
///
/// `None` cannot be compared, as in SQL nothing equals NULL; use [`is_null`](Self::is_null):
/// ```compile_fail,E0277
/// # use orm::sql::{Column, Expression};
/// # struct User;
/// const AGE: Column<User, Option<i64>> = Column::new("user_account", "age");
/// AGE.eq(None::<i64>);
/// ```
///
/// Counterpart: `sqlalchemy.sql.expression.ColumnElement`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an SQL expression",
    note = "a plain value becomes one with `literal(value)`"
)]
#[expect(
    clippy::wrong_self_convention,
    reason = "an expression is consumed by what is made of it; nothing is tested here"
)]
pub trait Expression: Sized {
    /// The type of the value; an `Option` when the value can be `NULL`.
    type Type: ColumnType;

    /// The untyped node.
    fn into_node(self) -> Node;

    /// The untyped node for ORDER BY: the label, if the expression has one.
    fn into_order_node(self) -> Node {
        self.into_node()
    }

    /// The item of a SELECT list: the node, and its label if the expression has one.
    fn into_item(self) -> SelectItem {
        SelectItem { node: self.into_node(), label: None }
    }

    /// `self = other`
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.eq("ed")), "user.name = ?");
    /// ```
    fn eq(self, other: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        equal(self.into_node(), other.into_node(), false)
    }

    /// `self != other`
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.ne("ed")), "user.name != ?");
    /// ```
    fn ne(self, other: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        equal(self.into_node(), other.into_node(), true)
    }

    /// `self < other`
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::AGE.lt(18)), "user.age < ?");
    /// ```
    fn lt(self, other: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        compare(self, BinaryOp::Lt, other.into_node())
    }

    /// `self <= other`
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::AGE.le(18)), "user.age <= ?");
    /// ```
    fn le(self, other: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        compare(self, BinaryOp::LtEq, other.into_node())
    }

    /// `self > other`
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::AGE.gt(18)), "user.age > ?");
    /// ```
    fn gt(self, other: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        compare(self, BinaryOp::Gt, other.into_node())
    }

    /// `self >= other`
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::AGE.ge(18)), "user.age >= ?");
    /// ```
    fn ge(self, other: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        compare(self, BinaryOp::GtEq, other.into_node())
    }

    /// `self IS NULL`
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::FULLNAME.is_null()), "user.fullname IS NULL");
    /// ```
    fn is_null(self) -> Expr<bool> {
        Expr::new(Node::IsNull { operand: self.into_node().into(), negated: false })
    }

    /// `self IS NOT NULL`
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::FULLNAME.is_not_null()), "user.fullname IS NOT NULL");
    /// ```
    fn is_not_null(self) -> Expr<bool> {
        Expr::new(Node::IsNull { operand: self.into_node().into(), negated: true })
    }

    /// `self BETWEEN low AND high`, including both bounds.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::AGE.between(18, 30)), "user.age BETWEEN ? AND ?");
    /// ```
    fn between(self, low: impl IntoExpr<BaseOf<Self>>, high: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        Expr::new(Node::Between {
            operand: self.into_node().into(),
            low: low.into_node().into(),
            high: high.into_node().into(),
            negated: false,
        })
    }

    /// `self IN (...)`. False for an empty list.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.in_(["ed", "wendy"])), "user.name IN (?, ?)");
    /// ```
    fn in_<V: IntoExpr<BaseOf<Self>>>(self, values: impl IntoIterator<Item = V>) -> Expr<bool> {
        in_list(self.into_node(), values, false)
    }

    /// `self NOT IN (...)`. True for an empty list.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.not_in(["ed", "wendy"])), "user.name NOT IN (?, ?)");
    /// ```
    fn not_in<V: IntoExpr<BaseOf<Self>>>(self, values: impl IntoIterator<Item = V>) -> Expr<bool> {
        in_list(self.into_node(), values, true)
    }

    /// `self IN (SELECT ...)`
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::load::select;
    /// let adults = select(User::ID).filter(User::AGE.ge(18));
    /// assert_eq!(sql(User::ID.in_select(adults)), "user.id IN (SELECT user.id FROM user WHERE user.age >= ?)");
    /// ```
    fn in_select(self, select: impl Subquery<BaseOf<Self>>) -> Expr<bool> {
        in_select(self.into_node(), select.into_select(), false)
    }

    /// `self NOT IN (SELECT ...)`. Never true when the SELECT returns a `NULL`.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::load::select;
    /// let minors = select(User::ID).filter(User::AGE.lt(18));
    /// assert_eq!(
    ///     sql(User::ID.not_in_select(minors)),
    ///     "user.id NOT IN (SELECT user.id FROM user WHERE user.age < ?)",
    /// );
    /// ```
    fn not_in_select(self, select: impl Subquery<BaseOf<Self>>) -> Expr<bool> {
        in_select(self.into_node(), select.into_select(), true)
    }

    /// `self LIKE pattern`: `%` matches any text, `_` any character. Case-sensitive on every database, whatever the
    /// column's collation. A backslash has no special meaning.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.like("ed%")), "orm_like(user.name, ?)");
    /// ```
    ///
    /// Counterpart: `ColumnOperators.like`, where case and backslash depend on the database.
    fn like(self, pattern: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), pattern.into_node(), None, CaseMode::Sensitive)
    }

    /// `self NOT LIKE pattern`; see [`like`](Self::like).
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.not_like("ed%")), "NOT orm_like(user.name, ?)");
    /// ```
    fn not_like(self, pattern: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        not_(self.like(pattern))
    }

    /// `self LIKE pattern ESCAPE escape`: the escape character makes the next `%` or `_` literal. Neither a quote nor a
    /// backslash can be the escape character.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.like_escape("100!%", '!')), "orm_like(user.name, ?, '!')");
    /// ```
    fn like_escape(self, pattern: impl IntoExpr<String>, escape: char) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), pattern.into_node(), Some(escape), CaseMode::Sensitive)
    }

    /// `self ILIKE pattern`: like [`like`](Self::like), but case-insensitive. Databases without ILIKE use `lower(self)
    /// LIKE lower(pattern)`. On PostgreSQL the database's locale decides about letters beyond ASCII.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.ilike("ED%")), "orm_ilike(user.name, ?)");
    /// ```
    fn ilike(self, pattern: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), pattern.into_node(), None, CaseMode::Insensitive)
    }

    /// `self NOT ILIKE pattern`; see [`ilike`](Self::ilike).
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.not_ilike("ED%")), "NOT orm_ilike(user.name, ?)");
    /// ```
    fn not_ilike(self, pattern: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        not_(self.ilike(pattern))
    }

    /// `self ILIKE pattern ESCAPE escape`; see [`like_escape`](Self::like_escape).
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.ilike_escape("100!%", '!')), "orm_ilike(user.name, ?, '!')");
    /// ```
    fn ilike_escape(self, pattern: impl IntoExpr<String>, escape: char) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), pattern.into_node(), Some(escape), CaseMode::Insensitive)
    }

    /// Whether the text starts with a prefix, case-sensitively. `%` and `_` in the prefix are literal.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.starts_with("ed")), "orm_like(user.name, ?, '/')");
    /// ```
    ///
    /// Counterpart: `ColumnOperators.startswith(prefix, autoescape=True)`.
    fn starts_with(self, prefix: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), literal_pattern("", prefix.into_node(), "%"), Some(ESCAPE), CaseMode::Sensitive)
    }

    /// Whether the text ends with a suffix, case-sensitively. `%` and `_` in the suffix are literal.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.ends_with("ed")), "orm_like(user.name, ?, '/')");
    /// ```
    ///
    /// Counterpart: `ColumnOperators.endswith(suffix, autoescape=True)`.
    fn ends_with(self, suffix: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), literal_pattern("%", suffix.into_node(), ""), Some(ESCAPE), CaseMode::Sensitive)
    }

    /// Whether the text contains a part, case-sensitively. `%` and `_` in the part are literal.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.contains("ed")), "orm_like(user.name, ?, '/')");
    /// ```
    ///
    /// Counterpart: `ColumnOperators.contains(part, autoescape=True)`.
    fn contains(self, part: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), literal_pattern("%", part.into_node(), "%"), Some(ESCAPE), CaseMode::Sensitive)
    }

    /// Case-insensitive [`starts_with`](Self::starts_with).
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.istarts_with("ED")), "orm_ilike(user.name, ?, '/')");
    /// ```
    fn istarts_with(self, prefix: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), literal_pattern("", prefix.into_node(), "%"), Some(ESCAPE), CaseMode::Insensitive)
    }

    /// Case-insensitive [`ends_with`](Self::ends_with).
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.iends_with("ED")), "orm_ilike(user.name, ?, '/')");
    /// ```
    fn iends_with(self, suffix: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), literal_pattern("%", suffix.into_node(), ""), Some(ESCAPE), CaseMode::Insensitive)
    }

    /// Case-insensitive [`contains`](Self::contains).
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.icontains("ED")), "orm_ilike(user.name, ?, '/')");
    /// ```
    fn icontains(self, part: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), literal_pattern("%", part.into_node(), "%"), Some(ESCAPE), CaseMode::Insensitive)
    }

    /// `self || other`: concatenates two texts; `NULL` when one of them is.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.concat("!")), "user.name || ?");
    /// ```
    fn concat<R: IntoOperand<String>>(self, other: R) -> Expr<EitherNull<Self::Type, R::Null, String>>
    where
        Self::Type: Operand<Base = String>,
    {
        binary(self.into_node(), BinaryOp::Concat, other.into_node())
    }

    /// `self AND other`
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.eq("ed").and(User::AGE.ge(18))), "user.name = ? AND user.age >= ?");
    /// ```
    fn and(self, other: impl IntoExpr<bool>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = bool>,
    {
        and_([Expr::new(self.into_node()), Expr::<bool>::new(other.into_node())])
    }

    /// `self OR other`
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::NAME.eq("ed").or(User::AGE.ge(18))), "user.name = ? OR user.age >= ?");
    /// ```
    fn or(self, other: impl IntoExpr<bool>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = bool>,
    {
        or_([Expr::new(self.into_node()), Expr::<bool>::new(other.into_node())])
    }

    /// `NOT self`, or the opposite operator if there is one (`!=` for `=`).
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(Expression::not(User::NAME.eq("ed"))), "user.name != ?");
    /// ```
    fn not(self) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = bool>,
    {
        Expr::new(negated(self.into_node()))
    }

    /// Names the expression, for the SELECT list and ORDER BY.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// assert_eq!(sql(User::AGE.label("years")), "user.age AS years");
    /// ```
    fn label(self, name: impl Into<Name>) -> Labeled<Self::Type> {
        Labeled::new(self.into_node(), name.into())
    }

    /// Ascending order.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::load::select;
    /// assert_eq!(
    ///     query(select(User::NAME).order_by(User::NAME.asc())),
    ///     "SELECT user.name FROM user ORDER BY user.name",
    /// );
    /// ```
    fn asc(self) -> OrderKey {
        OrderKey { node: self.into_order_node(), descending: false, nulls_first: None }
    }

    /// Descending order.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::load::select;
    /// assert_eq!(
    ///     query(select(User::NAME).order_by(User::AGE.desc())),
    ///     "SELECT user.name FROM user ORDER BY user.age DESC",
    /// );
    /// ```
    fn desc(self) -> OrderKey {
        OrderKey { node: self.into_order_node(), descending: true, nulls_first: None }
    }
}

/// A SELECT of one column whose base type is `T`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a SELECT of one `{T}`",
    note = "select exactly one column of that type; `in_` takes a list of values"
)]
pub trait Subquery<T> {
    /// The untyped SELECT.
    fn into_select(self) -> SelectTree;
}

/// An untyped SELECT. The caller is responsible for the type of its column.
impl<T> Subquery<T> for SelectTree {
    fn into_select(self) -> SelectTree {
        self
    }
}

/// True when all conditions are true. Without conditions, true.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::and_;
/// assert_eq!(sql(and_([User::NAME.eq("ed"), User::AGE.ge(18)])), "user.name = ? AND user.age >= ?");
/// ```
///
/// Counterpart: `sqlalchemy.and_`.
pub fn and_<C: IntoExpr<bool>>(conditions: impl IntoIterator<Item = C>) -> Expr<bool> {
    let conditions = conditions.into_iter().map(|condition| match condition.into_node() {
        Node::And(inner) => inner,
        node => vec![node].into(),
    });
    Expr::new(Node::And(concatenated(conditions)))
}

/// True when at least one condition is true. Without conditions, false.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::or_;
/// assert_eq!(sql(or_([User::NAME.eq("ed"), User::AGE.ge(18)])), "user.name = ? OR user.age >= ?");
/// ```
///
/// Counterpart: `sqlalchemy.or_`.
pub fn or_<C: IntoExpr<bool>>(conditions: impl IntoIterator<Item = C>) -> Expr<bool> {
    let conditions = conditions.into_iter().map(|condition| match condition.into_node() {
        Node::Or(inner) => inner,
        node => vec![node].into(),
    });
    Expr::new(Node::Or(concatenated(conditions)))
}

/// `NOT condition`, or the opposite operator if there is one (`!=` for `=`).
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::not_;
/// assert_eq!(sql(not_(User::NAME.eq("ed"))), "user.name != ?");
/// ```
///
/// Counterpart: `sqlalchemy.not_`.
pub fn not_(condition: impl IntoExpr<bool>) -> Expr<bool> {
    Expr::new(negated(condition.into_node()))
}

/// Whether a SELECT returns any row. The selected columns do not matter.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::{load::select, sql::exists};
/// assert_eq!(
///     sql(exists(select(User::ID).filter(User::AGE.ge(18)))),
///     "EXISTS (SELECT user.id FROM user WHERE user.age >= ?)",
/// );
/// ```
///
/// Counterpart: `sqlalchemy.exists`.
pub fn exists(select: impl Into<SelectTree>) -> Expr<bool> {
    Expr::new(Node::Exists { select: select.into().into(), negated: false })
}

/// The value of a SELECT of one column; `NULL` when the SELECT returns no row. For several rows the database either
/// reports an error or takes the first.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::{load::select, sql::{max, scalar}};
/// assert_eq!(sql(scalar(select(max(User::AGE)))), "(SELECT max(user.age) FROM user)");
/// ```
///
/// Counterpart: `Select.scalar_subquery()`.
pub fn scalar<T: ColumnType<Base = T>>(select: impl Subquery<T>) -> Expr<Option<T>> {
    Expr::new(Node::Scalar(select.into_select().into()))
}

impl OrderKey {
    /// Sorts `NULL`s before all other values.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::load::select;
    /// assert_eq!(
    ///     query(select(User::ID).order_by(User::FULLNAME.asc().nulls_first())),
    ///     "SELECT user.id FROM user ORDER BY user.fullname NULLS FIRST",
    /// );
    /// ```
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.nulls_first = Some(true);
        self
    }

    /// Sorts `NULL`s after all other values.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::load::select;
    /// assert_eq!(
    ///     query(select(User::ID).order_by(User::FULLNAME.asc().nulls_last())),
    ///     "SELECT user.id FROM user ORDER BY user.fullname NULLS LAST",
    /// );
    /// ```
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.nulls_first = Some(false);
        self
    }
}

/// An item of ORDER BY: an order key, an expression (ascending), or the label of a selected expression.
#[diagnostic::on_unimplemented(
    message = "rows cannot be sorted by `{Self}`",
    note = "sort by a column, an expression, or either with `.asc()` or `.desc()`"
)]
pub trait IntoOrderKey {
    /// The order key.
    fn into_order_key(self) -> OrderKey;
}

impl IntoOrderKey for OrderKey {
    fn into_order_key(self) -> OrderKey {
        self
    }
}

impl IntoOrderKey for &'static str {
    fn into_order_key(self) -> OrderKey {
        OrderKey { node: Node::LabelRef(self.into()), descending: false, nulls_first: None }
    }
}

/// Implements arithmetic and ordering for each type of expression.
macro_rules! operators {
    ($([$($generic:ident),*] $type:ty;)+) => {
        $(
            operators!(@binary [$($generic),*] $type, Add, add, Number, |_| BinaryOp::Add);
            operators!(@binary [$($generic),*] $type, Sub, sub, Number, |_| BinaryOp::Sub);
            operators!(@binary [$($generic),*] $type, Mul, mul, Number, |_| BinaryOp::Mul);
            operators!(@binary [$($generic),*] $type, Div, div, Number, division);
            operators!(@binary [$($generic),*] $type, Rem, rem, Integer, |_| BinaryOp::Rem);

            impl<$($generic,)* T: ColumnType<Base: Number>> Neg for $type {
                type Output = Expr<T>;

                fn neg(self) -> Self::Output {
                    Expr::new(Node::Negate(Expression::into_node(self).into()))
                }
            }

            impl<$($generic,)* T: ColumnType<Base = bool>> Not for $type {
                type Output = Expr<bool>;

                fn not(self) -> Self::Output {
                    not_(self)
                }
            }

            impl<$($generic,)* T: ColumnType<Base = bool>, R: IntoExpr<bool>> BitAnd<R> for $type {
                type Output = Expr<bool>;

                fn bitand(self, other: R) -> Self::Output {
                    self.and(other)
                }
            }

            impl<$($generic,)* T: ColumnType<Base = bool>, R: IntoExpr<bool>> BitOr<R> for $type {
                type Output = Expr<bool>;

                fn bitor(self, other: R) -> Self::Output {
                    self.or(other)
                }
            }

            impl<$($generic,)* T: ColumnType> IntoOrderKey for $type {
                fn into_order_key(self) -> OrderKey {
                    self.asc()
                }
            }
        )+
    };
    (@binary [$($generic:ident),*] $type:ty, $trait:ident, $method:ident, $bound:ident, $op:expr) => {
        impl<$($generic,)* T: Operand<Base: $bound>, R: IntoOperand<T::Base>> $trait<R> for $type {
            type Output = Expr<EitherNull<T, R::Null, T::Base>>;

            fn $method(self, other: R) -> Self::Output {
                let op: fn(bool) -> BinaryOp = $op;
                binary(Expression::into_node(self), op(<T::Base as Number>::INTEGER), other.into_node())
            }
        }
    };
}

operators! {
    [] Expr<T>;
    [E, L] Column<E, T, L>;
    [E, W] Hybrid<E, T, W>;
    [] NamedColumn<T>;
    [] Labeled<T>;
}

fn division(integer: bool) -> BinaryOp {
    if integer { BinaryOp::IntegerDiv } else { BinaryOp::Div }
}

/// Case sensitivity of LIKE.
enum CaseMode {
    Sensitive,
    Insensitive,
}

/// `left op right`. Extends a chain of the same kind of operators by one operand.
fn binary<T>(left: Node, op: BinaryOp, right: Node) -> Expr<T> {
    Expr::new(match left {
        Node::Chain { first, mut rest } if rest.first().is_some_and(|(other, _)| other.chains_with(op)) => {
            rest.push((op, right));
            Node::Chain { first, rest }
        }
        Node::Binary { left, op: other, right: middle } if other.chains_with(op) => {
            Node::Chain { first: left, rest: vec![(other, *middle.into_inner()), (op, right)].into() }
        }
        left => Node::Binary { left: left.into(), op, right: right.into() },
    })
}

/// Concatenates the lists. The first list is extended, so that a chain that grows in a loop has linear cost.
fn concatenated(lists: impl IntoIterator<Item = NodeList>) -> NodeList {
    let mut lists = lists.into_iter();
    let mut all = lists.next().unwrap_or_default();
    lists.for_each(|list| all.extend(list.into_inner()));
    all
}

fn compare<X: Expression>(left: X, op: BinaryOp, right: Node) -> Expr<bool> {
    binary(left.into_node(), op, right)
}

/// `=` or `!=`. A value that a custom column type sends as `NULL` becomes `IS NULL`, as nothing equals NULL.
fn equal(left: Node, right: Node, negated: bool) -> Expr<bool> {
    if matches!(right, Node::Bind(Value::Null)) {
        return Expr::new(Node::IsNull { operand: left.into(), negated });
    }
    binary(left, if negated { BinaryOp::NotEq } else { BinaryOp::Eq }, right)
}

fn in_list<T, V: IntoExpr<T>>(operand: Node, values: impl IntoIterator<Item = V>, negated: bool) -> Expr<bool> {
    let list = values.into_iter().map(IntoExpr::into_node).collect();
    Expr::new(Node::InList { operand: operand.into(), list, negated })
}

fn in_select(operand: Node, select: SelectTree, negated: bool) -> Expr<bool> {
    Expr::new(Node::InSelect { operand: operand.into(), select: select.into(), negated })
}

fn like(operand: Node, pattern: Node, escape: Option<char>, case: CaseMode) -> Expr<bool> {
    Expr::new(Node::Like {
        operand: operand.into(),
        pattern: pattern.into(),
        escape,
        ignore_case: matches!(case, CaseMode::Insensitive),
        negated: false,
    })
}

/// A pattern for literal text: a value is escaped here, an expression is escaped by the database.
fn literal_pattern(before: &str, needle: Node, after: &str) -> Node {
    if let Node::Bind(Value::Text(text)) = needle {
        return Node::Bind(Value::Text(format!("{before}{}{after}", escape(&text))));
    }
    let text = |text: &str| Node::Bind(Value::Text(text.to_owned()));
    let escaped = [ESCAPE, '%', '_'].into_iter().fold(needle, |escaped, special| Node::Function {
        name: "replace".into(),
        arguments: vec![escaped, text(&special.to_string()), text(&format!("{ESCAPE}{special}"))].into(),
        distinct: false,
    });
    let around = |left: Node, right: Node| binary::<String>(left, BinaryOp::Concat, right).into_node();
    let escaped = if before.is_empty() { escaped } else { around(text(before), escaped) };
    if after.is_empty() { escaped } else { around(escaped, text(after)) }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            escaped.push(ESCAPE);
        }
        escaped.push(c);
    }
    escaped
}

/// The negated condition, in its simplest form.
fn negated(mut node: Node) -> Node {
    match &mut node {
        Node::Binary { op, .. } => match opposite(*op) {
            Some(opposite) => *op = opposite,
            None => return Node::Not(node.into()),
        },
        Node::IsNull { negated, .. }
        | Node::Between { negated, .. }
        | Node::InList { negated, .. }
        | Node::InSelect { negated, .. }
        | Node::Like { negated, .. }
        | Node::Exists { negated, .. } => *negated = !*negated,
        Node::Not(_) => {
            let Node::Not(inner) = node else { return node };
            return *inner.into_inner();
        }
        _ => return Node::Not(node.into()),
    }
    node
}

/// The opposite comparison. For `NULL` neither is true, as with `NOT`.
fn opposite(op: BinaryOp) -> Option<BinaryOp> {
    match op {
        BinaryOp::Eq => Some(BinaryOp::NotEq),
        BinaryOp::NotEq => Some(BinaryOp::Eq),
        BinaryOp::Lt => Some(BinaryOp::GtEq),
        BinaryOp::LtEq => Some(BinaryOp::Gt),
        BinaryOp::Gt => Some(BinaryOp::LtEq),
        BinaryOp::GtEq => Some(BinaryOp::Lt),
        _ => None,
    }
}
