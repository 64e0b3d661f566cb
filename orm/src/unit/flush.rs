//! One flush as a plan: batches out, counts and generated keys in.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::UnitOfWork;
use super::batch::{Batch, Operation};
use super::generated::Asked;
use super::lifecycle::State;
use super::order::Changes;
use super::store::ArenaId;
use super::write::{Field, Verb, Write};
use crate::engine::{Capabilities, Command, Outcome, Plan, Statement};
use crate::error::{BoxedResult, DatabaseErrorKind, Error, Result};
use crate::key::Slot;
use crate::mapping::{ColumnPosition, EntityMeta, KeyValues, SecondaryMeta, TablePosition, data_type_of};
use crate::row::RowReader;
use crate::value::{DataType, Value, ValueRef};

/// A flush under way. Made by [`UnitOfWork::flush`]; when every command was run, [`finish`](Flush::finish) takes note of what is written,
/// and when one failed, dropping it and [`UnitOfWork::undo_to`] the mark of its beginning makes memory as it was.
pub struct Flush<'u> {
    pub(super) unit: &'u mut UnitOfWork,
    pub(super) capabilities: &'u Capabilities,
    batches: std::vec::IntoIter<Batch>,
    current: Option<Batch>,
    /// What the database is asked about the rows of `current`, which are inserted.
    asked: Option<Asked>,
    changes: Changes,
    commands: usize,
}

impl UnitOfWork {
    /// Plans a flush. [`UnitOfWork::collect`] must have nothing left to load.
    ///
    /// # Errors
    /// [`Error::CircularDependency`] when rows depend on each other in a circle that no `post_update` breaks.
    pub fn flush<'u>(&'u mut self, capabilities: &'u Capabilities) -> Result<Flush<'u>> {
        let (batches, changes) = self.batches(capabilities)?;
        let mut flush = Flush {
            unit: self,
            capabilities,
            batches: Vec::new().into_iter(),
            current: None,
            asked: None,
            changes,
            commands: 0,
        };
        flush.commands = batches.len() + flush.all_questions(&batches);
        flush.batches = batches.into_iter();
        Ok(flush)
    }
}

impl Plan for Flush<'_> {
    fn next_command(&mut self) -> Result<Option<Command>> {
        if let (Some(asked), Some(batch)) = (&self.asked, &self.current) {
            return self.question(asked, batch.kind).map(Some);
        }
        let Some(batch) = self.batches.next() else { return Ok(None) };
        self.prepare(&batch)?;
        let returned = self.returned_columns(&batch);
        let meta = self.unit.arenas[batch.kind].meta;
        self.current = Some(batch);
        if returned.is_empty() {
            return Ok(Some(Command::Execute));
        }
        if !self.capabilities.insert_returning {
            return Ok(Some(Command::Execute));
        }
        let types: Arc<[DataType]> = returned.iter().map(|column| meta.columns[*column].data_type.clone()).collect();
        Ok(Some(Command::ExecuteReturning { types }))
    }

    fn write(&self) -> Result<Box<dyn Statement + '_>> {
        let batch = self.current.as_ref().ok_or_else(|| Error::invalid("no write is under way"))?;
        Ok(Box::new(self.statement(batch)?))
    }

    fn row(&mut self, row: &mut dyn RowReader) -> BoxedResult<()> {
        let (Some(mut asked), Some(batch)) = (self.asked.take(), &self.current) else {
            return Err(nothing_asked().into());
        };
        self.answer(&mut asked, batch, row)?;
        self.asked = Some(asked);
        Ok(())
    }

    fn finished(&mut self) -> Result<()> {
        let (Some(asked), Some(batch)) = (self.asked.take(), self.current.take()) else { return Err(nothing_asked()) };
        match self.conclude(asked, &batch) {
            Ok(Ok(values)) => self.inserted(&batch, values),
            Ok(Err(next)) => {
                self.asked = Some(next);
                self.current = Some(batch);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn executed(&mut self, outcome: Outcome) -> Result<()> {
        let Some(batch) = self.current.take() else { return Err(Error::invalid("no write is under way")) };
        let (verb, must_match) = match batch.operation {
            Operation::Insert | Operation::Link => ("INSERT", true),
            Operation::Update | Operation::PostUpdate | Operation::PreDelete => ("UPDATE", true),
            Operation::Delete | Operation::Unlink => ("DELETE", true),
            Operation::UnlinkIfThere | Operation::UnlinkAll => ("DELETE", false),
        };
        if must_match && outcome.rows != batch.rows.len() {
            return Err(Error::StaleData {
                entity: self.unit.arenas[batch.kind].meta.class_of_table(batch.table),
                statement: verb,
                expected: batch.rows.len(),
                found: outcome.rows,
                columns: self.column_names(&batch),
            });
        }
        if batch.operation == Operation::Delete {
            self.unit.strike_deleted(batch.kind, &batch.rows);
        }
        if batch.operation == Operation::Update {
            self.unit.note_new_keys(batch.kind, &batch.rows, &batch.columns)?;
        }
        if self.questions(&batch) > 0 {
            self.asked = Some(self.first_question(&batch)?);
            self.current = Some(batch);
        } else if batch.operation == Operation::Insert {
            self.inserted(&batch, outcome.returned)?;
        }
        Ok(())
    }

    fn failed(&mut self, error: Error) -> Error {
        match (error, &self.current) {
            (Error::Database(mut error), Some(batch)) => {
                let meta = self.unit.arenas[batch.kind].meta;
                error.entity = Some(meta.class_of_table(batch.table));
                // Not every database says whose key it was; a link's is another table's.
                if error.kind == DatabaseErrorKind::UniqueViolation && batch.operation != Operation::Link {
                    error.table.get_or_insert_with(|| meta.table_name(batch.table).1.to_owned());
                }
                self.unit.complete(&mut error);
                self.unit.name_refused_row(batch, &mut error);
                Error::Database(error)
            }
            (error, _) => error,
        }
    }
}

impl Flush<'_> {
    /// The rows that the flush writes.
    pub(super) fn changes(&self) -> &Changes {
        &self.changes
    }

    /// How many statements the flush sends.
    pub fn commands(&self) -> usize {
        self.commands
    }

    /// Whether it writes all or nothing without a savepoint around it, if the database undoes a statement that failed: there is one statement,
    /// and that does not change some of its rows to find that others are not as they were.
    pub fn is_atomic(&self) -> bool {
        let all_or_nothing = |batch: &Batch| match batch.operation {
            Operation::Insert | Operation::Link | Operation::UnlinkIfThere | Operation::UnlinkAll => true,
            _ => batch.rows.len() == 1,
        };
        self.commands == 1 && self.batches.as_slice().iter().all(all_or_nothing)
    }

    /// Takes note that everything is written.
    pub fn finish(self) {
        let Self { unit, .. } = self;
        let mut gone: Vec<(ArenaId, Slot)> = unit.journal.take_pending();
        gone.retain(|(kind, slot)| unit.arenas[*kind].state(*slot) == Some(State::Deleted));
        for (kind, slot) in unit.journal.take_deleting() {
            if unit.arenas[kind].state(slot) == Some(State::Deleting) {
                gone.push((kind, slot));
            }
        }
        unit.detach(&gone);
        // Before edits are taken note of: what goes is known by the key that its row had.
        gone.into_iter().for_each(|(kind, slot)| unit.note_deleted(kind, slot));
        for edit in unit.journal.take_edited() {
            unit.note_written(edit.kind, edit.slot);
        }
        unit.forget_unflushed();
        unit.expire_views();
    }

    /// Fills in what is only known now: keys of parents, defaults, versions.
    fn prepare(&mut self, batch: &Batch) -> Result<()> {
        for slot in batch.rows.iter().copied() {
            match batch.operation {
                // What a class adds was filled in with the row of the class above it.
                Operation::Insert if self.unit.arenas[batch.kind].meta.is_joined_table(batch.table) => {}
                Operation::Insert => {
                    self.unit.resolve_references(batch.kind, slot, |row| self.changes.postponed.contains(&row))?;
                    self.unit.fill_insert(batch.kind, slot)?;
                }
                Operation::Update => {
                    self.unit.resolve_references(batch.kind, slot, |row| self.changes.postponed.contains(&row))?;
                    self.unit.fill_update(batch.kind, slot)?;
                }
                Operation::PostUpdate => self.unit.resolve_references(batch.kind, slot, |_| false)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// The names of the columns that a batch requires to be as the session knew them.
    fn column_names(&self, batch: &Batch) -> Vec<&'static str> {
        let meta = self.unit.arenas[batch.kind].meta;
        batch.guards.iter().map(|column| meta.columns[column].name).collect()
    }

    /// The columns that an INSERT must give back: those that are left to the database, and the key to tell the rows apart.
    pub(super) fn returned_columns(&self, batch: &Batch) -> Vec<ColumnPosition> {
        if batch.operation != Operation::Insert {
            return Vec::new();
        }
        let meta = self.unit.arenas[batch.kind].meta;
        // A deferred column stays unloaded.
        let left_out = |column: &ColumnPosition| {
            !batch.columns.contains(*column)
                && meta.is_in_table(batch.table, *column)
                && meta.columns[*column].deferred.is_none()
        };
        let mut columns: Vec<ColumnPosition> = (meta.columns.positions()).filter(left_out).collect();
        if !columns.is_empty() && batch.rows.len() > 1 {
            let apart = meta.is_joined_table(batch.table);
            let missing = |column: &&ColumnPosition| apart || batch.columns.contains(**column);
            columns.extend(meta.row_key().iter().filter(missing));
        }
        columns
    }

    fn statement<'a>(&'a self, batch: &'a Batch) -> Result<Write<'a>> {
        let meta = self.unit.arenas[batch.kind].meta;
        match batch.operation {
            Operation::Insert => self.insert(batch, meta),
            Operation::Update | Operation::PostUpdate | Operation::PreDelete => self.update(batch, meta),
            Operation::Delete => self.delete(batch, meta),
            Operation::Link | Operation::Unlink | Operation::UnlinkIfThere | Operation::UnlinkAll => {
                self.link(batch, meta)
            }
        }
    }

    fn insert<'a>(&'a self, batch: &'a Batch, meta: &'static EntityMeta) -> Result<Write<'a>> {
        // The row of a class above has given the key of one that is apart.
        let key: &[ColumnPosition] = if meta.is_joined_table(batch.table) { &meta.primary_key } else { &[] };
        let columns: Vec<ColumnPosition> = key.iter().copied().chain(batch.columns.iter()).collect();
        let mut values = Vec::with_capacity(columns.len() * batch.rows.len());
        for slot in &batch.rows {
            let record = self.unit.arenas[batch.kind].tenant(*slot)?;
            values.extend(columns.iter().map(|column| record.value(*column)));
        }
        let returned = self.returned_columns(batch);
        let default_column = match (returned.is_empty(), meta.row_key()) {
            (false, [only]) => Some(meta.columns[*only].name),
            _ => None,
        };
        let returned = if self.capabilities.insert_returning { returned } else { Vec::new() };
        let returning = returned.iter().map(|column| table_field(meta, batch.table, *column).name).collect();
        let (schema, table) = meta.table_name(batch.table);
        Write::new(Verb::Insert, schema, table)
            .set(columns.iter().map(|column| table_field(meta, batch.table, *column)))
            .returning(returning, default_column)
            .values(batch.rows.len(), values, self.capabilities)
    }

    fn update<'a>(&'a self, batch: &'a Batch, meta: &'static EntityMeta) -> Result<Write<'a>> {
        let columns: Vec<ColumnPosition> = batch.columns.iter().collect();
        let key = key_columns(meta, batch.table);
        let guards: Vec<ColumnPosition> = batch.guards.iter().collect();
        let mut values = Vec::with_capacity((columns.len() + key.len() + guards.len()) * batch.rows.len());
        for slot in &batch.rows {
            let record = self.unit.arenas[batch.kind].tenant(*slot)?;
            match batch.operation {
                Operation::PreDelete => values.extend(columns.iter().map(|_| ValueRef::Null)),
                _ => values.extend(columns.iter().map(|column| record.value(*column))),
            }
            // A post-update follows the row's own statement, so the row is found by what that wrote.
            let written = batch.operation == Operation::PostUpdate;
            let before = if written { None } else { self.unit.snapshot(batch.kind, *slot) };
            values.extend(key.iter().map(|column| match before {
                Some(before) => before.values[*column].as_value_ref(),
                None => record.value(*column),
            }));
            if let Some(before) = self.unit.snapshot(batch.kind, *slot).filter(|_| !guards.is_empty()) {
                values.extend(guards.iter().map(|column| before.values[*column].as_value_ref()));
            }
        }
        let (schema, table) = meta.table_name(batch.table);
        Write::new(Verb::Update, schema, table)
            .set(columns.iter().map(|column| field(meta, *column)))
            .key(key.iter().map(|column| table_field(meta, batch.table, *column)))
            .guard(guards.iter().map(|column| field(meta, *column)))
            .values(batch.rows.len(), values, self.capabilities)
    }

    fn delete<'a>(&'a self, batch: &'a Batch, meta: &'static EntityMeta) -> Result<Write<'a>> {
        let key = key_columns(meta, batch.table);
        let mut values = Vec::with_capacity(key.len() * batch.rows.len());
        for slot in &batch.rows {
            let record = self.unit.arenas[batch.kind].tenant(*slot)?;
            let before = self.unit.snapshot(batch.kind, *slot);
            values.extend(key.iter().map(|column| match before {
                Some(before) => before.values[*column].as_value_ref(),
                None => record.value(*column),
            }));
        }
        let (schema, table) = meta.table_name(batch.table);
        Write::new(Verb::Delete, schema, table)
            .key(key.iter().map(|column| table_field(meta, batch.table, *column)))
            .values(batch.rows.len(), values, self.capabilities)
    }

    fn link<'a>(&'a self, batch: &'a Batch, meta: &'static EntityMeta) -> Result<Write<'a>> {
        let relation = &meta.relations[batch.relation];
        let target = (relation.target)();
        let Some(secondary) = &relation.secondary else {
            return Err(Error::Mapping {
                faults: vec![format!("{}.{} names no secondary table", meta.name, relation.name)],
            });
        };
        let member_kind = self.unit.known_kind(target);
        let mut values = Vec::new();
        for (index, owner) in batch.rows.iter().enumerate() {
            values.extend(self.linked_key(batch.kind, *owner, meta.row_key())?);
            if let Some((member, member_kind)) = batch.others.get(index).zip(member_kind) {
                values.extend(self.linked_key(member_kind, *member, &target.primary_key)?);
            }
        }
        let SecondaryMeta { table, local, remote } = secondary;
        let local = local.iter().zip(meta.row_key()).map(|(name, column)| named(name, meta, *column));
        let remote = remote.iter().zip(&target.primary_key).map(|(name, column)| named(name, target, *column));
        let write = match batch.operation {
            Operation::Link => Write::new(Verb::Insert, meta.schema, table).set(local.chain(remote)),
            Operation::Unlink | Operation::UnlinkIfThere => {
                Write::new(Verb::Delete, meta.schema, table).key(local.chain(remote))
            }
            _ => Write::new(Verb::Delete, meta.schema, table).key(local),
        };
        write.values(batch.rows.len(), values, self.capabilities)
    }

    /// The key by which the rows between know an entity: as it was just written, or of one that goes as its row has it.
    fn linked_key<'a>(
        &'a self,
        kind: ArenaId,
        slot: Slot,
        columns: &'a [ColumnPosition],
    ) -> Result<impl Iterator<Item = ValueRef<'a>>> {
        let record = self.unit.arenas[kind].tenant(slot)?;
        let goes = self.unit.arenas[kind].state(slot) == Some(State::Deleting);
        let before = if goes { self.unit.snapshot(kind, slot) } else { None };
        Ok(columns.iter().map(move |column| match before {
            Some(before) => before.values[*column].as_value_ref(),
            None => record.value(*column),
        }))
    }

    /// Gives inserted entities what the database assigned, and enters them in the identity map.
    fn inserted(&mut self, batch: &Batch, returned: Vec<Value>) -> Result<()> {
        let meta = self.unit.arenas[batch.kind].meta;
        let columns = self.returned_columns(batch);
        let apart = meta.is_joined_table(batch.table);
        if apart && columns.is_empty() {
            return Ok(());
        }
        let mut returned = Returned::new(returned, columns.len(), batch.rows.len(), meta)?;
        let generated_key = !apart && meta.row_key().iter().any(|column| !batch.columns.contains(*column));
        if !columns.is_empty() && generated_key {
            // Keys are assigned in the order of the rows, but come back in whatever order the database likes.
            let position =
                columns.iter().position(|column| meta.row_key().contains(column) && !batch.columns.contains(*column));
            returned.sort_by_key(|row| match position.map(|position| &row[position]) {
                Some(Value::I64(key)) => *key,
                _ => 0,
            });
        } else if !columns.is_empty() && batch.rows.len() > 1 {
            self.sort_by_known_key(batch, &columns, &mut returned, meta)?;
        }
        let mut assigned = 0_u64;
        let is_assigned =
            |column: &&ColumnPosition| !batch.columns.contains(**column) && meta.is_in_table(batch.table, **column);
        for column in columns.iter().filter(is_assigned) {
            assigned |= 1_u64.checked_shl(column.0 as u32).unwrap_or(0);
        }
        self.unit.arenas[batch.kind].reserve_keys(batch.rows.len());
        let mut rows = batch.rows.iter().copied().enumerate();
        let noted = rows.try_for_each(|(position, slot)| {
            let values = columns.iter().copied().zip(returned.take(position));
            self.unit.note_inserted(batch.kind, slot, assigned, values)
        });
        // After what they replaced: undone backwards, that enters the identity map when these have left it.
        self.unit.record_inserted(batch.kind, &batch.rows, assigned);
        noted
    }

    /// Brings returned rows into the order of the batch by their keys, which were given.
    fn sort_by_known_key(
        &self,
        batch: &Batch,
        columns: &[ColumnPosition],
        returned: &mut Returned,
        meta: &'static EntityMeta,
    ) -> Result<()> {
        let mut order = FxHashMap::default();
        for (position, slot) in batch.rows.iter().enumerate() {
            let record = self.unit.arenas[batch.kind].tenant(*slot)?;
            let key: KeyValues = meta.row_key().iter().map(|column| record.value(*column).to_value()).collect();
            order.insert(key, position);
        }
        let key_of = |row: &[Value]| -> KeyValues {
            let part = |column: &ColumnPosition| {
                columns.iter().position(|found| found == column).map(|position| row[position].clone())
            };
            meta.row_key().iter().filter_map(part).collect()
        };
        returned.sort_by_key(|row| order.get(&key_of(row)).copied().unwrap_or(usize::MAX));
        Ok(())
    }
}

fn nothing_asked() -> Error {
    Error::invalid("the flush has asked nothing")
}

fn field(meta: &EntityMeta, position: ColumnPosition) -> Field {
    let column = &meta.columns[position];
    // The scale decides how a decimal is written, and a reference has that of the key it refers to.
    let data_type = if column.is_decimal() { data_type_of(meta, position) } else { column.data_type.clone() };
    Field { name: column.name, data_type, sensitive: meta.is_sensitive(position) }
}

fn named(name: &'static str, meta: &EntityMeta, position: ColumnPosition) -> Field {
    Field { name, ..field(meta, position) }
}

/// A column under its name in a table: the key of a joined table has names of its own.
fn table_field(meta: &EntityMeta, table: TablePosition, column: ColumnPosition) -> Field {
    let own = field(meta, column);
    match meta.row_key().iter().position(|key| *key == column) {
        Some(at) if meta.is_joined_table(table) => {
            Field { name: meta.key_columns_of_table(table).nth(at).unwrap_or(own.name), ..own }
        }
        _ => own,
    }
}

/// The columns by which a row is found: the key, and the version where there is one.
fn key_columns(meta: &EntityMeta, table: TablePosition) -> Vec<ColumnPosition> {
    let version = meta.version.filter(|_| !meta.is_joined_table(table));
    meta.row_key().iter().copied().chain(version).collect()
}

/// What an INSERT gave back, row after row.
struct Returned {
    values: Vec<Value>,
    width: usize,
    /// Which row belongs to each entity of the batch.
    order: Vec<usize>,
}

impl Returned {
    fn new(values: Vec<Value>, width: usize, expected: usize, meta: &EntityMeta) -> Result<Self> {
        if values.len() != width * expected {
            let found = values.len() / width.max(1);
            let columns = Vec::new();
            return Err(Error::StaleData { entity: meta.name, statement: "INSERT", expected, found, columns });
        }
        Ok(Self { values, width, order: (0..expected).collect() })
    }

    fn sort_by_key<K: Ord>(&mut self, key: impl Fn(&[Value]) -> K) {
        let Self { values, width, order } = self;
        order.sort_by_cached_key(|row| key(&values[row * *width..][..*width]));
    }

    /// The values for the entity at a position of the batch.
    fn take(&mut self, position: usize) -> impl Iterator<Item = Value> + '_ {
        let first = self.order[position] * self.width;
        self.values[first..][..self.width].iter_mut().map(|value| std::mem::replace(value, Value::Null))
    }
}
