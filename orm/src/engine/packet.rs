//! The size of a statement in bytes, and the error for a statement above the server's limit (`max_allowed_packet`).

use std::io::{self, Write};

use super::compiled::CompiledStatement;
use super::statement::{ArrayBind, Bind};
use crate::error::{DatabaseError, DatabaseErrorKind, Result};

/// Size in bytes that every server accepts, whatever its configuration.
const ALWAYS_TAKEN: usize = 1 << 20;

/// Estimated number of bytes that a parameter takes on the wire.
pub(crate) fn bytes_of(bind: Bind<'_>) -> usize {
    match bind {
        Bind::Null | Bind::Unloaded => 0,
        Bind::Text(text) => text.len(),
        Bind::Bytes(bytes) => bytes.len(),
        Bind::Json(document) => json_bytes(document),
        Bind::Decimal(value) => usize::try_from(value.digits())
            .unwrap_or(usize::MAX)
            .saturating_add(value.fractional_digit_count().unsigned_abs() as usize),
        Bind::Array(array) => array_bytes(array),
        Bind::Sensitive(value) => bytes_of(Bind::from(value)),
        Bind::Bool(_)
        | Bind::I64(_)
        | Bind::F64(_)
        | Bind::Date(_)
        | Bind::Time(_)
        | Bind::DateTime(_)
        | Bind::Uuid(_) => 16,
    }
}

fn array_bytes(array: &ArrayBind<'_>) -> usize {
    match array {
        ArrayBind::Text(values) => values.iter().flatten().map(|value| value.len()).sum(),
        ArrayBind::Bytes(values) => values.iter().flatten().map(|value| value.len()).sum(),
        ArrayBind::Json(values) => values.iter().flatten().map(|value| json_bytes(value)).sum(),
        // Numbers and times, of which no array is large.
        _ => 0,
    }
}

/// The length of the text of a document, which is not kept.
fn json_bytes(document: &serde_json::Value) -> usize {
    struct Count(usize);
    impl Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Counting cannot fail.
    let _ = serde_json::to_writer(&mut count, document);
    count.0
}

fn parameter_bytes(compiled: &CompiledStatement<'_>) -> usize {
    compiled.binds().map(|bind| bytes_of(bind) + 2).sum()
}

/// Refuses a statement above the server's limit. The server would close the connection, and the transaction would be
/// lost.
///
/// # Errors
/// [`Error::Database`](crate::Error::Database) that names `max_allowed_packet`.
pub(super) fn check(compiled: &CompiledStatement<'_>, limit: usize) -> Result<()> {
    let bytes = parameter_bytes(compiled);
    if bytes < limit {
        return Ok(());
    }
    let message = too_large(bytes, &format!("the server takes less than {limit}"));
    let mut refused = DatabaseError::new(DatabaseErrorKind::Other, message);
    compiled.describe(&mut refused);
    Err(refused.into())
}

/// Hint for the error of a closed connection: the probable reason, if the statement was large.
pub(super) fn hint(compiled: &CompiledStatement<'_>, kind: DatabaseErrorKind) -> Option<String> {
    if kind != DatabaseErrorKind::Disconnected || !compiled.capabilities.closes_on_large_statements {
        return None;
    }
    let bytes = parameter_bytes(compiled);
    (bytes > ALWAYS_TAKEN).then(|| too_large(bytes, "the server may take fewer"))
}

fn too_large(bytes: usize, takes: &str) -> String {
    format!(
        "the parameters of the statement have {bytes} bytes, and {takes} in one statement (max_allowed_packet): \
         raise max_allowed_packet in the server's configuration, or store the large value in parts"
    )
}
