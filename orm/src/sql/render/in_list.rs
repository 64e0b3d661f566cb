//! Renders `IN` lists: one parameter for each member, or a single parameter for all when there are too many.

use std::borrow::Cow;

use super::decimal;
use super::expr::constant;
use super::list::comma_list;
use crate::engine::{Bind, Capabilities, SqlWriter};
use crate::error::Result;
use crate::sql::in_list_members::{InListMembers, JsonArray};
use crate::sql::tree::{Nested, Node};
use crate::value::DataType;

pub(super) fn in_list<'b>(
    out: &mut dyn SqlWriter<'b>,
    tested: &'b Node,
    list: &'b Nested<InListMembers>,
    negated: bool,
) -> Result<()> {
    list.look(|list| members_of(out, tested, list, negated))
}

fn members_of<'b>(out: &mut dyn SqlWriter<'b>, tested: &'b Node, list: &'b InListMembers, negated: bool) -> Result<()> {
    if list.is_empty() {
        constant(out, negated);
        return Ok(());
    }
    let values = matches!(tested, Node::Tuple(_)) && out.capabilities().tuple_in_values;
    let keyed = decimal::columns(out.capabilities(), tested, list);
    decimal::row(out, tested, &keyed)?;
    if list.len() > out.capabilities().max_listed {
        if out.capabilities().arrays {
            if let Some(array) = list.array() {
                out.push_sql(if negated { " <> ALL(" } else { " = ANY(" });
                out.push_bind(Bind::Array(array))?;
                out.push_sql(")");
                return Ok(());
            }
        } else if let (Some(rows_of), Some(document)) = (out.capabilities().listed_rows, list.json_array())
            && is_exact(out.capabilities(), document)
        {
            out.push_sql(if negated { " NOT IN (" } else { " IN (" });
            let rows = rows_of(&document.members, keyed.first().copied().unwrap_or_default());
            return members(out, rows, document);
        }
    }
    out.push_sql(if negated { " NOT IN (" } else { " IN (" });
    if values {
        out.push_sql("VALUES ");
    }
    comma_list(out, list, |out, member| decimal::row(out, member, &keyed))?;
    out.push_sql(")");
    Ok(())
}

/// Whether the database stores every digit of the members.
fn is_exact(capabilities: &Capabilities, document: &JsonArray) -> bool {
    match (&document.members, capabilities.decimal_digits) {
        (DataType::Numeric(Some((precision, scale))), Some((most, most_behind))) => {
            *precision <= most && *scale <= most_behind
        }
        _ => true,
    }
}

/// A query by which the members of a document become rows, such as `SELECT value FROM json_each(?))`.
fn members<'b>(
    out: &mut dyn SqlWriter<'b>,
    (before, after): (Cow<'static, str>, Cow<'static, str>),
    document: &'b JsonArray,
) -> Result<()> {
    out.push_sql(&before);
    out.push_bind(match document.sensitive {
        true => Bind::Sensitive(&document.text),
        false => Bind::from(&document.text),
    })?;
    out.push_sql(&after);
    Ok(())
}
