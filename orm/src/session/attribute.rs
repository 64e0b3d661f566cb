//! Changes of attributes by a program: straight to the unit of work, or past the listeners of attributes first.

use rustc_hash::FxHashSet;

use super::run::Undo;
use super::{Core, SessionOf};
use crate::column_type::ColumnType;
use crate::engine::Mode;
use crate::error::{Error, Result};
use crate::event::tell_replacement;
use crate::key::{IsA, Key};
use crate::mapping::{Entity, Relationship, evaluate_over};
use crate::sql::tree::{Name, Node};
use crate::sql::visit::has_column;
use crate::sql::{Column, Hybrid, Settable, Writable, literal};
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
    /// [`Error::UnknownKey`] when the key is not honored;
    /// [`Error::InvalidRequest`] when the field is unset and the database makes the
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

    /// Assigns a hybrid: evaluates what its setter says over the entity in memory, and assigns the columns. The next
    /// flush writes the columns, as after [`set`](Self::set); listeners of the columns are called at once. Sends
    /// nothing.
    ///
    /// `update(..).set(hybrid, value)` does the same for many rows in one statement.
    ///
    /// ```
    /// # use orm::prelude::*;
    /// #[derive(Entity, Debug, Default)]
    /// struct Account {
    ///     #[entity(primary_key)]
    ///     id: Auto<i64>,
    ///     cents: i64,
    /// }
    ///
    /// impl Account {
    ///     const EUROS: Hybrid<Self, i64, Writable> = Hybrid::new("euros", || Self::CENTS / 100)
    ///         .setter(|euros| Assignments::new(Self::CENTS, euros * 100 + Self::CENTS % 100));
    /// }
    ///
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::new("sqlite://")?;
    /// let mut session = Session::new(&engine);
    /// let account = session.add(Account { cents: 1_250, ..Account::default() });
    /// session.set_hybrid(account, Account::EUROS, 20)?;
    /// assert_eq!(session[account].cents, 2_050);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`set`](Self::set), and [`Error::NotComputable`] when a value cannot be evaluated; no column is assigned then.
    /// [`Error::InvalidRequest`] when a value uses a column of an expired entity, whose value in memory may be old:
    /// `session.load(key)?` reads it again.
    ///
    /// Counterpart: the setter of a `hybrid_property`.
    pub fn set_hybrid<C: IsA<O>, O: Entity, T: ColumnType>(
        &mut self,
        key: Key<C>,
        hybrid: Hybrid<O, T, Writable>,
        value: impl Into<T>,
    ) -> Result<()> {
        let value = literal(value.into()).into_node();
        self.core.assign_hybrid(key.as_a::<O>(), hybrid.name(), hybrid.assignments(value))
    }
}

impl<M: Mode> Core<M> {
    /// Assigns columns the values of expressions over the entity: all or none.
    fn assign_hybrid<E: Entity>(&mut self, key: Key<E>, name: &str, assignments: Vec<(Name, Node)>) -> Result<()> {
        let entity = self.unit.entity(key)?;
        if self.unit.is_expired(key)? && assignments.iter().any(|(_, node)| has_column(node)) {
            let meta = E::entity_meta();
            return Err(Error::invalid(format!(
                "{}: the hybrid `{name}` is set by other columns, and the entity is expired, so that their values in \
                 memory may be old: read it again first, by `session.load(key)?`",
                meta.name
            )));
        }
        // All values before the first change, as a statement computes them.
        let values: Vec<(Name, Value)> = assignments
            .into_iter()
            .map(|(column, node)| Ok((column, evaluate_over(&node, entity)?)))
            .collect::<Result<_>>()?;
        let mut told = self.told_changes.clone();
        let hears = self.hears_attributes();
        let undo = Undo::new(&mut self.unit);
        for (column, value) in values {
            match hears {
                true => told.assign(&self.options.listeners, undo.unit, (key, &column, value))?,
                false => undo.unit.assign(key, &column, value)?,
            };
        }
        undo.keep();
        self.told_changes = told;
        Ok(())
    }

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
