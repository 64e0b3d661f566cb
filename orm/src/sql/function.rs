//! Functions: aggregates, text functions, the current time, CASE and CAST, and any other function by name.

use chrono::NaiveDateTime;

use super::list::IntoNodes;
use super::nullability::{BothNull, EitherNull, IntoNode, IntoOperand, NotNull, Number, Operand};
use super::operator::{BaseOf, Expression};
use super::tree::{Function, Name, Node};
use super::typed::{Expr, IntoExpr, of_type};
use crate::column_type::ColumnType;

/// `count(x)`: number of rows whose value is not `NULL`.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::count;
/// assert_eq!(sql(count(User::FULLNAME)), "count(user.fullname)");
/// ```
///
/// Counterpart: `func.count(x)`.
pub fn count(expression: impl IntoNode) -> Expr<i64> {
    call("count", vec![expression.into_node()])
}

/// `count(DISTINCT x)`: number of different values, without `NULL`.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::count_distinct;
/// assert_eq!(sql(count_distinct(User::NAME)), "count(DISTINCT user.name)");
/// ```
///
/// Counterpart: `func.count(distinct(x))`.
pub fn count_distinct(expression: impl IntoNode) -> Expr<i64> {
    Expr::new(Node::Function { name: "count".into(), arguments: vec![expression.into_node()].into(), distinct: true })
}

/// `count(*)`: number of rows.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::count_all;
/// assert_eq!(sql(count_all()), "count(*)");
/// ```
///
/// Counterpart: `func.count()`.
pub fn count_all() -> Expr<i64> {
    call("count", vec![Node::Star])
}

/// `sum(x)`: sum of the values that are not `NULL`; `NULL` when there are none. The sum of integers is an `i64`.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::sum;
/// assert_eq!(sql(sum(User::AGE)), "sum(user.age)");
/// ```
///
/// Counterpart: `func.sum(x)`.
pub fn sum<X>(expression: X) -> Expr<Option<<BaseOf<X> as Number>::Sum>>
where
    X: Expression<Type: ColumnType<Base: Number>>,
{
    aggregate::<BaseOf<X>, _>("sum", expression.into_node())
}

/// `avg(x)`: mean of the values that are not `NULL`; `NULL` when there are none. The mean of integers is an `f64`.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::avg;
/// assert_eq!(sql(avg(User::AGE)), "avg(user.age)");
/// ```
///
/// Counterpart: `func.avg(x)`.
pub fn avg<X>(expression: X) -> Expr<Option<<BaseOf<X> as Number>::Average>>
where
    X: Expression<Type: ColumnType<Base: Number>>,
{
    aggregate::<BaseOf<X>, _>("avg", expression.into_node())
}

/// `min(x)`: smallest value that is not `NULL`; `NULL` when there is none.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::min;
/// assert_eq!(sql(min(User::AGE)), "min(user.age)");
/// ```
///
/// Counterpart: `func.min(x)`.
pub fn min<X: Expression>(expression: X) -> Expr<Option<BaseOf<X>>> {
    call("min", vec![expression.into_node()])
}

/// `max(x)`: largest value that is not `NULL`; `NULL` when there is none.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::max;
/// assert_eq!(sql(max(User::AGE)), "max(user.age)");
/// ```
///
/// Counterpart: `func.max(x)`.
pub fn max<X: Expression>(expression: X) -> Expr<Option<BaseOf<X>>> {
    call("max", vec![expression.into_node()])
}

/// `lower(x)`: the text in lower case. SQLite converts ASCII letters only.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::lower;
/// assert_eq!(sql(lower(User::NAME)), "lower(user.name)");
/// ```
///
/// Counterpart: `func.lower(x)`.
pub fn lower<X: Expression<Type: ColumnType<Base = String>>>(text: X) -> Expr<X::Type> {
    call("lower", vec![text.into_node()])
}

/// `upper(x)`: the text in upper case. SQLite converts ASCII letters only.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::upper;
/// assert_eq!(sql(upper(User::NAME)), "upper(user.name)");
/// ```
///
/// Counterpart: `func.upper(x)`.
pub fn upper<X: Expression<Type: ColumnType<Base = String>>>(text: X) -> Expr<X::Type> {
    call("upper", vec![text.into_node()])
}

/// `length(x)`: number of characters of the text.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::length;
/// assert_eq!(sql(length(User::NAME)), "length(user.name)");
/// ```
///
/// Counterpart: `func.length(x)`, which counts bytes on MySQL.
pub fn length<X: Expression<Type: Operand<Base = String>>>(text: X) -> Expr<EitherNull<X::Type, NotNull, i64>> {
    call(Function::CharacterLength, vec![text.into_node()])
}

/// `coalesce(x, fallback)`: the first value that is not `NULL`. The fallback can be a `coalesce` itself.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::coalesce;
/// assert_eq!(sql(coalesce(User::FULLNAME, User::NAME)), "coalesce(user.fullname, user.name)");
/// ```
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

/// The database's current date and time: in UTC on SQLite, in the connection's time zone elsewhere.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::now;
/// assert_eq!(sql(now()), "CURRENT_TIMESTAMP");
/// ```
///
/// Counterpart: `func.now()`.
pub fn now() -> Expr<NaiveDateTime> {
    typed::<NaiveDateTime>(call::<NaiveDateTime>("current_timestamp", Vec::new()).into_node())
}

/// The database's current date and time, like [`now`].
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::current_timestamp;
/// assert_eq!(sql(current_timestamp()), "CURRENT_TIMESTAMP");
/// ```
///
/// Counterpart: `func.current_timestamp()`.
pub fn current_timestamp() -> Expr<NaiveDateTime> {
    now()
}

/// Calls any function by name. The caller is responsible for the result type `T`. The arguments are one expression, a
/// tuple or a list.
///
/// ```
/// # use orm::sql::{Column, func};
/// # struct User;
/// const NAME: Column<User, String> = Column::new("user_account", "name");
/// let trimmed = func::<String>("trim", NAME);
/// let replaced = func::<String>("replace", (NAME, "ed", "wendy"));
/// ```
///
/// Integers are sent as 64 bits. A PostgreSQL function with narrower parameters, such as `substr`, needs a
/// `cast::<i32>(..)`.
///
/// Counterpart: `func.name(...)`.
pub fn func<T: ColumnType>(name: impl Into<Name>, arguments: impl IntoNodes) -> Expr<T> {
    Expr::new(of_type::<T>(call::<T>(Function::Named(name.into()), arguments.into_nodes()).into_node()))
}

/// `CAST(x AS type)`, with the SQL type of `T`. Use `cast::<Option<T>>` when `x` can be `NULL`.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::cast;
/// assert_eq!(sql(cast::<String>(User::AGE)), "CAST(user.age AS TEXT)");
/// ```
///
/// Counterpart: `sqlalchemy.cast`.
pub fn cast<T: ColumnType>(expression: impl IntoNode) -> Expr<T> {
    Expr::new(Node::Cast { operand: expression.into_node().into(), to: T::data_type() })
}

/// A value as a bound parameter, where an expression is required.
///
/// ```
/// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
/// use orm::sql::literal;
/// assert_eq!(sql(literal(1_i64) + User::AGE), "? + user.age");
/// ```
///
/// Counterpart: `sqlalchemy.literal`.
pub fn literal<T: ColumnType>(value: T) -> Expr<T> {
    Expr::new(super::typed::bind(&value))
}

/// `CASE WHEN ... THEN ... ELSE ... END` with results of type `T`.
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

/// A CASE under construction; see [`case`].
#[derive(Debug)]
#[must_use]
pub struct Case<T> {
    whens: Vec<(Node, Node)>,
    value: std::marker::PhantomData<fn() -> T>,
}

impl<T: ColumnType> Case<T> {
    /// Adds a condition and its result. The first condition that is true decides.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::case;
    /// assert_eq!(
    ///     sql(case::<String>().when(User::AGE.lt(18), "young").end()),
    ///     "CASE WHEN user.age < ? THEN ? END",
    /// );
    /// ```
    pub fn when(mut self, condition: impl IntoExpr<bool>, result: impl IntoExpr<T::Base>) -> Self {
        self.whens.push((condition.into_node(), result.into_node()));
        self
    }

    /// Ends the CASE with the result for the case that no condition is true.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::case;
    /// assert_eq!(
    ///     sql(case::<String>().when(User::AGE.lt(18), "young").otherwise("adult")),
    ///     "CASE WHEN user.age < ? THEN ? ELSE ? END",
    /// );
    /// ```
    pub fn otherwise(self, result: impl IntoExpr<T::Base>) -> Expr<T> {
        Expr::new(Node::Case { whens: self.whens.into(), otherwise: Some(result.into_node().into()) })
    }

    /// Ends the CASE; the result is `NULL` when no condition is true.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::case;
    /// assert_eq!(sql(case::<i64>().when(User::AGE.lt(18), 1).end()), "CASE WHEN user.age < ? THEN ? END");
    /// ```
    pub fn end(self) -> Expr<Option<T::Base>> {
        Expr::new(Node::Case { whens: self.whens.into(), otherwise: None })
    }
}

fn call<T>(name: impl Into<Function>, arguments: Vec<Node>) -> Expr<T> {
    Expr::new(Node::Function { name: name.into(), arguments: arguments.into(), distinct: false })
}

/// An aggregate of numbers, read as `R`: some databases return an exact decimal for integers.
fn aggregate<N: Number, R: ColumnType>(name: &'static str, operand: Node) -> Expr<Option<R>> {
    let call = call::<Option<R>>(name, vec![operand]);
    if N::INTEGER { typed(call.into_node()) } else { call }
}

fn typed<T: ColumnType>(operand: Node) -> Expr<T> {
    Expr::new(Node::Typed { operand: operand.into(), to: T::data_type() })
}
