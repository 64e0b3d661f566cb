//! Drops graphs of new entities without recursion: a graph may be a chain that is longer than the stack.

use super::entity::Record;

/// Drops entities and the new entities in their relationships.
#[cold]
pub(super) fn drop_iteratively(mut entities: Vec<Box<dyn Record>>) {
    while let Some(mut entity) = entities.pop() {
        for relation in entity.meta().relations.positions() {
            if let Some(collection) = entity.collection_mut(relation) {
                entities.extend(collection.take_new());
            } else if let Some(reference) = entity.reference_mut(relation) {
                entities.extend(reference.take_new());
            }
        }
    }
}
