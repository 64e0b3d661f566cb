//! How a struct is a row, and how structs relate: metadata, fields and constants. No arena, no I/O.

mod auto;
mod collection;
mod criterion;
mod embed;
mod entity;
pub(crate) mod join;
mod key;
mod meta;
mod reference;
mod registry;
mod relationship;
mod storage;
mod tables;
#[cfg(test)]
mod tests;

pub use auto::Auto;
pub use collection::{Collection, CollectionField, HasMany, HasOne, ManyToMany};
pub use criterion::Many;
pub use embed::{EmbeddedColumn, EmbeddedPath, EmbeddedRelationship};
pub use entity::{Embedded, Entity, Record};
pub use key::{KeyAt, KeyField, KeyPart, KeyValues, PrimaryKey};
pub use meta::{
    Cascade, CollectionShape, ColumnMeta, ConstraintMeta, EntityMeta, LazyStrategy, ReferenceMeta, ReferentialAction,
    RelationKind, RelationMeta, SecondaryMeta,
};
pub use reference::{BelongsTo, KeyOf, ReferenceField, Target};
pub use registry::check;
pub use relationship::{Keyed, Relationship, ToMany, ToOne};
pub use storage::{Chunks, Storage};
pub use tables::{schema_of, table_of};
