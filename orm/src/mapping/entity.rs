//! What an entity is to the rest of the crate: a record of columns and links that can be read and written by position.

use std::any::{Any, TypeId};

use super::collection::CollectionField;
use super::key::PrimaryKey;
use super::meta::EntityMeta;
use super::reference::ReferenceField;
use crate::row::{ReadError, RowReader};
use crate::value::{Value, ValueRef};

/// An entity without its type: columns and relationships by position, in the order of [`EntityMeta`].
///
/// Written by `#[derive(Entity)]`; the generic code of the crate works through it.
pub trait Record: Any + Send + Sync {
    /// The mapping.
    fn meta(&self) -> &'static EntityMeta;

    /// The value of a column. Columns beyond the last are `NULL`.
    fn value(&self, column: usize) -> ValueRef<'_>;

    /// Whether a generated column was left to the database or to a default, which `NULL` is not.
    fn is_unset(&self, column: usize) -> bool;

    /// Leaves a generated column to the database or to a default again.
    fn unset(&mut self, column: usize);

    /// Sets a column. `NULL` unsets a generated one that cannot be `NULL`.
    ///
    /// # Errors
    /// The expected type, in words.
    fn set_value(&mut self, column: usize, value: Value) -> Result<(), String>;

    /// A `BelongsTo` field, by the position of its relationship.
    fn reference(&self, _relation: usize) -> Option<&dyn ReferenceField> {
        None
    }

    /// The same, to change it.
    fn reference_mut(&mut self, _relation: usize) -> Option<&mut dyn ReferenceField> {
        None
    }

    /// A `HasMany`, `HasOne` or `ManyToMany` field, by the position of its relationship.
    fn collection(&self, _relation: usize) -> Option<&dyn CollectionField> {
        None
    }

    /// The same, to change it.
    fn collection_mut(&mut self, _relation: usize) -> Option<&mut dyn CollectionField> {
        None
    }

    /// Overwrites the columns from a row whose first column is `at`; links keep what they hold unless the key under them changed.
    ///
    /// # Errors
    /// When a column holds something else.
    fn refresh(&mut self, row: &mut dyn RowReader, at: usize) -> Result<(), ReadError>;

    /// Which class of its hierarchy it is, by the position of the variant; 0 outside any.
    fn class(&self) -> usize {
        0
    }

    /// The class of this type that it is, or has in it as what it extends.
    #[doc(hidden)]
    fn as_class(&self, _class: TypeId) -> Option<&dyn Any> {
        None
    }

    /// The same, to change it.
    #[doc(hidden)]
    fn as_class_mut(&mut self, _class: TypeId) -> Option<&mut dyn Any> {
        None
    }
}

impl dyn Record {
    /// Whether it has a relationship: entities of another class of the hierarchy may.
    pub(crate) fn has_relation(&self, relation: usize) -> bool {
        self.reference(relation).is_some() || self.collection(relation).is_some()
    }
}

/// A struct that is mapped to a table. Derive it: `#[derive(Entity)]`.
///
/// Counterpart: a class with `__tablename__` on a declarative base.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an entity",
    label = "not mapped to a table",
    note = "derive it: `#[derive(Entity)]`"
)]
pub trait Entity: Record + Sized {
    /// The type of the primary key: the field's type, or a tuple for a composite key.
    type PrimaryKey: PrimaryKey;

    /// Whether a part of the primary key is marked `sensitive`, so that foreign keys to it are too.
    #[doc(hidden)]
    const KEY_IS_SENSITIVE: bool = false;

    /// What a session holds it as: the enum that is the root of its hierarchy, or itself.
    type Root: Entity<Root = Self::Root>;

    /// The mapping.
    fn entity_meta() -> &'static EntityMeta;

    /// Makes an entity from a row whose first column is `at`; nothing is loaded in its links.
    ///
    /// # Errors
    /// When a column holds something else.
    fn hydrate(row: &mut dyn RowReader, at: usize) -> Result<Self, ReadError>;

    /// The entity within its root; none when that is of another class.
    fn view(root: &Self::Root) -> Option<&Self>;

    /// The same, to change it.
    fn view_mut(root: &mut Self::Root) -> Option<&mut Self>;

    /// As its root.
    fn into_root(self) -> Self::Root;

    /// Out of its root.
    ///
    /// # Errors
    /// The root, when it is not exactly of this class.
    fn from_root(root: Self::Root) -> Result<Self, Self::Root>;
}

/// A struct of columns (and relationships) that is embedded in entities: a mixin. Derive it: `#[derive(Embed)]`.
///
/// Counterpart: a declarative mixin, or `composite()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be embedded",
    label = "not a struct of columns",
    note = "derive it: `#[derive(Embed)]`"
)]
pub trait Embedded: Sized + Send + Sync + 'static {
    /// How many columns it brings.
    const COLUMNS: usize;
    /// How many relationships it brings.
    const RELATIONS: usize;
    /// Whether it brings the primary key.
    const HAS_KEY: bool = false;

    /// Adds its columns and relationships to the mapping of an entity.
    fn describe(meta: &mut EntityMeta);

    /// As [`Record::value`], counted within this struct.
    fn value(&self, column: usize) -> ValueRef<'_>;

    /// As [`Record::set_value`], counted within this struct.
    ///
    /// # Errors
    /// The expected type, in words.
    fn set_value(&mut self, column: usize, value: Value) -> Result<(), String>;

    /// As [`Record::is_unset`], counted within this struct.
    fn is_unset(&self, column: usize) -> bool;

    /// As [`Record::unset`], counted within this struct.
    fn unset(&mut self, column: usize);

    /// As [`Record::reference`], counted within this struct.
    fn reference(&self, _relation: usize) -> Option<&dyn ReferenceField> {
        None
    }

    /// As [`Record::reference_mut`], counted within this struct.
    fn reference_mut(&mut self, _relation: usize) -> Option<&mut dyn ReferenceField> {
        None
    }

    /// As [`Record::collection`], counted within this struct.
    fn collection(&self, _relation: usize) -> Option<&dyn CollectionField> {
        None
    }

    /// As [`Record::collection_mut`], counted within this struct.
    fn collection_mut(&mut self, _relation: usize) -> Option<&mut dyn CollectionField> {
        None
    }

    /// As [`Entity::hydrate`].
    ///
    /// # Errors
    /// When a column holds something else.
    fn hydrate(row: &mut dyn RowReader, at: usize) -> Result<Self, ReadError>;

    /// As [`Record::refresh`].
    ///
    /// # Errors
    /// When a column holds something else.
    fn refresh(&mut self, row: &mut dyn RowReader, at: usize) -> Result<(), ReadError>;
}
