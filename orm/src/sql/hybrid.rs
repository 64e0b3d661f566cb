//! `Hybrid`: an attribute that is computed, with one definition for SQL and for entities in memory.

use std::marker::PhantomData;

use super::assign::{Assign, Assignable};
use super::nullability::{IntoNode, IntoOperand, Operand};
use super::operator::Expression;
use super::tree::{ColumnRef, Name, Node, SelectItem};
use super::typed::{Column, Expr, IntoExpr, Labeled, NamedColumn};
use super::visit::Visitor;
use crate::column_type::ColumnType;

/// An attribute of the entity `E` that is computed: an expression in SQL, and its value for an entity in memory.
///
/// The definition is one expression over the columns of the entity. Queries use the hybrid like a column: to select,
/// filter, sort and group, in joins, and in conditions on relationships (`any`, `has`). [`of`](Self::of) evaluates the
/// same expression over an entity in memory, so both agree. [`on`](Self::on) puts it under an alias.
///
/// ```
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug, Default)]
/// struct Interval {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     start: i64,
///     end: i64,
/// }
///
/// impl Interval {
///     const LENGTH: Hybrid<Self, i64, Writable> = Hybrid::new("length", || Self::END - Self::START)
///         .setter(|length| Assignments::new(Self::END, Self::START + length));
///     const RADIUS: Hybrid<Self, i64> = Hybrid::new("radius", || Self::LENGTH / 2);
/// }
///
/// # fn main() -> orm::Result<()> {
/// # let engine = Engine::new("sqlite://")?;
/// # engine.create_all(schema![Interval])?;
/// let mut session = Session::new(&engine);
/// let short = session.add(Interval { start: 5, end: 10, ..Interval::default() });
/// session.add(Interval { start: 7, end: 25, ..Interval::default() });
///
/// assert_eq!(Interval::LENGTH.of(&session[short])?, 5);
/// let found = session.query::<Interval>().filter(Interval::LENGTH.gt(3)).order_by(Interval::LENGTH).all()?;
/// assert_eq!(found[0], short);
/// let rows = session.all(select((Interval::START, Interval::RADIUS)).order_by(Interval::RADIUS.desc()))?;
/// assert_eq!(rows, [(7, 9), (5, 2)]);
///
/// session.set_hybrid(short, Interval::LENGTH, 8)?;
/// assert_eq!(session[short].end, 13);
/// # Ok(()) }
/// ```
///
/// A selected hybrid is labeled with its name. Group by the name (`.group_by("radius")`) when the expression contains
/// values: PostgreSQL does not take two parameters for the same expression.
///
/// `W` is [`Writable`] for a hybrid with a setter. Without a setter, an assignment does not compile:
/// ```compile_fail,E0277
/// # use orm::sql::{Column, Hybrid, update};
/// # struct Interval;
/// const END: Column<Interval, i64> = Column::new("interval", "end");
/// const NEXT: Hybrid<Interval, i64> = Hybrid::new("next", || END + 1);
/// update("interval").set(NEXT, 5);
/// ```
///
/// Counterpart: `hybrid_property`.
pub struct Hybrid<E, T, W = ReadOnly> {
    name: &'static str,
    expression: fn() -> Expr<T>,
    body: Option<fn(&E) -> T>,
    setter: Option<fn(Expr<T>) -> Assignments>,
    writable: PhantomData<fn() -> W>,
}

/// Marks a [`Hybrid`] without a setter.
#[derive(Debug)]
pub enum ReadOnly {}

/// Marks a [`Hybrid`] with a setter.
#[derive(Debug)]
pub enum Writable {}

impl<E, T> Hybrid<E, T> {
    /// Defines a hybrid: its name, which labels the column when the hybrid is selected, and its expression.
    pub const fn new(name: &'static str, expression: fn() -> Expr<T>) -> Self {
        Self { name, expression, body: None, setter: None, writable: PhantomData }
    }

    /// Adds a setter: the columns that an assignment of the hybrid sets, as expressions over the assigned value and
    /// other columns. One definition serves `session.set_hybrid(..)` and `update(..).set(..)`.
    pub const fn setter(self, setter: fn(Expr<T>) -> Assignments) -> Hybrid<E, T, Writable> {
        let Self { name, expression, body, setter: _, writable: _ } = self;
        Hybrid { name, expression, body, setter: Some(setter), writable: PhantomData }
    }
}

impl<E, T, W> Hybrid<E, T, W> {
    /// Adds a body in Rust, which [`of`](Self::of) then calls instead of evaluating the expression: for an expression
    /// that cannot be evaluated in memory, or for speed. [`check`](Self::check) compares both in a test.
    #[must_use]
    pub const fn body(self, body: fn(&E) -> T) -> Self {
        Self { body: Some(body), ..self }
    }

    /// The hybrid's name.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The hybrid's expression.
    pub fn expr(self) -> Expr<T> {
        (self.expression)()
    }

    pub(crate) fn rust_body(self) -> Option<fn(&E) -> T> {
        self.body
    }
}

impl<E, T: ColumnType> Hybrid<E, T, Writable> {
    /// The columns that an assignment of a value sets.
    pub(crate) fn assigned(self, value: Node) -> Assignments {
        match self.setter {
            Some(setter) => setter(Expr::new(value)),
            None => Assignments { list: Vec::new() },
        }
    }
}

/// Columns and the values that they are set to: the result of a hybrid's [setter](Hybrid::setter).
///
/// Counterpart: the list of tuples that `hybrid_property.update_expression` returns.
#[derive(Clone, Debug)]
#[must_use = "assignments do nothing until a setter returns them"]
pub struct Assignments {
    list: Vec<(Name, Node)>,
}

impl Assignments {
    /// Sets a column.
    ///
    /// ```
    /// # mod model { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/model.in")); } use model::*;
    /// use orm::sql::{Assignments, Hybrid, Writable, update};
    /// const DECADES: Hybrid<User, i64, Writable> = Hybrid::new("decades", || User::AGE / 10)
    ///     .setter(|decades| Assignments::new(User::AGE, decades * 10).set(User::ACTIVE, true));
    /// assert_eq!(
    ///     statement(&update("user").set(DECADES, 4)),
    ///     "UPDATE user SET age = ? * ?, active = ?",
    /// );
    /// ```
    pub fn new<C: Assignable>(column: C, value: impl Assign<C::Type>) -> Self {
        Self { list: Vec::new() }.set(column, value)
    }

    /// Sets a further column. Its value must not use a column that is set before: databases disagree whether that is
    /// the old or the new value. Such an assignment is refused when it runs.
    pub fn set<C: Assignable>(mut self, column: C, value: impl Assign<C::Type>) -> Self {
        let target = column.target();
        let mut node = target.assigned(value.into_assigned());
        let mut used = UsedColumn { assigned: &self.list, found: None };
        used.visit_node(&node);
        if let Some(name) = used.found {
            node = Node::Fault(format!(
                "a setter uses the column `{name}` behind an assignment to it, where databases disagree whether it has \
                 its old or its new value: assign `{}` before `{name}`",
                target.name
            ));
        }
        self.list.push((target.name, node));
        self
    }

    pub(crate) fn into_list(self) -> Vec<(Name, Node)> {
        self.list
    }
}

/// Finds a column that is assigned already.
struct UsedColumn<'a> {
    assigned: &'a [(Name, Node)],
    found: Option<Name>,
}

impl<'t> Visitor<'t> for UsedColumn<'_> {
    fn visit_column(&mut self, column: &'t ColumnRef) {
        if self.assigned.iter().any(|(name, _)| *name == column.name) {
            self.found = Some(column.name.clone());
        }
    }
}

/// An attribute that UPDATE can set: a column, or a [`Hybrid`] with a setter.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column that can be written",
    note = "a hybrid can be written when it has a setter: `Hybrid::new(..).setter(..)`, of type `Hybrid<_, _, Writable>`"
)]
pub trait Settable {
    /// Type of the attribute.
    type Type: ColumnType;

    /// The columns that an assignment sets, and their values.
    #[doc(hidden)]
    fn assignments(self, value: Node) -> Vec<(Name, Node)>;
}

#[diagnostic::do_not_recommend]
impl<C: Assignable> Settable for C {
    type Type = C::Type;

    fn assignments(self, value: Node) -> Vec<(Name, Node)> {
        let target = self.target();
        let node = target.assigned(value);
        vec![(target.name, node)]
    }
}

impl<E, T: ColumnType> Settable for Hybrid<E, T, Writable> {
    type Type = T;

    fn assignments(self, value: Node) -> Vec<(Name, Node)> {
        self.assigned(value).into_list()
    }
}

impl<E, T: ColumnType, W> Expression for Hybrid<E, T, W> {
    type Type = T;

    fn into_node(self) -> Node {
        self.expr().into_node()
    }

    fn into_item(self) -> SelectItem {
        SelectItem { node: self.expr().into_node(), label: Some(Name::Borrowed(self.name)) }
    }
}

impl<E, T: ColumnType, S: ColumnType<Base = T>, W> IntoExpr<T> for Hybrid<E, S, W> {
    fn into_node(self) -> Node {
        self.expr().into_node()
    }
}

impl<E, T: ColumnType, S: Operand<Base = T>, W> IntoOperand<T> for Hybrid<E, S, W> {
    type Null = S::Null;
}

impl<E, T: ColumnType, W> IntoNode for Hybrid<E, T, W> {
    fn into_node(self) -> Node {
        self.expr().into_node()
    }
}

impl<E, T: ColumnType, S: ColumnType<Base = T::Base>, W> Assign<T> for Hybrid<E, S, W> {
    fn into_assigned(self) -> Node {
        self.expr().into_node()
    }
}

/// Conversions to an expression, for a hybrid that is a column itself.
macro_rules! from_expressions {
    ($([$($generic:ident),*] $type:ty;)+) => {
        $(impl<$($generic,)* T: ColumnType> From<$type> for Expr<T> {
            fn from(expression: $type) -> Self {
                Self::new(Expression::into_node(expression))
            }
        })+
    };
}

from_expressions! {
    [E, L] Column<E, T, L>;
    [] NamedColumn<T>;
    [] Labeled<T>;
    [E, W] Hybrid<E, T, W>;
}

// By hand: a derive would demand the same of the type parameters.
impl<E, T, W> Clone for Hybrid<E, T, W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E, T, W> Copy for Hybrid<E, T, W> {}

impl<E, T, W> std::fmt::Debug for Hybrid<E, T, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
