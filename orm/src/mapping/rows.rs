//! What the rows of an entity are taken from: its table, or those of its hierarchy; and how its columns are called there.

use super::hierarchy::{ClassMeta, Inheritance, Lineage};
use super::join::equal;
use super::meta::EntityMeta;
use crate::sql::joined_name;
use crate::sql::tree::{
    ColumnRef, FromItem, Join, JoinKind, Name, Node, Origin, SelectItem, SelectTree, TableRef, TextPart,
};
use crate::value::Value;

/// What the rows of an entity are taken from, and what must hold for them.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    /// The table, or several joined.
    pub(crate) item: FromItem,
    /// Which of the rows are of the entity's class, where the table has others.
    pub(crate) criterion: Option<Node>,
}

impl Rows {
    /// The rows of an entity, under its table's name or an alias.
    pub(crate) fn of(meta: &'static EntityMeta, alias: Option<Name>) -> Self {
        let name = alias.clone().unwrap_or(Name::Borrowed(meta.table));
        let first = TableRef {
            schema: meta.schema.map(Name::Borrowed),
            alias,
            origin: Some(Origin::new(meta, None)),
            ..TableRef::named(meta.table)
        };
        let Some(lineage) = &meta.lineage else { return Self { item: FromItem::Table(first), criterion: None } };
        match lineage.inheritance {
            Inheritance::Single => {
                let criterion = lineage.identities().map(|identities| Node::InList {
                    operand: column_of(meta, &name, lineage.discriminator).into(),
                    list: identities.into_iter().map(|it| Node::Bind(Value::Text(it.to_owned()))).collect(),
                    negated: false,
                });
                Self { item: FromItem::Table(first), criterion }
            }
            Inheritance::Concrete if lineage.this().subtree.len() == 1 => {
                Self { item: FromItem::Table(first), criterion: None }
            }
            Inheritance::Concrete => {
                let selects = lineage.this().subtree.iter().map(|class| whole_table(meta, lineage, *class)).collect();
                Self { item: FromItem::Union { selects, alias: name }, criterion: None }
            }
            Inheritance::Joined => {
                let above = lineage.this().parts.iter().skip(1).map(|part| (JoinKind::Inner, *part));
                let below = lineage.this().subtree.iter().filter(|class| **class != lineage.class);
                let joins = above.chain(below.map(|part| (JoinKind::Left, *part)));
                let joins: Vec<Join> = joins.map(|(kind, part)| join(meta, &name, kind, part)).collect();
                match joins.is_empty() {
                    true => Self { item: FromItem::Table(first), criterion: None },
                    false => Self { item: FromItem::Joined { first, joins: joins.into() }, criterion: None },
                }
            }
        }
    }

    /// A condition of a join, and that the rows are of the class.
    pub(crate) fn on(&self, condition: Node) -> Node {
        match &self.criterion {
            Some(criterion) => Node::And(vec![condition, criterion.clone()].into()),
            None => condition,
        }
    }
}

/// How many tables are joined for the rows of an entity.
pub(crate) fn tables_of(meta: &'static EntityMeta) -> usize {
    match &meta.lineage {
        Some(lineage) if lineage.is_joined() => lineage.this().parts.len() + lineage.this().subtree.len() - 1,
        _ => 1,
    }
}

/// The rows of one class as those of all below a class are given: what it lacks is `NULL`, and which class it is stands beside.
fn whole_table(meta: &'static EntityMeta, lineage: &'static Lineage, class: usize) -> SelectTree {
    let own = &lineage.classes[class];
    let name = Name::Borrowed(own.table);
    let item = |(place, selected): (usize, &usize)| {
        let label = Some(Name::Borrowed(meta.columns[*selected].name));
        if *selected == lineage.discriminator {
            let literal = format!("'{}'", own.identity.replace('\'', "''"));
            return SelectItem { node: Node::Text(vec![TextPart::Sql(literal)]), label };
        }
        let mut here = (0..meta.columns.len()).filter(|at| own.part[*at] && lineage.places[*at] == Some(place));
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
        items: lineage.selected.iter().enumerate().map(item).collect(),
        from: vec![FromItem::Table(table)],
        ..SelectTree::default()
    }
}

/// The tables whose columns are those of an entity that goes by a name, though they go by other names.
pub(crate) fn other_names(meta: &'static EntityMeta, name: &Name) -> Vec<&'static str> {
    match &meta.lineage {
        Some(lineage) if lineage.is_concrete() => {
            lineage.classes.iter().map(|class| class.table).filter(|table| name != table).collect()
        }
        _ => Vec::new(),
    }
}

/// Joins the table of a class to that of the base class.
fn join(meta: &'static EntityMeta, name: &Name, kind: JoinKind, part: usize) -> Join {
    let (schema, table) = meta.table_of_part(part);
    let called = part_name(meta, name, table);
    let alias = (called != table).then(|| called.clone());
    let own = meta.key_of_part(part).map(|key| column(&called, key)).collect();
    let item = FromItem::Table(TableRef { schema: schema.map(Name::Borrowed), alias, ..TableRef::named(table) });
    Join { kind, item, on: equal(columns_of(meta, name, &meta.primary_key), own) }
}

/// What the table of a class goes by where the entity goes by a name.
fn part_name(meta: &EntityMeta, name: &Name, table: &'static str) -> Name {
    if name == meta.table { Name::Borrowed(table) } else { joined_name(name, table) }
}

/// A column, qualified by the name that its table goes by.
pub(crate) fn column(table: &Name, name: &'static str) -> Node {
    Node::Column(ColumnRef::new(table.clone(), name))
}

/// A column of an entity that goes by a name.
pub(crate) fn column_of(meta: &EntityMeta, name: &Name, position: usize) -> Node {
    let own = &meta.columns[position];
    let table = match &meta.lineage {
        Some(lineage) if lineage.inheritance == Inheritance::Joined && lineage.owner_of(position) > 0 => {
            let ClassMeta { table, .. } = lineage.classes[lineage.owner_of(position)];
            part_name(meta, name, table)
        }
        _ => name.clone(),
    };
    Node::Column(ColumnRef::new(table, own.name).sensitive(meta.is_sensitive(position)).decimal(own.is_decimal()))
}

/// Columns of an entity that goes by a name.
pub(crate) fn columns_of(meta: &EntityMeta, name: &Name, positions: &[usize]) -> Vec<Node> {
    positions.iter().map(|position| column_of(meta, name, *position)).collect()
}

/// Columns of a table that goes by a name.
pub(crate) fn bare_columns(table: &Name, names: &[&'static str]) -> Vec<Node> {
    names.iter().map(|name| column(table, name)).collect()
}

/// The columns of a link table that refer to the key of an entity.
pub(crate) fn link_columns(table: &Name, names: &[&'static str], meta: &EntityMeta, key: &[usize]) -> Vec<Node> {
    let column = |(name, key): (&&'static str, &usize)| {
        Node::Column(
            ColumnRef::new(table.clone(), *name)
                .sensitive(meta.is_sensitive(*key))
                .decimal(meta.columns[*key].is_decimal()),
        )
    };
    names.iter().zip(key).map(column).collect()
}

/// Adds the columns that a row of an entity has, in order.
pub(crate) fn push_columns(items: &mut Vec<SelectItem>, meta: &'static EntityMeta, name: &Name) {
    let item = |node| SelectItem { node, label: None };
    match &meta.lineage {
        None => items.extend((0..meta.columns.len()).map(|own| item(column_of(meta, name, own)))),
        Some(lineage) => items.extend(columns_of(meta, name, &lineage.selected).into_iter().map(item)),
    }
}
