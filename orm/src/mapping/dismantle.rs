//! Drops entities that hold new entities one after the other: a graph may be a chain far longer than the stack.

use super::entity::Record;

/// Drops entities, and the new entities that their relationships hold, without recursion.
#[cold]
pub(super) fn dismantle(mut entities: Vec<Box<dyn Record>>) {
    while let Some(mut entity) = entities.pop() {
        for relation in 0..entity.meta().relations.len() {
            if let Some(collection) = entity.collection_mut(relation) {
                entities.extend(collection.take_new());
            } else if let Some(reference) = entity.reference_mut(relation) {
                entities.extend(reference.take_new());
            }
        }
    }
}
