//! The query that gave the owners of a relationship, to be repeated as a subquery.

use std::sync::Arc;

use crate::mapping::rows::columns_of;
use crate::mapping::{ColumnPosition, EntityMeta};
use crate::sql::gives_decimal;
use crate::sql::tree::{ColumnRef, FromItem, Name, Node, SelectItem, SelectTree};

/// A query that gave owners, the name that their table goes by there, and the first of their columns.
#[derive(Clone, Debug)]
pub(crate) struct OwnersSelect {
    pub(crate) select: Arc<SelectTree>,
    pub(crate) name: Name,
    pub(crate) at: usize,
}

// The same query, not an equal one: two of them may be equal only by chance.
impl PartialEq for OwnersSelect {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.select, &other.select) && self.at == other.at
    }
}

impl OwnersSelect {
    /// Returns the SELECT of some columns of the owners.
    ///
    /// DISTINCT, GROUP BY and LIMIT depend on what is selected and how it is sorted: such a query stays whole, within another one.
    pub(crate) fn keys(&self, meta: &'static EntityMeta, columns: &[ColumnPosition]) -> SelectTree {
        let mut inner = SelectTree::clone(&self.select);
        let grouped = inner.distinct || !inner.group_by.is_empty() || !inner.having.is_empty();
        let whole = grouped || inner.limit.is_some() || inner.offset.is_some();
        if !whole {
            inner.order_by.clear();
            let keys = columns_of(meta, &self.name, columns);
            inner.items = keys.into_iter().map(|node| SelectItem { node, label: None }).collect();
            return inner;
        }
        if inner.limit.is_none() && inner.offset.is_none() {
            inner.order_by.clear();
        }
        label_all(&mut inner.items);
        let alias = Name::Borrowed("owners");
        let key = |column: &ColumnPosition| {
            let item = &inner.items[self.at + meta.row_position(*column)];
            let label = item.label.clone().unwrap_or_default();
            let node = ColumnRef::new(alias.clone(), label);
            let node = node.sensitive(meta.is_sensitive(*column)).decimal(gives_decimal(&item.node));
            SelectItem { node: Node::Column(node), label: None }
        };
        let items = columns.iter().map(key).collect();
        let from = vec![FromItem::Select { select: inner.into(), alias }];
        SelectTree { items, from, ..SelectTree::default() }
    }
}

/// Labels the columns that have none: several tables may have columns of one name.
fn label_all(items: &mut [SelectItem]) {
    let taken: Vec<Name> = items.iter().filter_map(|item| item.label.clone()).collect();
    let mut labels = (0..).map(|number| format!("column_{number}")).filter(|label| taken.iter().all(|it| it != label));
    for item in items.iter_mut().filter(|item| item.label.is_none()) {
        item.label = labels.next().map(Name::Owned);
    }
}
