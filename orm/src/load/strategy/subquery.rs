//! Subquery loading: one SELECT for all owners, which repeats the owners' query as a subquery.

use super::{OwnersKeys, Strategy, Timing};
use crate::error::Result;
use crate::load::key_select::BATCH;
use crate::load::keyed::KeySource;
use crate::load::option::{Load, RelationshipTarget};
use crate::mapping::LoaderStrategy;

/// Loads a relationship with one SELECT for all owners, whose query becomes a subquery of it. Owners that no query gave, as those of
/// `get` and of lazy loads, are loaded as by [`selectin`](super::selectin::selectin).
///
/// One statement for any number of owners; the database runs the owners' query twice. Owners for which no row comes are asked for once
/// more, by one SELECT for 500 of them: the second run may have given other owners, if another transaction wrote meanwhile, or if a
/// query with `limit` is not sorted by a unique key.
///
/// Counterpart: `sqlalchemy.orm.subqueryload`.
pub fn subquery<R: RelationshipTarget>(relationship: R) -> Load<R::Owner, R::Target> {
    Load::new(relationship, Some(LoaderStrategy::Subquery))
}

pub(crate) struct Subquery;

impl Strategy for Subquery {
    fn timing(&self) -> Timing {
        Timing::WithOwners
    }

    fn key_source(&self, owners: Option<OwnersKeys<'_>>) -> Result<KeySource> {
        Ok(match owners {
            Some(owners) => KeySource::Query(owners.query.keys(owners.meta, owners.columns).into()),
            None => KeySource::Lists(BATCH),
        })
    }
}
