//! Fetching rows by keys, as a tree: for rows of several tables, and for rows that more is joined to.

use std::sync::Arc;

use super::key_select::{KeyColumns, KeySelect, Keys, order_column};
use crate::engine::{Statement, fit_identifier};
use crate::error::Result;
use crate::mapping::join::{equal, on};
use crate::mapping::rows::{RowSource, bare_columns, column_of, columns_of, push_columns, push_some};
use crate::mapping::{EntityMeta, JoinCondition, KeyValues, RowShape};
use crate::sql::mask::mask_all;
use crate::sql::tree::{BinaryOp, FromItem, Join, JoinKind, Name, Node, OrderKey, SelectItem, SelectTree, TableRef};
use crate::value::Value;

/// Source of the keys by which rows are found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RowsBy {
    /// By columns of their own or of a table between.
    Columns(KeyColumns),
    /// By the key of an owner, whose row is joined by a condition. The key comes first in the row.
    Owner(OwnerJoin),
}

/// An owner's table, joined to that of its members by a condition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnerJoin {
    pub(crate) owner: &'static EntityMeta,
    pub(crate) condition: JoinCondition,
}

impl RowsBy {
    /// Number of columns before those of the entity.
    pub(crate) fn width(self) -> usize {
        match self {
            Self::Columns(by) => by.width(),
            Self::Owner(join) => join.owner.row_key().len(),
        }
    }

    /// Whether what rows are looked up by must not show.
    fn is_sensitive(self, meta: &EntityMeta) -> bool {
        match self {
            Self::Columns(by) => by.is_sensitive(meta),
            Self::Owner(OwnerJoin { owner, .. }) => owner.row_key().iter().any(|column| owner.is_sensitive(*column)),
        }
    }
}

impl OwnerJoin {
    /// The name of the owner beside that of the target.
    pub(crate) fn owner_name(self, target: &Name) -> Name {
        let names = (1_u32..).map(|number| fit_identifier(format!("{}_{number}", self.owner.table)));
        let free = names.into_iter().find(|name| target != name);
        free.map_or(Name::Borrowed(self.owner.table), Name::Owned)
    }

    /// The owner's table under a name. What hides rows of the owner's type does not hide the members of one at hand.
    pub(crate) fn owner_rows(self, name: &Name) -> RowSource {
        RowSource::of(self.owner, Some(name.clone())).without_criteria()
    }
}

/// The rows of an entity whose key columns hold one of some keys.
///
/// # Errors
/// When the order names a field that the entity does not have.
pub(crate) fn rows_by_key(
    meta: &'static EntityMeta,
    by: KeyColumns,
    keys: &[KeyValues],
    order: &'static [(&'static str, bool)],
    shape: Option<&Arc<RowShape>>,
) -> Result<Arc<dyn Statement>> {
    match meta.polymorphism {
        None => Ok(Arc::new(KeySelect { meta, by, keys: Keys::new(keys), shape: shape.cloned(), order })),
        Some(_) => Ok(Arc::new(tree(meta, RowsBy::Columns(by), |operands| one_of(operands, keys), order, shape)?.0)),
    }
}

/// The same, however they are found.
///
/// # Errors
/// When the order names a field that the entity does not have.
pub(crate) fn rows_by(
    meta: &'static EntityMeta,
    by: RowsBy,
    keys: &[KeyValues],
    order: &'static [(&'static str, bool)],
    shape: Option<&Arc<RowShape>>,
) -> Result<Arc<dyn Statement>> {
    match by {
        RowsBy::Columns(by) => rows_by_key(meta, by, keys, order, shape),
        RowsBy::Owner(_) => Ok(Arc::new(tree(meta, by, |operands| one_of(operands, keys), order, shape)?.0)),
    }
}

/// A statement that is written without a tree, as a tree.
///
/// # Errors
/// When the order names a field that the entity does not have.
pub(crate) fn tree_of(select: &KeySelect) -> Result<SelectTree> {
    let KeySelect { meta, by, keys, shape, order } = select;
    let keys = keys.to_rows()?;
    Ok(tree(meta, RowsBy::Columns(*by), |operands| one_of(operands, &keys), order, shape.as_ref())?.0)
}

/// The statement as a tree, and the name that the entity goes by. `condition` is made of the key columns.
///
/// # Errors
/// When the order names a field that the entity does not have.
pub(crate) fn tree(
    meta: &'static EntityMeta,
    by: RowsBy,
    condition: impl FnOnce(&[Node]) -> Node,
    order: &'static [(&'static str, bool)],
    shape: Option<&Arc<RowShape>>,
) -> Result<(SelectTree, Name)> {
    let mut tree = SelectTree::default();
    let name = Name::Borrowed(meta.table);
    let rows = RowSource::of(meta, None);
    let operands: Vec<Node> = match by {
        RowsBy::Columns(KeyColumns::Own(positions)) => {
            tree.from.push(rows.item);
            columns_of(meta, &name, positions)
        }
        RowsBy::Columns(KeyColumns::Secondary(secondary, _)) => {
            let between = Name::Borrowed(secondary.table);
            let theirs = columns_of(meta, &name, &meta.primary_key);
            let on = equal(bare_columns(&between, &secondary.remote), theirs);
            tree.from.push(FromItem::Table(TableRef::named(between.clone())));
            tree.joins.push(Join { kind: JoinKind::Inner, item: rows.item, on });
            bare_columns(&between, &secondary.local)
        }
        RowsBy::Owner(join) => {
            let owner = join.owner_name(&name);
            let owner_rows = join.owner_rows(&owner);
            tree.from.push(owner_rows.item);
            tree.filters.extend(owner_rows.criterion);
            let on = on(join.condition, (join.owner, &owner), (meta, &name));
            tree.joins.push(Join { kind: JoinKind::Inner, item: rows.item, on });
            columns_of(join.owner, &owner, join.owner.row_key())
        }
    };
    let condition = condition(&operands);
    tree.filters.push(if by.is_sensitive(meta) { mask_all(condition) } else { condition });
    tree.filters.extend(rows.criterion);
    // Of tables that count for themselves, a key of a class names a row of that class.
    if let Some(polymorphism) =
        meta.polymorphism.as_ref().filter(|it| it.is_concrete() && it.row_positions[it.discriminator].is_some())
        && let RowsBy::Columns(KeyColumns::Own(positions)) = by
        && positions == meta.primary_key
        && !positions.contains(&polymorphism.discriminator)
    {
        tree.filters.push(Node::Binary {
            left: column_of(meta, &name, polymorphism.discriminator).into(),
            op: BinaryOp::Eq,
            right: Node::Bind(Value::Text(polymorphism.this().identity.to_owned())).into(),
        });
    }
    if by.width() > 0 {
        tree.items.extend(operands.into_iter().map(|node| SelectItem { node, label: None }));
    }
    match shape {
        Some(shape) => push_some(&mut tree.items, meta, &name, &shape.columns),
        None => push_columns(&mut tree.items, meta, &name),
    }
    for (field, descending) in order {
        let node = column_of(meta, &name, order_column(meta, field)?);
        tree.order_by.push(OrderKey { node, descending: *descending, nulls_first: None });
    }
    Ok((tree, name))
}

/// Key columns that hold one of some keys: `a = ?`, `a IN (?, ...)` or `(a, b) IN ((?, ?), ...)`
pub(crate) fn one_of(operands: &[Node], keys: &[KeyValues]) -> Node {
    let bind = |value: &Value| Node::Bind(value.clone());
    if let [key] = keys {
        let equal = |(operand, value): (&Node, &Value)| Node::Binary {
            left: operand.clone().into(),
            op: BinaryOp::Eq,
            right: bind(value).into(),
        };
        return Node::And(operands.iter().zip(key).map(equal).collect());
    }
    let (operand, list) = match operands {
        [operand] => (operand.clone(), keys.iter().flatten().map(bind).collect()),
        _ => {
            let tuples = keys.iter().map(|key| Node::Tuple(key.iter().map(bind).collect()));
            (Node::Tuple(operands.to_vec().into()), tuples.collect())
        }
    };
    Node::InList { operand: operand.into(), list, negated: false }
}
