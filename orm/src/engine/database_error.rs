//! Translates errors of the drivers into [`Error`], and masks sensitive values in their messages.

use diesel::result::Error as DieselError;

use super::compiled::CompiledStatement;
use super::dialect::Capabilities;
use super::packet;
use super::render::describe;
use super::statement::Bind;
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

/// The error that the caller sees, with the statement.
pub(super) fn database_error(error: DieselError, compiled: &CompiledStatement<'_>) -> Error {
    let mut refused = match &error {
        DieselError::DatabaseError(kind, information) => (compiled.capabilities.classify)(*kind, &**information),
        other => DatabaseError::new(DatabaseErrorKind::Other, other.to_string()),
    };
    refused.message = masked(&refused, compiled);
    if let Some(hint) = packet::hint(compiled, refused.kind) {
        refused.message = format!("{}: {hint}", refused.message);
    }
    compiled.describe(&mut refused);
    // The driver's message may quote values that our message masks or omits, also of columns that the statement does
    // not use.
    refused.cause = refused.message.contains(&error.to_string()).then(|| error.into());
    refused.into()
}

/// The database's message, with the values of sensitive columns masked.
fn masked(refused: &DatabaseError, compiled: &CompiledStatement<'_>) -> String {
    let mut message = refused.message.clone();
    if !compiled.is_sensitive() {
        return message;
    }
    compiled.masked_binds().for_each(|bind| mask_value(&mut message, bind));
    // These kinds quote nothing but names.
    let names_only = matches!(
        refused.kind,
        DatabaseErrorKind::MissingTable | DatabaseErrorKind::MissingColumn | DatabaseErrorKind::NotNullViolation
    );
    if !names_only {
        let sql = compiled.sql().unwrap_or_default();
        let names = [&refused.table, &refused.column, &refused.constraint];
        mask_quoted(&mut message, |text| sql.contains(text) || names.into_iter().flatten().any(|name| name == text));
    }
    message
}

/// Number of characters that identify a value: databases truncate long values in messages.
const QUOTED: usize = 20;

/// Masks a value in a message, in any case, with or without quotes.
fn mask_value(message: &mut String, bind: Bind<'_>) {
    let text = match bind {
        Bind::Sensitive(value) => return mask_value(message, Bind::from(value)),
        Bind::Text(text) => text.to_owned(),
        other => describe(other).trim_matches('\'').to_owned(),
    };
    let value: Vec<char> = text.chars().collect();
    if value.is_empty() {
        return;
    }
    let words: Vec<char> = message.chars().collect();
    let same = |a: &char, b: &char| a.to_lowercase().eq(b.to_lowercase());
    let is_word = |at: Option<usize>| at.and_then(|at| words.get(at)).is_some_and(|letter| letter.is_alphanumeric());
    let (mut masked, mut at) = (String::with_capacity(message.len()), 0);
    while at < words.len() {
        let length = words[at..].iter().zip(&value).take_while(|(a, b)| same(a, b)).count();
        // A short value is masked only as a whole word, as its letters may be part of another word.
        let alone = !is_word(at.checked_sub(1)) && !is_word(Some(at + length));
        if length >= QUOTED || (length == value.len() && alone) {
            masked.push_str("***");
            at += length;
        } else {
            masked.push(words[at]);
            at += 1;
        }
    }
    *message = masked;
}

/// Masks quoted text that is not a name: `invalid input syntax for type integer: "..."` may quote a value of the row.
fn mask_quoted(message: &mut String, is_name: impl Fn(&str) -> bool) {
    // After a colon the quoted text extends to the last quote, as the text may contain quotes.
    for opening in [": \"", ": '", "value \""] {
        let Some(start) = message.find(opening).map(|at| at + opening.len()) else { continue };
        let quote = if opening.ends_with('"') { '"' } else { '\'' };
        let end = message.rfind(quote).filter(|end| *end >= start).unwrap_or(message.len());
        if !is_name(&message[start..end]) {
            message.replace_range(start..end, "***");
        }
    }
    for quote in ['"', '\''] {
        let parts: Vec<&str> = message.split(quote).collect();
        let quoted = |(at, part): (usize, &str)| match at % 2 == 1 && at + 1 < parts.len() && !is_name(part) {
            true => "***".to_owned(),
            false => part.to_owned(),
        };
        let parts: Vec<String> = parts.iter().copied().enumerate().map(quoted).collect();
        *message = parts.join(&quote.to_string());
    }
}

/// Whether the database cannot prepare statements of this kind.
pub(super) fn is_unprepared(error: &DieselError, capabilities: &Capabilities) -> bool {
    let DieselError::DatabaseError(_, information) = error else { return false };
    capabilities.unprepared_error.is_some_and(|words| information.message().starts_with(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(message: &str, value: &str) -> String {
        let mut message = message.to_owned();
        mask_value(&mut message, Bind::Text(value));
        message
    }

    #[test]
    fn a_value_is_masked_in_quotes_or_not_and_in_any_case() {
        assert_eq!(without("no hunter2 here, \"HUNTER2\"", "hunter2"), "no *** here, \"***\"");
        assert_eq!(without("bad value: a", "a"), "bad value: ***");
        assert_eq!(without("a table", "tab"), "*** table".replace("***", "a"));
        let long = "0123456789012345678901234567890123456789";
        assert_eq!(without(&format!("cut: {}...", &long[..30]), long), "cut: ***...");
        assert_eq!(without("nothing", ""), "nothing");
    }

    #[test]
    fn what_stands_in_quotes_and_is_no_name_is_masked() {
        let masked = |message: &str| {
            let mut message = message.to_owned();
            mask_quoted(&mut message, |text| matches!(text, "pin" | "t"));
            message
        };
        assert_eq!(masked("invalid input for integer: \"a\"b\""), "invalid input for integer: \"***\"");
        assert_eq!(masked("value \"99\" is out of range"), "value \"***\" is out of range");
        assert_eq!(masked("column \"pin\" of \"t\" and 'x'"), "column \"pin\" of \"t\" and '***'");
        assert_eq!(masked("it isn't so"), "it isn't so");
    }
}
