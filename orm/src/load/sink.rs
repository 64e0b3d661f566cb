//! What loading needs from whoever owns the entities. The unit of work implements it.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::option::Branch;
use crate::error::{BoxedResult, Error, Result};
use crate::key::Slot;
use crate::mapping::{ColumnPosition, EntityMeta, KeyValues, LoaderStrategy, Record, RelationPosition};
use crate::row::RowReader;
use crate::value::Value;

/// Takes rows in and makes entities of them: one row, one entity.
pub trait EntitySink: Send {
    /// The tag of the session, for making keys.
    fn session(&self) -> NonZeroU32;

    /// Takes a row whose columns of `meta`, in the mapping's order, begin at `at`.
    ///
    /// The identity map decides: a row that is not held yet becomes a new entity, an expired entity is overwritten, a fresh one is kept
    /// as it is (unless `existing` says otherwise; an entity with unflushed edits is never overwritten). `None` when the primary key is `NULL`, as after an outer join.
    ///
    /// # Errors
    /// [`Error::Decode`](crate::Error::Decode) when a column does not fit its field.
    fn accept(
        &mut self,
        meta: &'static EntityMeta,
        row: &mut dyn RowReader,
        at: usize,
        existing: Existing,
    ) -> BoxedResult<Option<Slot>>;

    /// Takes a row by the positions of the mapping, of which columns may be missing. `deferred` are the deferred columns that it has: an
    /// entity that is kept as it is gets those that it lacks.
    ///
    /// # Errors
    /// The errors of [`accept`](Self::accept).
    fn accept_placed(
        &mut self,
        meta: &'static EntityMeta,
        row: &mut dyn RowReader,
        deferred: &[ColumnPosition],
        existing: Existing,
    ) -> BoxedResult<Option<Slot>>;

    /// Takes a row of the primary key and deferred columns: the entity, if it is held, gets the columns that it lacks.
    ///
    /// # Errors
    /// The errors of [`accept`](Self::accept).
    fn fill_columns(
        &mut self,
        meta: &'static EntityMeta,
        row: &mut dyn RowReader,
        deferred: &[ColumnPosition],
    ) -> BoxedResult<Option<Slot>>;

    /// States for which deferred columns of one entity a load is refused from now on; `None` for those of the mapping.
    fn raise_columns(&mut self, meta: &'static EntityMeta, slot: Slot, columns: Option<&[ColumnPosition]>);

    /// The entity at a slot; `None` when it has left.
    fn record(&self, meta: &'static EntityMeta, slot: Slot) -> Option<&dyn Record>;

    /// The entity with a primary key, if it is held (expired or not).
    fn find(&self, meta: &'static EntityMeta, key: &[Value]) -> Option<Slot>;

    /// The primary key under which an entity is held; `None` for a pending one.
    fn identity(&self, meta: &'static EntityMeta, slot: Slot) -> Option<KeyValues>;

    /// Whether the entity's columns must be read again before they can be trusted.
    fn is_expired(&self, meta: &'static EntityMeta, slot: Slot) -> bool;

    /// Whether a relationship's other end is known: a collection that is loaded, a reference that is empty or whose entity is held.
    fn is_loaded(&self, meta: &'static EntityMeta, owner: Slot, relation: RelationPosition) -> bool;

    /// Every persistent entity of a kind whose relationship is not loaded, in order of arrival. They are about to be loaded, so that the next
    /// question need not look at them again.
    fn peers(&mut self, meta: &'static EntityMeta, relation: RelationPosition) -> Vec<Slot>;

    /// States the members of a collection as the database has them; what was put in or taken out in memory and is not flushed stays so.
    /// The members' inverse references point to the owner afterwards.
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the owner has left.
    fn set_members(
        &mut self,
        meta: &'static EntityMeta,
        owner: Slot,
        relation: RelationPosition,
        members: &[Slot],
    ) -> Result<()>;

    /// States the entity under a `BelongsTo`, after its foreign key led to it.
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the owner has left.
    fn set_target(
        &mut self,
        meta: &'static EntityMeta,
        owner: Slot,
        relation: RelationPosition,
        target: Option<Slot>,
    ) -> Result<()>;

    /// States how a relationship of one entity is loaded from now on, whatever the mapping says.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) when the owner of the entities keeps no such thing, as by default.
    fn set_strategy(
        &mut self,
        meta: &'static EntityMeta,
        owner: Slot,
        relation: RelationPosition,
        stated: Stated,
    ) -> Result<()> {
        let _ = owner;
        Err(Error::invalid(format!(
            "{}.{}: the strategy {:?} cannot be stated for one query here; state it in the mapping",
            meta.name, meta.relations[relation].name, stated.strategy
        )))
    }

    /// States that rows are read under loader criteria: a loaded collection may lack members from now on. Does nothing by default.
    fn note_restricted(&mut self) {}

    /// Returns the strategy and the options that a query stated for a relationship of one entity; none where the mapping decides.
    fn stated(&self, meta: &'static EntityMeta, owner: Slot, relation: RelationPosition) -> Option<Stated> {
        let _ = (meta, owner, relation);
        None
    }
}

/// Strategy and options that a query stated for a relationship of an entity that it gave.
#[derive(Clone, Debug)]
pub struct Stated {
    /// How the relationship is loaded.
    pub strategy: LoaderStrategy,
    /// The options for the entities at its other end.
    pub(crate) next: Arc<Branch>,
}

/// What to do with an entity that is held and fresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Keep it as it is.
    #[default]
    Keep,
    /// Overwrite it, unless it has unflushed edits (`populate_existing`, `refresh`).
    Refresh,
}

/// Whether an entity has a relationship: those of another class of its hierarchy may.
pub(crate) fn has_relation(
    sink: &dyn EntitySink,
    meta: &'static EntityMeta,
    slot: Slot,
    relation: RelationPosition,
) -> bool {
    meta.polymorphism.is_none() || sink.record(meta, slot).is_some_and(|record| record.has_relation(relation))
}

/// The entity under a reference, if it is held, and its primary key, if that is known.
pub(crate) fn referenced(
    sink: &dyn EntitySink,
    meta: &'static EntityMeta,
    owner: Slot,
    relation: RelationPosition,
) -> (Option<Slot>, Option<KeyValues>) {
    let Some(reference) = sink.record(meta, owner).and_then(|record| record.reference(relation)) else {
        return (None, None);
    };
    let target = (meta.relations[relation].target)();
    let parts = 0..target.primary_key.len();
    let key: Option<KeyValues> =
        reference.has_id().then(|| parts.map(|part| reference.id_part(part).to_value()).collect());
    let linked = reference.target().filter(|(session, _)| *session == sink.session()).map(|(_, slot)| slot);
    // It may have left the session since.
    let linked = linked.filter(|slot| sink.record(target, *slot).is_some());
    (linked.or_else(|| key.as_ref().and_then(|key| sink.find(target, key))), key)
}
