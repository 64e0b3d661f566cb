//! Which statements fetch what is asked for, and how rows become entities.
//!
//! Everything here is a [`Plan`](crate::engine::Plan): it hands out SELECTs and is fed rows, which it gives to an [`EntitySink`].
//! The number of statements is a promise: one for a query, one per level of an eager path and 500 owners, none for what is known already.
//! Deliberately absent: connections, the identity map, and any decision about an entity that is held.

mod alike;
mod body;
mod clause;
mod column_option;
mod criteria;
mod execution;
mod identity;
mod join;
pub(crate) mod key_select;
pub(crate) mod key_tree;
pub(crate) mod keyed;
mod members;
mod members_select;
mod names;
mod option;
mod owners;
mod plan;
mod projection;
mod query;
pub(crate) mod read;
mod relation;
mod relation_load;
mod row;
mod select;
mod selection;
mod sink;
mod source;
mod strategy;
mod wrap;

pub(crate) use alike::is_alike;
pub use clause::OrderKeys;
pub use column_option::{ColumnLoad, DeferredColumns, defer, load_only, raise_deferred, undefer, undefer_group};
pub use criteria::{LoaderCriterion, MixinRow, criterion, mixin_criterion};
pub use execution::{
    ExecutedStatement, ExecutionOption, ExecutionOptions, StatementHook, WithoutCriteria, execution_option,
    without_criteria,
};
pub use identity::IdentityPlan;
pub use join::JoinPath;
pub(crate) use members_select::members_select;
pub use option::{
    Every, Everything, Load, LoadOptions, NestedOption, RelationshipTarget, default_load, every, everything,
};
pub use query::QueryPlan;
#[cfg(feature = "async")]
pub(crate) use query::QuerySteps;
pub use relation::RelationPlan;
pub use row::RowSelect;
pub use select::{Select, select};
pub use selection::{Optional, Selection, Tracked, Untracked, entity, optional, untracked};
pub use sink::{EntitySink, Existing, Stated};
pub use source::{IntoSource, NamedSelect};
pub use strategy::contains_eager::{contains_eager, contains_eager_from};
pub use strategy::immediate::immediate;
pub use strategy::joined::joined;
pub use strategy::lazy::lazy;
pub use strategy::peers::peers;
pub use strategy::raise::{raise, raise_on_sql};
pub use strategy::selectin::selectin;
pub use strategy::subquery::subquery;
