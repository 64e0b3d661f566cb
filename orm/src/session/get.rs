//! Entities by primary key, and reading them again.

use std::any::TypeId;
use std::marker::PhantomData;

use super::{Core, Session};
use crate::engine::{Cause, Mode, RowSink, facades};
use crate::error::{BoxedResult, Error, Result};
use crate::key::{Key, Slot};
use crate::load::{EntitySink, Existing, IdentityPlan, RowSelect};
use crate::mapping::{ColumnPosition, Entity, EntityMeta, IntoPrimaryKey, KeyValues, PrimaryKey};
use crate::row::RowReader;
use crate::unit::{Identified, State, UnitOfWork, key_text};
use crate::value::Value;

facades! {
    impl Session, super::AsyncSession {
        /// The entity with a primary key: from memory if the session holds it and it is fresh (no statement), else from the database. `None` when there is no such row.
        ///
        /// # Errors
        /// Whatever the database says; [`Error::Decode`] for a row that does not fit.
        ///
        /// Counterpart: `Session.get`.
        pub fn get<E: Entity>(&mut self, id: impl IntoPrimaryKey<E::PrimaryKey>) -> Result<Option<Key<E>>> {
            self.core.get(id.into_primary_key())
        }

        /// The entity, read again first if it is expired: one statement then, none otherwise. An entity whose row this transaction deleted
        /// keeps its last values until the commit, and is given as it is in memory. Deferred columns that were loaded are read with the row.
        ///
        /// # Errors
        /// [`Error::UnknownKey`] when the key is not honored, [`Error::ObjectDeleted`] when its row is gone; whatever the database says.
        ///
        /// Counterpart: reading an attribute of an expired object.
        pub fn load<E: Entity>(&mut self, key: Key<E>) -> Result<&E> {
            self.core.load(key)
        }

        /// Reads an entity again; unflushed edits of it, and of what its `refresh-expire` cascades reach, are dropped.
        /// Changes of relationships by `rel(..)` are kept, as the other end was changed with them: they are flushed first.
        /// Deferred columns that are loaded are read again, others stay unloaded.
        ///
        /// # Errors
        /// Those of [`load`](Session::load); [`Error::RowPending`] when the entity has no row yet, [`Error::RowDeleted`] when this transaction deleted it.
        ///
        /// Counterpart: `Session.refresh`.
        pub fn refresh<E: Entity>(&mut self, key: Key<E>) -> Result<&E> {
            self.core.refresh(key)
        }
    }
}

impl<M: Mode> Core<M> {
    /// The entity with a primary key: from memory if it can be trusted, else from the database.
    ///
    /// What is seldom done is apart: this runs for each entity that is looked up, and a future with much in it takes longer to make than to run.
    async fn get<E: Entity>(&mut self, id: E::PrimaryKey) -> BoxedResult<Option<Key<E>>> {
        let id = id.to_values();
        match self.unit.identify::<E>(&id) {
            Identified::Absent
                if RowSelect::<E>::suffices() && self.options.execution.is_empty() && !self.is_autoflush_due() => {}
            Identified::Fresh(key) => return self.known(key),
            _ => return Box::pin(self.find(id)).await,
        }
        let mut row = NewRow::<E> { unit: &mut self.unit, id: &id, found: None, entity: PhantomData };
        self.link.load(Cause::Get, &RowSelect::<E>::new(&id), &mut row).await?;
        let found = row.found;
        self.tell_states();
        Ok(found.map(|slot| Key::from_parts(self.unit.session(), slot)))
    }

    /// An entity that can be trusted; none when its row is known to be one of another class.
    fn known<E: Entity>(&self, key: Key<E::Root>) -> BoxedResult<Option<Key<E>>> {
        match TypeId::of::<E>() == TypeId::of::<E::Root>() {
            true => Ok(Some(Key::from_parts(key.session(), key.slot()))),
            false => Ok(self.unit.downcast(key)?),
        }
    }

    /// The entity with a primary key, from the database as it is after the flush that may be due.
    async fn find<E: Entity>(&mut self, id: KeyValues) -> BoxedResult<Option<Key<E>>> {
        self.autoflush().await?;
        let Some(slot) = self.fetch::<E>(Cause::Get, &id, Existing::Keep).await? else { return Ok(None) };
        self.tell_states();
        let key = Key::from_parts(self.unit.session(), slot);
        // What was deleted in this transaction is known from the journal.
        Ok((self.unit.is_as_begun() || self.unit.state(key)? != State::Deleted).then_some(key))
    }

    /// The entity, read again first if it is expired.
    async fn load<E: Entity>(&mut self, key: Key<E>) -> Result<&E> {
        self.freshen(key).await?;
        self.unit.entity(key)
    }

    /// Reads an entity again if it is expired.
    pub(super) async fn freshen<E: Entity>(&mut self, key: Key<E>) -> Result<()> {
        if !self.unit.is_expired(key)? {
            return Ok(());
        }
        if self.unit.is_modified(key)? {
            self.autoflush().await?;
        } else {
            self.unit.drop_void_edit(key)?;
        }
        let columns = self.unit.loaded_columns(key)?;
        self.reread(key, &columns).await
    }

    /// The entity, read again; unflushed edits are dropped.
    async fn refresh<E: Entity>(&mut self, key: Key<E>) -> Result<&E> {
        self.unit.is_expired(key)?;
        let columns = self.unit.loaded_columns(key)?;
        self.unit.expire(key)?;
        if self.unit.is_modified(key)? {
            // A change of a relationship, which the other end made too, is written before the row is read.
            self.autoflush().await?;
        }
        self.reread(key, &columns).await?;
        if self.unit.is_expired(key)? {
            return Err(Error::UnflushedChanges {
                entity: E::entity_meta().name,
                message: format!(
                    "{} has a changed relationship that is not flushed, so its row cannot be read into memory: \
                     `session.flush()?` before the refresh",
                    E::entity_meta().name
                ),
            });
        }
        self.unit.entity(key)
    }

    /// Reads a row again, with the deferred columns that were loaded.
    async fn reread<E: Entity>(&mut self, key: Key<E>, columns: &[ColumnPosition]) -> Result<()> {
        let Some(id) = EntitySink::identity(&self.unit, E::entity_meta(), key.slot()) else { return Ok(()) };
        let found = match columns.is_empty() {
            true => self.fetch::<E>(Cause::Refresh, &id, Existing::Refresh).await?,
            false => {
                let meta = E::entity_meta();
                Box::pin(self.fetch_with_columns(Cause::Refresh, meta, id.clone(), columns)).await?
            }
        };
        match found {
            Some(found) if found == key.slot() => Ok(()),
            Some(_) => Err(Error::KeyDiffers { entity: E::entity_meta().name, key: key_text(E::entity_meta(), &id) }),
            _ => Err(Error::ObjectDeleted { entity: E::entity_meta().name, key: key_text(E::entity_meta(), &id) }),
        }
    }

    async fn fetch<E: Entity>(
        &mut self,
        cause: Cause,
        id: &KeyValues,
        existing: Existing,
    ) -> BoxedResult<Option<Slot>> {
        if !RowSelect::<E>::suffices() || !self.options.execution.is_empty() {
            // Apart, or the small look-up would carry the room of the large one around.
            return Ok(Box::pin(self.fetch_graph(cause, E::entity_meta(), id.clone(), existing)).await?);
        }
        let Self { unit, link, .. } = self;
        let mut found = None;
        let mut accept = |row: &mut dyn RowReader| {
            found = unit.accept_undeferred(E::entity_meta(), row, existing)?;
            Ok(())
        };
        link.load(cause, &RowSelect::<E>::new(id), &mut accept).await?;
        Ok(found)
    }

    /// The row with a primary key, and what is loaded with it.
    async fn fetch_graph(
        &mut self,
        cause: Cause,
        meta: &'static EntityMeta,
        id: KeyValues,
        existing: Existing,
    ) -> Result<Option<Slot>> {
        let mut plan =
            IdentityPlan::new(&mut self.unit, meta, vec![id], existing).under(&self.options.execution, cause);
        self.link.read(cause, &mut plan).await?;
        Ok(plan.found().first().copied().flatten())
    }
}

/// Takes the row of a primary key under which nothing is held.
struct NewRow<'u, E> {
    unit: &'u mut UnitOfWork,
    id: &'u [Value],
    found: Option<Slot>,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> RowSink for NewRow<'_, E> {
    fn take(&mut self, row: &mut dyn RowReader) -> BoxedResult<()> {
        self.found = self.unit.accept_new(E::entity_meta(), self.id, row)?;
        Ok(())
    }
}
