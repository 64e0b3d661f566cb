//! Exact decimals on databases without them: comparisons, sorting, grouping and arithmetic call functions that the
//! engine registers.
//!
//! [`NodeTraits`](crate::sql::nested::NodeTraits) tells which expressions are decimals. A decimal value is the text in
//! its column. For a comparison it is converted by `orm_decimal(value)`, whose result sorts like the number.

use smallvec::SmallVec;

use super::expr::{expression, operand};
use super::list::comma_list;
use crate::engine::{Capabilities, SqlWriter};
use crate::error::{Error, Result};
use crate::sql::nested::TreeLevel;
use crate::sql::render::expr::Precedence;
use crate::sql::tree::{BinaryOp, Node, SelectItem};
use crate::value::DataType;

/// Whether an expression is a decimal that the database cannot handle.
pub(super) fn is_foreign(caps: &Capabilities, node: &Node) -> bool {
    !caps.decimals && node.traits().decimal
}

/// Whether one of several compared expressions is such a decimal: then all are compared as decimals.
pub(super) fn any_foreign<'b>(caps: &Capabilities, nodes: impl IntoIterator<Item = &'b Node>) -> bool {
    !caps.decimals && nodes.into_iter().any(|node| node.traits().decimal)
}

/// Writes the sort key of a decimal.
pub(crate) fn key<'b>(
    out: &mut dyn SqlWriter<'b>,
    decimal: bool,
    write: impl FnOnce(&mut dyn SqlWriter<'b>) -> Result<()>,
) -> Result<()> {
    if !decimal || out.capabilities().decimals {
        return write(out);
    }
    out.push_sql("orm_decimal(");
    write(out)?;
    out.push_sql(")");
    Ok(())
}

/// Writes one side of a comparison, as a sort key if decimals are compared.
pub(super) fn compared<'b>(out: &mut dyn SqlWriter<'b>, keyed: bool, node: &'b Node, least: Precedence) -> Result<()> {
    match keyed {
        true => key(out, true, |out| expression(out, node)),
        false => operand(out, node, least),
    }
}

/// Which columns of compared rows are decimals: of `tested`, a tuple for several, or of a member.
pub(super) fn columns<'b>(
    caps: &Capabilities,
    tested: &'b Node,
    members: impl IntoIterator<Item = &'b Node>,
) -> SmallVec<[bool; 2]> {
    let mut keyed: SmallVec<[bool; 2]> = parts(tested).iter().map(|part| is_foreign(caps, part)).collect();
    // Databases with decimals need no check.
    let members = members.into_iter().filter(|_| !caps.decimals);
    for member in members {
        for (keyed, part) in keyed.iter_mut().zip(parts(member)) {
            *keyed |= part.traits().decimal;
        }
    }
    keyed
}

/// The columns of a row.
pub(super) fn parts(node: &Node) -> &[Node] {
    match node {
        Node::Tuple(parts) => parts,
        node => std::slice::from_ref(node),
    }
}

/// Writes a row that is compared column by column.
pub(super) fn row<'b>(out: &mut dyn SqlWriter<'b>, node: &'b Node, keyed: &[bool]) -> Result<()> {
    let is_keyed = |at: usize| keyed.get(at).copied().unwrap_or_default();
    let Node::Tuple(parts) = node else { return compared(out, is_keyed(0), node, Precedence::Concat) };
    out.push_sql("(");
    comma_list(out, parts.iter().enumerate(), |out, (at, part)| key(out, is_keyed(at), |out| expression(out, part)))?;
    out.push_sql(")");
    Ok(())
}

/// The selected expression behind a label; any other node unchanged.
pub(super) fn labeled<'b>(node: &'b Node, items: &'b [SelectItem]) -> &'b Node {
    let Node::LabelRef(label) = node else { return node };
    let item = items.iter().find(|item| match (&item.label, &item.node) {
        (Some(own), _) => own == label,
        (None, Node::Column(column)) => column.name == *label,
        (None, _) => false,
    });
    item.map_or(node, |item| &item.node)
}

/// `orm_decimal_sub(orm_decimal_add(a, b), c)` for `a + b - c`.
pub(super) fn arithmetic<'b>(
    out: &mut dyn SqlWriter<'b>,
    first: &'b Node,
    rest: impl DoubleEndedIterator<Item = (BinaryOp, &'b Node)> + Clone,
) -> Result<()> {
    for (op, _) in rest.clone().rev() {
        out.push_sql(match op {
            BinaryOp::Add => "orm_decimal_add(",
            BinaryOp::Sub => "orm_decimal_sub(",
            BinaryOp::Mul => "orm_decimal_mul(",
            BinaryOp::Div => "orm_decimal_div(",
            _ => return Err(unsupported(out.capabilities(), "this operator")),
        });
    }
    expression(out, first)?;
    for (_, right) in rest {
        out.push_sql(", ");
        expression(out, right)?;
        out.push_sql(")");
    }
    Ok(())
}

/// `-a`
pub(super) fn negate<'b>(out: &mut dyn SqlWriter<'b>, inner: &'b Node) -> Result<()> {
    call(out, "orm_decimal_sub(0, ", inner)
}

/// Writes a function of decimals.
pub(super) fn function<'b>(
    out: &mut dyn SqlWriter<'b>,
    name: &str,
    arguments: &'b [Node],
    distinct: bool,
) -> Result<()> {
    match (name, arguments) {
        ("count", [argument]) if distinct => {
            out.push_sql("count(DISTINCT ");
            compared(out, true, argument, Precedence::Unknown)?;
        }
        ("sum" | "avg" | "min" | "max", [argument]) => {
            out.push_sql("orm_decimal_");
            out.push_sql(name);
            out.push_sql(if distinct { "(DISTINCT " } else { "(" });
            compared(out, distinct, argument, Precedence::Unknown)?;
        }
        ("nullif", [_, _]) => {
            out.push_sql("orm_decimal_plain(nullif(");
            comma_list(out, arguments, |out, node| compared(out, true, node, Precedence::Unknown))?;
            out.push_sql(")");
        }
        ("abs", [argument]) => return call(out, "orm_decimal_abs(", argument),
        ("round", [argument]) => {
            out.push_sql("orm_decimal_round(");
            expression(out, argument)?;
            out.push_sql(", 0");
        }
        ("round", [_, _]) => {
            out.push_sql("orm_decimal_round(");
            comma_list(out, arguments, expression)?;
        }
        // These functions return one of their arguments.
        ("count" | "coalesce" | "ifnull", _) => {
            out.push_sql(name);
            out.push_sql("(");
            comma_list(out, arguments, expression)?;
        }
        _ => return Err(unsupported(out.capabilities(), &format!("the function `{name}`"))),
    }
    out.push_sql(")");
    Ok(())
}

fn unsupported(caps: &Capabilities, what: &str) -> Error {
    Error::Unsupported {
        dialect: caps.name,
        feature: format!("{what} over exact decimals"),
        instead: "convert them: `cast::<f64>(..)` computes with floats, `cast::<String>(..)` gives their text"
            .to_owned(),
    }
}

/// Writes a CAST from or to a decimal; returns false for any other cast.
pub(super) fn cast<'b>(out: &mut dyn SqlWriter<'b>, operand: &'b Node, to: &DataType) -> Result<bool> {
    if out.capabilities().decimals {
        return Ok(false);
    }
    match to {
        DataType::Numeric(digits) if digits.is_some() => stored(out, operand, *digits)?,
        DataType::Numeric(_) => call(out, "orm_decimal_text(", operand)?,
        _ if !operand.traits().decimal => return Ok(false),
        DataType::SmallInteger | DataType::Integer | DataType::BigInteger => {
            call(out, "orm_decimal_integer(", operand)?
        }
        DataType::Float | DataType::Double => call(out, "orm_decimal_float(", operand)?,
        DataType::String(_) | DataType::Text => call(out, "orm_decimal_text(", operand)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Writes a decimal in its stored form: rounded to the column's scale, and the same text for equal numbers.
pub(super) fn stored<'b>(out: &mut dyn SqlWriter<'b>, node: &'b Node, digits: Option<(u32, u32)>) -> Result<()> {
    let Some((precision, scale)) = digits else { return call(out, "orm_decimal_plain(", node) };
    out.push_sql("orm_decimal_fit(");
    expression(out, node)?;
    out.push_sql(&format!(", {precision}, {scale})"));
    Ok(())
}

/// Writes a selected decimal in canonical form, so that DISTINCT finds equal numbers, under its original name.
pub(super) fn distinct<'b>(out: &mut dyn SqlWriter<'b>, item: &'b SelectItem) -> Result<()> {
    call(out, "orm_decimal_plain(", &item.node)?;
    if let (None, Node::Column(column)) = (&item.label, &item.node) {
        out.push_sql(" AS ");
        out.push_identifier(&column.name);
    }
    Ok(())
}

/// Writes a function call over one expression.
fn call<'b>(out: &mut dyn SqlWriter<'b>, function: &str, node: &'b Node) -> Result<()> {
    out.push_sql(function);
    expression(out, node)?;
    out.push_sql(")");
    Ok(())
}
