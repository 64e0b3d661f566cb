//! Checks of a set of mappings. All faults are reported at once, each with its location and a fix.

use super::criterion::UsedNames;
use super::hierarchy::Inheritance;
use super::meta::{CollectionShape, ColumnMeta, EntityMeta, RelationKind, RelationMeta, SecondaryMeta};
use super::position::{ColumnPosition, TablePosition};
use crate::error::{Error, Result};
use crate::sql::tree::Name;
use crate::sql::visit::Visitor;
use crate::value::DataType;

/// Checks that the mappings are consistent and complete.
///
/// # Errors
/// [`Error::Mapping`] with all faults.
///
/// Counterpart: `registry.configure()`, which stops at the first.
pub fn check(entities: &[&EntityMeta]) -> Result<()> {
    let mut faults = Vec::new();
    for (at, entity) in entities.iter().enumerate() {
        if entities[..at].contains(entity) {
            continue;
        }
        if let Some(polymorphism) =
            entity.polymorphism.as_ref().filter(|polymorphism| !std::ptr::eq((polymorphism.root)(), *entity))
        {
            faults.push(format!(
                "{}: is a class of {root}: list {root} in the schema, which brings all its classes",
                entity.name,
                root = (polymorphism.root)().name
            ));
            continue;
        }
        let tables: Vec<MappedTable> = mapped_tables(entity);
        let before = entities[..at].iter().flat_map(|earlier| mapped_tables(earlier));
        for (earlier, schema, table) in before {
            if tables.iter().any(|(_, own, name)| (*own, *name) == (schema, table)) {
                faults.push(format!(
                    "{earlier} and {} are both mapped to the table `{table}`: give one of them another `table`",
                    entity.name
                ));
            }
        }
        let mut check = EntityCheck { entities, entity, faults: &mut faults };
        check.columns();
        check.constraints();
        for relation in &entity.relations {
            check.relation(relation);
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Mapping { faults }) }
}

/// Entity name, schema and table.
type MappedTable = (&'static str, Option<&'static str>, &'static str);

/// The tables of an entity.
fn mapped_tables(entity: &EntityMeta) -> Vec<MappedTable> {
    let parts = entity
        .polymorphism
        .iter()
        .filter(|it| it.inheritance != Inheritance::Single)
        .flat_map(|it| 0..it.classes.len());
    let parts: Vec<MappedTable> = parts
        .map(|part| {
            let (schema, table) = entity.table_name(TablePosition(part));
            (entity.class_name(part), schema, table)
        })
        .collect();
    if parts.is_empty() { vec![(entity.name, entity.schema, entity.table)] } else { parts }
}

/// An earlier column with the same name in the same table, unless two classes share it.
fn conflicting_column(entity: &EntityMeta, at: ColumnPosition) -> Option<&ColumnMeta> {
    let column = &entity.columns[at];
    let disagrees = |(earlier, other): &(ColumnPosition, &ColumnMeta)| {
        let Some(polymorphism) = &entity.polymorphism else { return true };
        let (one, two) = (polymorphism.owner_of(*earlier), polymorphism.owner_of(at));
        let in_line = polymorphism.classes[one].subtree.contains(&two);
        let same_table = !polymorphism.is_joined() || one == two;
        same_table && (in_line || !same_kind(&other.data_type, &column.data_type))
    };
    let mut before = entity.columns.enumerate().take(at.0).filter(|(_, other)| other.name == column.name);
    before.find(disagrees).map(|(_, other)| other)
}

/// One entity among the others.
struct EntityCheck<'a> {
    entities: &'a [&'a EntityMeta],
    entity: &'a EntityMeta,
    faults: &'a mut Vec<String>,
}

/// Records a fault of the entity or of a field: `User: ...`, `User.addresses: ...`.
macro_rules! fault {
    ($check:expr, "", $($sentence:tt)+) => {
        $check.faults.push(format!("{}: {}", $check.entity.name, format_args!($($sentence)+)))
    };
    ($check:expr, $field:expr, $($sentence:tt)+) => {
        $check.faults.push(format!("{}.{}: {}", $check.entity.name, $field, format_args!($($sentence)+)))
    };
}

impl EntityCheck<'_> {
    fn columns(&mut self) {
        let entity = self.entity;
        if entity.primary_key.is_empty() {
            fault!(self, "", "has no primary key: mark a field with #[entity(primary_key)]");
        }
        for &position in &entity.primary_key {
            if entity.columns[position].nullable {
                fault!(
                    self,
                    entity.columns[position].field,
                    "is part of the primary key and an `Option`: take the `Option` away"
                );
            }
        }
        for (at, column) in entity.columns.enumerate() {
            if let Some(earlier) = conflicting_column(entity, at) {
                fault!(
                    self,
                    column.field,
                    "its column `{}` is also that of the field `{}`: \
                     name another one with #[entity(column = \"...\")]",
                    column.name,
                    earlier.field
                );
            }
            self.plain_reference(column);
        }
    }

    /// `references = "table.column"`. The table may be one that no entity is mapped to; then the database has the last
    /// word.
    fn plain_reference(&mut self, column: &ColumnMeta) {
        let Some(reference) = &column.references else { return };
        let Some(target) = self.entities.iter().find(|target| target.table == reference.table) else { return };
        match target.columns.iter().find(|other| other.name == reference.column) {
            None => fault!(
                self,
                column.field,
                "refers to `{}.{}`, a column that {} does not have: correct `references`",
                reference.table,
                reference.column,
                target.name
            ),
            Some(other) if !same_kind(&column.data_type, &other.data_type) => fault!(
                self,
                column.field,
                "is {:?} and refers to {}.{}, which is {:?}: give both the same type",
                column.data_type,
                target.name,
                other.field,
                other.data_type
            ),
            Some(_) => {}
        }
    }

    fn constraints(&mut self) {
        let entity = self.entity;
        let uniques = entity.uniques.iter().map(|unique| ("unique constraint", unique));
        let indexes = entity.indexes.iter().map(|index| ("index", index));
        for (what, constraint) in uniques.chain(indexes) {
            for name in &constraint.columns {
                if !entity.columns.iter().any(|column| column.name == *name) {
                    fault!(
                        self,
                        "",
                        "the {what} ({}) names the column `{name}`, which does not exist: correct the name",
                        constraint.columns.join(", ")
                    );
                }
            }
        }
    }

    fn relation(&mut self, relation: &RelationMeta) {
        let target = (relation.target)();
        if !self.entities.iter().any(|entity| entity.is_kin(target)) {
            fault!(
                self,
                relation.name,
                "refers to {0}, which is not listed: add {0} to the schema",
                target.root_name()
            );
        }
        self.several_tables(relation, target);
        match relation.kind {
            RelationKind::BelongsTo => self.belongs_to(relation, target),
            RelationKind::HasMany | RelationKind::HasOne => self.has(relation, target),
            RelationKind::ManyToMany => self.many_to_many(relation, target),
            RelationKind::ViewMany | RelationKind::ViewOne => self.view(relation, target),
        }
        if let Some(inverse) = relation.inverse {
            self.inverse(relation, target, inverse);
        }
        self.target_fields(relation, target);
    }

    /// A foreign key refers to one table. With concrete inheritance, a class with subclasses has several.
    fn several_tables(&mut self, relation: &RelationMeta, target: &EntityMeta) {
        let several = |meta: &EntityMeta, class: usize| {
            let polymorphism = meta.polymorphism.as_ref().filter(|polymorphism| polymorphism.is_concrete());
            polymorphism.is_some_and(|polymorphism| polymorphism.classes[class].subtree.len() > 1)
        };
        let at = self.entity.relations.position(|other| std::ptr::eq(other, relation));
        let owner =
            self.entity.polymorphism.as_ref().zip(at).map(|(polymorphism, at)| polymorphism.owner_of_relation(at));
        if relation.kind != RelationKind::BelongsTo && owner.is_some_and(|class| several(self.entity, class)) {
            fault!(
                self,
                relation.name,
                "what refers to it leads to one table, but rows of {} and of the classes below it stand in several: \
                 move the field to the classes that have none below them",
                owner.map_or(self.entity.name, |class| self.entity.class_name(class))
            );
        }
        let class = target.polymorphism.as_ref().map(|polymorphism| polymorphism.class);
        let is_root = target.primary_key.len() > target.row_key().len();
        let leads = matches!(relation.kind, RelationKind::BelongsTo | RelationKind::ManyToMany);
        if leads && !is_root && class.is_some_and(|class| several(target, class)) {
            fault!(
                self,
                relation.name,
                "a foreign key leads to one table, but rows of {} and of the classes below it stand in several: \
                 refer to a class that has none below it, or to {}, by its class and its key",
                target.name,
                target.root_name()
            );
        }
    }

    /// Checks `order_by` and `key` of a collection.
    fn target_fields(&mut self, relation: &RelationMeta, target: &EntityMeta) {
        for (field, _) in &relation.order_by {
            if target.column_of_field(field).is_none() {
                fault!(
                    self,
                    relation.name,
                    "is ordered by `{field}`, which {} does not have: name one of its fields in `order_by`",
                    target.name
                );
            }
        }
        match relation.shape {
            CollectionShape::Keyed(field) if target.column_of_field(field).is_none() => {
                fault!(
                    self,
                    relation.name,
                    "is keyed by `{field}`, which {} does not have: name one of its fields in `key`",
                    target.name
                );
            }
            _ => {}
        }
    }

    fn belongs_to(&mut self, relation: &RelationMeta, target: &EntityMeta) {
        if relation.cascade.delete_orphan {
            fault!(
                self,
                relation.name,
                "cannot delete orphans, as others may refer to the same {}: \
                 put `delete-orphan` on the other side, the `HasMany` or `HasOne`",
                target.name
            );
        }
        if relation.columns.len() != target.primary_key.len() {
            fault!(
                self,
                relation.name,
                "has {} for the key of {}, which has {}: \
                 name a column for each part of the key",
                count(relation.columns.len()),
                target.name,
                count(target.primary_key.len())
            );
            return;
        }
        for (&own, &theirs) in relation.columns.iter().zip(&target.primary_key) {
            let (own, theirs) = (&self.entity.columns[own], &target.columns[theirs]);
            if !same_kind(&own.data_type, &theirs.data_type) {
                fault!(
                    self,
                    relation.name,
                    "its column `{}` is {:?} and {}.{} is {:?}: give both the same type",
                    own.name,
                    own.data_type,
                    target.name,
                    theirs.field,
                    theirs.data_type
                );
            }
        }
    }

    fn has(&mut self, relation: &RelationMeta, target: &EntityMeta) {
        if relation.inverse.is_some() {
            return;
        }
        let owner = self.entity;
        let candidate = target.relations.iter().find(|other| {
            other.kind == RelationKind::BelongsTo && (other.target)().is_kin(owner) //
        });
        let mend = match candidate {
            Some(other) => format!("add #[entity(inverse = \"{}\")]", other.name),
            None => format!(
                "give {} a `BelongsTo<{}>` and name it with #[entity(inverse = \"...\")]",
                target.name, owner.name
            ),
        };
        fault!(self, relation.name, "does not say which field of {} refers back: {mend}", target.name);
    }

    fn many_to_many(&mut self, relation: &RelationMeta, target: &EntityMeta) {
        if relation.cascade.delete_orphan {
            fault!(
                self,
                relation.name,
                "cannot delete orphans, as others may refer to the same {}: leave `delete-orphan` out",
                target.name
            );
        }
        let Some(secondary) = &relation.secondary else {
            fault!(self, relation.name, "names no table between: add `secondary`, `local` and `remote`");
            return;
        };
        let sides = [("local", &secondary.local, self.entity), ("remote", &secondary.remote, target)];
        for (side, columns, entity) in sides {
            let key = if side == "local" { entity.row_key() } else { &entity.primary_key };
            if columns.len() != key.len() {
                fault!(
                    self,
                    relation.name,
                    "`{side}` names {} of `{}` for the key of {}, which has {}: \
                     name a column for each part of the key",
                    count(columns.len()),
                    secondary.table,
                    entity.name,
                    count(key.len())
                );
            }
        }
        for column in secondary.local.iter().filter(|column| secondary.remote.contains(column)) {
            fault!(
                self,
                relation.name,
                "names the column `{column}` of `{}` on both sides: name another one",
                secondary.table
            );
        }
        self.secondary_table(relation, secondary);
        self.shared_secondary(relation, target, secondary);
    }

    /// The condition of a view-only relationship connects both ends.
    fn view(&mut self, relation: &RelationMeta, target: &EntityMeta) {
        let Some(condition) = relation.condition else {
            fault!(self, relation.name, "has no condition: say when a row of {} is in it, `on = ..`", target.name);
            return;
        };
        let (owner_name, target_name) = (Name::Borrowed("orm_owner"), Name::Borrowed("orm_target"));
        let mut named = UsedNames(Vec::new());
        let condition = condition(&owner_name, &target_name);
        named.visit_node(&condition);
        for (name, entity, end) in [(owner_name, self.entity.name, "first"), (target_name, target.name, "second")] {
            if !named.0.iter().any(|table| table.starts_with(&*name)) {
                fault!(
                    self,
                    relation.name,
                    "is joined by a condition without a column of {entity}, so that it holds for all of them or for none: \
                     compare a column of the {end} argument of `on`"
                );
            }
        }
    }

    /// Two relationships with the same secondary table would write each row twice, unless they are two sides of one.
    fn shared_secondary(&mut self, relation: &RelationMeta, target: &EntityMeta, secondary: &SecondaryMeta) {
        for other in self.entities {
            for theirs in &other.relations {
                if std::ptr::eq(theirs, relation) {
                    // Later relationships find this one.
                    return;
                }
                let sides = other.is_kin(target) && theirs.inverse == Some(relation.name);
                if theirs.secondary.as_ref().is_some_and(|theirs| theirs.table == secondary.table) && !sides {
                    fault!(
                        self,
                        relation.name,
                        "and {}.{} both go through `{}`: \
                         make each the `inverse` of the other, or name another table",
                        other.name,
                        theirs.name,
                        secondary.table
                    );
                }
            }
        }
    }

    /// An entity can be mapped to the secondary table; it must then have the columns.
    fn secondary_table(&mut self, relation: &RelationMeta, secondary: &SecondaryMeta) {
        let mapped =
            self.entities.iter().find(|entity| entity.table == secondary.table && entity.schema == self.entity.schema);
        let Some(mapped) = mapped else { return };
        for name in secondary.local.iter().chain(&secondary.remote) {
            if !mapped.columns.iter().any(|column| column.name == *name) {
                fault!(
                    self,
                    relation.name,
                    "names the column `{name}` of `{}`, to which {} is mapped without such a column: \
                     correct the name",
                    secondary.table,
                    mapped.name
                );
            }
        }
    }

    /// Both sides of a relationship must name each other.
    fn inverse(&mut self, relation: &RelationMeta, target: &EntityMeta, inverse: &str) {
        let Some(position) = target.relation_of_field(inverse) else {
            fault!(
                self,
                relation.name,
                "its inverse {}.{inverse} does not exist: add it, or correct `inverse`",
                target.name
            );
            return;
        };
        let other = &target.relations[position];
        if !(other.target)().is_kin(self.entity) {
            fault!(
                self,
                relation.name,
                "its inverse {}.{inverse} refers to {}, not to {}: name another field in `inverse`",
                target.name,
                (other.target)().name,
                self.entity.name
            );
        } else if other.inverse != Some(relation.name) {
            fault!(
                self,
                relation.name,
                "its inverse {}.{inverse} does not point back: add #[entity(inverse = \"{}\")] there",
                target.name,
                relation.name
            );
        } else if !fit(relation.kind, other.kind) {
            fault!(
                self,
                relation.name,
                "is a {:?} and its inverse {}.{inverse} a {:?}: \
                 the inverse of a `BelongsTo` is a `HasMany` or `HasOne`, that of a `ManyToMany` another",
                relation.kind,
                target.name,
                other.kind
            );
        } else if let (Some(own), Some(theirs)) = (&relation.secondary, &other.secondary)
            && (own.table != theirs.table || own.local != theirs.remote || own.remote != theirs.local)
        {
            fault!(
                self,
                relation.name,
                "and its inverse {}.{inverse} name different tables or columns between them: \
                 name the same table, and `local` of one as `remote` of the other",
                target.name
            );
        }
    }
}

/// Whether two kinds of relationship can be inverse to each other.
fn fit(one: RelationKind, other: RelationKind) -> bool {
    use RelationKind::{BelongsTo, HasMany, HasOne, ManyToMany};
    matches!((one, other), (BelongsTo, HasMany | HasOne) | (HasMany | HasOne, BelongsTo) | (ManyToMany, ManyToMany))
}

/// Whether one column can refer to the other: types must be equal, lengths can differ.
fn same_kind(one: &DataType, other: &DataType) -> bool {
    let text = |data_type: &DataType| matches!(data_type, DataType::String(_) | DataType::Text | DataType::Enum(_));
    std::mem::discriminant(one) == std::mem::discriminant(other) || (text(one) && text(other))
}

fn count(columns: usize) -> String {
    match columns {
        1 => "one column".to_owned(),
        more => format!("{more} columns"),
    }
}
