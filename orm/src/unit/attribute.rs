//! Changes of attributes for listeners: what a change of a relationship does at both ends, found out before it is made,
//! and what plain assignments have changed since the last flush.

use super::UnitOfWork;
use super::entity_row::EntityRow;
use super::history::{differs, known};
use super::lifecycle::State;
use super::store::ArenaId;
use crate::error::{Error, Result};
use crate::key::{Key, Slot};
use crate::mapping::{ColumnPosition, Entity, RelationKind, RelationPosition, Relationship};
use crate::value::{Value, ValueRef};

/// A change of one attribute of one entity.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum AttributeEdit {
    /// A column has another value. Nothing is known of the value before for a new entity, or in expired memory.
    Column { entity: EntityRow, column: ColumnPosition, before: Option<Value>, after: Value },
    /// A relationship to one leads to another entity.
    Target { entity: EntityRow, relation: RelationPosition, before: Option<EntityRow>, after: Option<EntityRow> },
    /// A collection has one member more.
    Added { entity: EntityRow, relation: RelationPosition, member: EntityRow },
    /// A collection has one member less.
    Removed { entity: EntityRow, relation: RelationPosition, member: EntityRow },
}

/// A change of a relationship that a program asks for.
#[derive(Clone, Copy)]
pub(crate) enum LinkEdit {
    /// Puts an entity into a collection, or at the other end of a one-to-one that holds no column.
    Put { owner: EntityRow, relation: RelationPosition, member: EntityRow },
    /// Takes an entity out.
    Take { owner: EntityRow, relation: RelationPosition, member: EntityRow },
    /// Sets or empties a `BelongsTo`.
    Point { owner: EntityRow, relation: RelationPosition, target: Option<EntityRow> },
}

/// The two ends of a `BelongsTo`, whose change is told at both.
#[derive(Clone, Copy)]
struct Reference {
    kind: ArenaId,
    slot: Slot,
    relation: RelationPosition,
}

impl AttributeEdit {
    /// The entity whose attribute changes.
    pub(crate) fn entity(&self) -> EntityRow {
        match self {
            Self::Column { entity, .. }
            | Self::Target { entity, .. }
            | Self::Added { entity, .. }
            | Self::Removed { entity, .. } => *entity,
        }
    }

    /// The name of the attribute: the field.
    pub(crate) fn attribute(&self) -> &'static str {
        match self {
            Self::Column { entity, column, .. } => entity.meta().columns[*column].field,
            Self::Target { entity, relation, .. }
            | Self::Added { entity, relation, .. }
            | Self::Removed { entity, relation, .. } => entity.meta().relations[*relation].name,
        }
    }
}

impl UnitOfWork {
    /// The entity of a key, as a row of whatever type.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored.
    pub(crate) fn row_of_key<E: Entity>(&self, key: Key<E>) -> Result<EntityRow> {
        Ok(self.entity_row((self.check(key)?, key.slot())))
    }

    /// The assignment of a column by its name, before it is made.
    ///
    /// # Errors
    /// The errors of [`assign`](Self::assign).
    pub(crate) fn column_edit<E: Entity>(&self, key: Key<E>, column: &str, after: Value) -> Result<AttributeEdit> {
        let (kind, slot) = (self.check_row(key)?, key.slot());
        let column = self.column_at(kind, slot, column)?;
        let record = self.arenas[kind].tenant(slot)?;
        let is_known = !record.is_unset(column) && !self.is_expired_at(kind, slot);
        let before = is_known.then(|| record.value(column).to_value());
        Ok(AttributeEdit::Column { entity: self.entity_row((kind, slot)), column, before, after })
    }

    /// Fills in the default of a column that is unset; returns the column's position, and what was filled in.
    ///
    /// # Errors
    /// [`Error::UnknownKey`] when the key is not honored; [`Error::InvalidRequest`] when the column has no default that
    /// the crate knows.
    pub(crate) fn fill_default<E: Entity>(
        &mut self,
        key: Key<E>,
        column: &str,
    ) -> Result<(ColumnPosition, Option<AttributeEdit>)> {
        let (kind, slot) = (self.check(key)?, key.slot());
        let column = self.column_at(kind, slot, column)?;
        if !self.arenas[kind].tenant(slot)?.is_unset(column) {
            return Ok((column, None));
        }
        let meta = self.arenas[kind].meta;
        let Some(default) = meta.columns[column].default else {
            let (entity, field) = (self.entity_row((kind, slot)).name(), meta.columns[column].field);
            return Err(Error::invalid(format!(
                "{entity}.{field} is unset, and the database makes its value: `session.flush()?` first"
            )));
        };
        let after = default();
        self.write_column(kind, slot, column, after.clone())?;
        let entity = self.entity_row((kind, slot));
        Ok((column, Some(AttributeEdit::Column { entity, column, before: None, after })))
    }

    /// The change of a relationship that a program asks for, if its keys are honored.
    ///
    /// # Errors
    /// The errors of [`put_in`](Self::put_in).
    pub(crate) fn put_edit<O: Entity, T: Entity, K>(
        &self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        member: Key<T>,
    ) -> Result<LinkEdit> {
        let owner = (self.check_row(owner)?, owner.slot());
        let member = (self.check_row(member)?, member.slot());
        let (owner, member) = (self.entity_row(owner), self.entity_row(member));
        Ok(LinkEdit::Put { owner, relation: relationship.index(), member })
    }

    /// The same for a removal.
    ///
    /// # Errors
    /// The errors of [`take_out`](Self::take_out).
    pub(crate) fn take_edit<O: Entity, T: Entity, K>(
        &self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        member: Key<T>,
    ) -> Result<LinkEdit> {
        let owner = (self.check_present(owner)?, owner.slot());
        let member = (self.check_present(member)?, member.slot());
        let (owner, member) = (self.entity_row(owner), self.entity_row(member));
        Ok(LinkEdit::Take { owner, relation: relationship.index(), member })
    }

    /// The same for a `BelongsTo`.
    ///
    /// # Errors
    /// The errors of [`point_to`](Self::point_to).
    pub(crate) fn point_edit<O: Entity, T: Entity, K>(
        &self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        target: Option<Key<T>>,
    ) -> Result<LinkEdit> {
        let owner = (self.check_row(owner)?, owner.slot());
        let target = target.map(|target| Ok::<_, Error>((self.check_present(target)?, target.slot()))).transpose()?;
        let (owner, target) = (self.entity_row(owner), target.map(|target| self.entity_row(target)));
        Ok(LinkEdit::Point { owner, relation: relationship.index(), target })
    }

    /// Returns the changes of attributes that a change of a relationship makes: at the end that the program named, at
    /// the other end, and at entities that must give way, in this order. Empty where nothing changes.
    pub(crate) fn effects(&mut self, edit: LinkEdit) -> Result<Vec<AttributeEdit>> {
        match edit {
            LinkEdit::Point { owner, relation, target } => {
                let reference = Reference { kind: owner.kind, slot: owner.slot(), relation };
                Ok(self.effects_of_reference(reference, target, false))
            }
            LinkEdit::Put { owner, relation, member } | LinkEdit::Take { owner, relation, member }
                if owner.meta().relations[relation].kind == RelationKind::ManyToMany =>
            {
                Ok(self.effects_of_link(owner, relation, member, matches!(edit, LinkEdit::Put { .. })))
            }
            LinkEdit::Put { owner, relation, member } => {
                let relation = self.inverse(owner.kind, relation)?;
                let reference = Reference { kind: member.kind, slot: member.slot(), relation };
                Ok(self.effects_of_reference(reference, Some(owner), true))
            }
            LinkEdit::Take { owner, relation, member } => {
                let relation = self.inverse(owner.kind, relation)?;
                if !self.refers_to(member.kind, member.slot(), relation, owner.kind, owner.slot()) {
                    return Ok(Vec::new());
                }
                let reference = Reference { kind: member.kind, slot: member.slot(), relation };
                Ok(self.effects_of_reference(reference, None, true))
            }
        }
    }

    /// Makes the change of a relationship.
    pub(crate) fn perform(&mut self, edit: LinkEdit) -> Result<()> {
        match edit {
            LinkEdit::Put { owner, relation, member } => self.join(owner.kind, owner.slot(), relation, member.slot()),
            LinkEdit::Take { owner, relation, member } => self.leave(owner.kind, owner.slot(), relation, member.slot()),
            LinkEdit::Point { owner, relation, target } => {
                let target = target.map(|target| target.slot());
                self.assign_reference(owner.kind, owner.slot(), relation, target);
                Ok(())
            }
        }
    }

    fn effects_of_reference(
        &mut self,
        reference: Reference,
        after: Option<EntityRow>,
        is_collection_named: bool,
    ) -> Vec<AttributeEdit> {
        let Reference { kind, slot, relation } = reference;
        let is_stale = self.is_expired_at(kind, slot) && !self.is_reference_unflushed(kind, slot, relation);
        let before = match is_stale {
            true => None,
            false => self.current_target(reference),
        };
        let is_same = match after {
            Some(_) => before == after,
            None => before.is_none() && !self.has_id(kind, slot, relation),
        };
        if is_same && !is_stale && !self.holds_new(kind, slot, relation) {
            return Vec::new();
        }
        let mut effects = self.effects_between(reference, before, after);
        if is_collection_named {
            effects.rotate_right(1);
        }
        if let Some(after) = after {
            for displaced in self.displaced_by(kind, slot, relation, after.slot()) {
                let displaced = Reference { slot: displaced, ..reference };
                let edits = self.effects_between(displaced, Some(after), None);
                // The end of a one-to-one was told with its new entity.
                let is_new =
                    |edit: &AttributeEdit| !matches!(edit, AttributeEdit::Target { entity, .. } if *entity == after);
                effects.extend(edits.into_iter().filter(is_new));
            }
        }
        effects
    }

    /// Returns the changes that a changed `BelongsTo` makes: of the reference, at the end that loses the entity, at the
    /// end that gains the entity.
    fn effects_between(
        &self,
        reference: Reference,
        before: Option<EntityRow>,
        after: Option<EntityRow>,
    ) -> Vec<AttributeEdit> {
        let Reference { kind, slot, relation } = reference;
        let member = self.entity_row((kind, slot));
        let mut effects = vec![AttributeEdit::Target { entity: member, relation, before, after }];
        let Some(inverse) = self.arenas[kind].inverses[relation] else { return effects };
        let far = &(self.arenas[kind].meta.relations[relation].target)().relations[inverse];
        if let Some(entity) = before {
            effects.push(match far.kind {
                RelationKind::HasOne => {
                    AttributeEdit::Target { entity, relation: inverse, before: Some(member), after: None }
                }
                _ => AttributeEdit::Removed { entity, relation: inverse, member },
            });
        }
        if let Some(entity) = after {
            effects.push(match far.kind {
                RelationKind::HasOne => {
                    let there = self.collection(entity.kind, entity.slot(), inverse);
                    let there = there.and_then(|there| there.members.iter().copied().find(|there| *there != slot));
                    let before = there.map(|there| self.entity_row((kind, there)));
                    AttributeEdit::Target { entity, relation: inverse, before, after: Some(member) }
                }
                _ => AttributeEdit::Added { entity, relation: inverse, member },
            });
        }
        effects
    }

    fn effects_of_link(
        &mut self,
        owner: EntityRow,
        relation: RelationPosition,
        member: EntityRow,
        present: bool,
    ) -> Vec<AttributeEdit> {
        if self.is_linked(owner.kind, owner.slot(), relation, member.slot()) == Some(present) {
            return Vec::new();
        }
        let mut effects = self.link_edits(owner, relation, member, present);
        if present && let Some(displaced) = self.displaced_under_key(owner, relation, member) {
            effects.extend(self.link_edits(owner, relation, displaced, false));
        }
        effects
    }

    /// The entity in a map that stands under the key of a newcomer.
    fn displaced_under_key(
        &mut self,
        owner: EntityRow,
        relation: RelationPosition,
        newcomer: EntityRow,
    ) -> Option<EntityRow> {
        let crate::mapping::CollectionShape::Keyed(field) = owner.meta().relations[relation].shape else { return None };
        let slot = self.member_with_same_key(owner.kind, owner.slot(), relation, newcomer.slot(), field)?;
        Some(self.entity_row((newcomer.kind, slot)))
    }

    /// A change of a many-to-many link, said at both ends.
    fn link_edits(
        &self,
        owner: EntityRow,
        relation: RelationPosition,
        member: EntityRow,
        present: bool,
    ) -> Vec<AttributeEdit> {
        let edit = |entity, relation, member| match present {
            true => AttributeEdit::Added { entity, relation, member },
            false => AttributeEdit::Removed { entity, relation, member },
        };
        let inverse = self.arenas[owner.kind].inverses[relation];
        let other = inverse.map(|inverse| edit(member, inverse, owner));
        std::iter::once(edit(owner, relation, member)).chain(other).collect()
    }

    /// The entity under a `BelongsTo`, by reference or by foreign key, if the session holds the entity.
    fn current_target(&self, Reference { kind, slot, relation }: Reference) -> Option<EntityRow> {
        let target = self.target_of(kind, slot, relation).or_else(|| self.target_by_id(kind, slot, relation))?;
        let target_kind = self.known_kind((self.arenas[kind].meta.relations[relation].target)())?;
        Some(self.entity_row((target_kind, target)))
    }

    /// The columns of an entity that differ since the last flush, and those that are asked for. Foreign keys of
    /// relationships are told as references; discriminators and versions are no program's.
    pub(crate) fn column_edits(&self, row: EntityRow, is_asked: impl Fn(ColumnPosition) -> bool) -> Vec<AttributeEdit> {
        let (kind, slot) = (row.kind, row.slot());
        let (arena, snapshot) = (&self.arenas[kind], self.snapshot(kind, slot));
        let Some(record) = arena.record(slot) else { return Vec::new() };
        if snapshot.is_none() && arena.state(slot) != Some(State::Pending) {
            return Vec::new();
        }
        let is_blind = self.intent(kind, slot).is_some_and(|intent| intent.blind);
        let differs = |column: ColumnPosition| match snapshot {
            Some(before) => differs(&before.values[column], &record.value(column)),
            None => record.value(column) != ValueRef::Null,
        };
        let discriminator = arena.meta.polymorphism.as_ref().map(|polymorphism| polymorphism.discriminator);
        let is_own = |column: &ColumnPosition| {
            let is_derived = discriminator == Some(*column) || arena.meta.version == Some(*column);
            arena.meta.has_column(row.class(), *column) && !is_derived && !arena.reference_columns[*column]
        };
        let is_told = |column: &ColumnPosition| {
            is_own(column) && !record.is_unset(*column) && (differs(*column) || is_asked(*column))
        };
        let edit = |column: ColumnPosition| {
            let before = snapshot.filter(|_| !is_blind).and_then(|before| known(&before.values[column]));
            AttributeEdit::Column { entity: row, column, before, after: record.value(column).to_value() }
        };
        arena.meta.columns.positions().filter(is_told).map(edit).collect()
    }

    /// Every `BelongsTo` of an entity that the next flush writes: position, entity at the last flush, entity now.
    pub(crate) fn targets(&self, row: EntityRow) -> Vec<(RelationPosition, Option<EntityRow>, Option<EntityRow>)> {
        let (kind, slot) = (row.kind, row.slot());
        if self.snapshot(kind, slot).is_none() && self.arenas[kind].state(slot) != Some(State::Pending) {
            return Vec::new();
        }
        let relations = row.meta().relations.enumerate();
        let references = relations.filter(|(relation, meta)| {
            meta.kind == RelationKind::BelongsTo && self.has_relation(kind, slot, *relation)
        });
        let target = |(relation, _)| {
            let reference = Reference { kind, slot, relation };
            (relation, self.flushed_target(reference), self.current_target(reference))
        };
        // The flush empties references to what it deletes, which nobody can refuse.
        let is_cascade = |before: Option<EntityRow>, after: Option<EntityRow>| {
            after.is_none() && before.is_some_and(|before| self.is_leaving(before))
        };
        references.map(target).filter(|(_, before, after)| !is_cascade(*before, *after)).collect()
    }

    /// Returns the changes that an assigned `BelongsTo` makes at both ends.
    pub(crate) fn target_edits(
        &self,
        row: EntityRow,
        relation: RelationPosition,
        before: Option<EntityRow>,
        after: Option<EntityRow>,
    ) -> Vec<AttributeEdit> {
        self.effects_between(Reference { kind: row.kind, slot: row.slot(), relation }, before, after)
    }

    /// The entity under a `BelongsTo` of a row at the last flush, if the session holds the entity.
    fn flushed_target(&self, Reference { kind, slot, relation }: Reference) -> Option<EntityRow> {
        let target_kind = self.known_kind((self.arenas[kind].meta.relations[relation].target)())?;
        let target = self.snapshot(kind, slot)?.targets.get(relation).copied().flatten();
        let target = target.or_else(|| self.row_target(kind, slot, relation))?;
        self.arenas[target_kind].place(target)?;
        Some(self.entity_row((target_kind, target)))
    }

    /// The many-to-many links that the next flush inserts or deletes, each told at both ends.
    pub(crate) fn unflushed_links(&self) -> Vec<Vec<AttributeEdit>> {
        let links = self.journal.links();
        let changes = links.iter().filter(|change| links.last(&change.ends()) == Some(change.present));
        let held = changes.filter_map(|change| {
            let meta = self.arenas[change.kind].meta;
            let member_kind = self.known_kind((meta.relations[change.relation].target)())?;
            self.arenas[change.kind].place(change.owner)?;
            self.arenas[member_kind].place(change.member)?;
            let (owner, member) = ((change.kind, change.owner), (member_kind, change.member));
            let (owner, member) = (self.entity_row(owner), self.entity_row(member));
            let is_cascade = !change.present && (self.is_leaving(owner) || self.is_leaving(member));
            (!is_cascade).then(|| self.link_edits(owner, change.relation, member, change.present))
        });
        held.collect()
    }

    /// Whether the row of an entity is deleted, or about to be.
    fn is_leaving(&self, row: EntityRow) -> bool {
        matches!(self.arenas[row.kind].state(row.slot()), Some(State::Deleting | State::Deleted | State::Replaced))
    }

    /// A number that tells the unflushed edit of an entity from a later one.
    pub(crate) fn edit_number(&self, row: EntityRow) -> u32 {
        self.edit_of(row.kind, row.slot()).snapshot
    }
}
