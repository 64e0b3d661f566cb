//! MariaDB, as the difference from MySQL.

use super::mysql::{self, BYTES_OF_TEXT, SINGLE};
use super::{Capabilities, NullSafeEquality};

/// MariaDB 10.6 or newer. Its `INSERT ... RETURNING` cannot be used: diesel asks for the columns of a result before the
/// statement runs, and MariaDB knows the columns only afterwards.
pub(super) const DIALECT: Capabilities = Capabilities {
    name: "MariaDB",
    decimal_digits: Some((65, 38)),
    // Blanks at the end count, as in the other databases.
    collation: Some("utf8mb4_nopad_bin"),
    statement_timeout: true,
    // MariaDB has no JSON type: documents are texts.
    null_safe_equality: NullSafeEquality {
        operator: " <=> ",
        text: BYTES_OF_TEXT,
        json: ("CAST(JSON_COMPACT(", ") AS BINARY)"),
        float: SINGLE,
    },
    schemes: &["mariadb"],
    set_up: |connection| mysql::set_up(connection, true),
    ..mysql::DIALECT
};
