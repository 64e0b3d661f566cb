//! Nullability of expressions as types: `a + b` is nullable when `a` or `b` is.

use bigdecimal::BigDecimal;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use uuid::Uuid;

use super::operator::Expression;
use super::tree::Node;
use super::typed::{Column, Expr, IntoExpr, Labeled, NamedColumn};
use crate::column_type::ColumnType;

/// Nullability of a value: [`NotNull`] or [`Nullable`].
pub trait Nullability {
    /// The type of such a value: `T` or `Option<T>`.
    type Of<T: ColumnType>: ColumnType<Base = T::Base>;
    /// Nullable when this or the other is.
    type Or<Other: Nullability>: Nullability;
    /// Nullable when this and the other are.
    type And<Other: Nullability>: Nullability;
}

/// Never `NULL`.
#[derive(Debug)]
pub enum NotNull {}

/// Possibly `NULL`.
#[derive(Debug)]
pub enum Nullable {}

impl Nullability for NotNull {
    type Of<T: ColumnType> = T;
    type Or<Other: Nullability> = Other;
    type And<Other: Nullability> = Self;
}

impl Nullability for Nullable {
    type Of<T: ColumnType> = Option<T>;
    type Or<Other: Nullability> = Self;
    type And<Other: Nullability> = Other;
}

/// A column type that is not an `Option`. Implement this trait, which has no items, for a custom column type to use it
/// in SQL operators.
pub trait Scalar: ColumnType<Base = Self> {}

macro_rules! scalars {
    ($($type:ty),+ $(,)?) => { $(impl Scalar for $type {})+ };
}

scalars!(
    bool,
    i16,
    i32,
    i64,
    u32,
    f32,
    f64,
    String,
    Vec<u8>,
    NaiveDate,
    NaiveTime,
    NaiveDateTime,
    BigDecimal,
    Uuid,
    serde_json::Value,
);

/// A column type that SQL can compute with: a [`Scalar`], or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "SQL cannot compute with `{Self}`",
    note = "for a column type of your own: `impl orm::sql::Scalar for YourType {{}}`"
)]
pub trait Operand: ColumnType {
    /// Nullability of the type.
    type Null: Nullability;
}

impl<T: Scalar> Operand for T {
    type Null = NotNull;
}

impl<T: Operand> Operand for Option<T> {
    type Null = Nullable;
}

/// An operand where a `T` is expected, with its nullability.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be combined with `{T}` in SQL",
    label = "expected `{T}`, or a column or expression of that type",
    note = "`cast::<{T}>(..)` converts an expression of another type"
)]
pub trait IntoOperand<T>: IntoExpr<T> {
    /// Nullability of the operand.
    type Null: Nullability;
}

impl<T: Scalar> IntoOperand<T> for T {
    type Null = NotNull;
}

impl IntoOperand<String> for &str {
    type Null = NotNull;
}

impl IntoOperand<String> for &String {
    type Null = NotNull;
}

impl<T: ColumnType, S: Operand<Base = T>> IntoOperand<T> for Expr<S> {
    type Null = S::Null;
}

impl<E, L, T: ColumnType, S: Operand<Base = T>> IntoOperand<T> for Column<E, S, L> {
    type Null = S::Null;
}

impl<T: ColumnType, S: Operand<Base = T>> IntoOperand<T> for NamedColumn<S> {
    type Null = S::Null;
}

impl<T: ColumnType, S: Operand<Base = T>> IntoOperand<T> for Labeled<S> {
    type Null = S::Null;
}

/// The type of `U`, nullable when a `T` or an `R` is.
pub type EitherNull<T, R, U> = <<<T as Operand>::Null as Nullability>::Or<R> as Nullability>::Of<U>;

/// The type of `U`, nullable when both a `T` and an `R` are.
pub type BothNull<T, R, U> = <<<T as Operand>::Null as Nullability>::And<R> as Nullability>::Of<U>;

/// A number: operand of `+ - * /`, [`sum`](super::sum) and [`avg`](super::avg).
#[diagnostic::on_unimplemented(message = "`{Self}` is not a number", note = "`cast::<i64>(..)` makes a number of it")]
pub trait Number: Scalar {
    /// Whether `/` truncates.
    const INTEGER: bool;
    /// The type of a sum.
    type Sum: ColumnType;
    /// The type of an average.
    type Average: ColumnType;
}

/// A number without fraction: operand of `%`.
#[diagnostic::on_unimplemented(message = "`{Self}` is not an integer")]
pub trait Integer: Number {}

macro_rules! numbers {
    ($($type:ty: $integer:literal, $sum:ty, $average:ty;)+) => {
        $(impl Number for $type {
            const INTEGER: bool = $integer;
            type Sum = $sum;
            type Average = $average;
        })+
    };
}

numbers! {
    i16: true, i64, f64;
    i32: true, i64, f64;
    i64: true, i64, f64;
    u32: true, i64, f64;
    f32: false, f64, f64;
    f64: false, f64, f64;
    BigDecimal: false, BigDecimal, BigDecimal;
}

impl Integer for i16 {}
impl Integer for i32 {}
impl Integer for i64 {}
impl Integer for u32 {}

/// An argument of a function, of any type: an expression, a column or a plain value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an SQL expression",
    note = "several arguments are given as a tuple; other values as `literal(value)`"
)]
pub trait IntoNode {
    /// The untyped node.
    fn into_node(self) -> Node;
}

impl<T: Scalar> IntoNode for T {
    fn into_node(self) -> Node {
        super::typed::bind(&self)
    }
}

impl IntoNode for &str {
    fn into_node(self) -> Node {
        IntoExpr::<String>::into_node(self)
    }
}

impl<T: ColumnType> IntoNode for Expr<T> {
    fn into_node(self) -> Node {
        self.into_node()
    }
}

impl<E, T: ColumnType, L> IntoNode for Column<E, T, L> {
    fn into_node(self) -> Node {
        self.node()
    }
}

impl<T: ColumnType> IntoNode for NamedColumn<T> {
    fn into_node(self) -> Node {
        self.into_node()
    }
}

impl<T: ColumnType> IntoNode for Labeled<T> {
    fn into_node(self) -> Node {
        Expression::into_node(self)
    }
}
