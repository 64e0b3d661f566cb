//! SELECT, clause by clause.

use super::decimal;
use super::expr::{conditions, expression, operand, result_value};
use super::list::{bind_value, comma_list, table};
use crate::engine::SqlWriter;
use crate::error::{Error, Result};
use crate::sql::render::expr::Precedence;
use crate::sql::tree::{FromItem, Join, JoinKind, Node, OrderKey, SelectItem, SelectTree};
use crate::sql::visit::{Visitor, walk_node};

/// Writes a SELECT without surrounding parentheses.
pub(super) fn select<'b>(out: &mut dyn SqlWriter<'b>, tree: &'b SelectTree) -> Result<()> {
    select_keys(out, tree, &[])
}

/// Writes a SELECT whose rows are compared: decimals are replaced by sort keys.
pub(super) fn select_keys<'b>(out: &mut dyn SqlWriter<'b>, tree: &'b SelectTree, keyed: &[bool]) -> Result<()> {
    if let Some(fault) = &tree.fault {
        return Err(Error::invalid(fault));
    }
    out.push_sql(if tree.distinct { "SELECT DISTINCT " } else { "SELECT " });
    match tree.items.as_slice() {
        [] => out.push_sql("1"),
        items => comma_list(out, items.iter().enumerate(), |out, (at, item)| {
            match keyed.get(at) {
                Some(true) => decimal::compared(out, true, &item.node, Precedence::Unknown)?,
                _ if tree.distinct && decimal::is_foreign(out.capabilities(), &item.node) => {
                    decimal::distinct(out, item)?
                }
                _ => result_value(out, &item.node)?,
            }
            label(out, item)
        })?,
    }
    if !tree.from.is_empty() {
        out.push_sql(" FROM ");
        comma_list(out, &tree.from, from_item)?;
    }
    for each in &tree.joins {
        join(out, each)?;
    }
    conditions(out, " WHERE ", &tree.filters)?;
    if !tree.group_by.is_empty() {
        out.push_sql(" GROUP BY ");
        comma_list(out, &tree.group_by, |out, node| sort_key(out, node, &tree.items))?;
    }
    conditions(out, " HAVING ", &tree.having)?;
    if !tree.order_by.is_empty() {
        out.push_sql(" ORDER BY ");
        comma_list(out, &tree.order_by, |out, key| order_key(out, key, &tree.items))?;
    }
    window(out, tree)
}

/// Writes a SELECT list with labels.
pub(super) fn select_items<'b>(out: &mut dyn SqlWriter<'b>, items: &'b [SelectItem]) -> Result<()> {
    comma_list(out, items, |out, item| {
        result_value(out, &item.node)?;
        label(out, item)
    })
}

fn label(out: &mut dyn SqlWriter<'_>, item: &SelectItem) -> Result<()> {
    if let Some(label) = &item.label {
        out.push_sql(" AS ");
        out.push_identifier(label);
    }
    Ok(())
}

/// Writes an item of ORDER BY or GROUP BY.
fn sort_key<'b>(out: &mut dyn SqlWriter<'b>, node: &'b Node, items: &'b [SelectItem]) -> Result<()> {
    let keyed = decimal::is_foreign(out.capabilities(), decimal::labeled(node, items));
    decimal::compared(out, keyed, node, Precedence::Unknown)
}

fn from_item<'b>(out: &mut dyn SqlWriter<'b>, item: &'b FromItem) -> Result<()> {
    match item {
        FromItem::Table(item) => table(out, item),
        FromItem::Select { select: tree, alias } => {
            out.push_sql("(");
            select(out, tree)?;
            out.push_sql(") AS ");
            out.push_identifier(alias);
        }
        FromItem::Union { selects, alias } => {
            for (index, tree) in selects.iter().enumerate() {
                out.push_sql(if index == 0 { "(" } else { " UNION ALL " });
                select(out, tree)?;
            }
            out.push_sql(") AS ");
            out.push_identifier(alias);
        }
        FromItem::Joined { first, joins } => {
            table(out, first);
            joins.iter().try_for_each(|each| join(out, each))?;
        }
    }
    Ok(())
}

fn join<'b>(out: &mut dyn SqlWriter<'b>, join: &'b Join) -> Result<()> {
    out.push_sql(match join.kind {
        JoinKind::Inner => " JOIN ",
        JoinKind::Left => " LEFT OUTER JOIN ",
    });
    let several = matches!(join.item, FromItem::Joined { .. });
    out.push_sql(if several { "(" } else { "" });
    from_item(out, &join.item)?;
    out.push_sql(if several { ") ON " } else { " ON " });
    expression(out, &join.on)
}

fn order_key<'b>(out: &mut dyn SqlWriter<'b>, key: &'b OrderKey, items: &'b [SelectItem]) -> Result<()> {
    let nulls_order = out.capabilities().nulls_order;
    if let (Some(first), false) = (key.nulls_first, nulls_order) {
        operand(out, aggregate(&key.node, items), Precedence::Concat)?;
        out.push_sql(if first { " IS NULL DESC, " } else { " IS NULL, " });
    }
    sort_key(out, &key.node, items)?;
    if key.descending {
        out.push_sql(" DESC");
    }
    match key.nulls_first {
        Some(true) if nulls_order => out.push_sql(" NULLS FIRST"),
        Some(false) if nulls_order => out.push_sql(" NULLS LAST"),
        _ => {}
    }
    Ok(())
}

/// The aggregate behind a label. MariaDB and MySQL do not resolve labels of aggregates within an expression.
fn aggregate<'b>(node: &'b Node, items: &'b [SelectItem]) -> &'b Node {
    let Node::LabelRef(label) = node else { return node };
    let labeled = items.iter().find(|item| item.label.as_ref() == Some(label)).map(|item| &item.node);
    labeled.filter(|node| has_aggregate(node)).unwrap_or(node)
}

fn has_aggregate(node: &Node) -> bool {
    struct Aggregates(bool);
    impl<'t> Visitor<'t> for Aggregates {
        fn visit_select(&mut self, _select: &'t SelectTree) {}

        fn visit_node(&mut self, node: &'t Node) {
            self.0 |= matches!(node, Node::Function { name, .. }
                if matches!(name.name(), "count" | "sum" | "avg" | "min" | "max"));
            walk_node(self, node);
        }
    }
    let mut aggregates = Aggregates(false);
    aggregates.visit_node(node);
    aggregates.0
}

/// LIMIT and OFFSET.
fn window<'b>(out: &mut dyn SqlWriter<'b>, tree: &'b SelectTree) -> Result<()> {
    match (&tree.limit, &tree.offset, out.capabilities().unlimited) {
        (Some(limit), ..) => {
            out.push_sql(" LIMIT ");
            bind_value(out, limit)?;
        }
        (None, Some(_), Some(unlimited)) => {
            out.push_sql(" LIMIT ");
            out.push_sql(unlimited);
        }
        _ => {}
    }
    if let Some(offset) = &tree.offset {
        out.push_sql(" OFFSET ");
        bind_value(out, offset)?;
    }
    Ok(())
}
