//! Select-in loading: one `SELECT ... IN` for 500 owners.

use super::{Strategy, Timing};
use crate::load::option::{Load, RelationshipTarget};
use crate::mapping::LoaderStrategy;

/// Loads a relationship with one `SELECT ... IN` per level and 500 owners.
///
/// Counterpart: `sqlalchemy.orm.selectinload`.
pub fn selectin<R: RelationshipTarget>(relationship: R) -> Load<R::Owner, R::Target> {
    Load::new(relationship, Some(LoaderStrategy::SelectIn))
}

pub(crate) struct SelectIn;

impl Strategy for SelectIn {
    fn timing(&self) -> Timing {
        Timing::WithOwners
    }
}
