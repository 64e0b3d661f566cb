//! `RowSource`: the tables from which rows of an entity are selected, and the names of its columns there.

use super::hierarchy::{ClassMeta, Inheritance, Polymorphism};
use super::join::equal;
use super::meta::EntityMeta;
use super::position::{ColumnPosition, TablePosition};
use crate::sql::joined_name;
use crate::sql::tree::{
    ColumnRef, FromItem, Join, JoinKind, Name, Node, Origin, SelectItem, SelectTree, TableRef, TextPart,
};
use crate::value::Value;

/// The FROM item for rows of an entity, and the condition on its rows.
#[derive(Clone, Debug)]
pub(crate) struct RowSource {
    /// The table, or several joined tables.
    pub(crate) item: FromItem,
    /// Condition on the class, where the table contains other classes.
    pub(crate) criterion: Option<Node>,
}

impl RowSource {
    /// Makes the source for an entity's rows, under the table's name or an alias.
    pub(crate) fn of(meta: &'static EntityMeta, alias: Option<Name>) -> Self {
        let name = alias.clone().unwrap_or(Name::Borrowed(meta.table));
        let first = TableRef {
            schema: meta.schema.map(Name::Borrowed),
            alias,
            origin: Some(Origin::new(meta, None)),
            ..TableRef::named(meta.table)
        };
        let Some(polymorphism) = &meta.polymorphism else {
            return Self { item: FromItem::Table(first), criterion: None };
        };
        match polymorphism.inheritance {
            Inheritance::Single => {
                let criterion = polymorphism.identities().map(|identities| Node::InList {
                    operand: column_of(meta, &name, polymorphism.discriminator).into(),
                    list: identities.into_iter().map(|it| Node::Bind(Value::Text(it.to_owned()))).collect(),
                    negated: false,
                });
                Self { item: FromItem::Table(first), criterion }
            }
            Inheritance::Concrete if polymorphism.this().subtree.len() == 1 => {
                Self { item: FromItem::Table(first), criterion: None }
            }
            Inheritance::Concrete => {
                let selects =
                    polymorphism.this().subtree.iter().map(|class| whole_table(meta, polymorphism, *class)).collect();
                Self { item: FromItem::Union { selects, alias: name }, criterion: None }
            }
            Inheritance::Joined => {
                let above = polymorphism.this().tables.iter().skip(1).map(|index| (JoinKind::Inner, *index));
                let below = polymorphism.this().subtree.iter().filter(|class| **class != polymorphism.class);
                let joins = above.chain(below.map(|index| (JoinKind::Left, TablePosition(*index))));
                let joins: Vec<Join> = joins.map(|(kind, index)| join(meta, &name, kind, index)).collect();
                match joins.is_empty() {
                    true => Self { item: FromItem::Table(first), criterion: None },
                    false => Self { item: FromItem::Joined { first, joins: joins.into() }, criterion: None },
                }
            }
        }
    }

    /// Leaves the rows out of loader criteria: they are looked at, not asked for.
    pub(crate) fn without_criteria(mut self) -> Self {
        match &mut self.item {
            FromItem::Table(table) | FromItem::Joined { first: table, .. } => table.origin = None,
            _ => {}
        }
        self
    }

    /// A condition of a join, and that the rows are of the class.
    pub(crate) fn on(&self, condition: Node) -> Node {
        match &self.criterion {
            Some(criterion) => Node::And(vec![condition, criterion.clone()].into()),
            None => condition,
        }
    }
}

/// Number of joined tables for rows of an entity.
pub(crate) fn tables_of(meta: &'static EntityMeta) -> usize {
    match &meta.polymorphism {
        Some(polymorphism) if polymorphism.is_joined() => {
            polymorphism.this().tables.len() + polymorphism.this().subtree.len() - 1
        }
        _ => 1,
    }
}

/// SELECT of one class for a UNION of several: missing columns are `NULL`, and the class's identity is a literal.
fn whole_table(meta: &'static EntityMeta, polymorphism: &'static Polymorphism, class: usize) -> SelectTree {
    let own = &polymorphism.classes[class];
    let name = Name::Borrowed(own.table);
    let item = |(place, selected): (usize, &ColumnPosition)| {
        let label = Some(Name::Borrowed(meta.columns[*selected].name));
        if *selected == polymorphism.discriminator {
            let literal = format!("'{}'", own.identity.replace('\'', "''"));
            return SelectItem { node: Node::Text(vec![TextPart::Sql(literal)]), label };
        }
        let mut here =
            (meta.columns.positions()).filter(|at| own.in_table[*at] && polymorphism.row_positions[*at] == Some(place));
        match here.next() {
            Some(position) => {
                let own = &meta.columns[position];
                let node = Node::Column(
                    ColumnRef::new(name.clone(), own.name)
                        .sensitive(meta.is_sensitive(position))
                        .decimal(own.is_decimal()),
                );
                SelectItem { node, label: None }
            }
            None => {
                let nothing = Node::Text(vec![TextPart::Sql("NULL".to_owned())]).into();
                SelectItem {
                    node: Node::Cast { operand: nothing, to: meta.columns[*selected].data_type.clone() },
                    label,
                }
            }
        }
    };
    let table = TableRef {
        schema: own.schema.map(Name::Borrowed),
        origin: Some(Origin::new(meta, Some(class))),
        ..TableRef::named(name.clone())
    };
    SelectTree {
        items: polymorphism.selected.iter().enumerate().map(item).collect(),
        from: vec![FromItem::Table(table)],
        ..SelectTree::default()
    }
}

/// Other tables whose columns belong to an entity under a name.
pub(crate) fn other_names(meta: &'static EntityMeta, name: &Name) -> Vec<&'static str> {
    match &meta.polymorphism {
        Some(polymorphism) if polymorphism.is_concrete() => {
            polymorphism.classes.iter().map(|class| class.table).filter(|table| name != table).collect()
        }
        _ => Vec::new(),
    }
}

/// Joins the table of a class to that of the base class.
fn join(meta: &'static EntityMeta, name: &Name, kind: JoinKind, position: TablePosition) -> Join {
    let (schema, table) = meta.table_name(position);
    let called = name_of_table(meta, name, table);
    let alias = (called != table).then(|| called.clone());
    let own = meta.key_columns_of_table(position).map(|key| column(&called, key)).collect();
    let item = FromItem::Table(TableRef { schema: schema.map(Name::Borrowed), alias, ..TableRef::named(table) });
    Join { kind, item, on: equal(columns_of(meta, name, &meta.primary_key), own) }
}

/// Name of a class's table when the entity is selected under a name.
fn name_of_table(meta: &EntityMeta, name: &Name, table: &'static str) -> Name {
    if name == meta.table { Name::Borrowed(table) } else { joined_name(name, table) }
}

/// A column, qualified by the name of its table.
pub(crate) fn column(table: &Name, name: &'static str) -> Node {
    Node::Column(ColumnRef::new(table.clone(), name))
}

/// A column of an entity that is selected under a name.
pub(crate) fn column_of(meta: &EntityMeta, name: &Name, position: ColumnPosition) -> Node {
    let own = &meta.columns[position];
    let table = match &meta.polymorphism {
        Some(polymorphism)
            if polymorphism.inheritance == Inheritance::Joined && polymorphism.owner_of(position) > 0 =>
        {
            let ClassMeta { table, .. } = polymorphism.classes[polymorphism.owner_of(position)];
            name_of_table(meta, name, table)
        }
        _ => name.clone(),
    };
    Node::Column(ColumnRef::new(table, own.name).sensitive(meta.is_sensitive(position)).decimal(own.is_decimal()))
}

/// Columns of an entity that is selected under a name.
pub(crate) fn columns_of(meta: &EntityMeta, name: &Name, positions: &[ColumnPosition]) -> Vec<Node> {
    positions.iter().map(|position| column_of(meta, name, *position)).collect()
}

/// Columns of a table under a name.
pub(crate) fn bare_columns(table: &Name, names: &[&'static str]) -> Vec<Node> {
    names.iter().map(|name| column(table, name)).collect()
}

/// The columns of a link table that refer to the key of an entity.
pub(crate) fn link_columns(
    table: &Name,
    names: &[&'static str],
    meta: &EntityMeta,
    key: &[ColumnPosition],
) -> Vec<Node> {
    let column = |(name, key): (&&'static str, &ColumnPosition)| {
        Node::Column(
            ColumnRef::new(table.clone(), *name)
                .sensitive(meta.is_sensitive(*key))
                .decimal(meta.columns[*key].is_decimal()),
        )
    };
    names.iter().zip(key).map(column).collect()
}

/// Adds the columns that a row of an entity has, in order; deferred ones are left out.
pub(crate) fn push_columns(items: &mut Vec<SelectItem>, meta: &'static EntityMeta, name: &Name) {
    let item = |node| SelectItem { node, label: None };
    match (meta.shape(), &meta.polymorphism) {
        (Some(shape), _) => push_some(items, meta, name, &shape.columns),
        (None, Some(polymorphism)) => push_some(items, meta, name, &polymorphism.selected),
        (None, None) => items.extend((meta.columns.positions()).map(|own| item(column_of(meta, name, own)))),
    }
}

/// Adds some columns of an entity.
pub(crate) fn push_some(items: &mut Vec<SelectItem>, meta: &EntityMeta, name: &Name, positions: &[ColumnPosition]) {
    items.extend(columns_of(meta, name, positions).into_iter().map(|node| SelectItem { node, label: None }));
}
