//! A query within a query: LIMIT counts entities, while joined collections repeat their rows.

use super::names::Names;
use crate::mapping::join::equal;
use crate::mapping::rows::{RowSource, columns_of, push_columns, push_some};
use crate::mapping::{ColumnPosition, EntityMeta};
use crate::sql::gives_decimal;
use crate::sql::tree::{ColumnRef, FromItem, Join, JoinKind, Name, Node, OrderKey, SelectItem, SelectTree};

/// Makes a query for one entity the FROM clause of another that gives the same columns in the same order. Returns the name that the
/// entity goes by there.
///
/// The columns of a hierarchy in several tables may have one name, which a query around them could not tell apart. Its query
/// gives keys, and the tables are joined to these once more.
///
/// `deferred` columns of the entity are given by the inner query, for the outer one to select.
pub(crate) fn wrap(tree: &mut SelectTree, meta: &'static EntityMeta, root: &Name, deferred: &[ColumnPosition]) -> Name {
    let mut inner = std::mem::take(tree);
    let name = Names::of(&inner).fresh("anon");
    let apart = meta.polymorphism.as_ref().is_some_and(|polymorphism| polymorphism.is_joined());
    if apart {
        let keys = columns_of(meta, root, &meta.primary_key);
        inner.items = keys.into_iter().map(|node| SelectItem { node, label: None }).collect();
    } else {
        push_some(&mut inner.items, meta, root, deferred);
    }
    let order = std::mem::take(&mut inner.order_by);
    if inner.limit.is_some() || inner.offset.is_some() {
        inner.order_by = order.clone();
    }
    tree.fault = inner.fault.take();
    tree.order_by = order.into_iter().map(|key| lift(key, &mut inner, root, &name)).collect();
    tree.from.push(FromItem::Select { select: inner.into(), alias: name.clone() });
    if !apart {
        push_columns(&mut tree.items, meta, &name);
        return name;
    }
    let rows = RowSource::of(meta, (root != meta.table).then(|| root.clone()));
    let key = |table| columns_of(meta, table, &meta.primary_key);
    let on = rows.on(equal(key(&name), key(root)));
    tree.joins.push(Join { kind: JoinKind::Inner, item: rows.item, on });
    push_columns(&mut tree.items, meta, root);
    root.clone()
}

/// An order key as the outer query says it; a key that is not among the selected columns of the entity is selected along.
fn lift(key: OrderKey, inner: &mut SelectTree, root: &Name, name: &Name) -> OrderKey {
    let outer = |column: Name| ColumnRef::new(name.clone(), column);
    let items = &inner.items;
    let gives = |own: &Name| {
        items.iter().any(|item| item.label.is_none() && matches!(&item.node, Node::Column(it) if it.name == *own))
    };
    let node = match key.node {
        Node::Column(ColumnRef { table: Some(table), name: own, sensitive, decimal, .. })
            if table == *root && gives(&own) =>
        {
            Node::Column(outer(own).sensitive(sensitive).decimal(decimal))
        }
        node => {
            let (label, decimal) = (free_label(&inner.items), gives_decimal(&node));
            inner.items.push(SelectItem { node, label: Some(label.clone()) });
            Node::Column(outer(label).decimal(decimal))
        }
    };
    OrderKey { node, ..key }
}

/// A label that nothing else goes by, no column of the entity either.
fn free_label(items: &[SelectItem]) -> Name {
    let taken = |label: &String| {
        items.iter().any(|item| match (&item.label, &item.node) {
            (Some(own), _) => own == label,
            (None, Node::Column(column)) => column.name == *label,
            (None, _) => false,
        })
    };
    let mut labels = (items.len()..).map(|number| format!("order_{number}"));
    labels.find(|label| !taken(label)).map_or(Name::Borrowed("order_by"), Name::Owned)
}
