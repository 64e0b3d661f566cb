//! What the database refused: from the driver's words into ours.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use diesel::result::DatabaseErrorInformation;
use diesel::result::{DatabaseErrorKind as Kind, Error as DieselError};

use super::dialect::DialectName;
use super::flat::Flat;
use super::packet;
use super::render::describe;
use super::statement::Bind;
use crate::error::{DatabaseError, DatabaseErrorKind, Error};

/// The error that the caller sees, with the statement.
pub(super) fn refusal(error: DieselError, flat: &Flat<'_>) -> Error {
    let mut refused = match (error, flat.capabilities.dialect) {
        #[cfg(feature = "sqlite")]
        (DieselError::DatabaseError(kind, information), DialectName::Sqlite) => sqlite(kind, &*information),
        #[cfg(feature = "postgres")]
        (DieselError::DatabaseError(kind, information), DialectName::Postgres) => postgres(kind, &*information),
        #[cfg(feature = "mysql")]
        (DieselError::DatabaseError(kind, information), DialectName::Mysql) => mysql(kind, information.message()),
        (other, _) => DatabaseError::new(DatabaseErrorKind::Other, other.to_string()),
    };
    refused.message = masked(&refused, flat);
    if let Some(hint) = packet::hint(flat, refused.kind) {
        refused.message = format!("{}: {hint}", refused.message);
    }
    flat.describe(&mut refused);
    refused.into()
}

/// The database's words without the values of sensitive columns that it quotes.
fn masked(refused: &DatabaseError, flat: &Flat<'_>) -> String {
    let mut message = refused.message.clone();
    if !flat.is_sensitive() {
        return message;
    }
    flat.masked_binds().for_each(|bind| mask_value(&mut message, bind));
    // These kinds quote nothing but names.
    let names_only = matches!(
        refused.kind,
        DatabaseErrorKind::MissingTable | DatabaseErrorKind::MissingColumn | DatabaseErrorKind::NotNullViolation
    );
    if !names_only {
        let sql = flat.sql().unwrap_or_default();
        let names = [&refused.table, &refused.column, &refused.constraint];
        mask_quoted(&mut message, |text| sql.contains(text) || names.into_iter().flatten().any(|name| name == text));
    }
    message
}

/// How much of a value is looked for: databases quote long ones in part.
const QUOTED: usize = 20;

/// Masks a value wherever a message has it, in whatever case, in quotes or not.
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
        // A short value must stand alone, as its letters may be part of any word.
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

/// Masks what stands in quotes and is no name: `invalid input syntax for type integer: "..."` may quote what the row holds.
fn mask_quoted(message: &mut String, is_name: impl Fn(&str) -> bool) {
    // What is introduced by a colon goes on to the last quote, as it may have quotes in it.
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

/// Whether MariaDB or MySQL does not prepare statements of this kind (1295).
pub(super) fn is_unprepared(error: &DieselError) -> bool {
    const WORDS: &str = "This command is not supported in the prepared statement protocol";
    matches!(error, DieselError::DatabaseError(_, information) if information.message().starts_with(WORDS))
}

/// SQLite names what is broken in its message only: `UNIQUE constraint failed: user.name, user.email`.
#[cfg(feature = "sqlite")]
fn sqlite(kind: Kind, information: &(dyn DatabaseErrorInformation + Send + Sync)) -> DatabaseError {
    let message = information.message();
    let constraint =
        message.split_once(" constraint failed").map(|(which, rest)| (which, rest.trim_start_matches(": ")));
    let ours = match (kind, constraint) {
        (Kind::UniqueViolation, _) | (_, Some(("UNIQUE", _))) => DatabaseErrorKind::UniqueViolation,
        (Kind::ForeignKeyViolation, _) | (_, Some(("FOREIGN KEY", _))) => DatabaseErrorKind::ForeignKeyViolation,
        (Kind::NotNullViolation, _) | (_, Some(("NOT NULL", _))) => DatabaseErrorKind::NotNullViolation,
        (Kind::CheckViolation, _) | (_, Some(("CHECK", _))) => DatabaseErrorKind::CheckViolation,
        _ if message.starts_with("no such table") => DatabaseErrorKind::MissingTable,
        _ if message.starts_with("no such column") || message.contains(" has no column named ") => {
            DatabaseErrorKind::MissingColumn
        }
        _ if message.starts_with("database ") && message.contains(" is locked") => DatabaseErrorKind::Locked,
        _ if message == "interrupted" => DatabaseErrorKind::Canceled,
        _ => DatabaseErrorKind::Other,
    };
    let mut refused = DatabaseError::new(ours, message);
    match (ours, constraint) {
        (DatabaseErrorKind::CheckViolation, Some((_, name))) => refused.constraint = non_empty(name),
        (DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::NotNullViolation, Some((_, columns))) => {
            if let Some(index) = columns.strip_prefix("index ") {
                refused.constraint = non_empty(index.trim_matches('\''));
            } else {
                let pairs = columns.split(", ").filter_map(|column| column.rsplit_once('.'));
                let (tables, columns): (Vec<_>, Vec<_>) = pairs.unzip();
                refused.table = tables.first().map(|table| (*table).to_owned());
                refused.column = non_empty(&columns.join(", "));
            }
        }
        (DatabaseErrorKind::MissingTable, _) => {
            refused.table = message.split_once(": ").and_then(|(_, table)| non_empty(table));
        }
        (DatabaseErrorKind::MissingColumn, _) => {
            let named = message.rsplit_once(" has no column named ").map(|(_, column)| column);
            refused.column = named.or(message.split_once(": ").map(|(_, column)| column)).and_then(non_empty);
        }
        _ => {}
    }
    refused
}

fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The beginnings of what libpq and the server say when a connection is gone or never was.
#[cfg(feature = "postgres")]
const LOST: &[&str] = &[
    "server closed the connection unexpectedly",
    "terminating connection",
    "no connection to the server",
    "connection to server",
    "connection not open",
    "could not receive data from server",
    "could not send data to server",
    "SSL connection has been closed unexpectedly",
    "SSL SYSCALL error",
    "SSL error",
    "lost synchronization with server",
    "the database system is shutting down",
    "the database system is starting up",
    "the database system is in recovery mode",
    "terminating walsender",
    "message contents do not agree with length",
];

/// What libpq and tokio-postgres say when they do not send a statement, on a connection that is as good as before.
#[cfg(feature = "postgres")]
const NOT_SENT: &[&str] =
    &["another command is already in progress", "error encoding message to server", "error serializing parameter"];

/// Diesel keeps the SQLSTATE to itself, so what its kinds do not cover is known by its words: this needs a server that speaks
/// English (`lc_messages`). The detail is left out on purpose: it quotes the row, sensitive columns included.
#[cfg(feature = "postgres")]
fn postgres(kind: Kind, information: &(dyn DatabaseErrorInformation + Send + Sync)) -> DatabaseError {
    let message = information.message();
    let missing = message.ends_with("does not exist");
    let ours = match kind {
        Kind::UniqueViolation => DatabaseErrorKind::UniqueViolation,
        Kind::ForeignKeyViolation | Kind::RestrictViolation => DatabaseErrorKind::ForeignKeyViolation,
        Kind::NotNullViolation => DatabaseErrorKind::NotNullViolation,
        Kind::CheckViolation => DatabaseErrorKind::CheckViolation,
        Kind::SerializationFailure => DatabaseErrorKind::SerializationFailure,
        Kind::ClosedConnection => DatabaseErrorKind::Disconnected,
        Kind::UnableToSendCommand if !NOT_SENT.iter().any(|words| message.contains(words)) => {
            DatabaseErrorKind::Disconnected
        }
        _ if LOST.iter().any(|beginning| message.starts_with(beginning)) => DatabaseErrorKind::Disconnected,
        _ if message == "deadlock detected" || message.starts_with("could not serialize access") => {
            DatabaseErrorKind::SerializationFailure
        }
        _ if message.contains("due to lock timeout") || message.starts_with("could not obtain lock") => {
            DatabaseErrorKind::Locked
        }
        _ if message == "canceling statement due to statement timeout" => DatabaseErrorKind::Timeout,
        _ if message == "canceling statement due to user request" => DatabaseErrorKind::Canceled,
        _ if missing && message.starts_with("column ") => DatabaseErrorKind::MissingColumn,
        _ if missing && (message.starts_with("relation ") || message.starts_with("table ")) => {
            DatabaseErrorKind::MissingTable
        }
        _ => DatabaseErrorKind::Other,
    };
    let mut refused = DatabaseError::new(ours, message.trim_end());
    refused.table = information.table_name().map(str::to_owned);
    refused.column = information.column_name().map(str::to_owned);
    refused.constraint = information.constraint_name().map(str::to_owned);
    match ours {
        DatabaseErrorKind::UniqueViolation => {
            // `Key (name, email)=(...) already exists.`: the columns without their values.
            let columns = information.details().and_then(|detail| detail.strip_prefix("Key (")?.split_once(")=("));
            refused.column = columns.and_then(|(columns, _)| non_empty(columns));
        }
        DatabaseErrorKind::MissingTable => refused.table = first_name(message),
        DatabaseErrorKind::MissingColumn => refused.column = first_name(message),
        _ => {}
    }
    refused
}

/// The first name of `relation "x" does not exist`, `column u.x does not exist` and the like.
#[cfg(feature = "postgres")]
fn first_name(message: &str) -> Option<String> {
    let name = message.split_once(' ')?.1;
    match name.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').and_then(|(name, _)| non_empty(name)),
        None => name.split_once(' ').and_then(|(name, _)| non_empty(name)),
    }
}

/// The beginnings of what the clients (libmariadb, then mysql_async) and the server say when a connection is gone (2006, 2013, 1927, 1053, 4031).
#[cfg(feature = "mysql")]
const GONE: &[&str] = &[
    "MySQL server has gone away",
    "Server has gone away",
    "Lost connection to",
    "Connection was killed",
    "Server shutdown in progress",
    "The client was disconnected by the server",
    "Input/output error",
    "Driver error: `Connection to the server is closed",
    "Driver error: `Packet out of order",
    "Driver error: `Unexpected packet",
];

/// How MariaDB and MySQL begin to say that a statement was stopped, by the clock (1969, 3024) or by somebody (1317).
#[cfg(feature = "mysql")]
const INTERRUPTED: &str = "Query execution was interrupted";

/// Diesel keeps the number to itself, and knows it only of what was prepared; the rest is known by its words: this needs a server that
/// speaks English (`lc_messages`).
#[cfg(feature = "mysql")]
fn mysql(kind: Kind, message: &str) -> DatabaseError {
    let begins = |beginning: &str| message.starts_with(beginning);
    let ours = match kind {
        _ if GONE.iter().any(|beginning| begins(beginning)) => DatabaseErrorKind::Disconnected,
        Kind::UniqueViolation => DatabaseErrorKind::UniqueViolation,
        Kind::ForeignKeyViolation => DatabaseErrorKind::ForeignKeyViolation,
        Kind::NotNullViolation => DatabaseErrorKind::NotNullViolation,
        Kind::CheckViolation => DatabaseErrorKind::CheckViolation,
        _ if begins("CONSTRAINT ") && message.contains(" failed for ") => DatabaseErrorKind::CheckViolation,
        Kind::SerializationFailure => DatabaseErrorKind::SerializationFailure,
        _ if begins("Deadlock found") || begins("Record has changed since last read") => {
            DatabaseErrorKind::SerializationFailure
        }
        _ if begins("Lock wait timeout exceeded") || message.contains("NOWAIT is set") => DatabaseErrorKind::Locked,
        _ if begins(INTERRUPTED)
            && (message.contains("max_statement_time") || message.contains("maximum statement")) =>
        {
            DatabaseErrorKind::Timeout
        }
        _ if begins(INTERRUPTED) => DatabaseErrorKind::Canceled,
        _ if begins("Unknown table ") || begins("Table ") && message.ends_with(" doesn't exist") => {
            DatabaseErrorKind::MissingTable
        }
        _ if begins("Unknown column ") => DatabaseErrorKind::MissingColumn,
        _ => DatabaseErrorKind::Other,
    };
    let mut refused = DatabaseError::new(ours, without_values(message));
    match ours {
        DatabaseErrorKind::UniqueViolation => {
            // MySQL writes the table before the key: `for key 'user.name'`.
            let key = message.rsplit_once(" for key '").map(|(_, key)| key.trim_end_matches('\''));
            refused.constraint = key.map(|key| key.rsplit_once('.').map_or(key, |(_, key)| key)).and_then(non_empty);
        }
        DatabaseErrorKind::ForeignKeyViolation => {
            refused.table = between(message, "fails (`", "`, ").and_then(last_name);
            refused.constraint = between(message, "CONSTRAINT `", "`");
            refused.column = between(message, "FOREIGN KEY (`", "`)").map(|columns| columns.replace("`, `", ", "));
        }
        DatabaseErrorKind::CheckViolation => {
            refused.constraint = between(message, "`", "`").or_else(|| between(message, "'", "'"));
            refused.table =
                between(message, " failed for `", "`.`").and(message.rsplit('`').nth(1).and_then(non_empty));
        }
        DatabaseErrorKind::NotNullViolation | DatabaseErrorKind::MissingColumn => {
            refused.column = between(message, "'", "'");
        }
        DatabaseErrorKind::MissingTable => refused.table = between(message, "'", "'").and_then(last_name),
        _ => {}
    }
    refused
}

/// The message without the values that it quotes: the column may be sensitive.
#[cfg(feature = "mysql")]
fn without_values(message: &str) -> String {
    for (before, after) in [("Duplicate entry '", "' for key "), ("value: '", "' for column ")] {
        if let (Some((start, _)), Some((_, end))) = (message.split_once(before), message.rsplit_once(after)) {
            return format!("{start}{before}***{after}{end}");
        }
    }
    message.to_owned()
}

#[cfg(feature = "mysql")]
fn between(message: &str, before: &str, after: &str) -> Option<String> {
    message.split_once(before)?.1.split_once(after).and_then(|(name, _)| non_empty(name))
}

/// The table of `database.table` or of `` database`.`table ``.
#[cfg(feature = "mysql")]
fn last_name(qualified: String) -> Option<String> {
    let name = qualified.rsplit_once('.').map_or(&*qualified, |(_, name)| name);
    non_empty(name.trim_matches('`'))
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
