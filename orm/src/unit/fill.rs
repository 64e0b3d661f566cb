//! What a flush fills in before a row is sent: keys of the rows that it refers to, defaults, versions.

use super::UnitOfWork;
use super::history::differs;
use super::lifecycle::State;
use super::store::ArenaId;
use crate::decimal;
use crate::error::{Error, KeyProblem, Result};
use crate::key::Slot;
use crate::mapping::{ColumnMeta, ColumnPosition, EntityMeta, RelationKind, RelationPosition, decimal_digits};
use crate::value::{Value, ValueRef};

impl UnitOfWork {
    /// Writes the keys of the entities that a row refers to into its foreign keys.
    pub(super) fn resolve_references(
        &mut self,
        kind: ArenaId,
        slot: Slot,
        postponed: impl Fn((ArenaId, Slot, RelationPosition)) -> bool,
    ) -> Result<()> {
        let meta = self.arenas[kind].meta;
        for (index, relation) in meta.relations.enumerate() {
            if relation.kind != RelationKind::BelongsTo || postponed((kind, slot, index)) {
                continue;
            }
            let record = self.arenas[kind].tenant(slot)?;
            let Some(reference) = record.reference(index) else { continue };
            self.check_reference(kind, slot, index)?;
            self.check_former(kind, slot, index)?;
            if reference.has_id() {
                self.follow_key(kind, slot, index)?;
                continue;
            }
            let Some(target) = self.target_of(kind, slot, index) else {
                let entity = (relation.target)().name;
                return match reference.target() {
                    Some((session, _)) if session != self.session => {
                        Err(Error::UnknownKey { entity, problem: KeyProblem::OtherSession })
                    }
                    Some(_) => Err(Error::UnknownKey { entity, problem: KeyProblem::Gone }),
                    None if relation.nullable => continue,
                    None if self.lost_parent(kind, slot, index) => {
                        Err(Error::ParentDeleted { entity: meta.name, relationship: relation.name, parent: entity })
                    }
                    None => Err(Error::UnsetRelationship { entity: meta.name, relationship: relation.name }),
                };
            };
            let target_kind = self.kind_of((relation.target)());
            let Some(id) = self.identity_as((relation.target)(), target_kind, target) else {
                return Err(Error::UnsetRelationship { entity: meta.name, relationship: relation.name });
            };
            let column = relation.columns[0];
            self.fill_foreign_key(kind, slot, index, &id)
                .map_err(|expected| unfit(meta, column, expected, "another key"))?;
        }
        Ok(())
    }

    /// Whether the entity that a row referred to is about to be deleted.
    fn lost_parent(&self, kind: ArenaId, slot: Slot, relation: RelationPosition) -> bool {
        let target_kind = self.known_kind((self.arenas[kind].meta.relations[relation].target)());
        let target = self.row_target(kind, slot, relation);
        target_kind.zip(target).is_some_and(|(kind, target)| self.arenas[kind].state(target) == Some(State::Deleting))
    }

    /// Defaults, the first version; and checks that the key is known or left to the database, and nobody else's.
    pub(super) fn fill_insert(&mut self, kind: ArenaId, slot: Slot) -> Result<()> {
        let meta = self.arenas[kind].meta;
        let class = self.class_of(kind, slot);
        for (index, column) in meta.columns.enumerate() {
            if let Some(default) = column.default
                && meta.has_column(class, index)
                && self.arenas[kind].tenant(slot)?.is_unset(index)
            {
                self.write_column(kind, slot, index, default())?;
            }
        }
        self.check_inserted(kind, slot)?;
        if let Some(version) = meta.version
            && matches!(self.arenas[kind].tenant(slot)?.value(version), ValueRef::Null | ValueRef::I64(0))
        {
            self.write_column(kind, slot, version, Value::I64(1))?;
        }
        self.round_key(kind, slot, |_, _| true)?;
        let record = self.arenas[kind].tenant(slot)?;
        let mut complete = true;
        for column in &meta.primary_key {
            if record.value(*column).is_null() {
                complete = false;
                if !meta.columns[*column].generated {
                    return Err(Error::UnsetKey { entity: meta.name, column: meta.columns[*column].name.to_owned() });
                }
            }
        }
        if complete
            && let Some(key) = self.arenas[kind].key_values(slot)
            && let Some(other) = self.arenas[kind].find(&key).filter(|other| *other != slot)
        {
            let (entity, key) = (meta.name, super::key_text(meta, &key));
            return Err(match self.arenas[kind].state(other) {
                Some(State::Deleting) => Error::DeletedAndAdded { entity, key },
                _ => Error::DuplicateIdentity { entity, key },
            });
        }
        Ok(())
    }

    /// What ties the rows of an entity in several tables together does not change.
    fn check_update(&self, kind: ArenaId, slot: Slot) -> Result<()> {
        let meta = self.arenas[kind].meta;
        let (Some(polymorphism), Some(before)) = (&meta.polymorphism, self.snapshot(kind, slot)) else { return Ok(()) };
        let record = self.arenas[kind].tenant(slot)?;
        let changes = |column: &ColumnPosition| before.values[*column].as_value_ref() != record.value(*column);
        let name = meta.class_name(record.class());
        if changes(&polymorphism.discriminator) {
            return Err(Error::invalid(format!(
                "{name}: an entity does not change its class: delete the one and add the other"
            )));
        }
        if meta.table_indexes_of(record.class()).len() > 1 && meta.primary_key.iter().any(changes) {
            return Err(Error::invalid(format!(
                "{name}: the primary key ties the rows of several tables together and does not change: \
                 delete the entity and add it with the other key"
            )));
        }
        Ok(())
    }

    /// Refuses an edit that leaves a column of a row to the database, which only an INSERT can: the UPDATE would write `NULL`.
    pub(super) fn check_unset(&self, kind: ArenaId, slot: Slot) -> Result<()> {
        let (Some(record), Some(before)) = (self.record(kind, slot), self.snapshot(kind, slot)) else { return Ok(()) };
        let meta = self.arenas[kind].meta;
        let may_be_unset = |(_, column): &(_, &ColumnMeta)| column.generated && column.deferred.is_none();
        for (index, column) in meta.columns.enumerate().filter(may_be_unset) {
            if record.is_unset(index) && !before.values[index].is_null() {
                let (entity, name) = (meta.class_name(record.class()), column.name);
                let null = if column.nullable { ", or `Auto::Set(None)` for NULL" } else { "" };
                return Err(Error::invalid(format!(
                    "{entity}.{name} was set to `Auto::Unset`, which leaves the value of a new row to the database; \
                     this row exists: assign a value{null}"
                )));
            }
        }
        Ok(())
    }

    /// Values that change with every update, the next version.
    pub(super) fn fill_update(&mut self, kind: ArenaId, slot: Slot) -> Result<()> {
        self.check_update(kind, slot)?;
        self.round_key(kind, slot, |unit, column| !unit.is_unchanged(kind, slot, column))?;
        let meta = self.arenas[kind].meta;
        let class = self.class_of(kind, slot);
        for (index, column) in meta.columns.enumerate() {
            if let Some(onupdate) = column.onupdate
                && meta.has_column(class, index)
                && self.is_unchanged(kind, slot, index)
            {
                self.write_column(kind, slot, index, onupdate())?;
            }
        }
        if let Some(version) = meta.version
            && self.is_unchanged(kind, slot, version)
        {
            let next = match self.arenas[kind].tenant(slot)?.value(version) {
                ValueRef::I64(current) => current.wrapping_add(1),
                _ => 1,
            };
            self.write_column(kind, slot, version, Value::I64(next))?;
        }
        Ok(())
    }

    /// Rounds the decimals of a new key as the database does, so that the session knows the row by the key that it has.
    fn round_key(&mut self, kind: ArenaId, slot: Slot, is_new: impl Fn(&Self, ColumnPosition) -> bool) -> Result<()> {
        let meta = self.arenas[kind].meta;
        for column in meta.primary_key.iter().copied().filter(|column| meta.columns[*column].is_decimal()) {
            let Some((precision, scale)) = decimal_digits(meta, column) else { continue };
            let Value::Decimal(value) = self.arenas[kind].tenant(slot)?.value(column).to_value() else { continue };
            if value.fractional_digit_count() > i64::from(scale) && is_new(self, column) {
                let name = meta.columns[column].name;
                let rounded = decimal::fit(&value, Some((precision, scale)))
                    .map_err(|problem| Error::unsendable(format!("{}.{name}", meta.name), problem))?;
                self.write_column(kind, slot, column, Value::Decimal(rounded))?;
            }
        }
        Ok(())
    }

    pub(super) fn is_unchanged(&self, kind: ArenaId, slot: Slot, column: ColumnPosition) -> bool {
        match (self.snapshot(kind, slot), self.record(kind, slot)) {
            (Some(before), Some(record)) => {
                !differs(&before.values[column], &record.value(column)) && !self.is_assigned(kind, slot, column)
            }
            _ => false,
        }
    }
}

pub(super) fn unfit(meta: &EntityMeta, column: ColumnPosition, expected: String, found: &str) -> Error {
    let column = meta.columns.get(column).map_or_else(String::new, |column| column.name.to_owned());
    Error::Decode { entity: meta.name.to_owned(), column, expected, found: found.to_owned() }
}
