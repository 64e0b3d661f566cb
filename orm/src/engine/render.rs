//! Statements as text: for echo, error messages and tests; the same text that a driver sends.

use std::fmt::Write;

use super::compiled::CompiledStatement;
use super::dialect::Capabilities;
use super::statement::{ArrayBind, Bind, Statement};
use crate::error::Result;

/// Number of characters or bytes that a displayed parameter has at most.
const SHOWN: usize = 200;

/// Number of array members that a displayed parameter has at most.
const SHOWN_MEMBERS: usize = 10;

/// A statement as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered {
    /// The SQL, with the dialect's placeholders.
    pub sql: String,
    /// The parameters in the order of the placeholders, as text: long ones shortened, sensitive ones masked as `***`.
    pub parameters: Vec<String>,
}

/// Renders a statement for a dialect: its SQL and its parameters as text. Needs no connection.
///
/// ```
/// use orm::engine::{Capabilities, render};
/// let statement = orm::text("SELECT :id AS id").bind("id", 7);
/// let rendered = render(&statement, &Capabilities::postgres())?;
/// assert_eq!((rendered.sql.as_str(), rendered.parameters), ("SELECT $1 AS id", vec!["7".to_owned()]));
/// # Ok::<(), orm::Error>(())
/// ```
///
/// # Errors
/// [`Error::Unsupported`](crate::Error::Unsupported) when the dialect lacks a feature that the statement uses.
///
/// Counterpart: `statement.compile(dialect=...)`.
pub fn render(statement: &dyn Statement, capabilities: &Capabilities) -> Result<Rendered> {
    Ok(CompiledStatement::of(&statement, capabilities)?.rendered())
}

/// A parameter in the manner of an SQL literal.
pub(crate) fn describe(bind: Bind<'_>) -> String {
    let mut text = String::new();
    describe_into(bind, &mut text);
    text
}

/// Appends a parameter in the manner of an SQL literal.
fn describe_into(bind: Bind<'_>, out: &mut String) {
    match bind {
        Bind::Null => out.push_str("NULL"),
        Bind::Unloaded => out.push_str("(not loaded)"),
        Bind::Bool(v) => out.push_str(if *v { "TRUE" } else { "FALSE" }),
        Bind::I64(v) => push(out, v),
        Bind::F64(v) => push(out, format_args!("{v:?}")),
        Bind::Text(v) => describe_text(v, out),
        Bind::Bytes(v) => describe_bytes(v, out),
        Bind::Date(v) => push(out, format_args!("'{v}'")),
        Bind::Time(v) => push(out, format_args!("'{v}'")),
        Bind::DateTime(v) => push(out, format_args!("'{v}'")),
        Bind::Decimal(v) => push(out, v),
        Bind::Uuid(v) => push(out, format_args!("'{v}'")),
        Bind::Json(v) => describe_text(&v.to_string(), out),
        Bind::Array(v) => describe_array(v, out),
        Bind::Sensitive(_) => out.push_str("***"),
    }
}

fn push(out: &mut String, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{value}");
}

fn describe_text(text: &str, out: &mut String) {
    out.push('\'');
    let mut characters = text.chars();
    for character in characters.by_ref().take(SHOWN) {
        if character == '\'' {
            out.push('\'');
        }
        out.push(character);
    }
    let rest = characters.count();
    if rest > 0 {
        push(out, format_args!(" ... ({rest} more characters)"));
    }
    out.push('\'');
}

fn describe_bytes(bytes: &[u8], out: &mut String) {
    out.push_str("x'");
    for byte in bytes.iter().take(SHOWN) {
        push(out, format_args!("{byte:02x}"));
    }
    if bytes.len() > SHOWN {
        push(out, format_args!(" ... ({} more bytes)", bytes.len() - SHOWN));
    }
    out.push('\'');
}

fn describe_array(array: &ArrayBind<'_>, out: &mut String) {
    fn members<'v, T>(values: &'v [Option<T>], bind: impl Fn(&'v T) -> Bind<'v>, out: &mut String) {
        for (position, value) in values.iter().take(SHOWN_MEMBERS).enumerate() {
            if position > 0 {
                out.push_str(", ");
            }
            describe_into(value.as_ref().map_or(Bind::Null, &bind), out);
        }
        if values.len() > SHOWN_MEMBERS {
            push(out, format_args!(", ... ({} more)", values.len() - SHOWN_MEMBERS));
        }
    }
    out.push('[');
    match array {
        ArrayBind::Bool(values) => members(values, Bind::Bool, out),
        ArrayBind::I64(values) => members(values, Bind::I64, out),
        ArrayBind::F64(values) => members(values, Bind::F64, out),
        ArrayBind::Text(values) => members(values, |v| Bind::Text(v), out),
        ArrayBind::Bytes(values) => members(values, |v| Bind::Bytes(v), out),
        ArrayBind::Date(values) => members(values, Bind::Date, out),
        ArrayBind::Time(values) => members(values, Bind::Time, out),
        ArrayBind::DateTime(values) => members(values, Bind::DateTime, out),
        ArrayBind::Decimal(values) => members(values, |v| Bind::Decimal(v), out),
        ArrayBind::Uuid(values) => members(values, Bind::Uuid, out),
        ArrayBind::Json(values) => members(values, |v| Bind::Json(v), out),
    }
    out.push(']');
}
