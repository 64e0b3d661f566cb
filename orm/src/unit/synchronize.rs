//! Entities in memory follow a bulk UPDATE or DELETE: `Synchronize`, and the plan that sends the statement.
//!
//! The statement is judged before it is sent, so that a refusal leaves the database as it is; memory changes after it
//! was sent. What cannot be followed entity by entity (keys, foreign keys, cascades of the database) expires everything.

use super::UnitOfWork;
use super::lifecycle::State;
use super::store::{ArenaId, Change};
use crate::engine::{Capabilities, Command, Outcome, Plan, Statement};
use crate::error::{BoxedResult, Error, Result};
use crate::key::Slot;
use crate::mapping::{
    ColumnPosition, EntityMeta, KeyValues, ReferentialAction, RelationKind, TablePosition, Verdict, check_computable,
    column_named, evaluate_over, judge,
};
use crate::row::RowReader;
use crate::sql::BulkStatement;
use crate::sql::tree::{ColumnRef, Name, Node, SelectItem, TableRef, UpdateTree};
use crate::sql::visit::Visitor;
use crate::value::{DataType, Value};

/// Determines how entities in memory follow a bulk statement, in
/// [`Session::execute_synchronized`](crate::Session::execute_synchronized).
///
/// | | which entities the statement is about | when that cannot be found out |
/// | --- | --- | --- |
/// | `Evaluate` | the condition is evaluated in memory | an error, before anything is sent |
/// | `Fetch` | the database returns their keys (`RETURNING`) | all entities expire |
/// | `Auto` | as `Evaluate` | as `Fetch` |
///
/// Counterpart: the execution option `synchronize_session`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Synchronize {
    /// Evaluates the condition in memory; fetches the keys where it cannot be evaluated.
    #[default]
    Auto,
    /// Evaluates the condition in memory, and refuses the statement where it cannot be evaluated.
    Evaluate,
    /// Fetches the keys of the changed rows by `RETURNING`. On MariaDB and MySQL, which have none for every statement,
    /// all entities of the session expire instead.
    Fetch,
}

/// A bulk statement that is being sent, and its effect on the entities in memory.
pub(crate) struct BulkWrite<'u> {
    unit: &'u mut UnitOfWork,
    statement: BulkStatement,
    /// Entities that the statement is about, as far as known, and their changes.
    effects: Vec<(ArenaId, Slot, Effect)>,
    fetch: Option<Fetch>,
    expires_all: bool,
    is_sent: bool,
    rows: usize,
}

/// The keys that the statement returns.
struct Fetch {
    kind: ArenaId,
    types: Vec<DataType>,
}

/// The change of an entity whose row a bulk statement changes.
enum Effect {
    /// Columns have new values.
    Set(Vec<(ColumnPosition, Value)>),
    /// The row is deleted.
    Remove,
    /// The row must be read again.
    Expire,
}

impl UnitOfWork {
    /// Prepares a bulk statement.
    ///
    /// # Errors
    /// [`Error::NotComputable`] when the condition must be evaluated and cannot be.
    pub(crate) fn bulk_write(
        &mut self,
        mut statement: BulkStatement,
        how: Synchronize,
        capabilities: &Capabilities,
    ) -> Result<BulkWrite<'_>> {
        let kinds: Vec<ArenaId> = self
            .arenas
            .ids()
            .filter(|kind| !tables_named(self.arenas[*kind].meta, statement.table()).is_empty())
            .collect();
        let evaluated = match how {
            Synchronize::Fetch => None,
            Synchronize::Evaluate => Some(self.evaluate_bulk(&statement, &kinds).map_err(name_way_out)?),
            Synchronize::Auto => self.evaluate_bulk(&statement, &kinds).ok(),
        };
        let mut expires_all = self.reaches_further(&statement);
        let mut fetch = None;
        if evaluated.is_none() && kinds.iter().any(|kind| self.arenas[*kind].len() > 0) {
            match self.fetched_keys(&kinds, statement.table(), capabilities) {
                Some((items, keys)) => {
                    statement.set_returning(items);
                    fetch = Some(keys);
                }
                None => expires_all = true,
            }
        }
        let effects = evaluated.unwrap_or_default();
        Ok(BulkWrite { unit: self, statement, effects, fetch, expires_all, is_sent: false, rows: 0 })
    }

    /// Finds the entities that a statement is about by evaluating its condition over each.
    fn evaluate_bulk(&self, statement: &BulkStatement, kinds: &[ArenaId]) -> Result<Vec<(ArenaId, Slot, Effect)>> {
        let condition = statement.condition();
        let mut effects = Vec::new();
        if let Some(condition) = &condition {
            // The same statement is refused whether or not entities are in memory.
            match kinds {
                [] => check_computable(condition, None)?,
                kinds => {
                    kinds.iter().try_for_each(|kind| check_computable(condition, Some(self.arenas[*kind].meta)))?
                }
            }
        }
        for kind in kinds {
            for slot in self.arenas[*kind].slots() {
                let Some((place, record)) = self.arenas[*kind].place(slot).zip(self.record(*kind, slot)) else {
                    continue;
                };
                let has_row = matches!(place.state, Some(State::Persistent | State::Deleting));
                // An expired entity is read again anyway.
                if !has_row || !self.epochs.is_fresh(place.epoch) || !self.is_in_table(*kind, slot, statement.table()) {
                    continue;
                }
                let verdict = match (&condition, place.snapshot) {
                    (None, 0) => Verdict::Holds,
                    (Some(condition), 0) => judge(condition, record)?,
                    // Memory differs from the row, as nothing was flushed.
                    _ => Verdict::Unknown,
                };
                match verdict {
                    Verdict::Holds => effects.push((*kind, slot, self.effect(statement, *kind, slot))),
                    Verdict::Unknown => effects.push((*kind, slot, Effect::Expire)),
                    Verdict::Fails => {}
                }
            }
        }
        Ok(effects)
    }

    fn is_in_table(&self, kind: ArenaId, slot: Slot, table: &TableRef) -> bool {
        let meta = self.arenas[kind].meta;
        meta.table_indexes_of(self.class_of(kind, slot)).iter().any(|position| is_named(meta, *position, table))
    }

    /// The change of an entity that the statement is about.
    fn effect(&self, statement: &BulkStatement, kind: ArenaId, slot: Slot) -> Effect {
        let is_edited = self.arenas[kind].place(slot).is_some_and(|place| place.snapshot != 0);
        match statement {
            _ if is_edited => Effect::Expire,
            BulkStatement::Update(tree) => self.new_values(tree, kind, slot).map_or(Effect::Expire, Effect::Set),
            // Rows of other tables belong to the entity, and need not be deleted.
            BulkStatement::Delete(_) => match &self.arenas[kind].meta.polymorphism {
                Some(polymorphism) if polymorphism.is_joined() => Effect::Expire,
                _ => Effect::Remove,
            },
        }
    }

    /// The values that an UPDATE gives to the loaded columns of an entity; none if one cannot be evaluated.
    fn new_values(&self, tree: &UpdateTree, kind: ArenaId, slot: Slot) -> Option<Vec<(ColumnPosition, Value)>> {
        if depends_on_order(&tree.set) {
            return None;
        }
        let (meta, record) = (self.arenas[kind].meta, self.record(kind, slot)?);
        let mut values = Vec::with_capacity(tree.set.len());
        for (name, node) in &tree.set {
            let column = ColumnRef::new(tree.table.name.clone(), name.clone());
            let Some(position) = column_named(record, &column) else { continue };
            if meta.has_column(record.class(), position) && !record.value(position).is_unloaded() {
                values.push((position, evaluate_over(node, record).ok()?));
            }
        }
        Some(values)
    }

    /// Whether a statement can change memory beyond the columns and rows of one table: keys and foreign keys, which
    /// relationships follow, and rows of other tables, which the database changes along.
    fn reaches_further(&self, statement: &BulkStatement) -> bool {
        let table = statement.table();
        let held = || self.arenas.iter().filter(|arena| arena.len() > 0).map(|arena| arena.meta);
        let is_link = |meta: &EntityMeta| {
            let mut secondary = meta.relations.iter().filter_map(|relation| relation.secondary.as_ref());
            secondary.any(|secondary| secondary.table == table.name)
        };
        let further = match statement {
            BulkStatement::Update(tree) => held().any(|meta| {
                // The owner of a collection is in memory, and the members need not be.
                let targets = meta.relations.iter().map(|relation| (relation.target)().root());
                let mut metas =
                    std::iter::once(meta).chain(targets).filter(|meta| !tables_named(meta, table).is_empty());
                metas.any(|meta| tree.set.iter().any(|(name, _)| is_linking(meta, name)))
            }),
            BulkStatement::Delete(_) => held().any(|meta| is_changed_along(meta, table)),
        };
        further || held().any(is_link)
    }

    /// The key columns for RETURNING, if the keys tell the entities.
    fn fetched_keys(
        &self,
        kinds: &[ArenaId],
        table: &TableRef,
        capabilities: &Capabilities,
    ) -> Option<(Vec<SelectItem>, Fetch)> {
        let [kind] = kinds else { return None };
        let meta = self.arenas[*kind].meta;
        let is_concrete = meta.polymorphism.as_ref().is_some_and(|polymorphism| polymorphism.is_concrete());
        if is_concrete || !capabilities.write_returning {
            return None;
        }
        let position = tables_named(meta, table).first().copied()?;
        let items = meta
            .key_columns_of_table(position)
            .map(|name| SelectItem { node: Node::Column(ColumnRef::new(table.name.clone(), name)), label: None });
        let types = meta.primary_key.iter().map(|column| meta.columns[*column].data_type.clone()).collect();
        Some((items.collect(), Fetch { kind: *kind, types }))
    }

    fn apply_effects(&mut self, effects: Vec<(ArenaId, Slot, Effect)>) {
        let mut removed = Vec::new();
        for (kind, slot, effect) in effects {
            match effect {
                Effect::Set(values) => {
                    for (column, value) in values {
                        if self.write_column(kind, slot, column, value).is_err() {
                            self.apply(kind, slot, Change::Expired);
                        }
                    }
                }
                Effect::Expire => self.apply(kind, slot, Change::Expired),
                Effect::Remove => removed.push((kind, slot)),
            }
        }
        self.detach(&removed);
        for (kind, slot) in removed {
            self.apply(kind, slot, Change::Kept);
            if let Some(key) = self.identity_of(kind, slot) {
                self.apply(kind, slot, Change::Removed(key));
            }
        }
    }
}

impl BulkWrite<'_> {
    /// Makes memory follow the statement that was sent; returns the number of changed rows.
    pub(crate) fn finish(mut self) -> usize {
        if self.expires_all {
            // A foreign key that is written here would not show in the relationships; reading it again does.
            self.effects.retain(|(.., effect)| matches!(effect, Effect::Remove));
        }
        self.unit.apply_effects(self.effects);
        if self.expires_all {
            self.unit.expire_all();
        }
        self.unit.expire_views();
        self.rows
    }
}

impl Plan for BulkWrite<'_> {
    fn next_command(&mut self) -> Result<Option<Command>> {
        if std::mem::replace(&mut self.is_sent, true) {
            return Ok(None);
        }
        Ok(Some(match &self.fetch {
            Some(fetch) => Command::ExecuteReturning { types: fetch.types.clone().into() },
            None => Command::Execute,
        }))
    }

    fn write(&self) -> Result<Box<dyn Statement + '_>> {
        Ok(Box::new(&self.statement))
    }

    fn row(&mut self, _row: &mut dyn RowReader) -> BoxedResult<()> {
        Ok(())
    }

    fn finished(&mut self) -> Result<()> {
        Ok(())
    }

    fn executed(&mut self, outcome: Outcome) -> Result<()> {
        self.rows = outcome.rows;
        let Some(Fetch { kind, types }) = &self.fetch else { return Ok(()) };
        let mut values = outcome.returned.into_iter();
        loop {
            let key: KeyValues = values.by_ref().take(types.len()).collect();
            if key.len() < types.len() || key.is_empty() {
                return Ok(());
            }
            let Some(slot) = self.unit.arenas[*kind].find(&key) else { continue };
            let is_fresh = self.unit.arenas[*kind].place(slot).is_some_and(|it| self.unit.epochs.is_fresh(it.epoch));
            // The values in memory of an expired entity may be old; its row is gone all the same.
            if is_fresh || matches!(self.statement, BulkStatement::Delete(_)) {
                self.effects.push((*kind, slot, self.unit.effect(&self.statement, *kind, slot)));
            }
        }
    }

    fn failed(&mut self, error: Error) -> Error {
        *self.unit.complete_violation(Box::new(error))
    }
}

/// Names the way to run a statement whose condition cannot be evaluated.
fn name_way_out(mut error: Error) -> Error {
    if let Error::NotComputable { reason, .. } = &mut error {
        reason.push_str("; with `Synchronize::Auto` the database tells which rows the statement changes");
    }
    error
}

fn is_named(meta: &EntityMeta, position: TablePosition, table: &TableRef) -> bool {
    let (schema, name) = meta.table_name(position);
    name == table.name && (table.schema.is_none() || table.schema.as_deref() == schema)
}

/// The tables of a mapping that a statement means.
fn tables_named(meta: &EntityMeta, table: &TableRef) -> Vec<TablePosition> {
    meta.table_positions().filter(|position| is_named(meta, *position, table)).collect()
}

/// Whether a column is part of a key or of a foreign key, or says the class.
fn is_linking(meta: &EntityMeta, name: &Name) -> bool {
    let in_key =
        |name: &Name| meta.table_positions().any(|position| meta.key_columns_of_table(position).any(|key| key == name));
    let is_discriminator = |column: ColumnPosition| {
        meta.polymorphism.as_ref().is_some_and(|polymorphism| polymorphism.discriminator == column)
    };
    let is_one = |column: ColumnPosition| {
        meta.columns[column].name == name
            && (meta.primary_key.contains(&column)
                || is_discriminator(column)
                || meta.relations.iter().any(|relation| relation.columns.contains(&column)))
    };
    in_key(name) || meta.columns.positions().any(is_one)
}

/// Whether the database changes or deletes rows of an entity together with the rows of a table to which they refer.
fn is_changed_along(meta: &EntityMeta, table: &TableRef) -> bool {
    let acts = |action: Option<ReferentialAction>| {
        !matches!(action, None | Some(ReferentialAction::Restrict | ReferentialAction::NoAction))
    };
    let by_relation = meta.relations.iter().any(|relation| {
        relation.kind == RelationKind::BelongsTo
            && acts(relation.on_delete)
            && !tables_named((relation.target)().root(), table).is_empty()
    });
    let by_column = meta.columns.iter().filter_map(|column| column.references);
    by_relation || by_column.into_iter().any(|reference| acts(reference.on_delete) && reference.table == table.name)
}

/// Whether a value uses a column that is assigned before, where databases disagree about the value: the old or the new.
fn depends_on_order(set: &[(Name, Node)]) -> bool {
    struct Uses<'a> {
        assigned: &'a [(Name, Node)],
        found: bool,
    }
    impl<'t> Visitor<'t> for Uses<'_> {
        fn visit_column(&mut self, column: &'t ColumnRef) {
            self.found |= self.assigned.iter().any(|(name, _)| *name == column.name);
        }
    }
    (0..set.len()).any(|at| {
        let mut uses = Uses { assigned: &set[..at], found: false };
        uses.visit_node(&set[at].1);
        uses.found || uses.assigned.iter().any(|(name, _)| *name == set[at].0)
    })
}
