//! The tables of mapped entities.

use super::entity::Entity;
use super::hierarchy::{Inheritance, Polymorphism};
use super::meta::{ColumnMeta, ConstraintMeta, EntityMeta, RelationKind, RelationMeta, SecondaryMeta};
use super::position::TablePosition;
use super::position::{ColumnPosition, RelationPosition};
use super::registry;
use crate::error::Error;
use crate::schema::{Check, Column, ForeignKey, Index, Schema, Table, Unique};
use crate::value::DataType;

/// Collects the tables of mapped entities in a [`Schema`]: `schema![User, Address]`.
///
/// Faults of the mapping are stored in the schema. [`Schema::check`] returns them, as does every use of the schema.
/// Tables without an entity can be added: `schema![User].table(..)`.
///
/// ```
/// use orm::engine::Engine;
/// use orm::{Auto, Entity, schema};
///
/// /// Somebody.
/// #[derive(Entity)]
/// #[entity(table = "user_account")]
/// struct User {
///     #[entity(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// let engine = Engine::new("sqlite://")?;
/// engine.create_all(schema![User])?;
/// # Ok::<(), orm::Error>(())
/// ```
///
/// Counterpart: `Base.metadata`. Here the program lists the entities, and no others are included.
#[macro_export]
macro_rules! schema {
    ($($entity:ty),+ $(,)?) => {
        $crate::mapping::schema_of(&[$(<$entity as $crate::Entity>::entity_meta()),+])
    };
}

/// Returns the tables of these entities, followed by their secondary tables.
///
/// If the mapping has faults, the schema contains the faults and no table.
pub fn schema_of(entities: &[&EntityMeta]) -> Schema {
    match registry::check(entities) {
        Ok(()) => {}
        Err(Error::Mapping { faults }) => return Schema::faulty(faults),
        Err(other) => return Schema::faulty(vec![other.to_string()]),
    }
    let mut schema = Schema::new();
    for (at, entity) in entities.iter().enumerate() {
        if !entities[..at].contains(entity) {
            schema = tables_of(entity).into_iter().fold(schema, Schema::table);
        }
    }
    for entity in entities {
        for (position, relation) in entity.relations.enumerate() {
            let Some(secondary) = &relation.secondary else { continue };
            // Both sides name the table, and an entity may be mapped to it.
            if schema.tables().iter().all(|table| table.name != secondary.table) {
                schema = schema.table(secondary_table(entity, position, secondary));
            }
        }
    }
    schema
}

/// Returns the tables of an entity: several for a hierarchy with joined or concrete inheritance.
pub(crate) fn tables_of(entity: &EntityMeta) -> Vec<Table> {
    match &entity.polymorphism {
        Some(polymorphism) if polymorphism.inheritance != Inheritance::Single => {
            (0..polymorphism.classes.len()).map(|class| class_table(entity, polymorphism, class)).collect()
        }
        _ => vec![table_of(entity)],
    }
}

/// Returns the table of an entity; for a hierarchy that of the base class. The mapping must pass
/// [`check`](super::check).
pub fn table_of(entity: &EntityMeta) -> Table {
    if let Some(polymorphism) =
        entity.polymorphism.as_ref().filter(|polymorphism| polymorphism.inheritance != Inheritance::Single)
    {
        return class_table(entity, polymorphism, 0);
    }
    let mut table = Table::new(entity.table);
    table.schema = entity.schema.map(str::to_owned);
    table.comment = entity.comment.map(str::to_owned);
    table.primary_key = entity.primary_key.iter().map(|&position| entity.columns[position].name.to_owned()).collect();
    let mut columns: Vec<ColumnPosition> = (entity.columns.positions()).collect();
    if let Some(polymorphism) = &entity.polymorphism {
        // Classes with a column of the same name share it.
        columns.clone_from(&polymorphism.selected);
        for class in &*polymorphism.classes {
            table = with_constraints(table, &class.uniques, &class.indexes, &class.checks);
        }
    }
    table = with_columns(table, entity, &columns);
    for relation in entity.relations.iter().filter(|relation| relation.kind == RelationKind::BelongsTo) {
        let key = reference_of(entity, relation).filter(|key| !table.foreign_keys.contains(key));
        table.foreign_keys.extend(key);
    }
    with_constraints(table, &entity.uniques, &entity.indexes, &entity.checks)
}

/// Returns the table of a class, whose key refers to the table of the base.
fn class_table(entity: &EntityMeta, polymorphism: &Polymorphism, class: usize) -> Table {
    let class = &polymorphism.classes[class];
    let mut table = Table::new(class.table);
    table.schema = class.schema.map(str::to_owned);
    table.comment = class.comment.map(str::to_owned);
    table.primary_key = class.key.iter().map(|&name| name.to_owned()).collect();
    if let Some(base) = class.base.filter(|_| polymorphism.is_joined()).map(|base| &polymorphism.classes[base]) {
        for (name, &position) in class.key.iter().zip(&entity.primary_key) {
            table = table.column(Column::new(*name, data_type_of(entity, position)));
        }
        let mut key = ForeignKey::new(class.key.iter().copied(), base.table, base.key.iter().copied());
        key.target_schema = base.schema.map(str::to_owned);
        table.foreign_keys.push(key);
    }
    let columns: Vec<ColumnPosition> =
        (entity.columns.positions()).filter(|position| class.in_table[*position]).collect();
    table = with_columns(table, entity, &columns);
    let relations = entity.relations.iter().filter(|relation| relation.kind == RelationKind::BelongsTo);
    let here = |relation: &&RelationMeta| relation.columns.iter().all(|column| class.in_table[*column]);
    table.foreign_keys.extend(relations.filter(here).filter_map(|relation| reference_of(entity, relation)));
    with_constraints(table, &class.uniques, &class.indexes, &class.checks)
}

fn with_columns(mut table: Table, entity: &EntityMeta, positions: &[ColumnPosition]) -> Table {
    for position in positions.iter().copied() {
        let column = &entity.columns[position];
        table = table.column(column_of(entity, position, column));
        table.foreign_keys.extend(plain_reference(column));
    }
    table
}

fn with_constraints(
    mut table: Table,
    uniques: &[ConstraintMeta],
    indexes: &[ConstraintMeta],
    checks: &[(Option<&'static str>, &'static str)],
) -> Table {
    table.uniques.extend(uniques.iter().map(unique_of));
    table.indexes.extend(indexes.iter().map(index_of));
    table.checks.extend(checks.iter().map(|(name, condition)| {
        let mut check = Check::new(*condition);
        check.name = name.map(str::to_owned);
        check
    }));
    table
}

fn column_of(entity: &EntityMeta, position: ColumnPosition, meta: &ColumnMeta) -> Column {
    let mut column = Column::new(meta.name, data_type_of(entity, position));
    column.nullable = meta.nullable;
    column.generated = is_counted(entity, position, meta);
    column.server_default = meta.server_default.map(str::to_owned);
    column.comment = meta.comment.map(str::to_owned);
    if meta.unique {
        column = column.unique();
    }
    if meta.index {
        column = column.index();
    }
    column
}

/// The type of a column. A foreign key has the type of the column that it refers to: the mapping knows the Rust type of
/// that column, but not its length.
pub(crate) fn data_type_of(entity: &EntityMeta, position: ColumnPosition) -> DataType {
    for relation in &entity.relations {
        let target = (relation.target)();
        let part = relation.columns.iter().position(|&column| column == position);
        if let Some(&key) = part.and_then(|part| target.primary_key.get(part)) {
            return data_type_of(target, key);
        }
    }
    entity.columns[position].data_type.clone()
}

/// Precision and scale of a decimal column, if it has them.
pub(crate) fn decimal_digits(entity: &EntityMeta, position: ColumnPosition) -> Option<(u32, u32)> {
    match data_type_of(entity, position) {
        DataType::Numeric(digits) => digits,
        _ => None,
    }
}

/// Precision and scale of a column of the primary key, if it has them.
pub fn key_digits<E: Entity, const PART: usize>() -> Option<(u32, u32)> {
    let key = E::entity_meta();
    key.primary_key.get(PART).and_then(|position| decimal_digits(key, *position))
}

/// Whether the database generates the values: an integer of the primary key that can be unset and has no default.
fn is_counted(entity: &EntityMeta, position: ColumnPosition, meta: &ColumnMeta) -> bool {
    let integer = matches!(meta.data_type, DataType::SmallInteger | DataType::Integer | DataType::BigInteger);
    let filled = meta.default.is_some() || meta.server_default.is_some();
    meta.generated && integer && !filled && entity.primary_key.contains(&position)
}

fn plain_reference(column: &ColumnMeta) -> Option<ForeignKey> {
    let reference = column.references?;
    let mut key = ForeignKey::new([column.name], reference.table, [reference.column]);
    (key.on_delete, key.on_update) = (reference.on_delete, reference.on_update);
    Some(key)
}

/// The foreign key of a relationship; `None` when the target has several tables.
fn reference_of(entity: &EntityMeta, relation: &RelationMeta) -> Option<ForeignKey> {
    stands_in_one_table((relation.target)()).then(|| belongs_to(entity, relation))
}

/// Whether the primary key is that of one table, without the identity of a class.
fn stands_in_one_table(entity: &EntityMeta) -> bool {
    entity.primary_key.len() == entity.row_key().len()
}

fn belongs_to(entity: &EntityMeta, relation: &RelationMeta) -> ForeignKey {
    let columns = relation.columns.iter().map(|&position| entity.columns[position].name);
    let target = (relation.target)();
    let mut key = key_to(target, TablePosition(target.class()), columns);
    (key.on_delete, key.on_update) = (relation.on_delete, relation.on_update);
    key
}

/// A foreign key to the table of one class of an entity.
fn key_to<'a>(target: &EntityMeta, table: TablePosition, columns: impl IntoIterator<Item = &'a str>) -> ForeignKey {
    let (schema, name) = target.table_name(table);
    let mut key = ForeignKey::new(columns, name, target.key_columns_of_table(table));
    key.target_schema = schema.map(str::to_owned);
    key
}

fn unique_of(meta: &ConstraintMeta) -> Unique {
    let mut unique = Unique::new(meta.columns.iter().copied());
    unique.name = meta.name.map(str::to_owned);
    unique
}

fn index_of(meta: &ConstraintMeta) -> Index {
    let mut index = Index::new(meta.columns.iter().copied());
    index.name = meta.name.map(str::to_owned);
    index
}

/// The secondary table of a relationship: its primary key is the keys of both entities.
///
/// Each side declares the actions for its own foreign key; a relationship without inverse declares both.
fn secondary_table(entity: &EntityMeta, position: RelationPosition, secondary: &SecondaryMeta) -> Table {
    let relation = &entity.relations[position];
    let target = (relation.target)();
    let inverse = relation.inverse.and_then(|field| target.relation_of_field(field));
    let other = inverse.map_or(relation, |position| &target.relations[position]);
    // The root's mapping contains the relationships of all classes.
    let owner = entity.polymorphism.as_ref().map_or(0, |polymorphism| polymorphism.owner_of_relation(position));
    let local = key_to(entity, TablePosition(owner), secondary.local.iter().copied());
    let remote = || key_to(target, TablePosition(target.class()), secondary.remote.iter().copied());
    let mut table = Table::new(secondary.table);
    table.schema = entity.schema.map(str::to_owned);
    for (side, key, columns, said, refers) in [
        (entity, entity.row_key(), &secondary.local, relation, Some(local)),
        (target, &*target.primary_key, &secondary.remote, other, stands_in_one_table(target).then(remote)),
    ] {
        for (name, &position) in columns.iter().zip(key) {
            table = table.column(Column::new(*name, data_type_of(side, position)).primary_key());
        }
        table.foreign_keys.extend(refers.map(|mut key| {
            (key.on_delete, key.on_update) = (said.on_delete, said.on_update);
            key
        }));
    }
    table
}
