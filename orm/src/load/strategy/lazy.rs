//! What happens when a program asks for a relationship: load it for one entity, for its peers, or refuse.

use crate::error::{Error, Result};
use crate::key::Slot;
use crate::load::sink::EntitySink;
use crate::mapping::{EntityMeta, LazyStrategy};

/// Whose relationship is loaded when one entity's is asked for; the one asked for comes first.
///
/// # Errors
/// [`Error::RaisedLoad`] when the strategy is `raise` and the relationship is not loaded.
pub(crate) fn owners(
    sink: &dyn EntitySink,
    meta: &'static EntityMeta,
    owner: Slot,
    relation: usize,
) -> Result<Vec<Slot>> {
    let mut owners = vec![owner];
    match sink.strategy(meta, owner, relation) {
        LazyStrategy::Raise if !sink.is_loaded(meta, owner, relation) => {
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
