//! Telling listeners of changes of attributes: at once by `session.set` and `session.rel`, and by comparison at the
//! flush.

use rustc_hash::FxHashMap;

use super::attribute::BulkEdit;
use super::change::AttributeChange;
use super::listeners::Listeners;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::mapping::{ColumnPosition, Entity, RelationKind, RelationPosition};
use crate::unit::{AttributeEdit, EntityRow, LinkEdit, UnitOfWork};
use crate::value::Value;

/// The changes since the last flush that were told, so that the flush tells of each once.
#[derive(Clone, Default)]
pub(crate) struct ToldChanges {
    /// With the number of the edit that they belong to, as an edit may be dropped.
    columns: FxHashMap<(EntityRow, ColumnPosition), (u32, Value)>,
    targets: FxHashMap<(EntityRow, RelationPosition), (u32, Option<EntityRow>)>,
    /// Many-to-many links, from each of their ends: whether they are there.
    links: FxHashMap<(EntityRow, RelationPosition, EntityRow), bool>,
}

impl ToldChanges {
    /// Forgets all, when memory is as its rows.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Assigns a column, unless a listener refuses. The caller undoes the unit of work if this fails.
    pub(crate) fn assign<E: Entity>(
        &mut self,
        listeners: &Listeners,
        unit: &mut UnitOfWork,
        (key, column, value): (Key<E>, &str, Value),
    ) -> Result<()> {
        let mut change = AttributeChange::new(unit.column_edit(key, column, value)?);
        listeners.on_change(unit, &mut change)?;
        if let AttributeEdit::Column { after, .. } = &change.edit {
            unit.assign(key, column, after.clone())?;
        }
        self.note(unit, &[change.edit]);
        Ok(())
    }

    /// Changes a relationship, unless a listener refuses; returns the change that was made. The caller undoes the unit
    /// of work if this fails.
    pub(crate) fn link(&mut self, listeners: &Listeners, unit: &mut UnitOfWork, edit: LinkEdit) -> Result<LinkEdit> {
        let mut edit = edit;
        let mut effects = unit.effects(edit)?;
        if let Some(first) = effects.first() {
            let mut change = AttributeChange::new(first.clone());
            listeners.on_change(unit, &mut change)?;
            if change.is_replaced {
                edit = replaced(edit, &change.edit);
                effects = unit.effects(edit)?;
            }
        }
        tell_consequences(listeners, unit, effects.iter().skip(1))?;
        unit.perform(edit)?;
        self.note(unit, &effects);
        Ok(edit)
    }

    /// Tells of the changes since the last flush that were not told yet; returns whether there was any.
    pub(super) fn tell(&mut self, listeners: &Listeners, unit: &mut UnitOfWork) -> Result<bool> {
        if !listeners.hear_attributes() {
            return Ok(false);
        }
        let mut told = false;
        let rows: Vec<EntityRow> = unit.pending_rows().chain(unit.dirty_rows()).collect();
        for row in rows {
            told |= self.tell_columns(listeners, unit, row)?;
            told |= self.tell_targets(listeners, unit, row)?;
        }
        for edits in unit.unflushed_links() {
            told |= self.tell_link(listeners, unit, &edits)?;
        }
        Ok(told)
    }

    fn tell_columns(&mut self, listeners: &Listeners, unit: &mut UnitOfWork, row: EntityRow) -> Result<bool> {
        let number = unit.edit_number(row);
        let is_told = |column| self.columns.get(&(row, column)).is_some_and(|(told, _)| *told == number);
        let mut edits = unit.column_edits(row, is_told);
        edits.retain_mut(|edit| {
            let AttributeEdit::Column { column, before, after, .. } = edit else { return false };
            let told = self.columns.get(&(row, *column)).filter(|(told, _)| *told == number);
            if let Some((_, told)) = told {
                *before = Some(told.clone());
            }
            told.is_none_or(|(_, told)| told != after)
        });
        for edit in &edits {
            let mut change = AttributeChange::new(edit.clone());
            listeners.on_change(unit, &mut change)?;
            if let AttributeEdit::Column { column, after, .. } = &change.edit
                && change.is_replaced
            {
                unit.write_column_of(row, *column, after.clone())?;
            }
            self.note(unit, &[change.edit]);
        }
        Ok(!edits.is_empty())
    }

    fn tell_targets(&mut self, listeners: &Listeners, unit: &mut UnitOfWork, row: EntityRow) -> Result<bool> {
        let mut any = false;
        for (relation, flushed, after) in unit.targets(row) {
            let number = unit.edit_number(row);
            let told = self.targets.get(&(row, relation)).filter(|(told, _)| *told == number);
            let before = told.map_or(flushed, |(_, told)| *told);
            if before == after {
                continue;
            }
            any = true;
            let mut effects = unit.target_edits(row, relation, before, after);
            let mut change = AttributeChange::new(effects[0].clone());
            listeners.on_change(unit, &mut change)?;
            if let AttributeEdit::Target { after: target, .. } = &change.edit
                && change.is_replaced
            {
                unit.perform(LinkEdit::Point { owner: row, relation, target: *target })?;
                effects = unit.target_edits(row, relation, before, *target);
            }
            tell_consequences(listeners, unit, effects.iter().skip(1))?;
            self.note(unit, &effects);
        }
        Ok(any)
    }

    fn tell_link(&mut self, listeners: &Listeners, unit: &mut UnitOfWork, edits: &[AttributeEdit]) -> Result<bool> {
        let is_told = |edit: &AttributeEdit| match edit {
            AttributeEdit::Added { entity, relation, member } => {
                self.links.get(&(*entity, *relation, *member)) == Some(&true)
            }
            AttributeEdit::Removed { entity, relation, member } => {
                self.links.get(&(*entity, *relation, *member)) == Some(&false)
            }
            _ => true,
        };
        if edits.iter().all(is_told) {
            return Ok(false);
        }
        tell_consequences(listeners, unit, edits.iter())?;
        self.note(unit, edits);
        Ok(true)
    }

    /// Takes note of changes that are made, and of those that listeners are not to hear of.
    pub(crate) fn note(&mut self, unit: &UnitOfWork, edits: &[AttributeEdit]) {
        for edit in edits {
            match edit {
                AttributeEdit::Column { entity, column, after, .. } => {
                    self.columns.insert((*entity, *column), (unit.edit_number(*entity), after.clone()));
                }
                AttributeEdit::Target { entity, relation, after, .. }
                    if entity.meta().relations[*relation].kind == RelationKind::BelongsTo =>
                {
                    self.targets.insert((*entity, *relation), (unit.edit_number(*entity), *after));
                }
                AttributeEdit::Added { entity, relation, member } => self.note_link(*entity, *relation, *member, true),
                AttributeEdit::Removed { entity, relation, member } => {
                    self.note_link(*entity, *relation, *member, false);
                }
                AttributeEdit::Target { .. } => {}
            }
        }
    }

    fn note_link(&mut self, entity: EntityRow, relation: RelationPosition, member: EntityRow, present: bool) {
        if entity.meta().relations[relation].kind == RelationKind::ManyToMany {
            self.links.insert((entity, relation, member), present);
        }
    }
}

/// Lets listeners change the members that replace those of a collection.
pub(crate) fn tell_replacement<O: Entity, T: Entity>(
    listeners: &Listeners,
    unit: &mut UnitOfWork,
    (owner, relation): (Key<O>, RelationPosition),
    (before, after): (&[Key<T>], Vec<Key<T>>),
) -> Result<Vec<Key<T>>> {
    let mut edit = BulkEdit {
        owner: unit.row_of_key(owner)?,
        relation,
        before: super::attribute::rows_of(unit, before)?,
        after: super::attribute::rows_of(unit, &after)?,
    };
    listeners.on_replace(unit, &mut edit)?;
    Ok(edit.after.iter().filter_map(EntityRow::key).collect())
}

/// Tells of the consequences of a change, which a listener may refuse but not replace.
fn tell_consequences<'e>(
    listeners: &Listeners,
    unit: &mut UnitOfWork,
    edits: impl Iterator<Item = &'e AttributeEdit>,
) -> Result<()> {
    for edit in edits {
        let mut change = AttributeChange::new(edit.clone());
        listeners.on_change(unit, &mut change)?;
        if change.is_replaced {
            return Err(Error::invalid(format!(
                "a listener replaced the value of {}.{}, which follows from a change at the other end of the relationship: \
                 replace the value there",
                change.entity().entity(),
                change.attribute()
            )));
        }
    }
    Ok(())
}

/// A change of a relationship with the value that a listener has put in the place of its own.
fn replaced(edit: LinkEdit, by: &AttributeEdit) -> LinkEdit {
    match (edit, by) {
        (LinkEdit::Point { owner, relation, .. }, AttributeEdit::Target { after, .. }) => {
            LinkEdit::Point { owner, relation, target: *after }
        }
        (LinkEdit::Put { owner, relation, .. }, AttributeEdit::Added { member, .. })
        | (LinkEdit::Put { owner, relation, .. }, AttributeEdit::Target { after: Some(member), .. }) => {
            LinkEdit::Put { owner, relation, member: *member }
        }
        // The other end of a one-to-one is to be empty after all.
        (LinkEdit::Put { owner, relation, .. }, AttributeEdit::Target { before: Some(before), after: None, .. }) => {
            LinkEdit::Take { owner, relation, member: *before }
        }
        _ => edit,
    }
}
