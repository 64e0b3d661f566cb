//! A query within a query: LIMIT counts entities, while joined collections repeat their rows.

use crate::mapping::EntityMeta;
use crate::mapping::rows::push_columns;
use crate::sql::gives_decimal;
use crate::sql::tree::{ColumnRef, FromItem, Name, Node, OrderKey, SelectItem, SelectTree};

/// What a query became.
pub(crate) struct Wrapped {
    /// The name that its rows go by now.
    pub(crate) name: Name,
}

/// Makes a query for one entity the FROM clause of another that gives the same columns in the same order.
pub(crate) fn wrap(tree: &mut SelectTree, meta: &'static EntityMeta, root: &Name) -> Wrapped {
    let name = Name::Borrowed("anon_1");
    let mut inner = std::mem::take(tree);
    let order = std::mem::take(&mut inner.order_by);
    if inner.limit.is_some() || inner.offset.is_some() {
        inner.order_by = order.clone();
    }
    tree.fault = inner.fault.take();
    push_columns(&mut tree.items, meta, &name);
    tree.order_by = order.into_iter().map(|key| lift(key, &mut inner, root, &name)).collect();
    tree.from.push(FromItem::Select { select: inner.into(), alias: name.clone() });
    Wrapped { name }
}

/// An order key as the outer query says it; what is no column of the entity is selected along.
fn lift(key: OrderKey, inner: &mut SelectTree, root: &Name, name: &Name) -> OrderKey {
    let outer = |column: Name| ColumnRef::new(name.clone(), column);
    let node = match key.node {
        Node::Column(ColumnRef { table: Some(table), name: own, sensitive, decimal }) if table == *root => {
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
