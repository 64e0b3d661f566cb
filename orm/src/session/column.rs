//! Deferred columns of entities in memory: loading them, and reading them again with their rows.

use super::{Core, Session};
use crate::column_type::ColumnType;
use crate::engine::{Cause, LoadedColumn, Mode, facades};
use crate::error::{Error, Result};
use crate::key::{IsA, Key, Slot};
use crate::load::{EntitySink, Existing, IdentityPlan};
use crate::mapping::{ColumnPosition, Entity, KeyValues};
use crate::sql::{Column, OnDemand};
use crate::unit::{ColumnLoadNeed, key_text};

facades! {
    impl Session, super::AsyncSession {
        /// Returns the value of a deferred column. Sends nothing if the column is loaded or was assigned; otherwise one SELECT of the column
        /// and the others of its group. Of an expired entity the SELECT reads the row as well.
        ///
        /// ```
        /// # use orm::prelude::*;
        /// # #[derive(Entity, Debug, Default)]
        /// # struct Book { #[entity(primary_key)] id: Auto<i64>, title: String, summary: Deferred<String> }
        /// # fn main() -> orm::Result<()> {
        /// # let engine = Engine::new("sqlite://")?;
        /// # engine.create_all(schema![Book])?;
        /// # let mut session = Session::new(&engine);
        /// # session.add(Book { title: "Dune".into(), summary: Deferred::new("Sand.".into()), ..Book::default() });
        /// # session.commit()?;
        /// # let mut session = Session::new(&engine);
        /// let book = session.query::<Book>().filter(Book::TITLE.eq("Dune")).one()?;
        /// // SELECT book.id, book.summary FROM book WHERE book.id = ?
        /// assert_eq!(session.load_column(book, Book::SUMMARY)?, "Sand.");
        /// # Ok(()) }
        /// ```
        ///
        /// # Errors
        /// [`Error::UnknownKey`] when the key is not honored; [`Error::RowPending`] when the entity has no row yet; [`Error::RowDeleted`] and
        /// [`Error::ObjectDeleted`] when the row is gone; [`Error::RaisedColumn`] when an option or the mapping refuses the load; whatever the
        /// database says.
        ///
        /// Counterpart: reading a deferred attribute, `Session.refresh(book, ["summary"])`.
        pub fn load_column<C: IsA<O>, O: Entity, T: ColumnType>(
            &mut self,
            key: Key<C>,
            column: Column<O, T, OnDemand>,
        ) -> Result<&T> {
            self.core.load_column(key.as_a(), column)
        }

        /// Loads a deferred column of several entities, and the others of its group: one SELECT for 500 entities whose column is not loaded,
        /// none for the others.
        ///
        /// # Errors
        /// Those of [`load_column`](Session::load_column), before anything is sent where they do not depend on the database.
        ///
        /// Counterpart: a query with `undefer` and `populate_existing` for the keys.
        pub fn preload_column<C: IsA<O>, O: Entity, T: ColumnType>(
            &mut self,
            keys: impl IntoIterator<Item = Key<C>>,
            column: Column<O, T, OnDemand>,
        ) -> Result<()> {
            self.core.load_columns(keys.into_iter().map(Key::as_a).collect(), column.name())
        }
    }
}

impl<M: Mode> Core<M> {
    async fn load_column<E: Entity, T: ColumnType>(
        &mut self,
        key: Key<E>,
        column: Column<E, T, OnDemand>,
    ) -> Result<&T> {
        if self.unit.need_of_column(key, column.name())? != ColumnLoadNeed::Nothing {
            Box::pin(self.load_columns(vec![key], column.name())).await?;
        }
        self.unit.loaded_column(key, column.name())
    }

    /// Loads a deferred column of entities, by one plan for all.
    async fn load_columns<E: Entity>(&mut self, keys: Vec<Key<E>>, column: &'static str) -> Result<()> {
        let mut needs = self.needs_of_column(&keys, column)?;
        if needs.iter().any(|(_, need)| matches!(need, ColumnLoadNeed::Row(_))) {
            self.make_room_for_rows(&needs).await?;
            // The flush may have written what was asked for.
            needs = self.needs_of_column(&keys, column)?;
        }
        let Some(wanted) = Wanted::of(needs) else { return Ok(()) };
        let meta = E::entity_meta();
        let mut ids: Vec<(Slot, KeyValues)> = Vec::with_capacity(wanted.slots.len());
        for slot in wanted.slots {
            ids.extend(EntitySink::identity(&self.unit, meta, slot).map(|id| (slot, id)));
        }
        let field = meta.deferred_column(column).map_or(column, |position| meta.columns[position].field);
        let cause = Cause::LoadColumn(LoadedColumn::new(meta.name, field));
        let sent = ids.iter().map(|(_, id)| id.clone()).collect();
        let mut plan = match wanted.rows {
            true => IdentityPlan::with_columns(&mut self.unit, meta, sent, Existing::Keep, &wanted.columns),
            false => IdentityPlan::of_columns(&mut self.unit, meta, sent, &wanted.columns),
        };
        plan = plan.under(&self.options.execution, cause);
        self.link.read(cause, &mut plan).await?;
        let found = plan.into_found();
        self.tell_states();
        match ids.iter().zip(found).find(|((slot, _), found)| *found != Some(*slot)) {
            None => Ok(()),
            Some(((_, id), None)) => Err(Error::ObjectDeleted { entity: meta.name, key: key_text(meta, id) }),
            Some(((_, id), Some(_))) => Err(Error::KeyDiffers { entity: meta.name, key: key_text(meta, id) }),
        }
    }

    fn needs_of_column<E: Entity>(&self, keys: &[Key<E>], column: &str) -> Result<Vec<(Key<E>, ColumnLoadNeed)>> {
        keys.iter().map(|key| Ok((*key, self.unit.need_of_column(*key, column)?))).collect()
    }

    /// Flushes or drops the edits that would keep expired rows from being read into memory.
    async fn make_room_for_rows<E: Entity>(&mut self, needs: &[(Key<E>, ColumnLoadNeed)]) -> Result<()> {
        for (key, need) in needs {
            if !matches!(need, ColumnLoadNeed::Row(_)) {
                continue;
            }
            match self.unit.is_modified(*key)? {
                true => self.autoflush().await?,
                false => self.unit.drop_void_edit(*key)?,
            }
        }
        Ok(())
    }

    /// The row with a primary key and deferred columns, read again.
    pub(super) async fn fetch_with_columns(
        &mut self,
        cause: Cause,
        meta: &'static crate::mapping::EntityMeta,
        id: KeyValues,
        columns: &[ColumnPosition],
    ) -> Result<Option<Slot>> {
        let plan = IdentityPlan::with_columns(&mut self.unit, meta, vec![id], Existing::Refresh, columns);
        let mut plan = plan.under(&self.options.execution, cause);
        self.link.read(cause, &mut plan).await?;
        Ok(plan.found().first().copied().flatten())
    }
}

/// The entities and columns of one load.
struct Wanted {
    slots: Vec<Slot>,
    columns: Vec<ColumnPosition>,
    /// Whether whole rows are read, as an entity is expired.
    rows: bool,
}

impl Wanted {
    fn of<E: Entity>(needs: Vec<(Key<E>, ColumnLoadNeed)>) -> Option<Self> {
        let mut wanted = Self { slots: Vec::new(), columns: Vec::new(), rows: false };
        for (key, need) in needs {
            let columns = match need {
                ColumnLoadNeed::Nothing => continue,
                ColumnLoadNeed::Columns(columns) => columns,
                ColumnLoadNeed::Row(columns) => {
                    wanted.rows = true;
                    columns
                }
            };
            wanted.columns.extend(columns);
            wanted.slots.push(key.slot());
        }
        wanted.columns.sort_unstable();
        wanted.columns.dedup();
        (!wanted.slots.is_empty()).then_some(wanted)
    }
}
