//! Merging an entity that you own into the session.

use super::run::{Undo, read_rows};
use super::{Core, Session};
use crate::engine::{Cause, Mode, facades};
use crate::error::Result;
use crate::key::Key;
use crate::load::RelationPlan;
use crate::mapping::Entity;

facades! {
    impl Session, super::AsyncSession {
        /// Lays an entity, and everything new that hangs on it by relationships with the `merge` cascade, over the rows with the same primary keys:
        /// those that exist are updated, the others are added. Members of collections are added to those that are there, and a reference that holds nothing
        /// leaves that of the row as it is. One statement for each
        /// kind of entity that is not held yet, and one for each many-to-many, one-to-one or keyed relationship that is given members and not known.
        ///
        /// # Errors
        /// Whatever the database says; [`Error::StaleData`](crate::Error::StaleData) when an entity says a version that its row does not have: leave the
        /// version at 0 to lay it over whatever is there.
        ///
        /// Counterpart: `Session.merge`, which also takes members out that the given collection lacks.
        pub fn merge<E: Entity>(&mut self, entity: E) -> Result<Key<E>> {
            self.core.merge(entity)
        }
    }
}

impl<M: Mode> Core<M> {
    /// Lays an entity over the rows with the same primary keys.
    pub(super) async fn merge<E: Entity>(&mut self, entity: E) -> Result<Key<E>> {
        self.autoflush().await?;
        let undo = Undo::new(&mut self.unit);
        let merge = undo.unit.begin_merge(entity);
        for (meta, keys) in merge.wanted(undo.unit) {
            read_rows(&mut self.link, undo.unit, (Cause::Merge, &self.options.execution), (meta, keys)).await?;
        }
        for load in undo.unit.merge_lacks(&merge) {
            let plan = RelationPlan::new(undo.unit, load.meta, load.owners, load.relation);
            let mut plan = plan.under(&self.options.execution);
            self.link.read(Cause::Merge, &mut plan).await?;
        }
        let merged = undo.unit.finish_merge(merge)?;
        undo.keep();
        self.tell_states();
        Ok(merged)
    }
}
