//! The only paths that generated code may name. Not part of the public interface.
//!
//! What the derives would otherwise write out for every entity stands here once, as functions and traits.

use std::any::TypeId;

pub use std::convert::From;
pub use std::default::Default;
pub use std::mem::swap;
pub use std::option::Option::{self, None, Some};
pub use std::result::Result::{self, Err, Ok};
pub use std::string::String;
pub use std::sync::LazyLock;
pub use std::vec::Vec;

pub use crate::column_type::ColumnType;
pub use crate::mapping::{
    BelongsTo, Cascade, CollectionField, CollectionShape, ColumnMeta, ConstraintMeta, Embedded, EmbeddedColumn,
    EmbeddedPath, EmbeddedRelationship, Entity, EntityMeta, KeyAt, KeyField, KeyOf, Keyed, LazyStrategy, Record,
    ReferenceField, ReferenceMeta, ReferentialAction, RelationKind, RelationMeta, Relationship, SecondaryMeta, ToMany,
    ToOne,
};
pub use crate::row::{FromRow, ReadError, RowReader};
pub use crate::sql::Column;
pub use crate::value::{DataType, Value, ValueRef};

use crate::mapping::{Chunks, PrimaryKey, Target};

/// The type of a column field, without `Auto` and `Option`, under the hash of its name. Keyed collections ask for it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no column field of this name",
    label = "the key of a keyed collection is a column field of `{Self}` itself"
)]
pub trait NamedField<const NAME: u64> {
    /// The type.
    type Type;
}

/// The words of a `ColumnEnum`.
pub trait Labels: Sized + 'static {
    /// Every word, in the order of the variants.
    const LABELS: &'static [&'static str];
    /// The word for this variant.
    fn label(&self) -> &'static str;
    /// The variant for a word.
    fn from_label(label: &str) -> Option<Self>;
}

/// How many columns a primary key has, as a type.
#[derive(Debug)]
pub struct KeyColumns<const COLUMNS: usize>;

/// A key that a foreign key of this many columns can refer to.
#[diagnostic::on_unimplemented(
    message = "the foreign key has {COLUMNS} column(s), the primary key that it refers to has not",
    label = "refers to {Self}",
    note = "name a column for each part of the key, in order: `#[entity(columns(\"a\", \"b\"))]`"
)]
pub trait ReferredBy<const COLUMNS: usize> {}

impl<const COLUMNS: usize> ReferredBy<COLUMNS> for KeyColumns<COLUMNS> {}

/// Whether an embedded struct brings a primary key, as a type.
#[derive(Debug)]
pub struct HasKey<const HAS_KEY: bool>;

/// An embedded struct without a primary key.
#[diagnostic::on_unimplemented(
    message = "the embedded struct brings a primary key, and the entity does not take it",
    label = "has a `primary_key` field",
    note = "write `#[entity(embed, primary_key)]`, or remove `primary_key` there"
)]
pub trait Keyless {}

impl Keyless for HasKey<false> {}

/// A mapping with nothing in it yet.
pub fn entity<E: Entity>(name: &'static str, table: &'static str) -> EntityMeta {
    EntityMeta {
        name,
        type_id: TypeId::of::<E>,
        schema: None,
        table,
        comment: None,
        columns: Vec::new(),
        primary_key: Vec::new(),
        relations: Vec::new(),
        uniques: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        version: None,
        embeds: Vec::new(),
        new_storage: Chunks::<E>::boxed,
    }
}

/// A column that says nothing but its type.
pub fn column<T: ColumnType>(field: &'static str, name: &'static str) -> ColumnMeta {
    ColumnMeta {
        field,
        name,
        data_type: T::data_type(),
        nullable: T::NULLABLE,
        generated: T::GENERATED,
        default: None,
        onupdate: None,
        server_default: None,
        unique: false,
        index: false,
        comment: None,
        sensitive: false,
        references: None,
    }
}

/// What the columns of a foreign key have in common; [`push_reference`] gives each its name and type.
pub fn foreign_key<T: Target>(field: &'static str) -> ColumnMeta {
    ColumnMeta { nullable: T::NULLABLE, ..column::<i64>(field, "") }
}

/// A relationship that says nothing but where it leads.
pub fn relation<T: Entity>(name: &'static str, kind: RelationKind) -> RelationMeta {
    RelationMeta {
        name,
        kind,
        target: T::entity_meta,
        columns: Vec::new(),
        nullable: false,
        inverse: None,
        cascade: Cascade::DEFAULT,
        order_by: Vec::new(),
        shape: CollectionShape::List,
        lazy: LazyStrategy::Select,
        passive_deletes: false,
        post_update: false,
        secondary: None,
        on_delete: None,
        on_update: None,
    }
}

/// Adds a `BelongsTo`: its columns and its relationship.
pub fn push_reference<T: Target>(
    meta: &mut EntityMeta,
    names: &[&'static str],
    column: ColumnMeta,
    relation: RelationMeta,
) {
    let first = meta.columns.len();
    for (name, data_type) in names.iter().zip(KeyOf::<T>::data_types()) {
        meta.columns.push(ColumnMeta { name, data_type, ..column.clone() });
    }
    let columns = (first..meta.columns.len()).collect();
    meta.relations.push(RelationMeta { columns, nullable: T::NULLABLE, ..relation });
}

/// Adds what an embedded struct brings, its columns' names prefixed.
pub fn push_embedded<T: Embedded>(meta: &mut EntityMeta, prefix: &str) {
    let first = meta.columns.len();
    meta.embeds.push(TypeId::of::<T>());
    T::describe(meta);
    if !prefix.is_empty() {
        for column in &mut meta.columns[first..] {
            // Once per mapping, which lives as long as the program.
            column.name = format!("{prefix}{}", column.name).leak();
        }
    }
}

/// The last columns are (part of) the primary key.
pub fn mark_key(meta: &mut EntityMeta, columns: usize) {
    let end = meta.columns.len();
    meta.primary_key.extend(end - columns..end);
}

/// The last column counts versions.
pub fn mark_version(meta: &mut EntityMeta) {
    meta.version = Some(meta.columns.len() - 1);
}

/// How many columns the primary key of an entity has.
pub const fn columns_of_key<E: Entity>() -> usize {
    E::PrimaryKey::ARITY
}

/// Fails to compile when a `BelongsTo` has another number of columns than the key it refers to.
pub const fn check_foreign_key<const KEY: usize, const COLUMNS: usize>()
where
    KeyColumns<KEY>: ReferredBy<COLUMNS>,
{
}

/// Fails to compile when an embedded struct brings a primary key that the entity does not take for its own.
pub const fn check_embedded_key<const HAS_KEY: bool>()
where
    HasKey<HAS_KEY>: Keyless,
{
}

/// Stands in for code that was not generated because of a fault.
///
/// # Panics
/// Always; but a program with a fault does not compile.
pub fn faulty() -> ! {
    unreachable!("the derive reported a fault")
}

/// Tells a position within an embedded struct from one behind it: `before` positions come first, `width` are inside.
///
/// # Errors
/// The position counted from behind the embedded struct.
#[inline]
pub const fn within(position: usize, before: usize, width: usize) -> Result<usize, usize> {
    // Only reached for positions of the embedded struct or behind it.
    let inside = position.wrapping_sub(before);
    if inside < width { Ok(inside) } else { Err(inside.wrapping_sub(width)) }
}

/// Sets a field from a value.
///
/// # Errors
/// What the field takes, in words.
pub fn set<T: ColumnType>(field: &mut T, value: Value) -> Result<(), String> {
    *field = T::from_value(value)?;
    Ok(())
}

/// The answer for a position that no column has.
///
/// # Errors
/// Always.
#[cold]
pub fn no_column(_position: usize) -> Result<(), String> {
    Err("a column of this entity".to_owned())
}

/// What a default makes.
pub fn value<T: ColumnType>(value: T) -> Value {
    value.to_value().to_value()
}

/// The column type of a `ColumnEnum`.
pub fn labels_type<T: Labels>() -> DataType {
    DataType::Enum(T::LABELS.to_vec())
}

/// A `ColumnEnum` from a value.
///
/// # Errors
/// The accepted words.
pub fn label_from_value<T: Labels>(value: Value) -> Result<T, String> {
    match &value {
        Value::Text(label) => T::from_label(label).ok_or_else(accepted::<T>),
        _ => Err(accepted::<T>()),
    }
}

/// A `ColumnEnum` from a row.
///
/// # Errors
/// The accepted words, and the one that is there.
pub fn read_label<T: Labels>(row: &mut dyn RowReader, column: usize) -> Result<T, ReadError> {
    let label = row.string(column)?;
    match label.as_deref() {
        Some(text) => T::from_label(text).ok_or_else(|| ReadError::new(column, accepted::<T>(), format!("`{text}`"))),
        None => Err(ReadError::new(column, accepted::<T>(), "NULL")),
    }
}

#[cold]
fn accepted<T: Labels>() -> String {
    format!("one of `{}`", T::LABELS.join("`, `"))
}
