//! Entities by primary key, and reading them again.

use super::Session;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::load::{EntitySink, Existing, IdentityPlan, RowPlan};
use crate::mapping::{Entity, KeyValues, PrimaryKey};
use crate::unit::State;

impl Session {
    /// The entity with a primary key: from memory if the session holds it and it is fresh (no statement), else from the database. `None` when there is no such row.
    ///
    /// # Errors
    /// Whatever the database says; [`Error::Decode`] for a row that does not fit.
    ///
    /// Counterpart: `Session.get`.
    pub fn get<E: Entity>(&mut self, id: impl Into<E::PrimaryKey>) -> Result<Option<Key<E>>> {
        let id = id.into();
        if let Some(key) = self.unit.lookup::<E>(&id)
            && !self.unit.is_expired(key)?
        {
            return Ok(Some(key));
        }
        self.autoflush()?;
        let found = self.fetch::<E>(id.to_values(), Existing::Keep)?;
        Ok(found.filter(|key| self.unit.state(*key).is_ok_and(|state| state != State::Deleted)))
    }

    /// The entity, read again first if it is expired: one statement then, none otherwise.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored, [`Error::ObjectDeleted`] when its row is gone; whatever the database says.
    ///
    /// Counterpart: reading an attribute of an expired object.
    pub fn load<E: Entity>(&mut self, key: Key<E>) -> Result<&E> {
        if self.unit.is_expired(key)? {
            if self.unit.is_modified(key)? {
                self.autoflush()?;
            }
            self.reread(key)?;
        }
        self.unit.entity(key)
    }

    /// Reads an entity again; unflushed edits of it, and of what its `refresh-expire` cascades reach, are dropped.
    ///
    /// # Errors
    /// As [`load`](Session::load); [`Error::InvalidRequest`] when the entity has no row yet.
    ///
    /// Counterpart: `Session.refresh`.
    pub fn refresh<E: Entity>(&mut self, key: Key<E>) -> Result<&E> {
        self.unit.expire(key)?;
        self.reread(key)?;
        self.unit.entity(key)
    }

    fn reread<E: Entity>(&mut self, key: Key<E>) -> Result<()> {
        let Some(id) = EntitySink::identity(&self.unit, E::entity_meta(), key.slot()) else { return Ok(()) };
        match self.fetch::<E>(id.clone(), Existing::Refresh)? {
            Some(_) => Ok(()),
            None => {
                let text = format!("{:?}", E::PrimaryKey::from_parts(&id));
                let key = text.trim_start_matches("Ok(").trim_end_matches(')').to_owned();
                Err(Error::ObjectDeleted { entity: E::entity_meta().name, key })
            }
        }
    }

    pub(super) fn fetch<E: Entity>(&mut self, id: KeyValues, existing: Existing) -> Result<Option<Key<E>>> {
        let found = if RowPlan::<E>::suffices() {
            let mut plan = RowPlan::<E>::new(&mut self.unit, id, existing);
            self.link.read(&mut plan)?;
            plan.found()
        } else {
            let mut plan = IdentityPlan::new(&mut self.unit, E::entity_meta(), vec![id], existing);
            self.link.read(&mut plan)?;
            plan.found().first().copied().flatten()
        };
        Ok(found.map(|slot| Key::from_parts(self.unit.session(), slot)))
    }
}
