//! How a query wants relationships loaded: `selectin(User::ADDRESSES).then(joined(Address::USER))`.

use std::marker::PhantomData;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::error::{Error, Result};
use crate::mapping::{Entity, EntityMeta, LazyStrategy, Relationship};
use crate::sql::tree::MAX_LEVELS;

/// How a relationship of `O` to `T` is to be loaded.
///
/// Counterpart: `sqlalchemy.orm.Load`.
#[must_use = "an option does nothing until it is given to `.options(..)`"]
pub struct Load<O, T> {
    choice: Choice,
    types: PhantomData<fn() -> (O, T)>,
}

/// An option without its types.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) owner: fn() -> &'static EntityMeta,
    pub(crate) relation: usize,
    pub(crate) strategy: LazyStrategy,
    /// How many levels of a relationship to itself, counting this one.
    depth: u32,
    recursive: bool,
    then: Vec<Arc<Self>>,
    /// How many options are within each other, this one included.
    levels: u16,
    /// Whether options within it were left out, as there are too many within each other.
    cut: bool,
}

/// Loads a relationship with one `SELECT ... IN` per level and 500 owners.
///
/// Counterpart: `sqlalchemy.orm.selectinload`.
pub fn selectin<O: Entity, T: Entity, K>(relationship: Relationship<O, T, K>) -> Load<O, T> {
    Load::new(relationship, LazyStrategy::SelectIn)
}

/// Loads a relationship in the same statement, by an outer join.
///
/// A collection multiplies the rows of the statement, so `limit` then counts entities within a subquery. In a query for more than one
/// entity, rows cannot be told apart any more; there a collection is loaded as by [`selectin`].
///
/// Counterpart: `sqlalchemy.orm.joinedload`.
pub fn joined<O: Entity, T: Entity, K>(relationship: Relationship<O, T, K>) -> Load<O, T> {
    Load::new(relationship, LazyStrategy::Joined)
}

/// Loads a relationship when it is asked for, whatever the mapping says.
///
/// Counterpart: `sqlalchemy.orm.lazyload`.
pub fn lazy<O: Entity, T: Entity, K>(relationship: Relationship<O, T, K>) -> Load<O, T> {
    Load::new(relationship, LazyStrategy::Select)
}

/// Loads a relationship when it is asked for, then for every entity of the session that still lacks it: N+1 becomes 1+1.
pub fn peers<O: Entity, T: Entity, K>(relationship: Relationship<O, T, K>) -> Load<O, T> {
    Load::new(relationship, LazyStrategy::Peers)
}

/// Makes asking for a relationship that is not loaded an error.
///
/// Counterpart: `sqlalchemy.orm.raiseload`.
pub fn raise<O: Entity, T: Entity, K>(relationship: Relationship<O, T, K>) -> Load<O, T> {
    Load::new(relationship, LazyStrategy::Raise)
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

impl<O: Entity, T: Entity> Load<O, T> {
    fn new<K>(relationship: Relationship<O, T, K>, strategy: LazyStrategy) -> Self {
        let choice = Choice {
            owner: O::entity_meta,
            relation: relationship.index(),
            strategy,
            depth: 1,
            recursive: false,
            then: Vec::new(),
            levels: 1,
            cut: false,
        };
        Self { choice, types: PhantomData }
    }

    /// Says how a relationship of the entities at the other end is loaded; may be called for several. Of a hierarchy, the relationship may
    /// be one of any class; entities of other classes do not have it.
    ///
    /// More than 128 options within each other are an error when the query is run; [`recurse`](Load::recurse) goes further.
    pub fn then<C: Entity<Root = T::Root>, U>(mut self, next: Load<C, U>) -> Self {
        let next = next.choice;
        let levels = self.choice.levels.max(next.levels + 1);
        self.choice.cut |= next.cut || levels > MAX_LEVELS;
        // So deep that going down would end the thread, it never comes into being.
        if levels <= MAX_LEVELS {
            self.choice.levels = levels;
            self.choice.then.push(Arc::new(next));
        }
        self
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
pub struct Options(pub(crate) Vec<Arc<Choice>>);

impl Options {
    /// Refuses options of which some were left out.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] when there are too many within each other.
    pub(crate) fn check(&self) -> Result<()> {
        match self.0.iter().find(|choice| choice.cut) {
            Some(choice) => {
                let owner = (choice.owner)();
                Err(Error::invalid(format!(
                    "more than {MAX_LEVELS} options stand within that for {}.{}: to follow a relationship to the same kind \
                     of entity, say `.recurse(depth)`",
                    owner.name, owner.relations[choice.relation].name
                )))
            }
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
        options.0.push(Arc::new(self.choice));
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

// By hand: function pointers do not compare well, the mappings they give do.
impl PartialEq for Choice {
    fn eq(&self, other: &Self) -> bool {
        (self.relation, self.strategy, self.depth) == (other.relation, other.strategy, other.depth)
            && (self.owner)().is_kin((other.owner)())
            && self.then == other.then
    }
}

/// What holds for the entities at one place of the graph: the options that lead on from there, and how the place was reached.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Branch {
    choices: SmallVec<[Arc<Choice>; 2]>,
    /// The entities on the way here, each once however often the way leads through it. A default that leads back to one of them is not followed.
    path: SmallVec<[&'static EntityMeta; 4]>,
}

impl Branch {
    /// The root of a graph.
    pub(crate) fn root(meta: &'static EntityMeta, choices: &[Arc<Choice>]) -> Self {
        let choices = choices.iter().filter(|choice| (choice.owner)().is_kin(meta)).cloned().collect();
        Self { choices, path: SmallVec::from_slice(&[meta]) }
    }

    /// How a relationship is loaded here.
    pub(crate) fn strategy(&self, meta: &'static EntityMeta, relation: usize) -> LazyStrategy {
        if let Some(strategy) = self.chosen(relation) {
            return strategy;
        }
        let default = &meta.relations[relation];
        match default.lazy {
            LazyStrategy::SelectIn | LazyStrategy::Joined
                if self.path.iter().any(|meta| meta.is_kin((default.target)())) =>
            {
                LazyStrategy::Select
            }
            strategy => strategy,
        }
    }

    /// What an option says about a relationship; the last one counts.
    pub(crate) fn chosen(&self, relation: usize) -> Option<LazyStrategy> {
        self.of(relation).next_back().map(|choice| choice.strategy)
    }

    /// Through how many levels an option follows a relationship from here, if it is one that may go in circles.
    pub(crate) fn levels(&self, relation: usize) -> Option<u32> {
        self.of(relation).filter(|choice| choice.recursive).map(|choice| choice.depth).max()
    }

    /// Whether a relationship is followed from here as from another place, though not as far.
    pub(crate) fn goes_on_like(&self, other: &Self, relation: usize) -> bool {
        let within = |one: &Self, other: &Self| {
            one.of(relation).all(|choice| {
                other.of(relation).any(|it| {
                    it.recursive == choice.recursive && it.strategy == choice.strategy && it.then == choice.then
                })
            })
        };
        within(self, other) && within(other, self)
    }

    fn of(&self, relation: usize) -> impl DoubleEndedIterator<Item = &Arc<Choice>> {
        self.choices.iter().filter(move |choice| choice.relation == relation)
    }

    /// The place at the other end of a relationship.
    pub(crate) fn next(&self, meta: &'static EntityMeta, relation: usize) -> Self {
        let mut choices = SmallVec::new();
        for choice in self.of(relation) {
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
        Self { choices, path }
    }
}
