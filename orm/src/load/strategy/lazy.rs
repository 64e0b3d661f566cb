//! Lazy loading: a relationship is loaded when a program asks for it.

use super::{Strategy, Timing};
use crate::load::option::{Load, RelationshipTarget};
use crate::mapping::LoaderStrategy;

/// Loads a relationship when it is asked for, whatever the mapping says.
///
/// Counterpart: `sqlalchemy.orm.lazyload`.
pub fn lazy<R: RelationshipTarget>(relationship: R) -> Load<R::Owner, R::Target> {
    Load::new(relationship, Some(LoaderStrategy::Select))
}

pub(crate) struct Lazy;

impl Strategy for Lazy {
    fn timing(&self) -> Timing {
        Timing::OnDemand
    }
}
