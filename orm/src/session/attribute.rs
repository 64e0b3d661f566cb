//! Changes of attributes by a program: straight to the unit of work, or past the listeners of attributes first.

use rustc_hash::FxHashSet;

use super::run::Undo;
use super::{Core, SessionOf};
use crate::column_type::ColumnType;
use crate::engine::Mode;
use crate::error::Result;
use crate::event::tell_replacement;
use crate::key::{IsA, Key};
use crate::mapping::{Entity, Relationship};
use crate::sql::Column;
use crate::unit::LinkEdit;
use crate::value::Value;

impl<M: Mode> SessionOf<M> {
    /// Returns the value of a column. Where the field is unset (`Auto::Unset`), fills in the column's `default` first,
    /// which the INSERT then writes: a default that counts or reads the clock is evaluated once. Otherwise the flush
    /// fills it in. Sends nothing, and calls no listener of attributes.
    ///
    /// ```
    /// # use orm::prelude::*;
    /// #[derive(Entity, Debug, Default)]
    /// struct Widget {
    ///     #[entity(primary_key)]
    ///     id: Auto<i64>,
    ///     #[entity(default = 30)]
    ///     radius: Auto<i64>,
    /// }
    ///
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::new("sqlite://")?;
    /// let mut session = Session::new(&engine);
    /// let widget = session.add(Widget::default());
    /// assert_eq!(session[widget].radius.get(), None);
    /// assert_eq!(session.value_or_default(widget, Widget::RADIUS)?, 30);
    /// assert_eq!(session[widget].radius.get(), Some(30));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownKey`](crate::Error::UnknownKey) when the key is not honored;
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest) when the field is unset and the database makes the
    /// value: a generated key, a `server_default`.
    ///
    /// Counterpart: the recipe "Active Column Defaults", `AttributeEvents.init_scalar`.
    pub fn value_or_default<C: IsA<O>, O: Entity, T: ColumnType>(
        &mut self,
        key: Key<C>,
        column: Column<O, T>,
    ) -> Result<T> {
        let row = self.core.unit.row_of_key(key.as_a::<O>())?;
        let (column, edit) = self.core.unit.fill_default(key.as_a::<O>(), column.name())?;
        self.core.told_changes.note(&self.core.unit, edit.as_slice());
        self.core.unit.column_of(row, column)
    }
}

impl<M: Mode> Core<M> {
    #[inline]
    pub(super) fn hears_attributes(&self) -> bool {
        self.options.listeners.hear_attributes()
    }

    /// Assigns a column, by the column's name.
    pub(super) fn assign<E: Entity>(&mut self, key: Key<E>, column: &str, value: Value) -> Result<()> {
        if !self.hears_attributes() {
            return self.unit.assign(key, column, value);
        }
        let undo = Undo::new(&mut self.unit);
        self.told_changes.assign(&self.options.listeners, undo.unit, (key, column, value))?;
        undo.keep();
        Ok(())
    }

    /// Puts an entity into a relationship that holds no column; returns the entity that a listener has put in its
    /// place, or the entity itself. A failure also takes back what was done since a mark: the addition of the entity.
    pub(super) fn put_in<O: Entity, T: Entity, K>(
        &mut self,
        mark: usize,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        member: Key<T>,
    ) -> Result<Key<T>> {
        if !self.hears_attributes() {
            self.unit.put_in(owner, relationship, member)?;
            return Ok(member);
        }
        let edit = self.unit.put_edit(owner, relationship, member)?;
        let put = match self.link_heard(mark, edit)? {
            LinkEdit::Put { member, .. } => member.key(),
            _ => None,
        };
        Ok(put.unwrap_or(member))
    }

    /// Takes an entity out of a relationship that holds no column.
    pub(super) fn take_out<O: Entity, T: Entity, K>(
        &mut self,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        member: Key<T>,
    ) -> Result<()> {
        if !self.hears_attributes() {
            return self.unit.take_out(owner, relationship, member);
        }
        let edit = self.unit.take_edit(owner, relationship, member)?;
        self.link_heard(self.unit.mark(), edit).map(drop)
    }

    /// Sets or empties a `BelongsTo`; returns its target, which a listener may have replaced.
    pub(super) fn point_to<O: Entity, T: Entity, K>(
        &mut self,
        mark: usize,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        target: Option<Key<T>>,
    ) -> Result<Option<Key<T>>> {
        if !self.hears_attributes() {
            self.unit.point_to(owner, relationship, target)?;
            return Ok(target);
        }
        let edit = self.unit.point_edit(owner, relationship, target)?;
        match self.link_heard(mark, edit)? {
            LinkEdit::Point { target, .. } => Ok(target.and_then(|target| target.key())),
            _ => Ok(target),
        }
    }

    fn link_heard(&mut self, mark: usize, edit: LinkEdit) -> Result<LinkEdit> {
        let undo = Undo::since(&mut self.unit, mark);
        let edit = self.told_changes.link(&self.options.listeners, undo.unit, edit)?;
        undo.keep();
        Ok(edit)
    }

    /// Replaces the members of a collection, all or none of them.
    pub(super) fn replace_heard<O: Entity, T: Entity, K>(
        &mut self,
        mark: usize,
        owner: Key<O>,
        relationship: Relationship<O, T, K>,
        (before, after): (&[Key<T>], Vec<Key<T>>),
    ) -> Result<Vec<Key<T>>> {
        let listeners = &self.options.listeners;
        let mut told = self.told_changes.clone();
        let undo = Undo::since(&mut self.unit, mark);
        let after = tell_replacement(listeners, undo.unit, (owner, relationship.index()), (before, after))?;
        let kept: FxHashSet<Key<T>> = after.iter().copied().collect();
        for gone in before.iter().filter(|member| !kept.contains(member)) {
            let edit = undo.unit.take_edit(owner, relationship, *gone)?;
            told.link(listeners, undo.unit, edit)?;
        }
        let mut members = Vec::with_capacity(after.len());
        for member in after {
            let edit = undo.unit.put_edit(owner, relationship, member)?;
            match told.link(listeners, undo.unit, edit)? {
                LinkEdit::Put { member, .. } => members.extend(member.key::<T>()),
                _ => members.push(member),
            }
        }
        undo.unit.order_members(owner, relationship, &members)?;
        undo.keep();
        self.told_changes = told;
        Ok(members)
    }
}
