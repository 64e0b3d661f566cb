//! How a query wants relationships loaded: `selectin(User::ADDRESSES).then(joined(Address::USER))`.

use std::marker::PhantomData;
use std::sync::Arc;

use smallvec::SmallVec;

use super::column_option::{ColumnChoice, ColumnLoad, loaded_columns, raised_columns, raises};
use super::execution::ExecutionOptions;
use super::strategy;
use crate::error::{Error, Result};
use crate::mapping::{ColumnPosition, Entity, EntityMeta, LoaderStrategy, RelationPosition, Relationship};
use crate::sql::tree::{MAX_LEVELS, Name};

/// How a relationship of `O` to `T` is to be loaded.
///
/// Counterpart: `sqlalchemy.orm.Load`.
#[must_use = "an option does nothing until it is given to `.options(..)`"]
pub struct Load<O, T> {
    choice: Choice,
    types: PhantomData<fn() -> (O, T)>,
}

/// An option without its types.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Choice {
    reach: Reach,
    /// None to leave the strategy to the mapping.
    strategy: Option<LoaderStrategy>,
    /// Name of the joined table or alias that the rows come from, for `contains_eager`.
    source: Option<Name>,
    /// How many levels of a relationship to itself, counting this one.
    depth: u32,
    recursive: bool,
    then: Vec<Arc<Self>>,
    /// Deferred columns of the entities at the other end.
    columns: Vec<ColumnChoice>,
    /// How many options are within each other, this one included.
    levels: u16,
    /// Whether options within it were left out, as there are too many within each other.
    cut: bool,
}

/// Leaves the strategy of a relationship to the mapping, to say by [`then`](Load::then) how the relationships beyond are loaded.
///
/// Counterpart: `sqlalchemy.orm.defaultload`.
pub fn default_load<R: RelationshipTarget>(relationship: R) -> Load<R::Owner, R::Target> {
    Load::new(relationship, None)
}

/// Every relationship of the entity `E` that no other option names: `raise(every::<User>())`.
///
/// Counterpart: `Load(User).raiseload("*")`.
pub fn every<E: Entity>() -> Every<E> {
    Every(PhantomData)
}

/// Every relationship that no other option names, of all entities that the query loads: `raise(everything())`.
///
/// Counterpart: `raiseload("*")`.
pub fn everything() -> Everything {
    Everything(())
}

/// Every relationship of an entity; see [`every`].
#[derive(Clone, Copy, Debug)]
pub struct Every<E>(PhantomData<fn() -> E>);

/// Every relationship of all entities; see [`everything`].
#[derive(Clone, Copy, Debug)]
pub struct Everything(());

/// Target of a loading option: a relationship, [`every`] relationship of an entity, or [`everything`].
pub trait RelationshipTarget {
    /// The entity that has the relationship.
    type Owner;
    /// The entity at the other end.
    type Target;

    /// Hands it over.
    #[doc(hidden)]
    fn reach(self) -> Reach;
}

/// The relationships that an option is for.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// The entity; none for all.
    owner: Option<fn() -> &'static EntityMeta>,
    /// The relationship; none for all.
    relation: Option<RelationPosition>,
}

impl<O: Entity, T: Entity, K> RelationshipTarget for Relationship<O, T, K> {
    type Owner = O;
    type Target = T;

    fn reach(self) -> Reach {
        Reach { owner: Some(O::entity_meta), relation: Some(self.index()) }
    }
}

impl<E: Entity> RelationshipTarget for Every<E> {
    type Owner = E;
    type Target = Self;

    fn reach(self) -> Reach {
        Reach { owner: Some(E::entity_meta), relation: None }
    }
}

impl RelationshipTarget for Everything {
    type Owner = Self;
    type Target = Self;

    fn reach(self) -> Reach {
        Reach { owner: None, relation: None }
    }
}

impl Reach {
    /// Whether entities of this type are among its owners.
    fn includes(self, meta: &'static EntityMeta) -> bool {
        self.owner.is_none_or(|owner| owner().is_kin(meta))
    }
}

impl std::fmt::Display for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.owner.map(|owner| owner()), self.relation) {
            (Some(owner), Some(relation)) => write!(f, "{}.{}", owner.name, owner.relations[relation].name),
            (Some(owner), None) => write!(f, "every relationship of {}", owner.name),
            (None, _) => f.write_str("everything"),
        }
    }
}

impl<O, T> Clone for Load<O, T> {
    fn clone(&self) -> Self {
        Self { choice: self.choice.clone(), types: PhantomData }
    }
}

impl<O, T> std::fmt::Debug for Load<O, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.choice.fmt(f)
    }
}

impl<O, T> Load<O, T> {
    pub(super) fn new(
        target: impl RelationshipTarget<Owner = O, Target = T>,
        strategy: Option<LoaderStrategy>,
    ) -> Self {
        let choice = Choice {
            reach: target.reach(),
            strategy,
            source: None,
            depth: 1,
            recursive: false,
            then: Vec::new(),
            columns: Vec::new(),
            levels: 1,
            cut: false,
        };
        Self { choice, types: PhantomData }
    }
}

impl<O: Entity, T: Entity> Load<O, T> {
    /// A relationship whose rows come from the join of this name.
    pub(super) fn contained<K>(relationship: Relationship<O, T, K>, source: Name) -> Self {
        let mut load = Self::new(relationship, Some(LoaderStrategy::ContainsEager));
        load.choice.source = Some(source);
        load
    }

    /// Says how a relationship of the entities at the other end is loaded, or which of their deferred columns; may be called for several.
    /// Of a hierarchy, the relationship may be one of any class; entities of other classes do not have it.
    ///
    /// More than 128 options within each other are an error when the query is run; [`recurse`](Load::recurse) goes further.
    pub fn then(mut self, next: impl NestedOption<T>) -> Self {
        next.nest(&mut self.choice);
        self
    }
}

/// An option for the entities of type `T` at the other end of a relationship: for a relationship of theirs, or for
/// their deferred columns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no option for entities of type `{T}`",
    note = "the relationship leads to `{T}`: name its relationships or its deferred columns"
)]
pub trait NestedOption<T> {
    /// Puts the option within another.
    #[doc(hidden)]
    fn nest(self, outer: &mut Choice);
}

impl<C: Entity<Root = T::Root>, T: Entity, U> NestedOption<T> for Load<C, U> {
    fn nest(self, outer: &mut Choice) {
        outer.put_in(self.choice);
    }
}

impl<C: Entity<Root = T::Root>, T: Entity> NestedOption<T> for ColumnLoad<C> {
    fn nest(self, outer: &mut Choice) {
        outer.columns.extend(self.choices);
    }
}

impl<T: Entity> NestedOption<T> for ColumnLoad<Everything> {
    fn nest(self, outer: &mut Choice) {
        outer.columns.extend(self.choices);
    }
}

impl Choice {
    /// Puts an option for a relationship within this one.
    fn put_in(&mut self, next: Self) {
        let levels = self.levels.max(next.levels + 1);
        self.cut |= next.cut || levels > MAX_LEVELS;
        // So deep that going down would end the thread, it never comes into being.
        if levels <= MAX_LEVELS {
            self.levels = levels;
            self.then.push(Arc::new(next));
        }
    }

    /// The first fault of an option for deferred columns, within this option.
    fn check_columns(&self) -> Result<()> {
        self.columns.iter().try_for_each(ColumnChoice::check)?;
        self.then.iter().try_for_each(|next| next.check_columns())
    }
}

impl<O: Entity> Load<O, O> {
    /// Loads so many levels of a relationship of an entity to its own kind, as far as there are rows. Where the rows go in circles, each
    /// is visited once, so that `u32::MAX` means all of them.
    ///
    /// Counterpart: `recursion_depth`; there the first level is not counted.
    pub fn recurse(mut self, depth: u32) -> Self {
        self.choice.depth = depth;
        self.choice.recursive = true;
        self
    }
}

/// One option, or several as a tuple or a list.
pub trait LoadOptions {
    /// Hands them over.
    #[doc(hidden)]
    fn hand_over(self, options: &mut Options);
}

/// Options that were handed over.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(crate) choices: Vec<Arc<Choice>>,
    pub(crate) columns: Vec<ColumnChoice>,
    pub(crate) execution: ExecutionOptions,
}

impl Options {
    /// Refuses options of which some were left out, and options for deferred columns that the entity lacks.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] when there are too many within each other, or names a group that the entity lacks.
    pub(crate) fn check(&self) -> Result<()> {
        self.columns.iter().try_for_each(ColumnChoice::check)?;
        self.choices.iter().try_for_each(|choice| choice.check_columns())?;
        match self.choices.iter().find(|choice| choice.cut) {
            Some(choice) => Err(Error::invalid(format!(
                "more than {MAX_LEVELS} options stand within that for {}: to follow a relationship to the same kind \
                 of entity, say `.recurse(depth)`",
                choice.reach
            ))),
            None => Ok(()),
        }
    }
}

/// No option.
impl LoadOptions for () {
    fn hand_over(self, _options: &mut Options) {}
}

impl<O, T> LoadOptions for Load<O, T> {
    fn hand_over(self, options: &mut Options) {
        options.choices.push(Arc::new(self.choice));
    }
}

impl<L: LoadOptions> LoadOptions for Vec<L> {
    fn hand_over(self, options: &mut Options) {
        self.into_iter().for_each(|option| option.hand_over(options));
    }
}

macro_rules! tuple_of_options {
    ($($option:ident $index:tt),+) => {
        impl<$($option: LoadOptions),+> LoadOptions for ($($option,)+) {
            fn hand_over(self, options: &mut Options) {
                $(self.$index.hand_over(options);)+
            }
        }
    };
}

tuple_of_options!(A 0);
tuple_of_options!(A 0, B 1);
tuple_of_options!(A 0, B 1, C 2);
tuple_of_options!(A 0, B 1, C 2, D 3);
tuple_of_options!(A 0, B 1, C 2, D 3, E 4);
tuple_of_options!(A 0, B 1, C 2, D 3, E 4, F 5);

impl Choice {
    /// The relationships that it is for, as an error names them.
    pub(crate) fn reach(&self) -> Reach {
        self.reach
    }

    /// Whether it is for entities of a query that gives these.
    pub(crate) fn is_for(&self, mut selected: impl Iterator<Item = &'static EntityMeta>) -> bool {
        selected.any(|meta| self.reach.includes(meta))
    }
}

// By hand: function pointers do not compare well, the mappings they give do.
impl PartialEq for Choice {
    fn eq(&self, other: &Self) -> bool {
        let owner = |choice: &Self| choice.reach.owner.map(|owner| owner());
        let same_owner = match (owner(self), owner(other)) {
            (Some(one), Some(other)) => one.is_kin(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let key = |choice: &Self| (choice.reach.relation, choice.strategy, choice.depth);
        key(self) == key(other)
            && self.source == other.source
            && same_owner
            && self.then == other.then
            && self.columns == other.columns
    }
}

/// What holds for the entities at one place of the graph: the options that lead on from there, and how the place was reached.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Branch {
    choices: SmallVec<[Arc<Choice>; 2]>,
    /// The options for deferred columns of the entities here.
    columns: Vec<ColumnChoice>,
    /// The entities on the way here, each once however often the way leads through it. A default that leads back to one of them is not followed.
    path: SmallVec<[&'static EntityMeta; 4]>,
    /// The criteria and options of the query, which hold at every place.
    execution: ExecutionOptions,
}

impl Branch {
    /// The root of a graph.
    pub(crate) fn root(meta: &'static EntityMeta, options: &Options) -> Self {
        let choices = options.choices.iter().filter(|choice| choice.reach.includes(meta)).cloned().collect();
        let columns = options.columns.iter().filter(|choice| choice.includes(meta)).cloned().collect();
        Self { choices, columns, path: SmallVec::from_slice(&[meta]), execution: options.execution.clone() }
    }

    /// The criteria and options of the query that led here.
    pub(crate) fn execution(&self) -> &ExecutionOptions {
        &self.execution
    }

    /// Returns the strategy of a relationship here: that of the option for it, else of the option for every relationship, else of the mapping.
    pub(crate) fn strategy(&self, meta: &'static EntityMeta, relation: RelationPosition) -> LoaderStrategy {
        if let Some(strategy) = self.named(relation) {
            return strategy;
        }
        let mapping = &meta.relations[relation];
        let strategy = self.of_every(meta).unwrap_or(mapping.lazy);
        let leads_back = || self.path.iter().any(|meta| meta.is_kin((mapping.target)()));
        match strategy::of(strategy).timing().is_eager() && leads_back() {
            true => LoaderStrategy::Select,
            false => strategy,
        }
    }

    /// Whether an option says how a relationship is loaded, or which rows.
    pub(crate) fn is_chosen(&self, meta: &'static EntityMeta, relation: RelationPosition) -> bool {
        !self.execution.is_empty() || self.is_named(relation) || self.of_every(meta).is_some()
    }

    /// Whether an option names a relationship.
    pub(crate) fn is_named(&self, relation: RelationPosition) -> bool {
        self.of(relation).next().is_some()
    }

    /// The strategy of the option that names a relationship; the last one counts.
    fn named(&self, relation: RelationPosition) -> Option<LoaderStrategy> {
        self.of(relation).rev().find_map(|choice| choice.strategy)
    }

    /// Name of the join of the query that the rows of a relationship come from, if an option says so.
    pub(crate) fn source(&self, relation: RelationPosition) -> Option<Name> {
        self.of(relation).rev().find(|choice| choice.strategy.is_some())?.source.clone()
    }

    /// The strategy of the option for every relationship of an entity, else of all entities.
    fn of_every(&self, meta: &'static EntityMeta) -> Option<LoaderStrategy> {
        let every = || self.choices.iter().rev().filter(|choice| choice.reach.relation.is_none());
        let own = every().find(|choice| choice.reach.owner.is_some() && choice.reach.includes(meta));
        own.or_else(|| every().find(|choice| choice.reach.owner.is_none()))?.strategy
    }

    /// The deferred columns of an entity here that are loaded with its rows.
    pub(crate) fn loaded_columns(&self, meta: &'static EntityMeta) -> Vec<ColumnPosition> {
        loaded_columns(meta, &self.columns)
    }

    /// The deferred columns of an entity here whose load is refused; none where no option says.
    pub(crate) fn raised_columns(&self, meta: &'static EntityMeta) -> Option<Vec<ColumnPosition>> {
        match self.columns.is_empty() {
            true => None,
            false => raised_columns(meta, &self.columns),
        }
    }

    /// Whether an option refuses the load of deferred columns of an entity here.
    pub(crate) fn raises(&self, meta: &'static EntityMeta) -> bool {
        raises(meta, &self.columns)
    }

    /// Whether no option leads on from here.
    pub(crate) fn is_end(&self) -> bool {
        self.choices.is_empty() && self.columns.is_empty() && self.execution.is_empty()
    }

    /// Through how many levels an option follows a relationship from here, if it is one that may go in circles.
    pub(crate) fn levels(&self, relation: RelationPosition) -> Option<u32> {
        self.of(relation).filter(|choice| choice.recursive).map(|choice| choice.depth).max()
    }

    /// Whether a relationship is followed from here as from another place, though not as far.
    pub(crate) fn goes_on_like(&self, other: &Self, relation: RelationPosition) -> bool {
        let within = |one: &Self, other: &Self| {
            one.of(relation).all(|choice| {
                other.of(relation).any(|it| {
                    it.recursive == choice.recursive
                        && it.strategy == choice.strategy
                        && it.then == choice.then
                        && it.columns == choice.columns
                })
            })
        };
        within(self, other) && within(other, self)
    }

    fn of(&self, relation: RelationPosition) -> impl DoubleEndedIterator<Item = &Arc<Choice>> {
        self.choices.iter().filter(move |choice| choice.reach.relation == Some(relation))
    }

    /// The place at the other end of a relationship.
    pub(crate) fn next(&self, meta: &'static EntityMeta, relation: RelationPosition) -> Self {
        let is_for_all = |choice: &&Arc<Choice>| choice.reach.owner.is_none();
        let mut choices: SmallVec<_> = self.choices.iter().filter(is_for_all).cloned().collect();
        let mut columns: Vec<ColumnChoice> =
            self.columns.iter().filter(|choice| choice.is_for_all()).cloned().collect();
        for choice in self.of(relation) {
            columns.extend(choice.columns.iter().cloned());
            choices.extend(choice.then.iter().cloned());
            if choice.depth > 1 {
                choices.push(Arc::new(Choice { depth: choice.depth - 1, ..Choice::clone(choice) }));
            }
        }
        let mut path = self.path.clone();
        let target = (meta.relations[relation].target)();
        if !path.contains(&target) {
            path.push(target);
        }
        Self { choices, columns, path, execution: self.execution.clone() }
    }
}
