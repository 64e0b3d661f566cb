//! What happens when a program asks for a relationship: load it for one entity, for its peers, or refuse.

use crate::error::{Error, Result};
use crate::key::Slot;
use crate::load::sink::{EntitySink, referenced};
use crate::mapping::{EntityMeta, LazyStrategy, RelationKind};

/// Whose relationship is loaded when one entity's is asked for; the one asked for comes first.
///
/// # Errors
/// [`Error::RaisedLoad`] when the strategy is `raise` and the relationship is not loaded.
pub(crate) fn owners(
    sink: &mut dyn EntitySink,
    meta: &'static EntityMeta,
    owner: Slot,
    relation: usize,
) -> Result<Vec<Slot>> {
    let mut owners = vec![owner];
    match sink.strategy(meta, owner, relation) {
        LazyStrategy::Raise if !is_known(sink, meta, owner, relation) => {
            let relationship = meta.relations[relation].name;
            Err(Error::RaisedLoad { entity: meta.name, relationship, constant: relationship.to_uppercase() })
        }
        LazyStrategy::Peers => {
            owners.extend(sink.peers(meta, relation).into_iter().filter(|peer| *peer != owner));
            Ok(owners)
        }
        _ => Ok(owners),
    }
}

/// Whether the other end is known without asking the database; a reference also by the identity map.
fn is_known(sink: &dyn EntitySink, meta: &'static EntityMeta, owner: Slot, relation: usize) -> bool {
    if sink.is_loaded(meta, owner, relation) {
        return true;
    }
    let relationship = &meta.relations[relation];
    relationship.kind == RelationKind::BelongsTo
        && referenced(sink, meta, owner, relation)
            .0
            .is_some_and(|target| !sink.is_expired((relationship.target)(), target))
}
