//! `RowShape`: which columns of an entity a row has, where deferred columns are left out.

use std::sync::Arc;

use super::meta::{ColumnMeta, EntityMeta};
use super::position::{ColumnPosition, IndexVec};

/// The columns of a row of an entity with deferred columns.
#[derive(Clone, Debug)]
pub(crate) struct RowShape {
    /// The columns, in the order in which they stand side by side in the row.
    pub(crate) columns: Vec<ColumnPosition>,
    /// Place of each column, counted from the first of the row; `None` for one that the row lacks.
    pub(crate) places: IndexVec<ColumnPosition, Option<usize>>,
    /// The deferred columns among them.
    pub(crate) deferred: Vec<ColumnPosition>,
}

impl RowShape {
    /// The row without deferred columns; `None` for an entity without any, whose rows are whole.
    pub(super) fn without_deferred(meta: &EntityMeta) -> Option<Arc<Self>> {
        if meta.columns.iter().all(|column| column.deferred.is_none()) {
            return None;
        }
        let is_here = |position: &ColumnPosition| meta.columns[*position].deferred.is_none();
        let columns: Vec<ColumnPosition> = match &meta.polymorphism {
            None => meta.columns.positions().filter(is_here).collect(),
            // Classes that share a column may differ in whether it is deferred.
            Some(polymorphism) => {
                let shares = |place: usize| {
                    let mut places = polymorphism.row_positions.enumerate();
                    places.any(|(position, at)| *at == Some(place) && is_here(&position))
                };
                let places = polymorphism.selected.iter().enumerate();
                places.filter(|(place, _)| shares(*place)).map(|(_, position)| *position).collect()
            }
        };
        Some(Arc::new(Self::of(meta, columns, Vec::new())))
    }

    /// The row of the primary key and some deferred columns.
    pub(crate) fn key_and(meta: &'static EntityMeta, deferred: &[ColumnPosition]) -> Self {
        let key = meta.root().primary_key.iter().filter(|position| stands_in_rows(meta, **position));
        let columns = key.chain(deferred).copied().collect();
        Self::of(meta, columns, deferred.to_vec())
    }

    /// The same row and some deferred columns, the first of which stands at a place.
    pub(crate) fn with(&self, meta: &'static EntityMeta, deferred: &[ColumnPosition], first: usize) -> Self {
        let mut shape = self.clone();
        for (number, position) in deferred.iter().enumerate() {
            shape.place(meta, *position, first + number);
        }
        shape.columns.extend(deferred);
        shape.deferred.extend(deferred);
        shape
    }

    fn of(meta: &EntityMeta, columns: Vec<ColumnPosition>, deferred: Vec<ColumnPosition>) -> Self {
        let mut shape = Self { places: IndexVec::from(vec![None; meta.columns.len()]), columns, deferred };
        for (place, position) in shape.columns.clone().into_iter().enumerate() {
            shape.place(meta, position, place);
        }
        shape
    }

    /// Places a column, and the columns of other classes that share it.
    fn place(&mut self, meta: &EntityMeta, position: ColumnPosition, place: usize) {
        match &meta.polymorphism {
            None => self.places[position] = Some(place),
            Some(polymorphism) => {
                let shared = polymorphism.row_positions[position];
                for (other, at) in polymorphism.row_positions.enumerate() {
                    if *at == shared {
                        self.places[other] = Some(place);
                    }
                }
            }
        }
    }
}

/// Whether rows of an entity can have a column: of a hierarchy, other classes may have more.
fn stands_in_rows(meta: &EntityMeta, position: ColumnPosition) -> bool {
    meta.polymorphism.as_ref().is_none_or(|polymorphism| polymorphism.row_positions[position].is_some())
}

impl EntityMeta {
    /// The columns of a row where no option asks for deferred ones; `None` where rows are whole.
    pub(crate) fn shape(&self) -> Option<&Arc<RowShape>> {
        self.shape.get_or_init(|| RowShape::without_deferred(self)).as_ref()
    }

    /// The deferred columns that rows of the entity can have, each once.
    pub(crate) fn deferred_columns(&self) -> impl Iterator<Item = (ColumnPosition, &ColumnMeta)> {
        self.columns.enumerate().filter(|(position, column)| {
            let is_first = || match &self.polymorphism {
                None => true,
                Some(polymorphism) => polymorphism.selected.contains(position),
            };
            column.deferred.is_some() && is_first()
        })
    }

    /// The position of a deferred column of the entity's own class, by its name in the database.
    pub(crate) fn deferred_column(&self, name: &str) -> Option<ColumnPosition> {
        let is_own = |position: ColumnPosition| match &self.polymorphism {
            None => true,
            Some(polymorphism) => polymorphism.this().has[position],
        };
        let mut columns = self.columns.enumerate();
        let found =
            columns.find(|(position, column)| column.deferred.is_some() && column.name == name && is_own(*position));
        found.map(|(position, _)| position)
    }
}
