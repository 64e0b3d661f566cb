//! The words that SQLite reserves.

use crate::engine::dialect::identifier::Reserved;

/// Words that SQLite 3.40 refuses as an unquoted table, column or alias name, or reads in another way.
#[rustfmt::skip]
pub(super) const WORDS: Reserved = Reserved::of(&[
    "add", "all", "alter", "and", "as", "autoincrement", "between", "case", "cast", "check", "collate", "commit",
    "constraint", "create", "cross", "current_date", "current_time", "current_timestamp", "default", "deferrable",
    "delete", "distinct", "drop", "else", "end", "escape", "except", "exists", "false", "foreign", "from", "full",
    "group", "having", "if", "in", "index", "indexed", "inner", "insert", "intersect", "into", "is", "isnull", "join",
    "left", "limit", "natural", "not", "nothing", "notnull", "null", "on", "or", "order", "outer", "primary", "raise",
    "references", "returning", "right", "savepoint", "select", "set", "table", "then", "to", "transaction", "true",
    "union", "unique", "update", "using", "values", "when", "where", "window", "with",
]);
