//! Lazy loading for all entities of a type at once, which turns N+1 statements into two.

use super::{Asked, Strategy, Timing};
use crate::error::Result;
use crate::key::Slot;
use crate::load::option::{Load, RelationshipTarget};
use crate::load::sink::EntitySink;
use crate::mapping::LoaderStrategy;

/// Loads a relationship when it is asked for, then for every entity of the session that still lacks it: N+1 becomes 1+1.
pub fn peers<R: RelationshipTarget>(relationship: R) -> Load<R::Owner, R::Target> {
    Load::new(relationship, Some(LoaderStrategy::Peers))
}

pub(crate) struct Peers;

impl Strategy for Peers {
    fn timing(&self) -> Timing {
        Timing::OnDemand
    }

    fn owners_to_load(&self, sink: &mut dyn EntitySink, asked: Asked) -> Result<Vec<Slot>> {
        let mut owners = vec![asked.owner];
        owners.extend(sink.peers(asked.meta, asked.relation).into_iter().filter(|peer| *peer != asked.owner));
        Ok(owners)
    }
}
