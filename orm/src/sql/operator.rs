//! Operators: what columns and expressions can be asked, with the types that come of it.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Rem, Sub};

use super::nullability::{EitherNull, Integer, IntoOperand, Number, Operand};
use super::tree::{BinaryOp, Name, Node, NodeList, OrderKey, SelectItem, SelectTree};
use super::typed::{Column, Expr, IntoExpr, Labeled, NamedColumn};
use crate::column_type::ColumnType;
use crate::value::Value;

/// The type that an expression compares with: its own, without `Option`.
pub type BaseOf<X> = <<X as Expression>::Type as ColumnType>::Base;

/// The character that takes `%` and `_` their meaning in patterns made from plain text; unlike the backslash
/// it means nothing else on any database.
const ESCAPE: char = '/';

/// A typed expression, and everything that can be made of it.
///
/// ```
/// # use orm::sql::{Column, Expression};
/// # struct User;
/// const AGE: Column<User, Option<i64>> = Column::new("user_account", "age");
/// const NAME: Column<User, String> = Column::new("user_account", "name");
/// let adults_called_ed = NAME.starts_with("ed").and(AGE.ge(18).or(AGE.is_null()));
/// ```
///
/// An integer is not compared with text:
/// ```compile_fail,E0277
/// # use orm::sql::{Column, Expression};
/// # struct User;
/// const AGE: Column<User, i64> = Column::new("user_account", "age");
/// AGE.gt("x");
/// ```
///
/// Nothing is compared with `None`, which SQL would never find equal to anything:
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
    /// The type of its value; an `Option` where it can be `NULL`.
    type Type: ColumnType;

    /// The untyped node.
    fn into_node(self) -> Node;

    /// The untyped node as ORDER BY says it: by its label, if it has one.
    fn into_order_node(self) -> Node {
        self.into_node()
    }

    /// What a SELECT says: the node, and its label if it has one.
    fn into_item(self) -> SelectItem {
        SelectItem { node: self.into_node(), label: None }
    }

    /// `self = other`
    fn eq(self, other: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        equal(self.into_node(), other.into_node(), false)
    }

    /// `self != other`
    fn ne(self, other: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        equal(self.into_node(), other.into_node(), true)
    }

    /// `self < other`
    fn lt(self, other: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        compare(self, BinaryOp::Lt, other.into_node())
    }

    /// `self <= other`
    fn le(self, other: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        compare(self, BinaryOp::LtEq, other.into_node())
    }

    /// `self > other`
    fn gt(self, other: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        compare(self, BinaryOp::Gt, other.into_node())
    }

    /// `self >= other`
    fn ge(self, other: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        compare(self, BinaryOp::GtEq, other.into_node())
    }

    /// `self IS NULL`
    fn is_null(self) -> Expr<bool> {
        Expr::new(Node::IsNull { operand: self.into_node().into(), negated: false })
    }

    /// `self IS NOT NULL`
    fn is_not_null(self) -> Expr<bool> {
        Expr::new(Node::IsNull { operand: self.into_node().into(), negated: true })
    }

    /// `self BETWEEN low AND high`, both included.
    fn between(self, low: impl IntoExpr<BaseOf<Self>>, high: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        Expr::new(Node::Between {
            operand: self.into_node().into(),
            low: low.into_node().into(),
            high: high.into_node().into(),
            negated: false,
        })
    }

    /// `self IN (...)`; never true when there are no values.
    fn in_<V: IntoExpr<BaseOf<Self>>>(self, values: impl IntoIterator<Item = V>) -> Expr<bool> {
        in_list(self.into_node(), values, false)
    }

    /// `self NOT IN (...)`; always true when there are no values.
    fn not_in<V: IntoExpr<BaseOf<Self>>>(self, values: impl IntoIterator<Item = V>) -> Expr<bool> {
        in_list(self.into_node(), values, true)
    }

    /// `self IN (SELECT ...)`
    fn in_select(self, select: impl Subquery<BaseOf<Self>>) -> Expr<bool> {
        in_select(self.into_node(), select.into_select(), false)
    }

    /// `self NOT IN (SELECT ...)`; beware that it is never true when the SELECT gives a `NULL`.
    fn not_in_select(self, select: impl Subquery<BaseOf<Self>>) -> Expr<bool> {
        in_select(self.into_node(), select.into_select(), true)
    }

    /// `self LIKE pattern`: `%` is any text, `_` any character. Case counts, and a backslash is a character like any other, on every
    /// database and whatever the collation of the column.
    ///
    /// Counterpart: `ColumnOperators.like`, which leaves case and backslash to the database.
    fn like(self, pattern: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), pattern.into_node(), None, Case::Counts)
    }

    /// `self NOT LIKE pattern`; see [`like`](Self::like).
    fn not_like(self, pattern: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        not_(self.like(pattern))
    }

    /// `self LIKE pattern ESCAPE escape`: a `%` or `_` behind the escape character stands for itself. A quote or a backslash cannot be one.
    fn like_escape(self, pattern: impl IntoExpr<String>, escape: char) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), pattern.into_node(), Some(escape), Case::Counts)
    }

    /// `self ILIKE pattern`: without regard to case; `lower(self) LIKE lower(pattern)` where there is no ILIKE.
    ///
    /// Of letters beyond ASCII PostgreSQL knows the case that the locale of the database says.
    fn ilike(self, pattern: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), pattern.into_node(), None, Case::Ignored)
    }

    /// `self NOT ILIKE pattern`; see [`ilike`](Self::ilike).
    fn not_ilike(self, pattern: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        not_(self.ilike(pattern))
    }

    /// `self ILIKE pattern ESCAPE escape`; see [`like_escape`](Self::like_escape).
    fn ilike_escape(self, pattern: impl IntoExpr<String>, escape: char) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), pattern.into_node(), Some(escape), Case::Ignored)
    }

    /// Whether the text begins with a prefix, a value or an expression, taken literally: `%` and `_` in it are escaped. Case counts.
    ///
    /// Counterpart: `ColumnOperators.startswith(prefix, autoescape=True)`.
    fn starts_with(self, prefix: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), literally("", prefix.into_node(), "%"), Some(ESCAPE), Case::Counts)
    }

    /// Whether the text ends with a suffix, a value or an expression, taken literally: `%` and `_` in it are escaped. Case counts.
    ///
    /// Counterpart: `ColumnOperators.endswith(suffix, autoescape=True)`.
    fn ends_with(self, suffix: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), literally("%", suffix.into_node(), ""), Some(ESCAPE), Case::Counts)
    }

    /// Whether the text has a part, a value or an expression, taken literally: `%` and `_` in it are escaped. Case counts.
    ///
    /// Counterpart: `ColumnOperators.contains(part, autoescape=True)`.
    fn contains(self, part: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), literally("%", part.into_node(), "%"), Some(ESCAPE), Case::Counts)
    }

    /// [`starts_with`](Self::starts_with) without regard to case, as [`ilike`](Self::ilike).
    fn istarts_with(self, prefix: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), literally("", prefix.into_node(), "%"), Some(ESCAPE), Case::Ignored)
    }

    /// [`ends_with`](Self::ends_with) without regard to case, as [`ilike`](Self::ilike).
    fn iends_with(self, suffix: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), literally("%", suffix.into_node(), ""), Some(ESCAPE), Case::Ignored)
    }

    /// [`contains`](Self::contains) without regard to case, as [`ilike`](Self::ilike).
    fn icontains(self, part: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like(self.into_node(), literally("%", part.into_node(), "%"), Some(ESCAPE), Case::Ignored)
    }

    /// `self || other`: one text after the other; `NULL` when either is.
    fn concat<R: IntoOperand<String>>(self, other: R) -> Expr<EitherNull<Self::Type, R::Null, String>>
    where
        Self::Type: Operand<Base = String>,
    {
        binary(self.into_node(), BinaryOp::Concat, other.into_node())
    }

    /// `self AND other`
    fn and(self, other: impl IntoExpr<bool>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = bool>,
    {
        and_([Expr::new(self.into_node()), Expr::<bool>::new(other.into_node())])
    }

    /// `self OR other`
    fn or(self, other: impl IntoExpr<bool>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = bool>,
    {
        or_([Expr::new(self.into_node()), Expr::<bool>::new(other.into_node())])
    }

    /// The opposite: `NOT self`, or the opposite operator where there is one (`!=` for `=`).
    fn not(self) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = bool>,
    {
        Expr::new(negated(self.into_node()))
    }

    /// The expression under a name, for the SELECT list and ORDER BY.
    fn label(self, name: impl Into<Name>) -> Labeled<Self::Type> {
        Labeled::new(self.into_node(), name.into())
    }

    /// Smallest first.
    fn asc(self) -> OrderKey {
        OrderKey { node: self.into_order_node(), descending: false, nulls_first: None }
    }

    /// Largest first.
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

/// An untyped SELECT; the caller vouches for its column.
impl<T> Subquery<T> for SelectTree {
    fn into_select(self) -> SelectTree {
        self
    }
}

/// All conditions hold; true when there are none.
///
/// Counterpart: `sqlalchemy.and_`.
pub fn and_<C: IntoExpr<bool>>(conditions: impl IntoIterator<Item = C>) -> Expr<bool> {
    let conditions = conditions.into_iter().map(|condition| match condition.into_node() {
        Node::And(inner) => inner,
        node => vec![node].into(),
    });
    Expr::new(Node::And(one_list(conditions)))
}

/// At least one condition holds; false when there are none.
///
/// Counterpart: `sqlalchemy.or_`.
pub fn or_<C: IntoExpr<bool>>(conditions: impl IntoIterator<Item = C>) -> Expr<bool> {
    let conditions = conditions.into_iter().map(|condition| match condition.into_node() {
        Node::Or(inner) => inner,
        node => vec![node].into(),
    });
    Expr::new(Node::Or(one_list(conditions)))
}

/// The opposite: `NOT condition`, or the opposite operator where there is one (`!=` for `=`).
///
/// Counterpart: `sqlalchemy.not_`.
pub fn not_(condition: impl IntoExpr<bool>) -> Expr<bool> {
    Expr::new(negated(condition.into_node()))
}

/// Whether a SELECT gives any row; what it selects does not matter.
///
/// Counterpart: `sqlalchemy.exists`.
pub fn exists(select: impl Into<SelectTree>) -> Expr<bool> {
    Expr::new(Node::Exists { select: select.into().into(), negated: false })
}

/// The one value of a SELECT of one column; `NULL` when it gives no row. Several rows are an error, or the first counts, as the database has it.
///
/// Counterpart: `Select.scalar_subquery()`.
pub fn scalar<T: ColumnType<Base = T>>(select: impl Subquery<T>) -> Expr<Option<T>> {
    Expr::new(Node::Scalar(select.into_select().into()))
}

impl OrderKey {
    /// `NULL`s before everything else.
    #[must_use]
    pub fn nulls_first(mut self) -> Self {
        self.nulls_first = Some(true);
        self
    }

    /// `NULL`s after everything else.
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        self.nulls_first = Some(false);
        self
    }
}

/// What rows can be sorted by: an order key, an expression (smallest first), or the label of a selected expression.
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

/// Arithmetic and order for each of the types that stand for an expression.
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
    [E] Column<E, T>;
    [] NamedColumn<T>;
    [] Labeled<T>;
}

fn division(integer: bool) -> BinaryOp {
    if integer { BinaryOp::IntegerDiv } else { BinaryOp::Div }
}

/// Whether case counts in LIKE.
enum Case {
    Counts,
    Ignored,
}

/// `left op right`; one more operand where the left side is a chain of such operators.
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

/// The lists as one. The first takes in the others, so that a chain that grows in a loop costs what is added to it.
fn one_list(lists: impl IntoIterator<Item = NodeList>) -> NodeList {
    let mut lists = lists.into_iter();
    let mut all = lists.next().unwrap_or_default();
    lists.for_each(|list| all.extend(list.into_inner()));
    all
}

fn compare<X: Expression>(left: X, op: BinaryOp, right: Node) -> Expr<bool> {
    binary(left.into_node(), op, right)
}

/// `=` or `!=`; a value that a column type of the caller's own sends as `NULL` is tested for, as nothing equals it.
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

fn like(operand: Node, pattern: Node, escape: Option<char>, case: Case) -> Expr<bool> {
    Expr::new(Node::Like {
        operand: operand.into(),
        pattern: pattern.into(),
        escape,
        ignore_case: matches!(case, Case::Ignored),
        negated: false,
    })
}

/// A pattern of a needle that is taken literally: escaped here where it is a value, by the database where it is an expression.
fn literally(before: &str, needle: Node, after: &str) -> Node {
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

/// The opposite of a condition, said as plainly as possible.
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

/// The comparison that holds when this one does not; with `NULL` neither holds, as with `NOT`.
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
