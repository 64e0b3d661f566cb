//! The mapping of structs to tables: metadata, field types and constants. This module holds no entities and sends no
//! statements.

mod auto;
mod collection;
mod criterion;
mod deferred;
mod drop_iteratively;
mod embed;
mod entity;
mod evaluate;
mod former;
mod hierarchy;
pub(crate) mod join;
mod key;
mod members;
mod meta;
mod placed_reader;
mod position;
mod proxy;
mod reference;
mod registry;
mod relationship;
mod row_shape;
pub(crate) mod rows;
mod storage;
mod tables;
#[cfg(test)]
mod tests;
mod view;

pub use auto::Auto;
pub use collection::{Collection, CollectionField, HasMany, HasOne, ManyToMany};
pub(crate) use criterion::rename;
pub use deferred::Deferred;
pub use embed::{EmbeddedColumn, EmbeddedPath, EmbeddedRelationship};
pub use entity::{Embedded, Entity, Record};
pub use evaluate::OverEntity;
pub(crate) use evaluate::{Verdict, check_computable, column_named, evaluate_over, judge};
pub use former::{FormerLinks, FormerSlot};
#[doc(hidden)]
pub use hierarchy::{
    Class, ClassOf, ClassSpec, Hierarchy, class_meta, collides, hydrate, refresh, root_meta, view, view_mut,
};
pub use hierarchy::{ClassMeta, Inheritance, Polymorphism};
#[doc(hidden)]
pub use key::ClassPrefixedKey;
pub use key::{IntoPrimaryKey, KeyAt, KeyField, KeyPart, KeyValues, PrimaryKey};
pub use members::{Members, MembersIter};
pub use meta::{
    Cascade, CollectionShape, ColumnMeta, ConstraintMeta, DeferredMeta, EntityMeta, JoinCondition, LoaderStrategy,
    ReferenceMeta, ReferentialAction, RelationKind, RelationMeta, SecondaryMeta,
};
pub(crate) use placed_reader::PlacedReader;
pub use position::{ColumnPosition, IndexVec, Position, RelationPosition, TablePosition};
pub use proxy::{Creates, Creator, NoCreator, NoReader, Proxy, ProxyKind, ProxyTarget};
pub use reference::{BelongsTo, KeyOf, ReferenceField, ReferenceTarget};
pub use registry::check;
pub use relationship::{ChangeableKind, CollectionKind, Keyed, ReferenceKind, Relationship, ToMany, ToOne, Viewed};
pub(crate) use row_shape::RowShape;
pub use storage::{Chunks, Storage};
#[doc(hidden)]
pub use tables::key_digits;
pub(crate) use tables::{data_type_of, decimal_digits, tables_of};
pub use tables::{schema_of, table_of};
pub use view::{ViewMany, ViewOne};
