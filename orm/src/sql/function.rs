//! Functions: aggregates, text, the current time, CASE and CAST, and any other function by name.

use chrono::NaiveDateTime;

use super::list::IntoNodes;
use super::nullability::{BothNull, EitherNull, IntoNode, IntoOperand, NotNull, Number, Operand};
use super::operator::{BaseOf, Expression};
use super::tree::{Function, Name, Node};
use super::typed::{Expr, IntoExpr, of_type};
use crate::column_type::ColumnType;

/// `count(x)`: how many rows have a value that is not `NULL`.
///
/// Counterpart: `func.count(x)`.
pub fn count(expression: impl IntoNode) -> Expr<i64> {
    call("count", vec![expression.into_node()])
}

/// `count(DISTINCT x)`: how many different values there are, `NULL` left out.
///
/// Counterpart: `func.count(distinct(x))`.
pub fn count_distinct(expression: impl IntoNode) -> Expr<i64> {
    Expr::new(Node::Function { name: "count".into(), arguments: vec![expression.into_node()].into(), distinct: true })
}

/// `count(*)`: how many rows there are.
///
/// Counterpart: `func.count()`.
pub fn count_all() -> Expr<i64> {
    call("count", vec![Node::Star])
}

/// `sum(x)`: the sum of the values that are not `NULL`; `NULL` when there are none. Integers add up to `i64`.
///
/// Counterpart: `func.sum(x)`.
pub fn sum<X>(expression: X) -> Expr<Option<<BaseOf<X> as Number>::Sum>>
where
    X: Expression<Type: ColumnType<Base: Number>>,
{
    aggregate::<BaseOf<X>, _>("sum", expression.into_node())
}

/// `avg(x)`: the mean of the values that are not `NULL`; `NULL` when there are none. The mean of integers is an `f64`.
///
/// Counterpart: `func.avg(x)`.
pub fn avg<X>(expression: X) -> Expr<Option<<BaseOf<X> as Number>::Average>>
where
    X: Expression<Type: ColumnType<Base: Number>>,
{
    aggregate::<BaseOf<X>, _>("avg", expression.into_node())
}

/// `min(x)`: the smallest value that is not `NULL`; `NULL` when there is none.
///
/// Counterpart: `func.min(x)`.
pub fn min<X: Expression>(expression: X) -> Expr<Option<BaseOf<X>>> {
    call("min", vec![expression.into_node()])
}

/// `max(x)`: the largest value that is not `NULL`; `NULL` when there is none.
///
/// Counterpart: `func.max(x)`.
pub fn max<X: Expression>(expression: X) -> Expr<Option<BaseOf<X>>> {
    call("max", vec![expression.into_node()])
}

/// `lower(x)`: the text in small letters; SQLite knows only those of ASCII.
///
/// Counterpart: `func.lower(x)`.
pub fn lower<X: Expression<Type: ColumnType<Base = String>>>(text: X) -> Expr<X::Type> {
    call("lower", vec![text.into_node()])
}

/// `upper(x)`: the text in capitals; SQLite knows only those of ASCII.
///
/// Counterpart: `func.upper(x)`.
pub fn upper<X: Expression<Type: ColumnType<Base = String>>>(text: X) -> Expr<X::Type> {
    call("upper", vec![text.into_node()])
}

/// `length(x)`: how many characters the text has.
///
/// Counterpart: `func.length(x)`, which counts bytes on MySQL.
pub fn length<X: Expression<Type: Operand<Base = String>>>(text: X) -> Expr<EitherNull<X::Type, NotNull, i64>> {
    call(Function::CharacterLength, vec![text.into_node()])
}

/// `coalesce(x, fallback)`: the first that is not `NULL`. A fallback may be a `coalesce` again.
///
/// Counterpart: `func.coalesce(x, fallback)`.
pub fn coalesce<X, F>(expression: X, fallback: F) -> Expr<BothNull<X::Type, F::Null, BaseOf<X>>>
where
    X: Expression<Type: Operand>,
    F: IntoOperand<BaseOf<X>>,
{
    let mut arguments = vec![expression.into_node()];
    match fallback.into_node() {
        Node::Function { name, arguments: more, distinct: false } if name.name() == "coalesce" => {
            arguments.extend(more.into_inner())
        }
        node => arguments.push(node),
    }
    call("coalesce", arguments)
}

/// The current date and time as the database has them: in UTC on SQLite, in the time zone of the connection elsewhere.
///
/// Counterpart: `func.now()`.
pub fn now() -> Expr<NaiveDateTime> {
    typed::<NaiveDateTime>(call::<NaiveDateTime>("current_timestamp", Vec::new()).into_node())
}

/// The current date and time; the same as [`now`].
///
/// Counterpart: `func.current_timestamp()`.
pub fn current_timestamp() -> Expr<NaiveDateTime> {
    now()
}

/// Any function, whose result the caller says is a `T`; the arguments are one expression, a tuple or a list of them.
///
/// ```
/// # use orm::sql::{Column, func};
/// # struct User;
/// const NAME: Column<User, String> = Column::new("user_account", "name");
/// let trimmed = func::<String>("trim", NAME);
/// let replaced = func::<String>("replace", (NAME, "ed", "wendy"));
/// ```
///
/// Integers travel as 64 bits: a function of PostgreSQL that takes only narrower ones, such as `substr`, needs a `cast::<i32>(..)`.
///
/// Counterpart: `func.name(...)`.
pub fn func<T: ColumnType>(name: impl Into<Name>, arguments: impl IntoNodes) -> Expr<T> {
    Expr::new(of_type::<T>(call::<T>(Function::Named(name.into()), arguments.into_nodes()).into_node()))
}

/// `CAST(x AS type)`, where the type is that of `T`; say `cast::<Option<T>>` where `x` can be `NULL`.
///
/// Counterpart: `sqlalchemy.cast`.
pub fn cast<T: ColumnType>(expression: impl IntoNode) -> Expr<T> {
    Expr::new(Node::Cast { operand: expression.into_node().into(), to: T::data_type() })
}

/// A value as a bound parameter, for places where an expression is needed.
///
/// Counterpart: `sqlalchemy.literal`.
pub fn literal<T: ColumnType>(value: T) -> Expr<T> {
    Expr::new(super::typed::bind(&value))
}

/// `CASE WHEN ... THEN ... ELSE ... END`, whose results are of type `T`.
///
/// ```
/// # use orm::sql::{Column, Expression, case};
/// # struct User;
/// const AGE: Column<User, i64> = Column::new("user_account", "age");
/// let generation = case::<String>().when(AGE.lt(18), "young").otherwise("adult");
/// ```
///
/// Counterpart: `sqlalchemy.case`.
pub fn case<T: ColumnType>() -> Case<T> {
    Case { whens: Vec::new(), value: std::marker::PhantomData }
}

/// A CASE that is being put together; see [`case`].
#[derive(Debug)]
#[must_use]
pub struct Case<T> {
    whens: Vec<(Node, Node)>,
    value: std::marker::PhantomData<fn() -> T>,
}

impl<T: ColumnType> Case<T> {
    /// The result where a condition holds and none before it does.
    pub fn when(mut self, condition: impl IntoExpr<bool>, result: impl IntoExpr<T::Base>) -> Self {
        self.whens.push((condition.into_node(), result.into_node()));
        self
    }

    /// The result where no condition holds.
    pub fn otherwise(self, result: impl IntoExpr<T::Base>) -> Expr<T> {
        Expr::new(Node::Case { whens: self.whens.into(), otherwise: Some(result.into_node().into()) })
    }

    /// `NULL` where no condition holds.
    pub fn end(self) -> Expr<Option<T::Base>> {
        Expr::new(Node::Case { whens: self.whens.into(), otherwise: None })
    }
}

fn call<T>(name: impl Into<Function>, arguments: Vec<Node>) -> Expr<T> {
    Expr::new(Node::Function { name: name.into(), arguments: arguments.into(), distinct: false })
}

/// An aggregate of numbers: of integers it comes as an exact decimal from some databases, and is read as `R`.
fn aggregate<N: Number, R: ColumnType>(name: &'static str, operand: Node) -> Expr<Option<R>> {
    let call = call::<Option<R>>(name, vec![operand]);
    if N::INTEGER { typed(call.into_node()) } else { call }
}

fn typed<T: ColumnType>(operand: Node) -> Expr<T> {
    Expr::new(Node::Typed { operand: operand.into(), to: T::data_type() })
}
