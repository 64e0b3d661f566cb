//! Classifies the errors of MariaDB and MySQL, by diesel's kind and by the message.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind as Kind};

use crate::engine::dialect::non_empty;
use crate::error::{DatabaseError, DatabaseErrorKind};

/// Beginnings of the messages for a lost connection, by libmariadb, mysql_async and the server (2006, 2013, 1927, 1053,
/// 4031).
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

/// The beginning of the message for a stopped statement: timeout (1969, 3024) or `KILL QUERY` (1317).
const INTERRUPTED: &str = "Query execution was interrupted";

/// Classifies an error. diesel does not expose the error number, and sets its kind for prepared statements only. Other
/// errors are recognized by their English text, so the server must use English (`lc_messages`).
pub(super) fn classify(kind: Kind, information: &(dyn DatabaseErrorInformation + Send + Sync)) -> DatabaseError {
    let message = information.message();
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
            let entry = message.strip_prefix("Duplicate entry '").and_then(|rest| rest.rsplit_once("' for key '"));
            refused.values.0 = entry.map(|(values, _)| values.to_owned());
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

/// Removes the values that a message quotes, as the column may be sensitive.
fn without_values(message: &str) -> String {
    for (before, after) in [("Duplicate entry '", "' for key "), ("value: '", "' for column ")] {
        if let (Some((start, _)), Some((_, end))) = (message.split_once(before), message.rsplit_once(after)) {
            return format!("{start}{before}***{after}{end}");
        }
    }
    message.to_owned()
}

fn between(message: &str, before: &str, after: &str) -> Option<String> {
    message.split_once(before)?.1.split_once(after).and_then(|(name, _)| non_empty(name))
}

/// The table of `database.table` or of `` database`.`table ``.
fn last_name(qualified: String) -> Option<String> {
    let name = qualified.rsplit_once('.').map_or(&*qualified, |(_, name)| name);
    non_empty(name.trim_matches('`'))
}
