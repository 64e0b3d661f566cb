//! Functions and traits for generated code, which names no other path. Not part of the public interface.
//!
//! Code that would be the same for every entity stands here instead of in the expansion.

pub use std::any::{Any, TypeId};
pub use std::convert::From;
pub use std::default::Default;
pub use std::mem::swap;
pub use std::option::Option::{self, None, Some};
pub use std::result::Result::{self, Err, Ok};
pub use std::string::String;
pub use std::sync::LazyLock;
pub use std::vec::Vec;

pub use crate::column_type::ColumnType;
pub use crate::key::IsA;
pub use crate::mapping::{
    BelongsTo, Cascade, Class, ClassOf, ClassPrefixedKey, ClassSpec, CollectionField, CollectionShape, ColumnMeta,
    ColumnPosition, ConstraintMeta, DeferredMeta, Embedded, EmbeddedColumn, EmbeddedPath, EmbeddedRelationship, Entity,
    EntityMeta, Hierarchy, Inheritance, KeyAt, KeyField, KeyOf, Keyed, LoaderStrategy, Record, ReferenceField,
    ReferenceMeta, ReferentialAction, RelationKind, RelationMeta, RelationPosition, Relationship, SecondaryMeta,
    ToMany, ToOne, Viewed, class_meta, collides, hydrate, key_digits, refresh, root_meta, view, view_mut,
};
pub use crate::row::{ReadError, RowReader};
pub use crate::sql::{Column, OnDemand};
pub use crate::value::{DataType, Value, ValueRef};
pub use crate::value_row::FromRow;

use crate::mapping::{PrimaryKey, ReferenceTarget};
use crate::sql::tree::{Name, Node};
use crate::sql::{Alias, IntoExpr, alias};

/// The type of a column field, without `Auto` and `Option`, by the hash of its name. Used by keyed collections.
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

/// Number of columns of a primary key, as a type.
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

/// Whether an embedded struct has a primary key, as a type.
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

/// Makes an empty mapping.
pub fn entity<E: Entity>(name: &'static str, table: &'static str) -> EntityMeta {
    EntityMeta::of::<E>(name, table)
}

/// Makes a column without attributes.
pub fn column<T: ColumnType>(field: &'static str, name: &'static str) -> ColumnMeta {
    ColumnMeta::of::<T>(field, name)
}

/// Makes the column of a deferred field.
pub fn deferred_column<T: ColumnType>(
    field: &'static str,
    name: &'static str,
    group: Option<&'static str>,
    raise: bool,
) -> ColumnMeta {
    let column = column::<T>(field, name);
    let deferred = column.deferred.map(|deferred| DeferredMeta { group, raise, ..deferred });
    ColumnMeta { deferred, ..column }
}

/// Makes a column of a foreign key; [`push_reference`] sets its name and type.
pub fn foreign_key<T: ReferenceTarget>(field: &'static str) -> ColumnMeta {
    ColumnMeta { nullable: T::NULLABLE, ..column::<i64>(field, "") }
}

/// Makes a relationship without attributes.
pub fn relation<T: Entity>(name: &'static str, kind: RelationKind) -> RelationMeta {
    RelationMeta::of::<T>(name, kind)
}

/// Adds the columns and the relationship of a `BelongsTo`.
pub fn push_reference<T: ReferenceTarget>(
    meta: &mut EntityMeta,
    names: &[&'static str],
    column: ColumnMeta,
    relation: RelationMeta,
) {
    let first = meta.columns.len();
    for (name, data_type) in names.iter().zip(KeyOf::<T>::data_types()) {
        meta.columns.push(ColumnMeta { name, data_type, ..column.clone() });
    }
    let columns = meta.columns.positions().skip(first).collect();
    meta.relations.push(RelationMeta { columns, nullable: T::NULLABLE, ..relation });
}

/// Adds the columns and relationships of an embedded struct, with prefixed names.
pub fn push_embedded<T: Embedded>(meta: &mut EntityMeta, prefix: &str) {
    let first = meta.columns.len();
    meta.embeds.push((TypeId::of::<T>(), ColumnPosition(first)));
    T::describe(meta);
    if !prefix.is_empty() {
        for column in &mut meta.columns.as_mut_slice()[first..] {
            // Leaked once for each mapping, which lives until the program ends.
            column.name = format!("{prefix}{}", column.name).leak();
        }
    }
}

/// Makes the constant of a column.
pub const fn column_constant<E: Entity, T>(table: &'static str, name: &'static str) -> Column<E, T> {
    class_column_constant(table, name, false)
}

/// Makes the constant of a column of a class. `apart` when the class has a table of its own.
pub const fn class_column_constant<E: Entity, T>(table: &'static str, name: &'static str, apart: bool) -> Column<E, T> {
    Column::of_class(table, name, apart).owner(mapping_of::<E>)
}

fn mapping_of<E: Entity>() -> &'static (dyn Any + Send + Sync) {
    E::entity_meta()
}

/// Adds the last columns to the primary key.
pub fn mark_key(meta: &mut EntityMeta, columns: usize) {
    let end = meta.columns.len();
    meta.primary_key.extend((end - columns..end).map(ColumnPosition));
}

/// The join condition that a program writes for a view-only relationship, for the names that a statement uses.
pub fn join_condition<O: Entity, T: Entity, C: IntoExpr<bool>>(
    on: fn(&Alias<O>, &Alias<T>) -> C,
    owner: &Name,
    target: &Name,
) -> Node {
    on(&alias(owner.clone()), &alias(target.clone())).into_node()
}

/// Makes the last column the version.
pub fn mark_version(meta: &mut EntityMeta) {
    meta.version = meta.columns.positions().next_back();
}

/// Number of columns of an entity's primary key.
pub const fn columns_of_key<E: Entity>() -> usize {
    E::PrimaryKey::ARITY
}

/// Fails to compile when a `BelongsTo` has another number of columns than the key that it refers to.
pub const fn check_foreign_key<const KEY: usize, const COLUMNS: usize>()
where
    KeyColumns<KEY>: ReferredBy<COLUMNS>,
{
}

/// Fails to compile when an embedded struct has a primary key and the entity does not declare it as its own.
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

/// Splits positions at an embedded struct of `width` positions, which begins after `before` others: `Ok` is a position
/// inside.
///
/// # Errors
/// The position after the embedded struct.
#[inline]
pub const fn within(position: usize, before: usize, width: usize) -> Result<usize, usize> {
    // Called only for positions of the embedded struct or after it.
    let inside = position.wrapping_sub(before);
    if inside < width { Ok(inside) } else { Err(inside.wrapping_sub(width)) }
}

/// Sets a field from a value.
///
/// # Errors
/// The expected type, in words.
pub fn set<T: ColumnType>(field: &mut T, value: Value) -> Result<(), String> {
    *field = T::from_value(value)?;
    Ok(())
}

/// The answer for a position that no column has.
///
/// # Errors
/// Always.
#[cold]
pub fn no_column() -> Result<(), String> {
    Err("a column of this entity".to_owned())
}

/// Converts a default to a value.
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

/// Implements the root of an entity outside of hierarchies: the entity itself.
#[doc(hidden)]
#[macro_export]
macro_rules! __own_root {
    () => {
        type Root = Self;
        fn view(root: &Self) -> $crate::__derive::Option<&Self> {
            $crate::__derive::Some(root)
        }
        fn view_mut(root: &mut Self) -> $crate::__derive::Option<&mut Self> {
            $crate::__derive::Some(root)
        }
        fn into_root(self) -> Self {
            self
        }
        fn from_root(root: Self) -> $crate::__derive::Result<Self, Self> {
            $crate::__derive::Ok(root)
        }
    };
}

/// Implements the root of a class: the enum of its hierarchy.
#[doc(hidden)]
#[macro_export]
macro_rules! __class_root {
    ($root:ty) => {
        type Root = $root;
        fn view(root: &$root) -> $crate::__derive::Option<&Self> {
            $crate::__derive::view(root)
        }
        fn view_mut(root: &mut $root) -> $crate::__derive::Option<&mut Self> {
            $crate::__derive::view_mut(root)
        }
        fn into_root(self) -> $root {
            $crate::__derive::ClassOf::wrap(self)
        }
        fn from_root(root: $root) -> $crate::__derive::Result<Self, $root> {
            $crate::__derive::ClassOf::unwrap(root)
        }
    };
}

/// Implements `Record` for a root: the variant's columns, and the discriminator.
#[doc(hidden)]
#[macro_export]
macro_rules! __root_record {
    () => {
        fn meta(&self) -> &'static $crate::__derive::EntityMeta {
            <Self as $crate::__derive::Entity>::entity_meta()
        }
        fn value(&self, column: $crate::__derive::ColumnPosition) -> $crate::__derive::ValueRef<'_> {
            let (variant, record) = $crate::__derive::Hierarchy::variant(self);
            if column == <Self as $crate::__derive::Hierarchy>::DISCRIMINATOR {
                let identity = <Self as $crate::__derive::Hierarchy>::IDENTITIES[variant];
                return $crate::__derive::ValueRef::Text(identity);
            }
            record.value(column)
        }
        fn set_value(
            &mut self,
            column: $crate::__derive::ColumnPosition,
            value: $crate::__derive::Value,
        ) -> $crate::__derive::Result<(), $crate::__derive::String> {
            if column == <Self as $crate::__derive::Hierarchy>::DISCRIMINATOR {
                return $crate::__derive::same_class(&$crate::__derive::Record::value(self, column), &value);
            }
            $crate::__derive::Hierarchy::variant_mut(self).set_value(column, value)
        }
        fn is_unset(&self, column: $crate::__derive::ColumnPosition) -> bool {
            column != <Self as $crate::__derive::Hierarchy>::DISCRIMINATOR
                && $crate::__derive::Hierarchy::variant(self).1.is_unset(column)
        }
        fn unset(&mut self, column: $crate::__derive::ColumnPosition) {
            $crate::__derive::Hierarchy::variant_mut(self).unset(column);
        }
        fn deferred(
            &self,
            column: $crate::__derive::ColumnPosition,
        ) -> $crate::__derive::Option<&dyn $crate::__derive::Any> {
            $crate::__derive::Hierarchy::variant(self).1.deferred(column)
        }
        fn reference(
            &self,
            relation: $crate::__derive::RelationPosition,
        ) -> $crate::__derive::Option<&dyn $crate::__derive::ReferenceField> {
            $crate::__derive::Hierarchy::variant(self).1.reference(relation)
        }
        fn reference_mut(
            &mut self,
            relation: $crate::__derive::RelationPosition,
        ) -> $crate::__derive::Option<&mut dyn $crate::__derive::ReferenceField> {
            $crate::__derive::Hierarchy::variant_mut(self).reference_mut(relation)
        }
        fn collection(
            &self,
            relation: $crate::__derive::RelationPosition,
        ) -> $crate::__derive::Option<&dyn $crate::__derive::CollectionField> {
            $crate::__derive::Hierarchy::variant(self).1.collection(relation)
        }
        fn collection_mut(
            &mut self,
            relation: $crate::__derive::RelationPosition,
        ) -> $crate::__derive::Option<&mut dyn $crate::__derive::CollectionField> {
            $crate::__derive::Hierarchy::variant_mut(self).collection_mut(relation)
        }
        fn refresh(
            &mut self,
            row: &mut dyn $crate::__derive::RowReader,
            at: usize,
        ) -> $crate::__derive::Result<(), $crate::__derive::ReadError> {
            $crate::__derive::refresh(self, row, at)
        }
        fn class(&self) -> usize {
            $crate::__derive::Hierarchy::variant(self).0
        }
        fn as_class(&self, class: $crate::__derive::TypeId) -> $crate::__derive::Option<&dyn $crate::__derive::Any> {
            $crate::__derive::Hierarchy::variant(self).1.as_class(class)
        }
        fn as_class_mut(
            &mut self,
            class: $crate::__derive::TypeId,
        ) -> $crate::__derive::Option<&mut dyn $crate::__derive::Any> {
            $crate::__derive::Hierarchy::variant_mut(self).as_class_mut(class)
        }
    };
}

pub use crate::{__class_root as class_root, __own_root as own_root, __root_record as root_record};

/// Refuses a change of the discriminator.
///
/// # Errors
/// When the value is another class.
pub fn same_class(class: &ValueRef<'_>, value: &Value) -> Result<(), String> {
    match *class == value.as_value_ref() {
        true => Ok(()),
        false => Err("the class of the entity, which does not change".to_owned()),
    }
}

/// Fails to compile when the base class extends another class, another class extends none, or a class of a single table
/// names a table.
pub const fn check_base<C: Class, const FIRST: bool, const SINGLE: bool>() {
    assert!(
        !FIRST || !C::EXTENDS,
        "the first variant is the base class, which extends no other: put the variant of the base class first"
    );
    assert!(
        FIRST || C::EXTENDS,
        "every class but the first extends another: give it a field `#[entity(base)]`, or make it the first variant"
    );
    assert!(
        FIRST || !SINGLE || !C::NAMES_TABLE,
        "with single-table inheritance all classes stand in the table of the base class: remove `table` here"
    );
}

/// Fails to compile when a class comes before the class that it extends.
pub const fn check_order(base: usize, class: usize) {
    assert!(base < class, "a class comes after the one that it extends: change the order of the variants of the root");
}

/// Accepts `NULL` for a column of another class.
///
/// # Errors
/// For any other value.
pub fn unset_column(value: &Value) -> Result<(), String> {
    match value {
        Value::Null => Ok(()),
        _ => Err("a column of this class".to_owned()),
    }
}
