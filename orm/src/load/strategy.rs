//! Loader strategies: when a relationship is loaded, and by which statements.
//!
//! A strategy is a file, which has the option of its name, and a line in [`of`].

pub(crate) mod contains_eager;
pub(crate) mod immediate;
pub(crate) mod joined;
pub(crate) mod lazy;
pub(crate) mod peers;
pub(crate) mod raise;
pub(crate) mod selectin;
pub(crate) mod subquery;

use super::key_select::BATCH;
use super::keyed::KeySource;
use super::owners::OwnersSelect;
use super::sink::{EntitySink, referenced};
use crate::error::Result;
use crate::key::Slot;
use crate::mapping::{ColumnPosition, EntityMeta, LoaderStrategy, RelationKind, RelationPosition};

/// A way of loading a relationship.
pub(crate) trait Strategy: Sync {
    /// When the relationship is loaded.
    fn timing(&self) -> Timing;

    /// Returns where the SELECT of an eager load takes the keys from. `owners` is the query that gave the owners, where there is one.
    ///
    /// # Errors
    /// When the query cannot be repeated.
    fn key_source(&self, owners: Option<OwnersKeys<'_>>) -> Result<KeySource> {
        let _ = owners;
        Ok(KeySource::Lists(BATCH))
    }

    /// Returns the entities that the relationship is loaded for when a program asks for that of one; that one comes first.
    ///
    /// # Errors
    /// When the strategy forbids the load.
    fn owners_to_load(&self, sink: &mut dyn EntitySink, asked: Asked) -> Result<Vec<Slot>> {
        let _ = sink;
        Ok(vec![asked.owner])
    }
}

/// When a relationship is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    /// When a program asks for the relationship.
    OnDemand,
    /// With the owners, by statements of its own.
    WithOwners,
    /// With the owners, in their statement; by statements of its own where a join is not possible.
    InStatement,
}

impl Timing {
    /// Whether the relationship comes with its owners.
    pub(crate) fn is_eager(self) -> bool {
        self != Self::OnDemand
    }
}

/// The query that gave the owners of a relationship, and the columns by which the relationship finds its other end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnersKeys<'q> {
    pub(crate) query: &'q OwnersSelect,
    pub(crate) meta: &'static EntityMeta,
    pub(crate) columns: &'q [ColumnPosition],
}

/// A relationship of an entity that a program asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) meta: &'static EntityMeta,
    pub(crate) owner: Slot,
    pub(crate) relation: RelationPosition,
}

impl Asked {
    /// Whether the other end is known without a SELECT; a reference also by the identity map.
    pub(crate) fn is_known(self, sink: &dyn EntitySink) -> bool {
        if self.is_loaded(sink) {
            return true;
        }
        let relationship = &self.meta.relations[self.relation];
        relationship.kind == RelationKind::BelongsTo
            && referenced(sink, self.meta, self.owner, self.relation)
                .0
                .is_some_and(|target| !sink.is_expired((relationship.target)(), target))
    }

    fn is_loaded(self, sink: &dyn EntitySink) -> bool {
        sink.is_loaded(self.meta, self.owner, self.relation)
    }
}

/// Returns the implementation of a strategy.
pub(crate) fn of(strategy: LoaderStrategy) -> &'static dyn Strategy {
    match strategy {
        LoaderStrategy::Select => &lazy::Lazy,
        LoaderStrategy::Peers => &peers::Peers,
        LoaderStrategy::SelectIn => &selectin::SelectIn,
        LoaderStrategy::Subquery => &subquery::Subquery,
        LoaderStrategy::Immediate => &immediate::Immediate,
        LoaderStrategy::Joined => &joined::Joined,
        LoaderStrategy::ContainsEager => &contains_eager::ContainsEager,
        LoaderStrategy::Raise => &raise::Raise,
        LoaderStrategy::RaiseOnSql => &raise::RaiseOnSql,
    }
}
