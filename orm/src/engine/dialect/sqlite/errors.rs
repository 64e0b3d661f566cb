//! Classifies the errors of SQLite by their messages.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind as Kind};

use crate::engine::dialect::non_empty;
use crate::error::{DatabaseError, DatabaseErrorKind};

/// Classifies an error. SQLite names the violated constraint in the message only: `UNIQUE constraint failed: user.name,
/// user.email`.
pub(super) fn classify(kind: Kind, information: &(dyn DatabaseErrorInformation + Send + Sync)) -> DatabaseError {
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
