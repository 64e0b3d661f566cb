//! The query of a collection: the members of one owner, to filter, sort and count in the database.

use super::key_select::order_column;
use super::key_tree::OwnerJoin;
use super::select::{Select, select};
use super::selection::entity;
use crate::error::Result;
use crate::key::Key;
use crate::mapping::join::{JoinColumns, equal, join_columns, on};
use crate::mapping::rows::{bare_columns, column_of, columns_of, link_columns};
use crate::mapping::{Entity, EntityMeta, RelationMeta};
use crate::sql::mask::mask_all;
use crate::sql::tree::{FromItem, Name, Node, OrderKey, SelectItem, SelectTree, TableRef};
use crate::value::Value;

/// Returns the SELECT of the members of a collection whose owner has a key, in the order of the mapping.
///
/// # Errors
/// When the mapping of the relationship contradicts itself.
pub(crate) fn members_select<T: Entity>(
    owner: &'static EntityMeta,
    relation: &'static RelationMeta,
    key: &[Value],
) -> Result<Select<Key<T>>> {
    let target = T::entity_meta();
    let name = Name::Borrowed(target.table);
    let holds_key = |columns| equal(columns, key.iter().map(|value| Node::Bind(value.clone())).collect());
    let condition = match join_columns(owner, relation)? {
        JoinColumns::Direct { remote, .. } => holds_key(columns_of(target, &name, remote)),
        JoinColumns::Secondary(secondary) => {
            let between = Name::Borrowed(secondary.table);
            let item = |node| SelectItem { node, label: None };
            let table = TableRef::named(between.clone());
            let links = SelectTree {
                items: bare_columns(&between, &secondary.remote).into_iter().map(item).collect(),
                from: vec![FromItem::Table(table)],
                filters: vec![holds_key(link_columns(&between, &secondary.local, owner, owner.row_key()))],
                ..SelectTree::default()
            };
            let mut own = columns_of(target, &name, &target.primary_key);
            let operand = if own.len() == 1 { own.swap_remove(0) } else { Node::Tuple(own.into()) };
            Node::InSelect { operand: operand.into(), select: links.into(), negated: false }
        }
        JoinColumns::On(condition) => {
            let join = OwnerJoin { owner, condition };
            let owner_name = join.owner_name(&name);
            let rows = join.owner_rows(&owner_name);
            let mut found = SelectTree { from: vec![rows.item], ..SelectTree::default() };
            found.filters.extend(rows.criterion);
            found.filters.push(holds_key(columns_of(owner, &owner_name, owner.row_key())));
            found.filters.push(on(condition, (owner, &owner_name), (target, &name)));
            Node::Exists { select: found.into(), negated: false }
        }
    };
    let is_sensitive = owner.row_key().iter().any(|column| owner.is_sensitive(*column));
    let mut query = select(entity::<T>());
    query.body.filters.push(if is_sensitive { mask_all(condition) } else { condition });
    for (field, descending) in &relation.order_by {
        let node = column_of(target, &name, order_column(target, field)?);
        query.body.order_by.push(OrderKey { node, descending: *descending, nulls_first: None });
    }
    Ok(query)
}
