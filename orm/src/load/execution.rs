//! What a statement runs under: criteria, options of the program, and a hook that sees each SELECT before it is sent.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use super::criteria::{LoaderCriterion, Restriction};
use super::key_select::KeySelect;
use super::key_tree::tree_of;
use super::option::{LoadOptions, Options};
use crate::engine::{Cause, Command, Statement};
use crate::error::Result;
use crate::mapping::{Entity, EntityMeta};
use crate::sql::tree::{SelectTree, TableRef};
use crate::sql::visit::Visitor;

/// Gives a query a value of the program's own, for [`on_execute`](crate::event::on_execute) listeners to find: for the
/// query itself, its eager loads, and whatever is later loaded lazily from its entities.
///
/// Counterpart: `execution_options(..)`, `UserDefinedOption`.
pub fn execution_option<T: Any + Send + Sync>(value: T) -> ExecutionOption {
    ExecutionOption(Arc::new(value))
}

/// A value of the program's own for a query; see [`execution_option`].
#[derive(Clone)]
#[must_use = "an option does nothing until it is given to `.options(..)`"]
pub struct ExecutionOption(Arc<dyn Any + Send + Sync>);

impl fmt::Debug for ExecutionOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExecutionOption(..)")
    }
}

impl PartialEq for ExecutionOption {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl LoadOptions for ExecutionOption {
    fn hand_over(self, options: &mut Options) {
        options.execution.add_option(self);
    }
}

impl LoadOptions for LoaderCriterion {
    fn hand_over(self, options: &mut Options) {
        options.execution.add_criterion(self);
    }
}

impl LoadOptions for WithoutCriteria {
    fn hand_over(self, options: &mut Options) {
        options.execution.leave_out(self.0);
    }
}

/// Leaves out the session's criteria of some names in one query, and in whatever is later loaded lazily from its
/// entities.
///
/// ```
/// # use orm::prelude::*;
/// # #[derive(Entity, Debug, Default)]
/// # struct Post { #[entity(primary_key)] id: Auto<i64>, deleted: bool }
/// # fn main() -> orm::Result<()> {
/// # let engine = Engine::new("sqlite://")?;
/// # engine.create_all(schema![Post])?;
/// let kept = criterion::<Post>(Post::DELETED.eq(false)).named("soft-delete");
/// let mut session = Session::builder(&engine).criterion(kept).build();
/// session.add(Post { deleted: true, ..Post::default() });
/// assert_eq!(session.query::<Post>().count()?, 0);
/// assert_eq!(session.query::<Post>().options(without_criteria(["soft-delete"])).count()?, 1);
/// # Ok(()) }
/// ```
pub fn without_criteria(names: impl IntoIterator<Item = &'static str>) -> WithoutCriteria {
    WithoutCriteria(names.into_iter().collect())
}

/// Criteria that a query leaves out; see [`without_criteria`].
#[derive(Clone, Debug)]
#[must_use = "an option does nothing until it is given to `.options(..)`"]
pub struct WithoutCriteria(Vec<&'static str>);

/// A SELECT of entities that is about to be sent, as an [`on_execute`](crate::event::on_execute) listener sees it.
///
/// Counterpart: `ORMExecuteState`.
pub struct ExecutedStatement<'s> {
    cause: Cause,
    tree: &'s mut SelectTree,
    options: &'s [ExecutionOption],
    criteria: Vec<LoaderCriterion>,
}

impl ExecutedStatement<'_> {
    /// Returns the reason for the statement: a query of the program, a lazy or an eager load with its relationship,
    /// `get`, the refresh of an expired entity.
    ///
    /// Counterpart: `is_relationship_load`, `is_column_load`, `loader_strategy_path`.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// Returns a value that the program gave the query by [`execution_option`]; of several of one type, the last.
    pub fn option<T: Any>(&self) -> Option<&T> {
        self.options.iter().rev().find_map(|option| option.0.downcast_ref())
    }

    /// Whether the statement takes rows of `E`, anywhere in it.
    pub fn reads<E: Entity>(&self) -> bool {
        let mut reads = Reads { meta: E::entity_meta(), found: false };
        reads.visit_select(self.tree);
        reads.found
    }

    /// Restricts the statement by a criterion. The lazy loads that follow from it are statements of their own, which
    /// listeners see too.
    pub fn add_criterion(&mut self, criterion: LoaderCriterion) {
        self.criteria.push(criterion);
    }

    /// Returns the statement.
    pub fn tree(&self) -> &SelectTree {
        self.tree
    }

    /// Returns the statement to rewrite. What it selects must stay, as the rows are read by it.
    pub fn tree_mut(&mut self) -> &mut SelectTree {
        self.tree
    }
}

impl fmt::Debug for ExecutedStatement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecutedStatement")
            .field("cause", &self.cause)
            .field("tree", &self.tree)
            .finish_non_exhaustive()
    }
}

/// Finds out whether a statement takes rows of an entity.
struct Reads {
    meta: &'static EntityMeta,
    found: bool,
}

impl<'t> Visitor<'t> for Reads {
    fn visit_table(&mut self, table: &'t TableRef) {
        let meta = table.origin.and_then(|origin| origin.mapping::<EntityMeta>());
        self.found |= meta.is_some_and(|meta| meta.is_kin(self.meta));
    }
}

/// Sees each SELECT of entities before it is sent.
pub trait StatementHook: Send + Sync {
    /// Looks at a statement, and may change it.
    ///
    /// # Errors
    /// What keeps the statement from being sent.
    fn on_execute(&self, statement: &mut ExecutedStatement<'_>) -> Result<()>;
}

/// What the statements of a query, or of a session, run under.
#[derive(Clone, Default)]
pub struct ExecutionOptions(Option<Arc<Parts>>);

#[derive(Clone, Default)]
struct Parts {
    criteria: Vec<LoaderCriterion>,
    /// Names of criteria of the session that do not hold.
    left_out: Vec<&'static str>,
    options: Vec<ExecutionOption>,
    hook: Option<Arc<dyn StatementHook>>,
}

impl ExecutionOptions {
    /// Whether statements are sent as they are.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn parts(&mut self) -> &mut Parts {
        Arc::make_mut(self.0.get_or_insert_default())
    }

    pub(crate) fn add_criterion(&mut self, criterion: LoaderCriterion) {
        self.parts().criteria.push(criterion);
    }

    fn add_option(&mut self, option: ExecutionOption) {
        self.parts().options.push(option);
    }

    fn leave_out(&mut self, names: Vec<&'static str>) {
        self.parts().left_out.extend(names);
    }

    /// Lets a hook see each statement; none to let no hook see them any more.
    pub(crate) fn set_hook(&mut self, hook: Option<Arc<dyn StatementHook>>) {
        if hook.is_some() || !self.is_empty() {
            self.parts().hook = hook;
        }
        if self.0.as_deref().is_some_and(Parts::is_empty) {
            self.0 = None;
        }
    }

    /// Returns these options within those of a session: its criteria come first, but for those that are left out.
    pub(crate) fn under(&self, session: &Self) -> Self {
        let (Some(own), Some(session)) = (&self.0, &session.0) else {
            return if self.is_empty() { session.clone() } else { self.clone() };
        };
        let is_left_out = |criterion: &&LoaderCriterion| {
            criterion.name().is_some_and(|name| own.left_out.contains(&name)) || own.criteria.contains(criterion)
        };
        let kept = session.criteria.iter().filter(|criterion| !is_left_out(criterion));
        Self(Some(Arc::new(Parts {
            criteria: kept.chain(&own.criteria).cloned().collect(),
            left_out: own.left_out.clone(),
            options: session.options.iter().chain(&own.options).cloned().collect(),
            hook: own.hook.clone().or_else(|| session.hook.clone()),
        })))
    }

    /// Adds the criteria to what a command asks, after the hook has seen it.
    ///
    /// # Errors
    /// What the hook gives.
    pub(crate) fn apply(&self, command: Command, cause: Cause) -> Result<Command> {
        let Some(parts) = &self.0 else { return Ok(command) };
        match command {
            Command::Query(statement) => match parts.rewrite(&*statement, cause)? {
                Some(tree) => Ok(Command::Query(Arc::new(tree))),
                None => Ok(Command::Query(statement)),
            },
            command => Ok(command),
        }
    }
}

impl Parts {
    fn is_empty(&self) -> bool {
        self.criteria.is_empty() && self.left_out.is_empty() && self.options.is_empty() && self.hook.is_none()
    }

    /// The tree to send in the place of a statement; none where the statement stays.
    fn rewrite(&self, statement: &dyn Statement, cause: Cause) -> Result<Option<SelectTree>> {
        if self.hook.is_none() && self.criteria.is_empty() {
            return Ok(None);
        }
        let Some(mut tree) = tree_within(statement)? else { return Ok(None) };
        let Some(hook) = &self.hook else {
            Restriction::new(&self.criteria).apply(&mut tree);
            return Ok(Some(tree));
        };
        let (options, criteria) = (&self.options, self.criteria.clone());
        let mut seen = ExecutedStatement { cause, tree: &mut tree, options, criteria };
        hook.on_execute(&mut seen)?;
        let criteria = seen.criteria;
        Restriction::new(&criteria).apply(&mut tree);
        Ok(Some(tree))
    }
}

/// The tree of a SELECT.
fn tree_within(statement: &dyn Statement) -> Result<Option<SelectTree>> {
    let Some(any) = statement.as_any() else { return Ok(None) };
    match (any.downcast_ref::<SelectTree>(), any.downcast_ref::<KeySelect>()) {
        (Some(tree), _) => Ok(Some(tree.clone())),
        (None, Some(select)) => tree_of(select).map(Some),
        (None, None) => Ok(None),
    }
}

// Hooks are functions, which do not compare; there is one for a session.
impl PartialEq for ExecutionOptions {
    fn eq(&self, other: &Self) -> bool {
        let is_alike = |one: &Parts, other: &Parts| {
            one.criteria == other.criteria && one.left_out == other.left_out && one.options == other.options
        };
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other) || is_alike(one, other),
            (one, other) => one.is_none() && other.is_none(),
        }
    }
}

impl fmt::Debug for ExecutionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(parts) => f.debug_list().entries(&parts.criteria).finish(),
            None => f.write_str("[]"),
        }
    }
}
