//! Immediate loading: the lazy load of each owner, sent at once.

use super::{OwnersKeys, Strategy, Timing};
use crate::error::Result;
use crate::load::keyed::KeySource;
use crate::load::option::{Load, RelationshipTarget};
use crate::mapping::LoaderStrategy;

/// Loads a relationship with one SELECT for each owner: the statements of lazy loads, but sent at once. A reference to an entity in
/// memory needs none.
///
/// For few owners with long keys, and for comparison; [`selectin`](super::selectin::selectin) sends one SELECT for 500 owners.
///
/// Counterpart: `sqlalchemy.orm.immediateload`.
pub fn immediate<R: RelationshipTarget>(relationship: R) -> Load<R::Owner, R::Target> {
    Load::new(relationship, Some(LoaderStrategy::Immediate))
}

pub(crate) struct Immediate;

impl Strategy for Immediate {
    fn timing(&self) -> Timing {
        Timing::WithOwners
    }

    fn key_source(&self, _owners: Option<OwnersKeys<'_>>) -> Result<KeySource> {
        Ok(KeySource::Lists(1))
    }
}
