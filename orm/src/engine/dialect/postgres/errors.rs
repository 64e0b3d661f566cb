//! Classifies the errors of PostgreSQL, by diesel's kind and by the message.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind as Kind};

use crate::engine::dialect::non_empty;
use crate::error::{DatabaseError, DatabaseErrorKind};

/// Beginnings of the messages of libpq and the server for a lost or failed connection.
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

/// Messages of libpq and tokio-postgres for a statement that was not sent. The connection stays usable.
const NOT_SENT: &[&str] =
    &["another command is already in progress", "error encoding message to server", "error serializing parameter"];

/// Classifies an error. diesel does not expose the SQLSTATE, so kinds that diesel does not cover are recognized by
/// their English text: the server must use English (`lc_messages`). The DETAIL is omitted on purpose, as it quotes the
/// row with its sensitive columns.
pub(super) fn classify(kind: Kind, information: &(dyn DatabaseErrorInformation + Send + Sync)) -> DatabaseError {
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
            let detail = information.details().and_then(|detail| detail.strip_prefix("Key (")?.split_once(")=("));
            refused.column = detail.and_then(|(columns, _)| non_empty(columns));
            refused.values.0 =
                detail.and_then(|(_, values)| values.strip_suffix(") already exists.").map(str::to_owned));
        }
        DatabaseErrorKind::MissingTable => refused.table = first_name(message),
        DatabaseErrorKind::MissingColumn => refused.column = first_name(message),
        _ => {}
    }
    refused
}

/// The first name of `relation "x" does not exist`, `column u.x does not exist` and the like.
fn first_name(message: &str) -> Option<String> {
    let name = message.split_once(' ')?.1;
    match name.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').and_then(|(name, _)| non_empty(name)),
        None => name.split_once(' ').and_then(|(name, _)| non_empty(name)),
    }
}
