//! Expressions over an entity in memory: the columns of an entity as the source of an evaluation.

use super::criterion::rename;
use super::entity::{Entity, Record};
use super::hierarchy::Polymorphism;
use super::meta::EntityMeta;
use super::position::ColumnPosition;
use super::tables::{data_type_of, decimal_digits};
use crate::column_type::ColumnType;
use crate::decimal;
use crate::error::{Error, Result};
use crate::key::IsA;
use crate::sql::evaluate::{ColumnSource, Computed, Reason, Refusal, evaluate, holds};
use crate::sql::mask::is_sensitive;
use crate::sql::tree::{ColumnOwner, ColumnRef, Name, Node};
use crate::sql::visit::Rewriter;
use crate::sql::{Alias, Expr, Expression, Hybrid};
use crate::value::{Value, ValueRef};

/// Expressions over one entity: their value in memory, and their SQL under an alias.
///
/// Implemented for every [`Expression`]: a column, a condition, an arithmetic expression. A function that returns an
/// expression is a hybrid method; [`Hybrid`] is a hybrid attribute.
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
///     fn contains(point: impl IntoExpr<i64>) -> Expr<bool> {
///         let point = Expr::<i64>::new(point.into_node());
///         Self::START.le(point.clone()) & Self::END.gt(point)
///     }
/// }
///
/// # fn main() -> orm::Result<()> {
/// let interval = Interval { start: 5, end: 10, ..Interval::default() };
/// assert!(Interval::contains(7).of(&interval)?);
/// assert!(!Interval::contains(10).of(&interval)?);
///
/// let other = alias::<Interval>("other");
/// let nested = select(Interval::ID).join_to(&other, Interval::contains(3).on(&other));
/// # Ok(()) }
/// ```
///
/// Counterpart: `hybrid_method`, `sqlalchemy.orm.evaluator`.
pub trait OverEntity: Expression {
    /// Evaluates the expression over an entity in memory. Sends no statement: like `session[key]`, the values are those
    /// of memory, also while the entity is expired.
    ///
    /// The value is the one that every database computes for a row with these values: `NULL` is the third truth value,
    /// integers divide without rest and overflow at the width of their column. Texts compare exactly, as in tables that
    /// this crate creates.
    ///
    /// # Errors
    /// [`Error::NotComputable`] where databases disagree (the order of texts, letters beyond ASCII, a division by
    /// zero), where the answer is not in memory (a subquery, a column of another entity, a key before the flush, a
    /// function by name), and where the value does not fit the type of the expression.
    fn of<E: Entity>(self, entity: &E) -> Result<Self::Type> {
        let node = self.into_node();
        convert(&node, entity, evaluate_over(&node, entity)?)
    }

    /// Returns the expression with the columns of the entity `E` under an alias. Columns of other tables and aliases
    /// stay as they are.
    fn on<E: Entity>(self, alias: &Alias<E>) -> Expr<Self::Type> {
        Expr::new(under_alias(self.into_node(), E::entity_meta(), alias.name()))
    }
}

impl<X: Expression> OverEntity for X {}

impl<E: Entity, T: ColumnType, W> Hybrid<E, T, W> {
    /// Computes the hybrid for an entity in memory: by its [`body`](Self::body) if it has one, otherwise by evaluating
    /// its expression as [`OverEntity::of`] does. Sends no statement.
    ///
    /// # Errors
    /// The errors of [`OverEntity::of`].
    ///
    /// Counterpart: `interval.length`, a hybrid on an instance.
    pub fn of<C: Entity + IsA<E>>(self, entity: &C) -> Result<T> {
        match self.rust_body().zip(seen_as::<C, E>(entity)) {
            Some((body, entity)) => Ok(body(entity)),
            None => OverEntity::of(self.expr(), entity),
        }
    }

    /// Returns the hybrid's expression with the columns of the entity under an alias.
    ///
    /// Counterpart: `aliased(Interval).length`.
    pub fn on<C: Entity + IsA<E>>(self, alias: &Alias<C>) -> Expr<T> {
        let node = under_alias(self.expr().into_node(), E::entity_meta(), alias.name());
        Expr::new(under_alias(node, C::entity_meta(), alias.name()))
    }

    /// Checks that body and expression agree over entities: a helper for tests.
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
    ///     const LENGTH: Hybrid<Self, i64> =
    ///         Hybrid::new("length", || Self::END - Self::START).body(|it| it.end - it.start);
    /// }
    ///
    /// # fn main() -> orm::Result<()> {
    /// let samples = [(0, 0), (5, 10), (10, 5)];
    /// let samples = samples.map(|(start, end)| Interval { start, end, ..Interval::default() });
    /// Interval::LENGTH.check(&samples)?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with both values, when they differ or there is no body;
    /// [`Error::NotComputable`] when the expression cannot be evaluated in memory:
    /// [`Session::check_hybrid`](crate::Session::check_hybrid) compares with the database.
    pub fn check<'e>(self, entities: impl IntoIterator<Item = &'e E>) -> Result<()> {
        let (body, expression) = (self.checked_body()?, self.expr());
        for (position, entity) in entities.into_iter().enumerate() {
            let in_sql = OverEntity::of(expression.clone(), entity)?;
            self.compare(|| format!("for the entity at position {position}"), &body(entity), &in_sql)?;
        }
        Ok(())
    }

    /// Returns the body, or the error that there is none to compare with.
    pub(crate) fn checked_body(self) -> Result<fn(&E) -> T> {
        let missing = || format!("{} has no body that its expression could be compared with", self.described());
        self.rust_body().ok_or_else(|| Error::invalid(missing()))
    }

    /// Compares the values of body and expression.
    pub(crate) fn compare(self, place: impl FnOnce() -> String, in_rust: &T, in_sql: &T) -> Result<()> {
        let (in_rust, in_sql) = (in_rust.to_value().to_value(), in_sql.to_value().to_value());
        if in_rust == in_sql {
            return Ok(());
        }
        let values = match is_sensitive(self.expr().node()) {
            true => "another value".to_owned(),
            false => format!("{in_sql:?}, the body {in_rust:?}"),
        };
        Err(Error::invalid(format!("{}: {} the expression gives {values}", self.described(), place())))
    }

    fn described(self) -> String {
        format!("{}, the hybrid `{}`", E::entity_meta().name, self.name())
    }
}

/// The entity as a class that it is or extends.
fn seen_as<C: Entity, E: Entity>(entity: &C) -> Option<&E> {
    let record: &dyn std::any::Any = entity;
    record.downcast_ref().or_else(|| entity.as_class(std::any::TypeId::of::<E>())?.downcast_ref())
}

/// Evaluates an expression over an entity.
pub(crate) fn evaluate_over(node: &Node, record: &dyn Record) -> Result<Value> {
    let columns = EntityColumns::new(record);
    let computed = evaluate(node, &columns);
    computed.map(|computed| computed.into_value()).map_err(|refusal| not_computable(record.meta(), &refusal))
}

/// Result of a condition over the row of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The condition is true.
    Holds,
    /// The condition is false or `NULL`.
    Fails,
    /// The condition needs a deferred column that is not loaded.
    Unknown,
}

/// Evaluates a condition over an entity.
pub(crate) fn judge(condition: &Node, record: &dyn Record) -> Result<Verdict> {
    let columns = EntityColumns::new(record);
    match holds(condition, &columns) {
        Ok(Some(true)) => Ok(Verdict::Holds),
        Ok(_) => Ok(Verdict::Fails),
        Err(refusal) => {
            let position = refusal.column().and_then(|column| columns.position(column));
            match position.is_some_and(|position| record.value(position).is_unloaded()) {
                true => Ok(Verdict::Unknown),
                false => Err(not_computable(record.meta(), &refusal)),
            }
        }
    }
}

/// Finds the column of an entity that an expression means.
pub(crate) fn column_named(record: &dyn Record, column: &ColumnRef) -> Option<ColumnPosition> {
    EntityColumns::new(record).position(column)
}

/// Refuses a condition that cannot be evaluated over any entity of a mapping, or over any at all: one with a subquery,
/// with SQL text, with a function of the database, with columns of other entities.
pub(crate) fn check_computable(condition: &Node, meta: Option<&'static EntityMeta>) -> Result<()> {
    match holds(condition, &EmptyRow(meta)) {
        Ok(_) => Ok(()),
        Err(refusal) => Err(Error::NotComputable {
            entity: meta.map_or("any row", |meta| meta.name),
            expression: refusal.expression(),
            reason: refusal.reason.clone().into_owned(),
        }),
    }
}

/// A row whose columns are all `NULL`.
struct EmptyRow(Option<&'static EntityMeta>);

impl ColumnSource for EmptyRow {
    fn column(&self, column: &ColumnRef) -> Result<Computed<'_>, Reason> {
        match self.0 {
            Some(meta) if position_of(meta, None, column).is_none() => Err(foreign(meta)),
            _ => Ok(Computed::NULL),
        }
    }
}

/// The reason why a column of another entity has no value.
fn foreign(meta: &EntityMeta) -> Reason {
    format!("it is no column of {}; ask the entity that has it, or the database", meta.name).into()
}

/// Finds the column of a mapping that an expression means; the column of the given class where several have the name.
fn position_of(meta: &EntityMeta, class: Option<usize>, column: &ColumnRef) -> Option<ColumnPosition> {
    let named = |position: &ColumnPosition| meta.columns[*position].name == column.name;
    let Some(polymorphism) = &meta.polymorphism else {
        let own = column.table.as_deref().is_none_or(|table| table == meta.table);
        return meta.columns.positions().find(|position| own && named(position));
    };
    let table = column.table.as_deref().unwrap_or(meta.table);
    let owner = polymorphism.classes.iter().find(|class| class.table == table)?;
    let key = owner.key.iter().position(|name| *name == column.name);
    if polymorphism.is_joined()
        && let Some(key) = key.and_then(|part| meta.primary_key.get(part))
    {
        return Some(*key);
    }
    let has = |position: &ColumnPosition| class.is_some_and(|class| polymorphism.classes[class].has[*position]);
    let own = meta.columns.positions().find(|position| named(position) && has(position));
    own.or_else(|| meta.columns.positions().find(named))
}

/// The error for an expression that cannot be evaluated.
pub(crate) fn not_computable(meta: &EntityMeta, refusal: &Refusal<'_>) -> Error {
    Error::NotComputable {
        entity: meta.name,
        expression: refusal.expression(),
        reason: refusal.reason.clone().into_owned(),
    }
}

/// Converts an evaluated value to the type of its expression.
fn convert<T: ColumnType>(node: &Node, record: &dyn Record, value: Value) -> Result<T> {
    let found = value.kind();
    T::from_value(value).map_err(|expected| {
        let reason = format!("its value is {found}, and its type is {expected}");
        not_computable(record.meta(), &Refusal::new(node, reason))
    })
}

/// Replaces the columns of an entity by those of an alias.
fn under_alias(mut node: Node, meta: &'static EntityMeta, alias: &Name) -> Node {
    struct Disowned<'a>(&'a Name);
    impl Rewriter for Disowned<'_> {
        fn visit_column(&mut self, column: &mut ColumnRef) {
            // An alias stands for no table from which a query could take rows by itself.
            if column.table.as_ref().is_some_and(|table| table.starts_with(&**self.0)) {
                column.owner = ColumnOwner::NONE;
            }
        }
    }
    if alias != meta.table {
        rename(&mut node, meta, alias);
        Disowned(alias).visit_node(&mut node);
    }
    node
}

/// The columns of an entity in memory.
pub(crate) struct EntityColumns<'r> {
    record: &'r dyn Record,
    meta: &'static EntityMeta,
}

impl<'r> EntityColumns<'r> {
    pub(crate) fn new(record: &'r dyn Record) -> Self {
        Self { record, meta: record.meta() }
    }

    fn position(&self, column: &ColumnRef) -> Option<ColumnPosition> {
        position_of(self.meta, Some(self.class()), column)
    }

    fn class(&self) -> usize {
        // A class by itself, outside of its root, is the class of its mapping.
        self.record.class().max(self.meta.class())
    }

    fn has(&self, polymorphism: &Polymorphism, position: ColumnPosition) -> bool {
        polymorphism.classes[self.class()].has[position]
    }

    /// The reason why a column has no value before the flush.
    fn open(&self, position: ColumnPosition) -> Option<Reason> {
        let column = self.meta.columns[position].field;
        if self.record.value(position).is_unloaded() {
            let message = format!("{}.{column} is not loaded; `session.load_column(..)` first", self.meta.name);
            return Some(message.into());
        }
        if self.record.is_unset(position) {
            return Some(format!("{}.{column} has no value yet; flush first, or assign one", self.meta.name).into());
        }
        let (relation, meta) = self.meta.relations.enumerate().find(|(_, meta)| meta.columns.contains(&position))?;
        let reference = self.record.reference(relation)?;
        let unknown = !reference.has_id() && (reference.has_new() || reference.target().is_some());
        unknown.then(|| format!("the key of {}.{} is not known yet; flush first", self.meta.name, meta.name).into())
    }
}

impl ColumnSource for EntityColumns<'_> {
    fn column(&self, column: &ColumnRef) -> Result<Computed<'_>, Reason> {
        let Some(position) = self.position(column) else {
            return Err(foreign(self.meta));
        };
        let computed = |value| Computed::of_type(value, &data_type_of(self.meta, position));
        if self.meta.polymorphism.as_ref().is_some_and(|polymorphism| !self.has(polymorphism, position)) {
            return Ok(computed(ValueRef::Null));
        }
        if let Some(reason) = self.open(position) {
            return Err(reason);
        }
        match self.record.value(position) {
            // The row holds the digits of the column.
            ValueRef::Decimal(value) => match decimal::fit(value, decimal_digits(self.meta, position)) {
                Ok(fitted) => Ok(computed(ValueRef::Owned(Box::new(Value::Decimal(fitted))))),
                Err(error) => Err(error.to_string().into()),
            },
            value => Ok(computed(value)),
        }
    }
}
