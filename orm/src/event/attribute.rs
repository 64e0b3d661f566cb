//! Listeners of attributes: who hears of which change, and how a typed listener reads a change.

use std::any::TypeId;

use super::change::{Assignment, AttributeChange, Membership, Replacement};
use super::listener::{Event, Listener, Rows};
use super::scope::{ChangeScope, EntityKey};
use crate::column_type::ColumnType;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::mapping::{
    ChangeableKind, ColumnPosition, Embedded, EmbeddedColumn, Entity, RelationPosition, Relationship, ToOne,
};
use crate::row::ReadError;
use crate::sql::Column;
use crate::unit::{AttributeEdit, EntityRow, UnitOfWork};
use crate::value::Value;

pub(super) type Changed = Box<dyn Fn(&mut ChangeScope<'_>, &mut AttributeChange) -> Result<()> + Send + Sync>;
pub(super) type Replaced = Box<dyn Fn(&mut ChangeScope<'_>, &mut BulkEdit) -> Result<()> + Send + Sync>;

/// The changes that a listener hears of.
#[derive(Clone, Copy)]
pub struct AttributeFilter {
    pub(super) rows: Rows,
    attribute: Option<Attribute>,
    kind: Option<EditKind>,
}

/// An attribute of an entity, as its constant names the attribute.
#[derive(Clone, Copy)]
enum Attribute {
    Column(&'static str),
    /// A column of an embedded struct, by its position there.
    EmbeddedColumn(TypeId, usize),
    Relation(RelationPosition),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EditKind {
    Set,
    Added,
    Removed,
}

/// The members of a collection that are replaced at once.
pub(crate) struct BulkEdit {
    pub(crate) owner: EntityRow,
    pub(crate) relation: RelationPosition,
    pub(crate) before: Vec<EntityRow>,
    pub(crate) after: Vec<EntityRow>,
}

impl AttributeFilter {
    fn all_of(rows: Rows) -> Self {
        Self { rows, attribute: None, kind: None }
    }

    fn one(rows: Rows, attribute: Attribute, kind: EditKind) -> Self {
        Self { rows, attribute: Some(attribute), kind: Some(kind) }
    }

    /// Whether a listener hears of a change.
    pub(super) fn hears(&self, edit: &AttributeEdit) -> bool {
        let (position, kind) = match edit {
            AttributeEdit::Column { column, .. } => ((Some(*column), None), EditKind::Set),
            AttributeEdit::Target { relation, .. } => ((None, Some(*relation)), EditKind::Set),
            AttributeEdit::Added { relation, .. } => ((None, Some(*relation)), EditKind::Added),
            AttributeEdit::Removed { relation, .. } => ((None, Some(*relation)), EditKind::Removed),
        };
        self.kind.is_none_or(|heard| heard == kind)
            && self.rows.include(EntityKey { row: edit.entity() })
            && match (self.attribute, position) {
                (None, _) => true,
                (Some(Attribute::Column(name)), (Some(column), _)) => edit.entity().meta().columns[column].name == name,
                (Some(Attribute::EmbeddedColumn(embedded, offset)), (Some(column), _)) => {
                    edit.entity().first_column_of(embedded).is_some_and(|first| first.plus(offset) == column)
                }
                (Some(Attribute::Relation(heard)), (_, Some(relation))) => heard == relation,
                _ => false,
            }
    }

    /// Whether a listener hears of the replacement of a collection.
    pub(super) fn hears_bulk(&self, edit: &BulkEdit) -> bool {
        matches!(self.attribute, Some(Attribute::Relation(relation)) if relation == edit.relation)
            && self.rows.include(EntityKey { row: edit.owner })
    }
}

/// An attribute that is assigned: a column, or a relationship to one entity. [`on_set`] takes its constant.
pub trait AssignedAttribute: Copy + Send + Sync + 'static {
    /// Entity of the attribute.
    type Owner: Entity;
    /// Type of the values: that of the column, or `Option<Key<_>>`.
    type Value: 'static;

    #[doc(hidden)]
    fn filter(self) -> AttributeFilter;

    #[doc(hidden)]
    fn read(change: &AttributeChange) -> Result<Option<Assignment<Self::Owner, Self::Value>>>;

    #[doc(hidden)]
    fn write(change: &mut AttributeChange, scope: &ChangeScope<'_>, value: Self::Value) -> Result<()>;
}

impl<E: Entity, T: ColumnType, L: 'static> AssignedAttribute for Column<E, T, L> {
    type Owner = E;
    type Value = T;

    fn filter(self) -> AttributeFilter {
        AttributeFilter::one(Rows::Of(E::entity_meta), Attribute::Column(self.name()), EditKind::Set)
    }

    fn read(change: &AttributeChange) -> Result<Option<Assignment<E, T>>> {
        let AttributeEdit::Column { entity, column, before, after } = &change.edit else { return Ok(None) };
        let Some(key) = entity.key() else { return Ok(None) };
        let typed = |value: &Value| typed_value(*entity, *column, value.clone());
        // A value that the column cannot hold, as a NULL of a row that was not read, is no value before.
        let before = before.as_ref().and_then(|before| typed(before).ok());
        Ok(Some(Assignment { key, before, value: typed(after)?, is_replaced: false }))
    }

    fn write(change: &mut AttributeChange, _scope: &ChangeScope<'_>, value: T) -> Result<()> {
        change.replace(super::AttributeValue::Column(value.into()))
    }
}

impl<O: Entity, T: Entity> AssignedAttribute for Relationship<O, T, ToOne> {
    type Owner = O;
    type Value = Option<Key<T>>;

    fn filter(self) -> AttributeFilter {
        AttributeFilter::one(Rows::Of(O::entity_meta), Attribute::Relation(self.index()), EditKind::Set)
    }

    fn read(change: &AttributeChange) -> Result<Option<Assignment<O, Option<Key<T>>>>> {
        let AttributeEdit::Target { entity, before, after, .. } = &change.edit else { return Ok(None) };
        let Some(key) = entity.key() else { return Ok(None) };
        let target = |row: &EntityRow| row.key::<T>();
        let (before, value) = (before.as_ref().map(target), after.as_ref().and_then(target));
        Ok(Some(Assignment { key, before, value, is_replaced: false }))
    }

    fn write(change: &mut AttributeChange, scope: &ChangeScope<'_>, value: Option<Key<T>>) -> Result<()> {
        let row = value.map(|key| scope.unit.row_of_key(key)).transpose()?;
        if let AttributeEdit::Target { after, .. } = &mut change.edit {
            (*after, change.is_replaced) = (row, true);
        }
        Ok(())
    }
}

fn typed_value<T: ColumnType>(entity: EntityRow, column: ColumnPosition, value: Value) -> Result<T> {
    let found = value.kind();
    let name = entity.meta().columns[column].name;
    T::from_value(value).map_err(|expected| ReadError::new(column.0, expected, found).locate(entity.name(), name))
}

/// Called when a column, or a relationship to one entity, gets a value: the listener may refuse the value by an error,
/// or replace it.
///
/// [`Session::set`](crate::Session::set) and [`Rel::set`](crate::session::RelOf::set) call the listener at once, before
/// memory changes; an error leaves memory as before. A plain `session[key].name = ..` is found by comparison at the
/// next flush, that of a query included, and an error fails the flush. The values with which an entity was added are
/// told at that flush too. Each value is told once.
///
/// ```
/// use orm::event::on_set;
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug, Default)]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     email: String,
/// }
///
/// # fn main() -> orm::Result<()> {
/// let engine = Engine::new("sqlite://")?;
/// engine.create_all(schema![User])?;
/// let mut session = Session::new(&engine);
/// session.listen(on_set(User::EMAIL, |_, change| {
///     change.replace(change.value().to_lowercase());
///     Ok(())
/// }));
/// let user = session.add(User { email: "Ed@Example.org".into(), ..User::default() });
/// session.set(user, User::EMAIL, "ED@example.com")?;
/// assert_eq!(session[user].email, "ed@example.com");
/// session[user].email = "WENDY@example.com".into();
/// session.flush()?;
/// assert_eq!(session[user].email, "wendy@example.com");
/// # Ok(()) }
/// ```
///
/// Counterpart: `AttributeEvents.set`.
#[track_caller]
pub fn on_set<A: AssignedAttribute>(
    attribute: A,
    listener: impl Fn(&mut ChangeScope<'_>, &mut Assignment<A::Owner, A::Value>) -> Result<()> + Send + Sync + 'static,
) -> Listener {
    let call = move |scope: &mut ChangeScope<'_>, change: &mut AttributeChange| {
        let Some(mut assignment) = A::read(change)? else { return Ok(()) };
        listener(scope, &mut assignment)?;
        match assignment.is_replaced {
            true => A::write(change, scope, assignment.value),
            false => Ok(()),
        }
    };
    Listener::new("on_set", Event::Attribute(attribute.filter(), Box::new(call)))
}

/// Checks each value of a column: returns the value to keep, or why the value is refused. Called as [`on_set`].
///
/// ```
/// use orm::event::validate;
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug, Default)]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     email: String,
/// }
///
/// # fn main() -> orm::Result<()> {
/// let engine = Engine::new("sqlite://")?;
/// engine.create_all(schema![User])?;
/// let email = validate(User::EMAIL, |email: String| match email.contains('@') {
///     true => Ok(email.trim().to_owned()),
///     false => Err("an address has an @"),
/// });
/// let mut session = Session::builder(&engine).listen(email).build();
/// let user = session.add(User { email: " ed@x.org".into(), ..User::default() });
/// let refused = session.set(user, User::EMAIL, "nobody").unwrap_err().to_string();
/// assert!(refused.contains("User.email") && refused.contains("an address has an @"), "{refused}");
/// session.flush()?;
/// assert_eq!(session[user].email, "ed@x.org");
/// # Ok(()) }
/// ```
///
/// Counterpart: `sqlalchemy.orm.validates`.
#[track_caller]
pub fn validate<E: Entity, T: ColumnType + Clone, L: 'static, R: Into<String>>(
    column: Column<E, T, L>,
    validator: impl Fn(T) -> std::result::Result<T, R> + Send + Sync + 'static,
) -> Listener {
    let call = move |scope: &mut ChangeScope<'_>, change: &mut AttributeChange| {
        let Some(assignment) = Column::<E, T>::read(change)? else { return Ok(()) };
        let value = validator(assignment.value).map_err(|reason| Error::invalid(reason.into()))?;
        Column::<E, T>::write(change, scope, value)
    };
    Listener::new("validate", Event::Attribute(column.filter(), Box::new(call)))
}

/// Called when an entity joins a collection, from whichever end of the relationship, before memory changes. The
/// listener may refuse the member by an error, edit the member, or, where the program named the collection, put another
/// in its place.
///
/// A change of a relationship is told at both ends: first the end that the program named, then the other, then the ends
/// of entities that give way.
///
/// ```
/// use orm::event::on_append;
/// use orm::prelude::*;
///
/// #[derive(Entity, Debug, Default)]
/// struct Team {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     #[entity(inverse = "team")]
///     players: HasMany<Player>,
/// }
///
/// #[derive(Entity, Debug, Default)]
/// struct Player {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     number: i64,
///     #[entity(inverse = "players")]
///     team: BelongsTo<Team>,
/// }
///
/// # fn main() -> orm::Result<()> {
/// let engine = Engine::new("sqlite://")?;
/// engine.create_all(schema![Team, Player])?;
/// let mut session = Session::new(&engine);
/// session.listen(on_append(Team::PLAYERS, |scope, change| {
///     match scope[change.member()].number {
///         0 => scope.set(change.member(), Player::NUMBER, 1),
///         99.. => Err(orm::Error::invalid("no such number")),
///         _ => Ok(()),
///     }
/// }));
/// let team = session.add(Team::default());
/// let player = session.rel(team, Team::PLAYERS).push(Player::default())?;
/// assert_eq!(session[player].number, 1);
/// assert!(session.rel(team, Team::PLAYERS).push(Player { number: 100, ..Player::default() }).is_err());
/// assert_eq!(session.pending::<Player>(), [player]);
/// # Ok(()) }
/// ```
///
/// Counterpart: `AttributeEvents.append`.
#[track_caller]
pub fn on_append<O: Entity, T: Entity, K: ChangeableKind>(
    relationship: Relationship<O, T, K>,
    listener: impl Fn(&mut ChangeScope<'_>, &mut Membership<O, T>) -> Result<()> + Send + Sync + 'static,
) -> Listener {
    let call = move |scope: &mut ChangeScope<'_>, change: &mut AttributeChange| {
        let Some(mut membership) = membership(change) else { return Ok(()) };
        listener(scope, &mut membership)?;
        if membership.is_replaced
            && let AttributeEdit::Added { member, .. } = &mut change.edit
        {
            (*member, change.is_replaced) = (scope.unit.row_of_key(membership.member)?, true);
        }
        Ok(())
    };
    let filter =
        AttributeFilter::one(Rows::Of(O::entity_meta), Attribute::Relation(relationship.index()), EditKind::Added);
    Listener::new("on_append", Event::Attribute(filter, Box::new(call)))
}

/// Called when an entity leaves a collection, from whichever end of the relationship, before memory changes. The
/// listener may refuse that by an error.
///
/// The cascades of a flush, which empty collections of deleted entities, are not told.
///
/// Counterpart: `AttributeEvents.remove`.
#[track_caller]
pub fn on_remove<O: Entity, T: Entity, K: ChangeableKind>(
    relationship: Relationship<O, T, K>,
    listener: impl Fn(&mut ChangeScope<'_>, &Membership<O, T>) -> Result<()> + Send + Sync + 'static,
) -> Listener {
    let call = move |scope: &mut ChangeScope<'_>, change: &mut AttributeChange| match membership(change) {
        Some(membership) => listener(scope, &membership),
        None => Ok(()),
    };
    let filter =
        AttributeFilter::one(Rows::Of(O::entity_meta), Attribute::Relation(relationship.index()), EditKind::Removed);
    Listener::new("on_remove", Event::Attribute(filter, Box::new(call)))
}

fn membership<O: Entity, T: Entity>(change: &AttributeChange) -> Option<Membership<O, T>> {
    match &change.edit {
        AttributeEdit::Added { entity, member, .. } | AttributeEdit::Removed { entity, member, .. } => {
            Some(Membership { owner: entity.key()?, member: member.key()?, is_replaced: false })
        }
        _ => None,
    }
}

/// Called when [`Rel::set`](crate::session::RelOf::set) replaces the members of a collection, before [`on_append`] and
/// [`on_remove`] are called for each that joins or leaves. The listener may change the members that come, or refuse
/// them all.
///
/// Counterpart: `AttributeEvents.bulk_replace`.
#[track_caller]
pub fn on_replace<O: Entity, T: Entity, K: ChangeableKind>(
    relationship: Relationship<O, T, K>,
    listener: impl Fn(&mut ChangeScope<'_>, &mut Replacement<O, T>) -> Result<()> + Send + Sync + 'static,
) -> Listener {
    let call = move |scope: &mut ChangeScope<'_>, edit: &mut BulkEdit| {
        let Some(owner) = edit.owner.key() else { return Ok(()) };
        let keys = |rows: &[EntityRow]| rows.iter().filter_map(EntityRow::key::<T>).collect::<Vec<_>>();
        let mut replacement = Replacement { owner, before: keys(&edit.before), members: keys(&edit.after) };
        listener(scope, &mut replacement)?;
        edit.after = rows_of(scope.unit, &replacement.members)?;
        Ok(())
    };
    let filter =
        AttributeFilter::one(Rows::Of(O::entity_meta), Attribute::Relation(relationship.index()), EditKind::Set);
    Listener::new("on_replace", Event::BulkReplace(filter, Box::new(call)))
}

/// The rows of keys.
pub(super) fn rows_of<T: Entity>(unit: &UnitOfWork, keys: &[Key<T>]) -> Result<Vec<EntityRow>> {
    keys.iter().map(|key| unit.row_of_key(*key)).collect()
}

macro_rules! every_attribute {
    ($($(#[$doc:meta])* $name:ident [$($parameter:ident: $bound:path)?] $rows:expr;)+) => {
        $(
            $(#[$doc])*
            #[track_caller]
            pub fn $name$(<$parameter: $bound>)?(
                listener: impl Fn(&mut ChangeScope<'_>, &mut AttributeChange) -> Result<()> + Send + Sync + 'static,
            ) -> Listener {
                Listener::new(stringify!($name), Event::Attribute(AttributeFilter::all_of($rows), Box::new(listener)))
            }
        )+
    };
}

every_attribute! {
    /// Called when any attribute of an `E`, or of a class below `E`, changes: as [`on_set`], [`on_append`] and
    /// [`on_remove`].
    ///
    /// Counterpart: a listener on each attribute of a mapper.
    on_change [E: Entity] Rows::Of(E::entity_meta);
    /// Called when any attribute of an entity that embeds `M` changes: as [`on_set`], [`on_append`] and [`on_remove`].
    ///
    /// Counterpart: a listener on each attribute, with `propagate=True` on a mixin.
    on_mixin_change [M: Embedded] Rows::Embedding(TypeId::of::<M>());
    /// Called when any attribute of any entity changes: as [`on_set`], [`on_append`] and [`on_remove`].
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    ///
    /// use orm::event::on_any_change;
    /// use orm::prelude::*;
    ///
    /// #[derive(Entity, Debug, Default)]
    /// struct User {
    ///     #[entity(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// # fn main() -> orm::Result<()> {
    /// let engine = Engine::new("sqlite://")?;
    /// engine.create_all(schema![User])?;
    /// let mut session = Session::new(&engine);
    /// let changed = Arc::new(Mutex::new(Vec::new()));
    /// let noted = changed.clone();
    /// session.listen(on_any_change(move |_, change| {
    ///     noted.lock().unwrap().push(format!("{}.{}", change.entity().entity(), change.attribute()));
    ///     Ok(())
    /// }));
    /// let user = session.add(User::default());
    /// session.set(user, User::NAME, "ed")?;
    /// assert_eq!(*changed.lock().unwrap(), ["User.name"]);
    /// # Ok(()) }
    /// ```
    ///
    /// Counterpart: a listener on each attribute of a base class with `propagate=True`.
    on_any_change [] Rows::All;
}

/// Called when a column of an embedded struct gets a value, in any entity that embeds the struct, as [`on_set`]. The
/// value is that of [`AttributeChange::after`].
///
/// Counterpart: `AttributeEvents.set` on the attribute of a mixin, with `propagate=True`.
#[track_caller]
pub fn on_mixin_set<M: Embedded, T: ColumnType, L>(
    column: EmbeddedColumn<M, T, L>,
    listener: impl Fn(&mut ChangeScope<'_>, &mut AttributeChange) -> Result<()> + Send + Sync + 'static,
) -> Listener {
    let attribute = Attribute::EmbeddedColumn(TypeId::of::<M>(), column.index());
    let filter = AttributeFilter::one(Rows::Embedding(TypeId::of::<M>()), attribute, EditKind::Set);
    Listener::new("on_mixin_set", Event::Attribute(filter, Box::new(listener)))
}
