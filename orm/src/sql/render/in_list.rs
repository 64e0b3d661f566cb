//! `IN` lists: a parameter a member, or one parameter for all members where there are more than a statement takes.

use super::decimal;
use super::expr::constant;
use super::list::comma_list;
use crate::engine::{Bind, DialectName, SqlWriter};
use crate::error::Result;
use crate::sql::listed::{Document, Listed};
use crate::sql::tree::{Nested, Node};
use crate::value::DataType;

pub(super) fn in_list<'b>(
    out: &mut dyn SqlWriter<'b>,
    tested: &'b Node,
    list: &'b Nested<Listed>,
    negated: bool,
) -> Result<()> {
    list.look(|list| members_of(out, tested, list, negated))
}

fn members_of<'b>(out: &mut dyn SqlWriter<'b>, tested: &'b Node, list: &'b Listed, negated: bool) -> Result<()> {
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
        } else if let Some(document) = list.document() {
            out.push_sql(if negated { " NOT IN (" } else { " IN (" });
            return members(out, document);
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

/// `SELECT value FROM json_each(?))`, by which the members become rows.
fn members<'b>(out: &mut dyn SqlWriter<'b>, document: &'b Document) -> Result<()> {
    let bind = match document.sensitive {
        true => Bind::Sensitive(&document.text),
        false => Bind::from(&document.text),
    };
    if out.capabilities().dialect == DialectName::Sqlite {
        out.push_sql("SELECT value FROM json_each(");
        out.push_bind(bind)?;
        out.push_sql("))");
        return Ok(());
    }
    let (value, data_type) = match document.members {
        DataType::BigInteger => ("listed.v", "BIGINT"),
        DataType::Date => ("listed.v", "DATE"),
        DataType::Time => ("listed.v", "TIME(6)"),
        DataType::DateTime => ("listed.v", "DATETIME(6)"),
        DataType::Uuid => ("unhex(replace(listed.v, '-', ''))", "CHAR(36)"),
        _ => ("listed.v", "LONGTEXT"),
    };
    out.push_sql(&format!("SELECT {value} FROM JSON_TABLE("));
    out.push_bind(bind)?;
    out.push_sql(&format!(", '$[*]' COLUMNS (v {data_type} PATH '$')) AS listed)"));
    Ok(())
}
