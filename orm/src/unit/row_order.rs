//! Which rows of a flush are written before which: a row after those that it refers to, a unique value after the row
//! that gives it up.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::UnitOfWork;
use super::lifecycle::State;
use super::order::Changes;
use super::store::ArenaId;
use crate::error::{Error, Result};
use crate::key::Slot;
use crate::mapping::{ColumnPosition, KeyValues, RelationKind, RelationPosition};
use crate::topology;

/// Columns by position.
type Columns = SmallVec<[ColumnPosition; 2]>;

/// A foreign key of the schema: of a `BelongsTo`, or of a column that names one itself.
pub(super) struct ForeignKey {
    pub(super) columns: Columns,
    pub(super) target: ArenaId,
    pub(super) target_columns: Columns,
    /// The `BelongsTo`.
    relation: Option<RelationPosition>,
    pub(super) post_update: bool,
}

/// Columns whose values only one row has: the primary key, a unique column, a unique constraint.
pub(super) struct UniqueSet {
    /// Equal for the columns of one constraint, which the classes of a hierarchy may each have at a position of their
    /// own.
    pub(super) constraint: usize,
    pub(super) columns: Columns,
}

/// Rows of one flush, and which of them come before which.
pub(super) struct RowOrder<'u> {
    unit: &'u UnitOfWork,
    rows: Vec<(ArenaId, Slot)>,
    /// A row after the entity under its `BelongsTo`. Always kept, or the flush fails.
    entities: Vec<(usize, usize)>,
    /// A row after the one to which its foreign key leads. Left to the database where these make a circle.
    values: Vec<(usize, usize)>,
    /// A row that takes a unique value after the one that gives it up.
    handed_on: Vec<(usize, usize)>,
}

/// Where rows with some values in some columns stand.
type Places = FxHashMap<KeyValues, usize>;

impl UnitOfWork {
    /// The foreign keys of a kind that lead to kinds in play.
    pub(super) fn foreign_keys<'a>(
        &'a self,
        kind: ArenaId,
        in_play: &'a [ArenaId],
    ) -> impl Iterator<Item = ForeignKey> + 'a {
        let meta = self.arenas[kind].meta;
        let through = move |(index, relation): (RelationPosition, &'static crate::mapping::RelationMeta)| {
            let is_key = relation.kind == RelationKind::BelongsTo;
            let target = self.known_kind((relation.target)()).filter(|target| is_key && in_play.contains(target))?;
            Some(ForeignKey {
                columns: relation.columns.as_slice().into(),
                target,
                target_columns: (relation.target)().primary_key.as_slice().into(),
                relation: Some(index),
                post_update: relation.post_update,
            })
        };
        let named = self.arenas[kind].named_references.iter().filter_map(move |column| {
            let reference = meta.columns[*column].references?;
            let (target, target_column) =
                in_play.iter().find_map(|kind| Some((*kind, self.arenas[*kind].column_in_table(reference)?)))?;
            Some(ForeignKey {
                columns: Columns::from_slice(&[*column]),
                target,
                target_columns: Columns::from_slice(&[target_column]),
                relation: None,
                post_update: false,
            })
        });
        meta.relations.enumerate().filter_map(through).chain(named)
    }

    /// The values of columns as memory has them, or as the row has them; none where one of them is `NULL`.
    pub(super) fn values_of(
        &self,
        kind: ArenaId,
        slot: Slot,
        columns: &[ColumnPosition],
        of_row: bool,
    ) -> Option<KeyValues> {
        let before = if of_row { self.snapshot(kind, slot) } else { None };
        let record = self.record(kind, slot)?;
        let is_null = |column: &ColumnPosition| match before {
            Some(before) => before.values[*column].is_null(),
            None => record.value(*column).is_null(),
        };
        if columns.iter().any(is_null) {
            return None;
        }
        let value = |column: &ColumnPosition| match before {
            Some(before) => before.values[*column].clone(),
            None => record.value(*column).to_value(),
        };
        Some(columns.iter().map(value).collect())
    }

    /// The nullable columns that name a column of the same table, and by which a row refers to itself.
    pub(super) fn columns_to_itself(&self, kind: ArenaId, slot: Slot) -> impl Iterator<Item = ColumnPosition> + '_ {
        let arena = &self.arenas[kind];
        arena.named_references.iter().copied().filter(move |column| {
            let mapped = &arena.meta.columns[*column];
            let target = mapped.references.and_then(|reference| arena.column_in_table(reference));
            let value = |column: ColumnPosition| self.values_of(kind, slot, &[column], true);
            mapped.nullable && target.is_some_and(|target| value(*column).is_some_and(|own| Some(own) == value(target)))
        })
    }

    pub(super) fn is_new(&self, (kind, slot): (ArenaId, Slot)) -> bool {
        self.arenas[kind].state(slot) == Some(State::Pending)
    }

    /// Whether a flush writes any of these columns of a row.
    fn writes(&self, row: (ArenaId, Slot), columns: &[ColumnPosition]) -> bool {
        self.is_new(row) || columns.iter().any(|column| !self.is_unchanged(row.0, row.1, *column))
    }
}

impl<'u> RowOrder<'u> {
    pub(super) fn new(unit: &'u UnitOfWork, rows: Vec<(ArenaId, Slot)>) -> Self {
        Self { unit, rows, entities: Vec::new(), values: Vec::new(), handed_on: Vec::new() }
    }

    /// A written row comes after the new rows that it refers to, by entity or by value.
    pub(super) fn after_new_targets(mut self, component: &[ArenaId], changes: &Changes) -> Self {
        let unit = self.unit;
        let positions: FxHashMap<(ArenaId, Slot), usize> = self.rows.iter().copied().zip(0..).collect();
        for (position, (kind, slot)) in self.rows.iter().copied().enumerate() {
            for (index, relation) in unit.arenas[kind].meta.relations.enumerate() {
                if relation.kind == RelationKind::BelongsTo
                    && !changes.postponed.contains(&(kind, slot, index))
                    && let Some(target_kind) = unit.known_kind((relation.target)())
                    && let Some(target) = unit.target_of(kind, slot, index)
                    && let Some(before) = positions.get(&(target_kind, target))
                {
                    if unit.is_new((target_kind, target)) {
                        self.entities.push((*before, position));
                    } else if *before != position
                        && unit.writes((target_kind, target), &(relation.target)().primary_key)
                    {
                        // The foreign key follows the key that the row under it is given.
                        self.values.push((*before, position));
                    }
                }
            }
        }
        let (of_row, leads) = (false, |row: (ArenaId, Slot), columns: &[ColumnPosition]| unit.writes(row, columns));
        self.follow_values(component, of_row, leads);
        self
    }

    /// A deleted row comes after the rows to which it refers, if the order is turned round.
    pub(super) fn after_deleted_targets(mut self, component: &[ArenaId]) -> Self {
        self.follow_values(component, true, |_, _| true);
        self
    }

    /// A row comes after that which has the value of its foreign key, where both [count](fn@Fn) for these columns.
    fn follow_values(
        &mut self,
        component: &[ArenaId],
        of_row: bool,
        counts: impl Fn((ArenaId, Slot), &[ColumnPosition]) -> bool,
    ) {
        let unit = self.unit;
        let mut known: Vec<((ArenaId, Columns), Places)> = Vec::new();
        for kind in component.iter().copied() {
            for key in unit.foreign_keys(kind, component).filter(|key| !key.post_update) {
                let there = (key.target, key.target_columns);
                let at = known.iter().position(|(found, _)| *found == there).unwrap_or_else(|| {
                    let place = |(position, row): (usize, &(ArenaId, Slot))| {
                        let is_one = row.0 == there.0 && counts(*row, &there.1);
                        Some((unit.values_of(row.0, row.1, &there.1, of_row).filter(|_| is_one)?, position))
                    };
                    known.push((there.clone(), self.rows.iter().enumerate().filter_map(place).collect()));
                    known.len() - 1
                });
                let places = &known[at].1;
                if places.is_empty() {
                    continue;
                }
                // A new row waits for an entity by itself; one that goes is known by nothing but its values.
                let edges = if of_row && key.relation.is_some() { &mut self.entities } else { &mut self.values };
                for (position, row) in self.rows.iter().enumerate() {
                    if row.0 == kind
                        && counts(*row, &key.columns)
                        && let Some(values) = unit.values_of(row.0, row.1, &key.columns, of_row)
                        // A row that refers to itself has to wait for no other.
                        && let Some(before) = places.get(&values).filter(|before| **before != position)
                    {
                        edges.push((*before, position));
                    }
                }
            }
        }
    }

    /// A row that takes a unique value which another of the rows gives up comes after that.
    pub(super) fn after_givers(mut self, component: &[ArenaId]) -> Self {
        let unit = self.unit;
        for kind in component.iter().copied() {
            let table = |slot: Slot| unit.table_of(kind, slot);
            let mut given_up: FxHashMap<(usize, usize, KeyValues), usize> = FxHashMap::default();
            let here = |(_, row): &(usize, &(ArenaId, Slot))| row.0 == kind;
            let changed =
                |slot: Slot, set: &UniqueSet| set.columns.iter().any(|column| !unit.is_unchanged(kind, slot, *column));
            for (position, (_, slot)) in self.rows.iter().enumerate().filter(here) {
                for set in unit.arenas[kind].unique_sets.iter().filter(|set| changed(*slot, set)) {
                    if !unit.is_new((kind, *slot))
                        && let Some(values) = unit.values_of(kind, *slot, &set.columns, true)
                    {
                        given_up.insert((set.constraint, table(*slot), values), position);
                    }
                }
            }
            if given_up.is_empty() {
                continue;
            }
            for (position, (_, slot)) in self.rows.iter().enumerate().filter(here) {
                for set in unit.arenas[kind].unique_sets.iter().filter(|set| changed(*slot, set)) {
                    if let Some(values) = unit.values_of(kind, *slot, &set.columns, false)
                        && let Some(giver) = given_up.get(&(set.constraint, table(*slot), values))
                        && *giver != position
                    {
                        self.handed_on.push((*giver, position));
                    }
                }
            }
        }
        self
    }

    /// The rows in layers: those of one layer do not depend on each other.
    ///
    /// # Errors
    /// [`Error::CircularDependency`] when entities refer to each other in a circle; [`Error::UniqueValueCycle`] when
    /// unique values are handed on in one.
    pub(super) fn layers(mut self) -> Result<Vec<Vec<(ArenaId, Slot)>>> {
        let Self { rows, entities, values, handed_on, .. } = &mut self;
        if entities.is_empty() && values.is_empty() && handed_on.is_empty() {
            return Ok(if rows.is_empty() { Vec::new() } else { vec![std::mem::take(rows)] });
        }
        let all = |values: &[(usize, usize)]| [entities.as_slice(), values, handed_on.as_slice()].concat();
        let layers = topology::layers(rows.len(), &all(values)).or_else(|cycle| {
            if values.is_empty() {
                return Err(cycle);
            }
            // No order is right for a circle of values: what one statement writes the database may still take.
            let mut component = vec![0; rows.len()];
            for (number, members) in topology::components(rows.len(), &all(values)).into_iter().enumerate() {
                members.into_iter().for_each(|member| component[member] = number);
            }
            values.retain(|(before, after)| component[*before] != component[*after]);
            topology::layers(rows.len(), &all(values))
        });
        match layers {
            Ok(layers) => {
                Ok(layers.into_iter().map(|layer| layer.into_iter().map(|position| rows[position]).collect()).collect())
            }
            Err(cycle) => Err(self.circle(&cycle.nodes)),
        }
    }

    fn circle(&self, nodes: &[usize]) -> Error {
        let meta = |node: &usize| self.unit.arenas[self.rows[*node].0].meta;
        let edges = nodes.iter().copied().zip(nodes.iter().copied().cycle().skip(1));
        let is_handed_on = |edge: &(usize, usize)| self.handed_on.contains(edge) && !self.entities.contains(edge);
        let Some((giver, _)) = edges.into_iter().find(is_handed_on) else {
            return Error::CircularDependency {
                tables: nodes.iter().map(|node| meta(node).table.to_owned()).collect(),
            };
        };
        Error::UniqueValueCycle { entity: meta(&giver).name, rows: nodes.len() }
    }
}

/// The unique sets of an entity: the primary key first.
pub(super) fn unique_sets(meta: &crate::mapping::EntityMeta) -> Box<[UniqueSet]> {
    let classes = meta.polymorphism.as_ref().map(|polymorphism| polymorphism.classes.as_ref());
    let of_classes = classes.into_iter().flatten().flat_map(|class| &class.uniques);
    let mut names: Vec<Vec<&str>> = vec![meta.primary_key.iter().map(|column| meta.columns[*column].name).collect()];
    names.extend(meta.columns.iter().filter(|column| column.unique).map(|column| vec![column.name]));
    names.extend(meta.uniques.iter().chain(of_classes).map(|unique| unique.columns.clone()));
    let mut sets: Vec<UniqueSet> = Vec::new();
    for class in 0..classes.map_or(1, <[_]>::len) {
        for (constraint, names) in names.iter().enumerate() {
            let position = |name: &&str| {
                (meta.columns.positions()).find(|at| meta.columns[*at].name == *name && meta.has_column(class, *at))
            };
            let Some(columns) = names.iter().map(position).collect::<Option<Columns>>() else { continue };
            if sets.iter().all(|set| set.columns != columns) {
                sets.push(UniqueSet { constraint, columns });
            }
        }
    }
    sets.into()
}
