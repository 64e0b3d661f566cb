//! The traits `Entity`, `Record` and `Embedded`: columns and relationships of an entity, accessed by position.

use std::any::{Any, TypeId};

use super::collection::CollectionField;
use super::key::PrimaryKey;
use super::meta::EntityMeta;
use super::position::{ColumnPosition, RelationPosition};
use super::reference::ReferenceField;
use crate::row::{ReadError, RowReader};
use crate::value::{Value, ValueRef};

/// An entity without its type: columns and relationships by position, in the order of [`EntityMeta`].
///
/// `#[derive(Entity)]` implements the trait. The generic code of the crate uses entities through it.
pub trait Record: Any + Send + Sync {
    /// The mapping.
    fn meta(&self) -> &'static EntityMeta;

    /// The value of a column. Columns beyond the last are `NULL`.
    fn value(&self, column: ColumnPosition) -> ValueRef<'_>;

    /// Whether an `Auto` column is unset, or a `Deferred` one not loaded. `NULL` is a value.
    fn is_unset(&self, column: ColumnPosition) -> bool;

    /// Leaves a generated column to the database or to a default again.
    fn unset(&mut self, column: ColumnPosition);

    /// Sets a column. `NULL` unsets a generated one that cannot be `NULL`.
    ///
    /// # Errors
    /// The expected type, in words.
    fn set_value(&mut self, column: ColumnPosition, value: Value) -> Result<(), String>;

    /// Returns the `BelongsTo` field of a relationship.
    fn reference(&self, _relation: RelationPosition) -> Option<&dyn ReferenceField> {
        None
    }

    /// Returns the `BelongsTo` field of a relationship, for a change.
    fn reference_mut(&mut self, _relation: RelationPosition) -> Option<&mut dyn ReferenceField> {
        None
    }

    /// Returns the `HasMany`, `HasOne` or `ManyToMany` field of a relationship.
    fn collection(&self, _relation: RelationPosition) -> Option<&dyn CollectionField> {
        None
    }

    /// Returns the `HasMany`, `HasOne` or `ManyToMany` field of a relationship, for a change.
    fn collection_mut(&mut self, _relation: RelationPosition) -> Option<&mut dyn CollectionField> {
        None
    }

    /// Returns the `Deferred` field of a column.
    fn deferred(&self, _column: ColumnPosition) -> Option<&dyn Any> {
        None
    }

    /// Overwrites the columns from a row whose first column is `at`. Relationships stay as they are, unless their
    /// foreign key changed.
    ///
    /// # Errors
    /// When a column holds a value of another type.
    fn refresh(&mut self, row: &mut dyn RowReader, at: usize) -> Result<(), ReadError>;

    /// Class of the entity in its hierarchy, by the position of the variant; 0 outside of hierarchies.
    fn class(&self) -> usize {
        0
    }

    /// Returns the entity, or the class that it extends, as the given type.
    #[doc(hidden)]
    fn as_class(&self, _class: TypeId) -> Option<&dyn Any> {
        None
    }

    /// Returns the entity, or the class that it extends, as the given type, for a change.
    #[doc(hidden)]
    fn as_class_mut(&mut self, _class: TypeId) -> Option<&mut dyn Any> {
        None
    }
}

impl dyn Record {
    /// Whether the entity has a relationship: other classes of the hierarchy may have more.
    pub(crate) fn has_relation(&self, relation: RelationPosition) -> bool {
        self.reference(relation).is_some() || self.collection(relation).is_some()
    }
}

/// A struct that is mapped to a table. Implemented by `#[derive(Entity)]`.
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

    /// Whether a column of the primary key is `sensitive`. Foreign keys to it are then sensitive, too.
    #[doc(hidden)]
    const KEY_IS_SENSITIVE: bool = false;

    /// The type under which a session stores the entity: the enum that is the root of its hierarchy, or the entity
    /// itself.
    type Root: Entity<Root = Self::Root>;

    /// The mapping.
    fn entity_meta() -> &'static EntityMeta;

    /// Makes an entity from a row whose first column is `at`. Relationships are not loaded.
    ///
    /// # Errors
    /// When a column holds a value of another type.
    fn hydrate(row: &mut dyn RowReader, at: usize) -> Result<Self, ReadError>;

    /// Returns the entity inside the root, unless the root is of another class.
    fn view(root: &Self::Root) -> Option<&Self>;

    /// Returns the entity inside the root, for a change.
    fn view_mut(root: &mut Self::Root) -> Option<&mut Self>;

    /// Wraps the entity in its root.
    fn into_root(self) -> Self::Root;

    /// Takes the entity out of its root.
    ///
    /// # Errors
    /// The root, when it is not exactly of this class.
    fn from_root(root: Self::Root) -> Result<Self, Self::Root>;
}

/// A struct of columns and relationships that entities embed: a mixin. Implemented by `#[derive(Embed)]`.
///
/// Counterpart: a declarative mixin, or `composite()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be embedded",
    label = "not a struct of columns",
    note = "derive it: `#[derive(Embed)]`"
)]
pub trait Embedded: Sized + Send + Sync + 'static {
    /// Number of columns.
    const COLUMNS: usize;
    /// Number of relationships.
    const RELATIONS: usize;
    /// Whether the struct contains the primary key.
    const HAS_KEY: bool = false;

    /// Adds the columns and relationships to the mapping of an entity.
    fn describe(meta: &mut EntityMeta);

    /// [`Record::value`] for a position in this struct.
    fn value(&self, column: usize) -> ValueRef<'_>;

    /// [`Record::set_value`] for a position in this struct.
    ///
    /// # Errors
    /// The expected type, in words.
    fn set_value(&mut self, column: usize, value: Value) -> Result<(), String>;

    /// [`Record::is_unset`] for a position in this struct.
    fn is_unset(&self, column: usize) -> bool;

    /// [`Record::unset`] for a position in this struct.
    fn unset(&mut self, column: usize);

    /// [`Record::deferred`] for a position in this struct.
    fn deferred(&self, _column: usize) -> Option<&dyn Any> {
        None
    }

    /// [`Record::reference`] for a position in this struct.
    fn reference(&self, _relation: usize) -> Option<&dyn ReferenceField> {
        None
    }

    /// [`Record::reference_mut`] for a position in this struct.
    fn reference_mut(&mut self, _relation: usize) -> Option<&mut dyn ReferenceField> {
        None
    }

    /// [`Record::collection`] for a position in this struct.
    fn collection(&self, _relation: usize) -> Option<&dyn CollectionField> {
        None
    }

    /// [`Record::collection_mut`] for a position in this struct.
    fn collection_mut(&mut self, _relation: usize) -> Option<&mut dyn CollectionField> {
        None
    }

    /// [`Entity::hydrate`] for this struct.
    ///
    /// # Errors
    /// When a column holds a value of another type.
    fn hydrate(row: &mut dyn RowReader, at: usize) -> Result<Self, ReadError>;

    /// [`Record::refresh`] for this struct.
    ///
    /// # Errors
    /// When a column holds a value of another type.
    fn refresh(&mut self, row: &mut dyn RowReader, at: usize) -> Result<(), ReadError>;
}
