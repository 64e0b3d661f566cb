//! Which deferred columns a query loads: `undefer(Book::SUMMARY)`, `undefer_group::<Book>("texts")`, `load_only(..)`.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::option::{Every, Everything, LoadOptions, Options};
use crate::error::{Error, Result};
use crate::mapping::{ColumnPosition, Entity, EntityMeta};
use crate::sql::{Column, OnDemand};

/// Loads deferred columns with the rows of a query: one column, several as a tuple, [`every`](super::every) column of an
/// entity, or [`everything`](super::everything).
///
/// The columns stand in the SELECT of the entity, so that nothing else is sent. An entity in memory whose column is
/// loaded, or was assigned, keeps the value; one whose column is not loaded gets the value. Of several options for a
/// column the last one counts. Within an option for a relationship, `.then(undefer(..))` is for the entities at its
/// other end.
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Entity, Debug, Default)]
/// # struct Author { #[entity(primary_key)] id: Auto<i64>, #[entity(inverse = "author")] books: HasMany<Book> }
/// # #[derive(Entity, Debug, Default)]
/// # struct Book {
/// #     #[entity(primary_key)] id: Auto<i64>,
/// #     summary: Deferred<String>,
/// #     #[entity(inverse = "books")] author: BelongsTo<Author>,
/// # }
/// # fn main() -> orm::Result<()> {
/// # let engine = Engine::new("sqlite://")?;
/// # engine.create_all(schema![Author, Book])?;
/// # let mut session = Session::new(&engine);
/// # let author = session.add(Author::default());
/// # session.rel(author, Author::BOOKS).push(Book { summary: Deferred::new("Sand.".into()), ..Book::default() })?;
/// # session.commit()?;
/// # let mut session = Session::new(&engine);
/// // SELECT book.id, book.author_id, book.summary FROM book
/// let book = session.query::<Book>().options(undefer(Book::SUMMARY)).one()?;
/// assert_eq!(session[book].summary, "Sand.".to_owned());
///
/// let with_texts = selectin(Author::BOOKS).then(undefer(Book::SUMMARY));
/// session.query::<Author>().options(with_texts).all()?;
/// # Ok(()) }
/// ```
///
/// Counterpart: `sqlalchemy.orm.undefer`.
pub fn undefer<C: DeferredColumns>(columns: C) -> ColumnLoad<C::Owner> {
    ColumnLoad::new(columns, ColumnStrategy::Load)
}

/// Leaves deferred columns out of the rows of a query, which is the default: takes back an option that stands before.
///
/// Counterpart: `sqlalchemy.orm.defer`. Columns that are not deferred by their mapping cannot be left out; select a
/// tuple of columns instead.
pub fn defer<C: DeferredColumns>(columns: C) -> ColumnLoad<C::Owner> {
    ColumnLoad::new(columns, ColumnStrategy::Leave)
}

/// Loads the deferred columns of a group, `#[entity(group = "texts")]`, with the rows of a query.
///
/// A query with a group that the entity lacks is an error.
///
/// Counterpart: `sqlalchemy.orm.undefer_group`.
pub fn undefer_group<E: Entity>(group: &'static str) -> ColumnLoad<E> {
    let meta = E::entity_meta();
    let mut groups: Vec<&str> = meta.deferred_columns().filter_map(|(_, column)| column.deferred?.group).collect();
    groups.dedup();
    let fault = (!groups.contains(&group)).then(|| match groups.is_empty() {
        true => format!(
            "{0} has no group `{group}`: give deferred fields `#[entity(group = \"{group}\")]`, or write \
             `undefer(every::<{0}>())`",
            meta.name
        ),
        false => format!("{} has no group `{group}` of deferred columns; its groups are {groups:?}", meta.name),
    });
    ColumnLoad::of(ColumnReach { owner: Some(meta), columns: Columns::Group(group) }, fault)
}

/// Loads these deferred columns of an entity with the rows of a query and leaves out all others, whatever options stand
/// before. Columns that are not deferred are always loaded.
///
/// Counterpart: `sqlalchemy.orm.load_only`.
pub fn load_only<E: Entity, C: DeferredColumns<Owner = E>>(columns: C) -> ColumnLoad<E> {
    let mut load = ColumnLoad::new(super::every::<E>(), ColumnStrategy::Leave);
    load.choices.extend(ColumnLoad::new(columns, ColumnStrategy::Load).choices);
    load
}

/// Leaves deferred columns out, and makes [`Session::load_column`](crate::Session::load_column) of the entities that
/// the query gives an error: finds loads one by one early. `#[entity(lazy = "raise")]` on a field is the same for all
/// queries.
///
/// Counterpart: `defer(.., raiseload=True)`.
pub fn raise_deferred<C: DeferredColumns>(columns: C) -> ColumnLoad<C::Owner> {
    ColumnLoad::new(columns, ColumnStrategy::Raise)
}

/// Deferred columns that an option names: constants of [`Deferred`](crate::Deferred) fields, a tuple of them,
/// [`every`](super::every) column of an entity, or [`everything`](super::everything).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not deferred",
    label = "rows are always read with this",
    note = "make the field `Deferred<T>`, or leave the option out"
)]
pub trait DeferredColumns {
    /// The entity that has the columns.
    type Owner;

    /// Names the columns.
    #[doc(hidden)]
    fn each(self, take: &mut dyn FnMut(ColumnReach, Option<String>));
}

/// The deferred columns that an option is for.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct ColumnReach {
    /// The entity; none for all.
    owner: Option<&'static EntityMeta>,
    columns: Columns,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Columns {
    One(ColumnPosition),
    Group(&'static str),
    All,
}

impl<E: Entity, T> DeferredColumns for Column<E, T, OnDemand> {
    type Owner = E;

    fn each(self, take: &mut dyn FnMut(ColumnReach, Option<String>)) {
        let meta = E::entity_meta();
        let found = meta.deferred_column(self.name());
        let fault = || format!("{} has no deferred column `{}`", meta.name, self.name());
        let columns = found.map_or(Columns::All, Columns::One);
        take(ColumnReach { owner: Some(meta), columns }, found.is_none().then(fault));
    }
}

impl<E: Entity> DeferredColumns for Every<E> {
    type Owner = E;

    fn each(self, take: &mut dyn FnMut(ColumnReach, Option<String>)) {
        take(ColumnReach { owner: Some(E::entity_meta()), columns: Columns::All }, None);
    }
}

impl DeferredColumns for Everything {
    type Owner = Self;

    fn each(self, take: &mut dyn FnMut(ColumnReach, Option<String>)) {
        take(ColumnReach { owner: None, columns: Columns::All }, None);
    }
}

macro_rules! tuple_of_columns {
    ($first:ident $($part:ident $index:tt),+) => {
        impl<$first: DeferredColumns, $($part: DeferredColumns<Owner = $first::Owner>),+> DeferredColumns
            for ($first, $($part,)+)
        {
            type Owner = $first::Owner;

            fn each(self, take: &mut dyn FnMut(ColumnReach, Option<String>)) {
                self.0.each(take);
                $(self.$index.each(take);)+
            }
        }
    };
}

tuple_of_columns!(A B 1);
tuple_of_columns!(A B 1, C 2);
tuple_of_columns!(A B 1, C 2, D 3);
tuple_of_columns!(A B 1, C 2, D 3, E 4);
tuple_of_columns!(A B 1, C 2, D 3, E 4, F 5);

/// Loading option for the deferred columns of `E`; [`Everything`] stands for those of all entities.
#[must_use = "an option does nothing until it is given to `.options(..)`"]
pub struct ColumnLoad<E> {
    pub(super) choices: Vec<ColumnChoice>,
    entity: PhantomData<fn() -> E>,
}

/// An option about deferred columns without its type.
#[derive(Clone)]
pub(crate) struct ColumnChoice {
    reach: ColumnReach,
    strategy: ColumnStrategy,
    /// Mistake of the program in the option, if there is one.
    fault: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ColumnStrategy {
    Load,
    Leave,
    Raise,
}

impl<E> ColumnLoad<E> {
    fn new(columns: impl DeferredColumns<Owner = E>, strategy: ColumnStrategy) -> Self {
        let mut choices = Vec::new();
        columns.each(&mut |reach, fault| {
            choices.push(ColumnChoice { reach, strategy, fault: fault.map(Into::into) });
        });
        Self { choices, entity: PhantomData }
    }

    fn of(reach: ColumnReach, fault: Option<String>) -> Self {
        let choice = ColumnChoice { reach, strategy: ColumnStrategy::Load, fault: fault.map(Into::into) };
        Self { choices: vec![choice], entity: PhantomData }
    }
}

impl<E> LoadOptions for ColumnLoad<E> {
    fn hand_over(self, options: &mut Options) {
        options.columns.extend(self.choices);
    }
}

impl<E> Clone for ColumnLoad<E> {
    fn clone(&self) -> Self {
        Self { choices: self.choices.clone(), entity: PhantomData }
    }
}

impl<E> fmt::Debug for ColumnLoad<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.choices.fmt(f)
    }
}

impl ColumnReach {
    /// Whether the columns are of this entity, or of all.
    fn includes(self, meta: &'static EntityMeta) -> bool {
        self.owner.is_none_or(|owner| owner.is_kin(meta))
    }
}

impl ColumnChoice {
    /// Loads some columns of an entity.
    pub(crate) fn loading<'a>(
        meta: &'static EntityMeta,
        columns: &'a [ColumnPosition],
    ) -> impl Iterator<Item = Self> + 'a {
        columns.iter().map(move |column| Self {
            reach: ColumnReach { owner: Some(meta), columns: Columns::One(*column) },
            strategy: ColumnStrategy::Load,
            fault: None,
        })
    }

    /// Whether the option is for all entities.
    pub(crate) fn is_for_all(&self) -> bool {
        self.reach.owner.is_none()
    }

    /// Whether the option is for entities of this type.
    pub(crate) fn includes(&self, meta: &'static EntityMeta) -> bool {
        self.reach.includes(meta)
    }

    /// Refuses an option that names no deferred column.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] with the reason.
    pub(crate) fn check(&self) -> Result<()> {
        match &self.fault {
            Some(fault) => Err(Error::invalid(fault.to_string())),
            None => Ok(()),
        }
    }

    /// Whether the option names a column of an entity.
    fn names(&self, meta: &'static EntityMeta, column: ColumnPosition) -> bool {
        if !self.reach.includes(meta) {
            return false;
        }
        match self.reach.columns {
            Columns::All => true,
            Columns::One(named) => match &meta.polymorphism {
                None => named == column,
                // Classes may share a column.
                Some(it) => it.row_positions[named].is_some() && it.row_positions[named] == it.row_positions[column],
            },
            Columns::Group(group) => meta.columns[column].deferred.is_some_and(|it| it.group == Some(group)),
        }
    }
}

impl PartialEq for ColumnChoice {
    fn eq(&self, other: &Self) -> bool {
        let key = |choice: &Self| (choice.reach.owner, choice.reach.columns, choice.strategy);
        key(self) == key(other)
    }
}

impl fmt::Debug for ColumnChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.strategy, self)
    }
}

/// The columns, as an error names them.
impl fmt::Display for ColumnChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.reach.owner, self.reach.columns) {
            (Some(meta), Columns::One(column)) => write!(f, "{}.{}", meta.name, meta.columns[column].field),
            (Some(meta), Columns::Group(group)) => write!(f, "the group `{group}` of {}", meta.name),
            (Some(meta), Columns::All) => write!(f, "every deferred column of {}", meta.name),
            (None, _) => f.write_str("every deferred column"),
        }
    }
}

/// The deferred columns of an entity that options load with its rows.
pub(crate) fn loaded_columns(meta: &'static EntityMeta, choices: &[ColumnChoice]) -> Vec<ColumnPosition> {
    if choices.is_empty() {
        return Vec::new();
    }
    let strategy = |column| choices.iter().rev().find(|choice| choice.names(meta, column)).map(|it| it.strategy);
    let loaded = meta.deferred_columns().filter(|(column, _)| strategy(*column) == Some(ColumnStrategy::Load));
    loaded.map(|(column, _)| column).collect()
}

/// Whether an option refuses the load of deferred columns of an entity.
pub(crate) fn raises(meta: &'static EntityMeta, choices: &[ColumnChoice]) -> bool {
    choices.iter().any(|choice| choice.strategy == ColumnStrategy::Raise && choice.includes(meta))
}

/// The deferred columns of an entity whose load is refused; none where no option says what is left out, so that an
/// earlier option or the mapping decides.
pub(crate) fn raised_columns(meta: &'static EntityMeta, choices: &[ColumnChoice]) -> Option<Vec<ColumnPosition>> {
    let leaves_out = |choice: &ColumnChoice| choice.strategy != ColumnStrategy::Load && choice.includes(meta);
    if !choices.iter().any(leaves_out) || meta.shape().is_none() {
        return None;
    }
    let is_raised = |(column, deferred): (ColumnPosition, bool)| {
        let choice = choices.iter().rev().find(|choice| choice.names(meta, column));
        choice.map_or(deferred, |choice| choice.strategy == ColumnStrategy::Raise).then_some(column)
    };
    let columns = meta.columns.enumerate().filter_map(|(column, it)| Some((column, it.deferred?.raise)));
    Some(columns.filter_map(is_raised).collect())
}
