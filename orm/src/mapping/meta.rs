//! The mapping as data: the derive generates it, and all generic code reads it.

use std::any::TypeId;
use std::sync::{Arc, OnceLock};

use super::entity::Entity;
use super::hierarchy::Polymorphism;
use super::position::{ColumnPosition, IndexVec, RelationPosition};
use super::row_shape::RowShape;
use super::storage::{Chunks, Storage};
use crate::column_type::ColumnType;
pub use crate::schema::ReferentialAction;
use crate::sql::tree::{Name, Node};
use crate::value::{DataType, Value};

/// The mapping of an entity to a table. There is one for each entity type, made at first use and never changed.
pub struct EntityMeta {
    /// The struct's name.
    pub name: &'static str,
    /// The struct's type.
    pub type_id: fn() -> TypeId,
    /// The table's schema.
    pub schema: Option<&'static str>,
    /// The table's name.
    pub table: &'static str,
    /// A comment on the table.
    pub comment: Option<&'static str>,
    /// Columns in the order of the fields; those of an embedded struct stand in its place.
    pub columns: IndexVec<ColumnPosition, ColumnMeta>,
    /// Which columns are the primary key, in order.
    pub primary_key: Vec<ColumnPosition>,
    /// The relationships in the order of the fields.
    pub relations: IndexVec<RelationPosition, RelationMeta>,
    /// Unique constraints over several columns.
    pub uniques: Vec<ConstraintMeta>,
    /// Indexes over several columns.
    pub indexes: Vec<ConstraintMeta>,
    /// CHECK constraints: name and SQL text.
    pub checks: Vec<(Option<&'static str>, &'static str)>,
    /// Which column counts versions.
    pub version: Option<ColumnPosition>,
    /// The embedded structs, directly or through others: the type of each, and its first column.
    pub embeds: Vec<(TypeId, ColumnPosition)>,
    /// The hierarchy of the entity; `None` for an entity outside of hierarchies.
    pub polymorphism: Option<Polymorphism>,
    /// Makes an empty storage for entities of this type.
    pub new_storage: fn() -> Box<dyn Storage>,
    /// The columns of a row without deferred ones, determined when the first is read.
    pub(super) shape: OnceLock<Option<Arc<RowShape>>>,
}

/// A column of an entity.
#[derive(Clone, Debug)]
pub struct ColumnMeta {
    /// The struct's field.
    pub field: &'static str,
    /// The column's name in the database.
    pub name: &'static str,
    /// Type of the column.
    pub data_type: DataType,
    /// Whether the column can be `NULL`.
    pub nullable: bool,
    /// Whether the field can be left unset (`Auto<T>`, `Deferred<T>`): then `default` fills it, otherwise the database.
    pub generated: bool,
    /// Value of an unset field at insertion.
    pub default: Option<fn() -> Value>,
    /// Value of the column at every UPDATE that does not set it.
    pub onupdate: Option<fn() -> Value>,
    /// The SQL text of the column's DEFAULT.
    pub server_default: Option<&'static str>,
    /// Whether the column alone is unique.
    pub unique: bool,
    /// Whether the column alone is indexed.
    pub index: bool,
    /// A comment on the column.
    pub comment: Option<&'static str>,
    /// Whether the field is marked `sensitive`. See [`EntityMeta::is_sensitive`].
    pub sensitive: bool,
    /// A foreign key that the field names itself (`references = "table.column"`), for columns without a relationship.
    pub references: Option<ReferenceMeta>,
    /// Loading of the column, if rows are read without the column.
    pub deferred: Option<DeferredMeta>,
}

/// Loading of the column of a [`Deferred`](crate::Deferred) field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeferredMeta {
    /// Name of the group whose columns are loaded together.
    pub group: Option<&'static str>,
    /// Whether [`Session::load_column`](crate::Session::load_column) is refused.
    pub raise: bool,
    /// Whether the field can be `NULL`, so that a new entity can leave it out.
    pub nullable: bool,
}

/// A foreign key named by a plain column.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceMeta {
    /// The table referred to.
    pub table: &'static str,
    /// The column referred to.
    pub column: &'static str,
    /// ON DELETE.
    pub on_delete: Option<ReferentialAction>,
    /// ON UPDATE.
    pub on_update: Option<ReferentialAction>,
}

/// A unique constraint or an index over several columns.
#[derive(Clone, Debug)]
pub struct ConstraintMeta {
    /// Name of the constraint; generated from table and columns when `None`.
    pub name: Option<&'static str>,
    /// Names of the columns in the database.
    pub columns: Vec<&'static str>,
}

/// A relationship of an entity.
#[derive(Clone, Debug)]
pub struct RelationMeta {
    /// The struct's field.
    pub name: &'static str,
    /// Kind of the relationship.
    pub kind: RelationKind,
    /// The entity at the other end.
    pub target: fn() -> &'static EntityMeta,
    /// `BelongsTo`: columns of the foreign key, in the order of the target's primary key. Otherwise empty.
    pub columns: Vec<ColumnPosition>,
    /// `BelongsTo`: whether the foreign key can be `NULL`.
    pub nullable: bool,
    /// The field of the target that is the other side of this relationship.
    pub inverse: Option<&'static str>,
    /// Operations that continue at the related entities.
    pub cascade: Cascade,
    /// The order of a collection: fields of the target, and whether descending.
    pub order_by: Vec<(&'static str, bool)>,
    /// Kind of the collection.
    pub shape: CollectionShape,
    /// Loader strategy, unless a query chooses another.
    pub lazy: LoaderStrategy,
    /// Leave unloaded children to the database's ON DELETE.
    pub passive_deletes: bool,
    /// Whether the foreign key is written by a separate UPDATE after both rows exist, to break a circle.
    pub post_update: bool,
    /// `ManyToMany`: the table between.
    pub secondary: Option<SecondaryMeta>,
    /// ON DELETE of the foreign key.
    pub on_delete: Option<ReferentialAction>,
    /// ON UPDATE of the foreign key.
    pub on_update: Option<ReferentialAction>,
    /// `ViewMany`, `ViewOne`: the condition that connects the rows of both ends.
    pub condition: Option<JoinCondition>,
}

/// The join condition of a view-only relationship, for the names by which a statement calls owner and target.
pub type JoinCondition = fn(owner: &Name, target: &Name) -> Node;

/// Kind of a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RelationKind {
    /// Many-to-one: this entity holds the foreign key.
    BelongsTo,
    /// One-to-many: the target's inverse `BelongsTo` holds the foreign key.
    HasMany,
    /// One-to-one: the target's inverse `BelongsTo` holds the foreign key.
    HasOne,
    /// Many-to-many through a table of two foreign keys.
    ManyToMany,
    /// To many by a condition of its own, view-only.
    ViewMany,
    /// To one by a condition of its own, view-only.
    ViewOne,
}

impl RelationKind {
    /// Whether the relationship is view-only: nothing is ever written because of it.
    pub const fn is_view(self) -> bool {
        matches!(self, Self::ViewMany | Self::ViewOne)
    }
}

/// Kind of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CollectionShape {
    /// In order; a member may be pushed twice without effect.
    List,
    /// Without duplicates, in insertion order.
    Set,
    /// By the value of a column of the member, in insertion order; the field's name.
    Keyed(&'static str),
}

/// Loader strategy of a relationship: when the relationship is loaded, and by which statements.
///
/// Counterpart: the `lazy` argument of `relationship()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LoaderStrategy {
    /// On access, for one entity.
    Select,
    /// On access, for all entities of the same type in the session.
    Peers,
    /// With the owners, by one `SELECT ... IN` for each 500 owners.
    SelectIn,
    /// With the owners, by one SELECT that repeats their query as a subquery.
    Subquery,
    /// With the owners, by one SELECT for each owner.
    Immediate,
    /// With the owners, by a join in their SELECT.
    Joined,
    /// With the owners, from a join that their query has. Only for a query, never for a mapping.
    ContainsEager,
    /// Never: asking for a relationship that is not loaded is an error.
    Raise,
    /// Never by a SELECT: asking is an error, unless the other end is in memory.
    RaiseOnSql,
}

/// The table between two entities.
#[derive(Clone, Debug)]
pub struct SecondaryMeta {
    /// The table.
    pub table: &'static str,
    /// Columns that refer to this entity's primary key, in order.
    pub local: Vec<&'static str>,
    /// Columns that refer to the target's primary key, in order.
    pub remote: Vec<&'static str>,
}

/// Operations that continue at the related entities.
///
/// Counterpart: the `cascade` argument of `relationship()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cascade {
    /// Adding this adds the other.
    pub save_update: bool,
    /// Merging this merges the other.
    pub merge: bool,
    /// A refresh or an expiry continues at the related entities.
    pub refresh_expire: bool,
    /// Expunging this expunges the other.
    pub expunge: bool,
    /// Deleting this deletes the other.
    pub delete: bool,
    /// An entity that is removed from the relationship is deleted.
    pub delete_orphan: bool,
}

impl Cascade {
    /// `save-update, merge`
    pub const DEFAULT: Self = Self {
        save_update: true,
        merge: true,
        refresh_expire: false,
        expunge: false,
        delete: false,
        delete_orphan: false,
    };

    /// `none`
    pub const NONE: Self = Self {
        save_update: false,
        merge: false,
        refresh_expire: false,
        expunge: false,
        delete: false,
        delete_orphan: false,
    };

    /// `all`
    pub const ALL: Self = Self {
        save_update: true,
        merge: true,
        refresh_expire: true,
        expunge: true,
        delete: true,
        delete_orphan: false,
    };

    /// `all, delete-orphan`
    pub const ALL_DELETE_ORPHAN: Self = Self { delete_orphan: true, ..Self::ALL };
}

impl EntityMeta {
    /// Returns a mapping of `E` without columns, as the start of a hand-written mapping. Push to `columns`,
    /// `primary_key` and `relations`, and keep the result in a `LazyLock`.
    ///
    /// Counterpart: `registry.map_imperatively`.
    pub fn of<E: Entity>(name: &'static str, table: &'static str) -> Self {
        Self::bare(name, table, TypeId::of::<E>, Chunks::<E>::boxed)
    }

    /// Makes an empty mapping.
    pub(super) fn bare(
        name: &'static str,
        table: &'static str,
        type_id: fn() -> TypeId,
        new_storage: fn() -> Box<dyn Storage>,
    ) -> Self {
        Self {
            name,
            type_id,
            schema: None,
            table,
            comment: None,
            columns: IndexVec::new(),
            primary_key: Vec::new(),
            relations: IndexVec::new(),
            uniques: Vec::new(),
            indexes: Vec::new(),
            checks: Vec::new(),
            version: None,
            embeds: Vec::new(),
            polymorphism: None,
            new_storage,
            shape: OnceLock::new(),
        }
    }

    /// Copies the mapping of a root for one of its classes.
    pub(super) fn seen_as(&self, name: &'static str) -> Self {
        Self {
            schema: self.schema,
            comment: self.comment,
            columns: self.columns.clone(),
            primary_key: self.primary_key.clone(),
            relations: self.relations.clone(),
            version: self.version,
            embeds: self.embeds.clone(),
            polymorphism: self.polymorphism.clone(),
            ..Self::bare(name, self.table, self.type_id, self.new_storage)
        }
    }

    /// The position of the column of a field.
    pub fn column_of_field(&self, field: &str) -> Option<ColumnPosition> {
        let selected = |position: ColumnPosition| match &self.polymorphism {
            Some(polymorphism) => polymorphism.row_positions[position].is_some(),
            None => true,
        };
        self.columns.positions().find(|position| self.columns[*position].field == field && selected(*position))
    }

    /// Whether values of a column are masked: the column is marked `sensitive`, or refers to a sensitive key.
    pub fn is_sensitive(&self, position: ColumnPosition) -> bool {
        let refers = |relation: &RelationMeta| {
            let part = relation.columns.iter().position(|column| *column == position);
            let target = (relation.target)();
            part.and_then(|part| target.primary_key.get(part)).is_some_and(|key| target.columns[*key].sensitive)
        };
        self.columns[position].sensitive || self.relations.iter().any(refers)
    }

    /// The position of a relationship.
    pub fn relation_of_field(&self, field: &str) -> Option<RelationPosition> {
        let has = |position| self.polymorphism.as_ref().is_none_or(|polymorphism| polymorphism.has_relation(position));
        self.relations.positions().find(|position| self.relations[*position].name == field && has(*position))
    }
}

impl ColumnMeta {
    /// Whether the column holds exact decimals.
    pub(crate) const fn is_decimal(&self) -> bool {
        matches!(self.data_type, DataType::Numeric(_))
    }

    /// Returns a column of the type that a field of type `T` has, without attributes.
    pub fn of<T: ColumnType>(field: &'static str, name: &'static str) -> Self {
        let deferred = DeferredMeta { group: None, raise: false, nullable: T::NULLABLE };
        Self {
            nullable: T::NULLABLE,
            generated: T::GENERATED,
            deferred: T::DEFERRED.then_some(deferred),
            ..Self::bare(field, name, T::data_type())
        }
    }

    /// Makes a column without attributes.
    pub(crate) const fn bare(field: &'static str, name: &'static str, data_type: DataType) -> Self {
        Self {
            field,
            name,
            data_type,
            nullable: false,
            generated: false,
            default: None,
            onupdate: None,
            server_default: None,
            unique: false,
            index: false,
            comment: None,
            sensitive: false,
            references: None,
            deferred: None,
        }
    }
}

impl RelationMeta {
    /// Returns a relationship to `T` without attributes. A `BelongsTo` also needs its `columns`, other kinds their
    /// `inverse`.
    pub fn of<T: Entity>(name: &'static str, kind: RelationKind) -> Self {
        Self {
            name,
            kind,
            target: T::entity_meta,
            columns: Vec::new(),
            nullable: false,
            inverse: None,
            cascade: Cascade::DEFAULT,
            order_by: Vec::new(),
            shape: CollectionShape::List,
            lazy: LoaderStrategy::Select,
            passive_deletes: false,
            post_update: false,
            secondary: None,
            on_delete: None,
            on_update: None,
            condition: None,
        }
    }
}

impl std::fmt::Debug for EntityMeta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EntityMeta").field("name", &self.name).field("table", &self.table).finish_non_exhaustive()
    }
}

impl PartialEq for EntityMeta {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for EntityMeta {}
