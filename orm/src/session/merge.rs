//! Merging an entity that you own into the session.

use super::Session;
use crate::error::Result;
use crate::key::Key;
use crate::load::{Existing, IdentityPlan};
use crate::mapping::Entity;

impl Session {
    /// Lays an entity, and everything new that hangs on it, over the rows with the same primary keys: those that exist are updated,
    /// the others are added. Members of collections are added to those that are there. One statement for each kind of entity that is not held yet.
    ///
    /// # Errors
    /// Whatever the database says.
    ///
    /// Counterpart: `Session.merge`, which also takes members out that the given collection lacks.
    pub fn merge<E: Entity>(&mut self, entity: E) -> Result<Key<E>> {
        self.autoflush()?;
        let mark = self.unit.mark();
        let merge = self.unit.begin_merge(entity);
        for (meta, keys) in merge.wanted(&self.unit) {
            let loaded = self.link.read(&mut IdentityPlan::new(&mut self.unit, meta, keys, Existing::Keep));
            if let Err(error) = loaded {
                self.unit.undo_to(mark);
                return Err(error);
            }
        }
        self.unit.finish_merge(merge)
    }
}
