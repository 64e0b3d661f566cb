//! Renders `LIKE` with the same meaning on every database: case-sensitive unless requested, and without a default
//! escape character.

use super::expr::{Precedence, expression, operand};
use crate::engine::{LikeForm, SqlWriter};
use crate::error::{Error, Result};
use crate::sql::tree::{Node, Secret};
use crate::value::{Value, ValueRef};

/// Way to make a backslash in a pattern literal.
enum Escape {
    /// The pattern has its own escape character, or needs none.
    Said(Option<char>),
    /// No character escapes: ` ESCAPE ''`.
    None,
    /// A character that the pattern does not have.
    Unused(char),
    /// This character, which is doubled in the pattern by the database.
    Doubled(char),
}

pub(super) fn like<'b>(out: &mut dyn SqlWriter<'b>, node: &'b Node) -> Result<()> {
    let Node::Like { operand: tested, pattern, escape, ignore_case, negated } = node else { return Ok(()) };
    check_escape(pattern, *escape)?;
    if out.capabilities().like == LikeForm::Function {
        return like_function(out, node);
    }
    let lowered = *ignore_case && !out.capabilities().ilike;
    let escape = match escape {
        Some(_) => Escape::Said(*escape),
        None => backslash(out.capabilities().like, pattern),
    };
    side(out, tested, lowered, None)?;
    out.push_sql(if *negated { " NOT" } else { "" });
    out.push_sql(if *ignore_case && !lowered { " ILIKE " } else { " LIKE " });
    side(out, pattern, lowered, if let Escape::Doubled(escape) = escape { Some(escape) } else { None })?;
    if let Some(collation) = out.capabilities().collation {
        // A table that another program created may have a case-insensitive collation.
        out.push_sql(&format!(" COLLATE {collation}"));
    }
    match escape {
        Escape::Said(None) => {}
        Escape::None => out.push_sql(" ESCAPE ''"),
        Escape::Said(Some(escape)) | Escape::Unused(escape) | Escape::Doubled(escape) => {
            out.push_sql(&format!(" ESCAPE '{escape}'"));
        }
    }
    Ok(())
}

/// `orm_like(a, pattern)`. SQLite's own LIKE ignores the case of ASCII letters only, and stops at a zero byte.
fn like_function<'b>(out: &mut dyn SqlWriter<'b>, node: &'b Node) -> Result<()> {
    let Node::Like { operand, pattern, escape, ignore_case, negated } = node else { return Ok(()) };
    out.push_sql(if *negated { "NOT " } else { "" });
    out.push_sql(if *ignore_case { "orm_ilike(" } else { "orm_like(" });
    expression(out, operand)?;
    out.push_sql(", ");
    expression(out, pattern)?;
    if let Some(escape) = escape {
        out.push_sql(&format!(", '{escape}'"));
    }
    out.push_sql(")");
    Ok(())
}

/// One side of LIKE: in small letters where case is to be ignored, and with a character doubled.
fn side<'b>(out: &mut dyn SqlWriter<'b>, side: &'b Node, lowered: bool, doubled: Option<char>) -> Result<()> {
    if !lowered && doubled.is_none() {
        return operand(out, side, Precedence::Concat);
    }
    out.push_sql(if lowered { "lower(" } else { "" });
    out.push_sql(if doubled.is_some() { "replace(" } else { "" });
    expression(out, side)?;
    if let Some(escape) = doubled {
        out.push_sql(&format!(", '{escape}', '{escape}{escape}')"));
    }
    out.push_sql(if lowered { ")" } else { "" });
    Ok(())
}

/// Way to keep a backslash literal. MariaDB and MySQL cannot switch escaping off.
fn backslash(form: LikeForm, pattern: &Node) -> Escape {
    match (literal(pattern), form) {
        (Some(text), _) if !text.contains('\\') => Escape::Said(None),
        (_, LikeForm::EscapeNone) => Escape::None,
        (Some(text), _) => ['/', '|', '~', '^', '!']
            .into_iter()
            .find(|c| !text.contains(*c))
            .map_or(Escape::Doubled('/'), Escape::Unused),
        (None, _) => Escape::Doubled('/'),
    }
}

/// The pattern, if it is a value.
fn literal(pattern: &Node) -> Option<&str> {
    match pattern {
        Node::Bind(Value::Text(text)) => Some(text),
        Node::Sensitive(Secret(ValueRef::Text(text))) => Some(text),
        Node::Sensitive(Secret(ValueRef::Owned(value))) => match &**value {
            Value::Text(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Refuses patterns that databases interpret differently.
fn check_escape(pattern: &Node, escape: Option<char>) -> Result<()> {
    match escape_fault(escape, literal(pattern).unwrap_or_default()) {
        Some(fault) => Err(Error::invalid(fault)),
        None => Ok(()),
    }
}

/// The fault of an escape character, or of a pattern that ends with it.
pub(crate) fn escape_fault(escape: Option<char>, pattern: &str) -> Option<String> {
    let escape = escape?;
    if !escape.is_ascii_graphic() || matches!(escape, '\'' | '\\' | '%' | '_') {
        return Some(
            "LIKE cannot escape by a quote, a backslash, `%`, `_`, or what is no visible ASCII character: take another one, such as '/'"
                .to_owned(),
        );
    }
    let ends_open = pattern.chars().rev().take_while(|c| *c == escape).count() % 2 == 1;
    ends_open.then(|| format!("a LIKE pattern cannot end with its escape character '{escape}': double it"))
}
