//! The constants of embedded structs (`Timestamps::CREATED`) and the way to them from an entity (`User::TIMESTAMPS`).

use std::fmt;
use std::marker::PhantomData;

use super::entity::Entity;
use super::relationship::{Ends, Relationship};
use super::tables::decimal_digits;
use crate::sql::Column;

/// Where the embedded struct `M` stands in `E`, an entity or another embedded struct; the constants that the derive writes.
///
/// `User::TIMESTAMPS.column(Timestamps::CREATED)` is a column of `User`.
pub struct EmbeddedPath<E, M> {
    columns: usize,
    relations: usize,
    types: PhantomData<fn() -> (E, M)>,
}

/// A column of the embedded struct `M` that holds a `T`, in whichever entity embeds it; the constants that the derive writes.
pub struct EmbeddedColumn<M, T> {
    index: usize,
    types: PhantomData<fn() -> (M, T)>,
}

/// A relationship of the embedded struct `M`, in whichever entity embeds it; the constants that the derive writes.
pub struct EmbeddedRelationship<M, T, K> {
    index: usize,
    name: &'static str,
    types: Ends<M, T, K>,
}

impl<E, M> EmbeddedPath<E, M> {
    /// The embedded struct whose first column and first relationship are at these positions. The derive writes these.
    pub const fn new(columns: usize, relations: usize) -> Self {
        Self { columns, relations, types: PhantomData }
    }

    /// The position of its first column in the mapping.
    pub const fn first_column(self) -> usize {
        self.columns
    }

    /// What the embedded struct embeds in its turn.
    pub const fn embedded<N>(self, path: EmbeddedPath<M, N>) -> EmbeddedPath<E, N> {
        EmbeddedPath::new(self.columns + path.columns, self.relations + path.relations)
    }
}

impl<E: Entity, M> EmbeddedPath<E, M> {
    /// The entity's column.
    pub fn column<T>(self, column: EmbeddedColumn<M, T>) -> Column<E, T> {
        let meta = E::entity_meta();
        let part = meta.lineage.as_ref().map_or(0, |lineage| lineage.class);
        let position = self.columns + column.index;
        let column = &meta.columns[position];
        let constant = Column::of_class(meta.table_of_part(part).1, column.name, meta.is_apart(part));
        let constant = constant.owner(|| E::entity_meta());
        match decimal_digits(meta, position) {
            Some((precision, scale)) => constant.digits(precision, scale),
            None => constant,
        }
        .sensitive(meta.is_sensitive(position))
    }

    /// The entity's relationship.
    pub const fn relationship<T: Entity, K>(
        self,
        relationship: EmbeddedRelationship<M, T, K>,
    ) -> Relationship<E, T, K> {
        Relationship::new(self.relations + relationship.index, relationship.name)
    }
}

impl<M, T> EmbeddedColumn<M, T> {
    /// The column at a position of the embedded struct. The derive writes these.
    pub const fn new(index: usize) -> Self {
        Self { index, types: PhantomData }
    }

    /// The position within the embedded struct.
    pub const fn index(self) -> usize {
        self.index
    }
}

impl<M, T, K> EmbeddedRelationship<M, T, K> {
    /// The relationship at a position of the embedded struct. The derive writes these.
    pub const fn new(index: usize, name: &'static str) -> Self {
        Self { index, name, types: PhantomData }
    }

    /// The field.
    pub const fn name(self) -> &'static str {
        self.name
    }
}

// By hand: a derive would demand the same of the type parameters.
impl<E, M> Clone for EmbeddedPath<E, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E, M> Copy for EmbeddedPath<E, M> {}

impl<M, T> Clone for EmbeddedColumn<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for EmbeddedColumn<M, T> {}

impl<M, T, K> Clone for EmbeddedRelationship<M, T, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T, K> Copy for EmbeddedRelationship<M, T, K> {}

impl<E, M> fmt::Debug for EmbeddedPath<E, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "columns from {}", self.columns)
    }
}

impl<M, T> fmt::Debug for EmbeddedColumn<M, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}", self.index)
    }
}

impl<M, T, K> fmt::Debug for EmbeddedRelationship<M, T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
