//! Operators: what columns and expressions can be asked, with the types that come of it.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Rem, Sub};

use super::nullability::{EitherNull, Integer, IntoOperand, Number, Operand};
use super::tree::{BinaryOp, Name, Node, OrderKey, SelectItem, SelectTree};
use super::typed::{Column, Expr, IntoExpr, Labeled, NamedColumn, beside};
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

    /// Whether echo and errors mask the values that stand beside it.
    #[doc(hidden)]
    fn is_sensitive(&self) -> bool {
        false
    }

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
        let sensitive = self.is_sensitive();
        equal(self.into_node(), beside(sensitive, other.into_node()), false)
    }

    /// `self != other`
    fn ne(self, other: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        let sensitive = self.is_sensitive();
        equal(self.into_node(), beside(sensitive, other.into_node()), true)
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
        Expr::new(Node::IsNull { operand: Box::new(self.into_node()), negated: false })
    }

    /// `self IS NOT NULL`
    fn is_not_null(self) -> Expr<bool> {
        Expr::new(Node::IsNull { operand: Box::new(self.into_node()), negated: true })
    }

    /// `self BETWEEN low AND high`, both included.
    fn between(self, low: impl IntoExpr<BaseOf<Self>>, high: impl IntoExpr<BaseOf<Self>>) -> Expr<bool> {
        let sensitive = self.is_sensitive();
        Expr::new(Node::Between {
            operand: Box::new(self.into_node()),
            low: Box::new(beside(sensitive, low.into_node())),
            high: Box::new(beside(sensitive, high.into_node())),
            negated: false,
        })
    }

    /// `self IN (...)`; never true when there are no values.
    fn in_<V: IntoExpr<BaseOf<Self>>>(self, values: impl IntoIterator<Item = V>) -> Expr<bool> {
        let values = (self.is_sensitive(), values);
        in_list(self.into_node(), values, false)
    }

    /// `self NOT IN (...)`; always true when there are no values.
    fn not_in<V: IntoExpr<BaseOf<Self>>>(self, values: impl IntoIterator<Item = V>) -> Expr<bool> {
        let values = (self.is_sensitive(), values);
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

    /// `self LIKE pattern`: `%` is any text, `_` any character. Whether case matters is the database's choice.
    fn like(self, pattern: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        let pattern = beside(self.is_sensitive(), pattern.into_node());
        like(self.into_node(), pattern, None, Case::AsIs)
    }

    /// `self NOT LIKE pattern`
    fn not_like(self, pattern: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        not_(self.like(pattern))
    }

    /// `self ILIKE pattern`: without regard to case; `lower(self) LIKE lower(pattern)` where there is no ILIKE.
    fn ilike(self, pattern: impl IntoExpr<String>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        let pattern = beside(self.is_sensitive(), pattern.into_node());
        like(self.into_node(), pattern, None, Case::Ignored)
    }

    /// Whether the text begins with a prefix, taken literally: `%` and `_` in it are escaped.
    fn starts_with(self, prefix: impl AsRef<str>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like_text(self, format!("{}%", escape(prefix.as_ref())))
    }

    /// Whether the text ends with a suffix, taken literally: `%` and `_` in it are escaped.
    fn ends_with(self, suffix: impl AsRef<str>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like_text(self, format!("%{}", escape(suffix.as_ref())))
    }

    /// Whether the text has a part, taken literally: `%` and `_` in it are escaped.
    fn contains(self, part: impl AsRef<str>) -> Expr<bool>
    where
        Self::Type: ColumnType<Base = String>,
    {
        like_text(self, format!("%{}%", escape(part.as_ref())))
    }

    /// `self || other`: one text after the other; `NULL` when either is.
    fn concat<R: IntoOperand<String>>(self, other: R) -> Expr<EitherNull<Self::Type, R::Null, String>>
    where
        Self::Type: Operand<Base = String>,
    {
        let sensitive = self.is_sensitive();
        binary(self.into_node(), BinaryOp::Concat, beside(sensitive, other.into_node()))
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
    let mut operands = Vec::new();
    for condition in conditions {
        match condition.into_node() {
            Node::And(inner) => operands.extend(inner),
            node => operands.push(node),
        }
    }
    Expr::new(Node::And(operands))
}

/// At least one condition holds; false when there are none.
///
/// Counterpart: `sqlalchemy.or_`.
pub fn or_<C: IntoExpr<bool>>(conditions: impl IntoIterator<Item = C>) -> Expr<bool> {
    let mut operands = Vec::new();
    for condition in conditions {
        match condition.into_node() {
            Node::Or(inner) => operands.extend(inner),
            node => operands.push(node),
        }
    }
    Expr::new(Node::Or(operands))
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
    Expr::new(Node::Exists { select: Box::new(select.into()), negated: false })
}

/// The one value of a SELECT of one column; `NULL` when it gives no row. Several rows are an error, or the first counts, as the database has it.
///
/// Counterpart: `Select.scalar_subquery()`.
pub fn scalar<T: ColumnType<Base = T>>(select: impl Subquery<T>) -> Expr<Option<T>> {
    Expr::new(Node::Scalar(Box::new(select.into_select())))
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
                    Expr::new(Node::Negate(Box::new(Expression::into_node(self))))
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
    AsIs,
    Ignored,
}

fn binary<T>(left: Node, op: BinaryOp, right: Node) -> Expr<T> {
    Expr::new(Node::Binary { left: Box::new(left), op, right: Box::new(right) })
}

fn compare<X: Expression>(left: X, op: BinaryOp, right: Node) -> Expr<bool> {
    let right = beside(left.is_sensitive(), right);
    binary(left.into_node(), op, right)
}

/// `=` or `!=`; a value that a column type of the caller's own sends as `NULL` is tested for, as nothing equals it.
fn equal(left: Node, right: Node, negated: bool) -> Expr<bool> {
    if matches!(right, Node::Bind(Value::Null)) {
        return Expr::new(Node::IsNull { operand: Box::new(left), negated });
    }
    binary(left, if negated { BinaryOp::NotEq } else { BinaryOp::Eq }, right)
}

fn in_list<T, V: IntoExpr<T>>(
    operand: Node,
    (sensitive, values): (bool, impl IntoIterator<Item = V>),
    negated: bool,
) -> Expr<bool> {
    let list = values.into_iter().map(|value| beside(sensitive, value.into_node())).collect();
    Expr::new(Node::InList { operand: Box::new(operand), list, negated })
}

fn in_select(operand: Node, select: SelectTree, negated: bool) -> Expr<bool> {
    Expr::new(Node::InSelect { operand: Box::new(operand), select: Box::new(select), negated })
}

fn like(operand: Node, pattern: Node, escape: Option<char>, case: Case) -> Expr<bool> {
    Expr::new(Node::Like {
        operand: Box::new(operand),
        pattern: Box::new(pattern),
        escape,
        ignore_case: matches!(case, Case::Ignored),
        negated: false,
    })
}

fn like_text<X: Expression>(operand: X, pattern: String) -> Expr<bool> {
    let pattern = beside(operand.is_sensitive(), Node::Bind(Value::Text(pattern)));
    like(operand.into_node(), pattern, Some(ESCAPE), Case::AsIs)
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
            None => return Node::Not(Box::new(node)),
        },
        Node::IsNull { negated, .. }
        | Node::Between { negated, .. }
        | Node::InList { negated, .. }
        | Node::InSelect { negated, .. }
        | Node::Like { negated, .. }
        | Node::Exists { negated, .. } => *negated = !*negated,
        Node::Not(_) => {
            let Node::Not(inner) = node else { return node };
            return *inner;
        }
        _ => return Node::Not(Box::new(node)),
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
