//! Which identifiers need quotes, and how they get them.

use super::{Capabilities, DialectName};

/// Whether an identifier must be quoted: it is a reserved word, or not made of `a-z`, `0-9` and `_` alone.
///
/// A capital needs quotes because PostgreSQL would fold it; the other databases get the same text.
pub(crate) fn needs_quotes(dialect: DialectName, name: &str) -> bool {
    let bytes = name.as_bytes();
    let Some(first) = bytes.first() else { return true };
    if first.is_ascii_digit() || !bytes.iter().all(|byte| PLAIN[usize::from(*byte)]) {
        return true;
    }
    let reserved = match dialect {
        DialectName::Sqlite => const { &Reserved::of(SQLITE) },
        DialectName::Postgres => const { &Reserved::of(POSTGRES) },
        DialectName::Mysql => const { &Reserved::of(MYSQL) },
    };
    reserved.contains(*first, name)
}

/// The bytes that need no quotes; looked up, as every identifier of every statement comes by here.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < plain.len() {
        plain[byte] = matches!(byte as u8, b'a'..=b'z' | b'0'..=b'9' | b'_');
        byte += 1;
    }
    plain
};

/// Reserved words by their first letter. Few begin as a name does, and mostly none of these is as long.
struct Reserved {
    words: &'static [&'static str],
    /// Where the words of each letter begin, and where the last letter's end.
    begins: [usize; 27],
    /// How long the words of each letter are: a bit for each length.
    lengths: [u64; 26],
}

impl Reserved {
    /// Of a sorted list.
    const fn of(words: &'static [&'static str]) -> Self {
        let (mut begins, mut lengths) = ([words.len(); 27], [0; 26]);
        let mut at = words.len();
        while at > 0 {
            at -= 1;
            let mut letter = (words[at].as_bytes()[0] - b'a') as usize;
            lengths[letter] |= 1 << words[at].len();
            begins[letter] = at;
            // Letters without a word begin where the next one does.
            while letter > 0 && begins[letter - 1] > at {
                letter -= 1;
                begins[letter] = at;
            }
        }
        Self { words, begins, lengths }
    }

    fn contains(&self, first: u8, name: &str) -> bool {
        if !first.is_ascii_lowercase() {
            return false;
        }
        let letter = usize::from(first - b'a');
        let is_as_long = name.len() < 64 && self.lengths[letter] & 1 << name.len() != 0;
        is_as_long && self.words[self.begins[letter]..self.begins[letter + 1]].contains(&name)
    }
}

/// Hands an identifier to `push`, in quotes where it needs them; a quote within is doubled.
pub(crate) fn write_identifier(capabilities: &Capabilities, name: &str, mut push: impl FnMut(&str)) {
    if !needs_quotes(capabilities.dialect, name) {
        return push(name);
    }
    let quote = capabilities.identifier_quote;
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push(quote);
    for character in name.chars() {
        if character == quote {
            quoted.push(quote);
        }
        quoted.push(character);
    }
    quoted.push(quote);
    push(&quoted);
}

/// Every word that SQLite 3.40 refuses as the bare name of a table, column or alias, and those that it reads as something else.
#[rustfmt::skip]
const SQLITE: &[&str] = &[
    "add", "all", "alter", "and", "as", "autoincrement", "between", "case", "cast", "check", "collate", "commit",
    "constraint", "create", "cross", "current_date", "current_time", "current_timestamp", "default", "deferrable",
    "delete", "distinct", "drop", "else", "end", "escape", "except", "exists", "false", "foreign", "from", "full",
    "group", "having", "if", "in", "index", "indexed", "inner", "insert", "intersect", "into", "is", "isnull", "join",
    "left", "limit", "natural", "not", "nothing", "notnull", "null", "on", "or", "order", "outer", "primary", "raise",
    "references", "returning", "right", "savepoint", "select", "set", "table", "then", "to", "transaction", "true",
    "union", "unique", "update", "using", "values", "when", "where", "window", "with",
];

/// Every word that PostgreSQL reserves (`pg_get_keywords()`, categories R and T).
#[rustfmt::skip]
const POSTGRES: &[&str] = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "binary", "both",
    "case", "cast", "check", "collate", "collation", "column", "concurrently", "constraint", "create", "cross",
    "current_catalog", "current_date", "current_role", "current_schema", "current_time", "current_timestamp",
    "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "false", "fetch", "for",
    "foreign", "freeze", "from", "full", "grant", "group", "having", "ilike", "in", "initially", "inner", "intersect",
    "into", "is", "isnull", "join", "lateral", "leading", "left", "like", "limit", "localtime", "localtimestamp",
    "natural", "not", "notnull", "null", "offset", "on", "only", "or", "order", "outer", "overlaps", "placing",
    "primary", "references", "returning", "right", "select", "session_user", "similar", "some", "symmetric",
    "system_user", "table", "tablesample", "then", "to", "trailing", "true", "union", "unique", "user", "using",
    "variadic", "verbose", "when", "where", "window", "with",
];

/// Every word that MySQL 8 and 9 or MariaDB 10.6 to 10.11 reserve.
#[rustfmt::skip]
const MYSQL: &[&str] = &[
    "accessible", "add", "all", "alter", "analyze", "and", "as", "asc", "asensitive", "before", "between", "bigint",
    "binary", "blob", "both", "by", "call", "cascade", "case", "change", "char", "character", "check", "collate",
    "column", "condition", "constraint", "continue", "convert", "create", "cross", "cube", "cume_dist",
    "current_date", "current_role", "current_time", "current_timestamp", "current_user", "cursor", "database",
    "databases", "day_hour", "day_microsecond", "day_minute", "day_second", "dec", "decimal", "declare", "default",
    "delayed", "delete", "delete_domain_id", "dense_rank", "desc", "describe", "deterministic", "distinct",
    "distinctrow", "div", "do_domain_ids", "double", "drop", "dual", "each", "else", "elseif", "empty", "enclosed",
    "escaped", "except", "exists", "exit", "explain", "external", "false", "fetch", "first_value", "float", "float4",
    "float8", "for", "force", "foreign", "from", "fulltext", "function", "generated", "get", "grant", "group",
    "grouping", "groups", "having", "high_priority", "hour_microsecond", "hour_minute", "hour_second", "if", "ignore",
    "ignore_domain_ids", "in", "index", "infile", "inner", "inout", "insensitive", "insert", "int", "int1", "int2",
    "int3", "int4", "int8", "integer", "intersect", "interval", "into", "io_after_gtids", "io_before_gtids", "is",
    "iterate", "join", "json_table", "key", "keys", "kill", "lag", "last_value", "lateral", "lead", "leading",
    "leave", "left", "library", "like", "limit", "linear", "lines", "load", "localtime", "localtimestamp", "lock",
    "long", "longblob", "longtext", "loop", "low_priority", "manual", "master_bind", "master_demote_to_replica",
    "master_demote_to_slave", "master_ssl_verify_server_cert", "match", "maxvalue", "mediumblob", "mediumint",
    "mediumtext", "middleint", "minute_microsecond", "minute_second", "mod", "modifies", "natural",
    "no_write_to_binlog", "not", "nth_value", "ntile", "null", "numeric", "of", "offset", "on", "optimize",
    "optimizer_costs", "option", "optionally", "or", "order", "out", "outer", "outfile", "over", "page_checksum",
    "parallel", "parse_vcol_expr", "partition", "percent_rank", "portion", "precision", "primary", "procedure",
    "purge", "qualify", "range", "rank", "read", "read_write", "reads", "real", "recursive", "ref_system_id",
    "references", "regexp", "release", "rename", "repeat", "replace", "require", "resignal", "restrict", "return",
    "returning", "revoke", "right", "rlike", "row", "row_number", "rows", "schema", "schemas", "second_microsecond",
    "select", "sensitive", "separator", "set", "show", "signal", "smallint", "spatial", "specific", "sql",
    "sql_big_result", "sql_calc_found_rows", "sql_small_result", "sqlexception", "sqlstate", "sqlwarning", "ssl",
    "starting", "stats_auto_recalc", "stats_persistent", "stats_sample_pages", "stored", "straight_join", "system",
    "table", "tablesample", "terminated", "then", "tinyblob", "tinyint", "tinytext", "to", "trailing", "trigger",
    "true", "undo", "union", "unique", "unlock", "unsigned", "update", "usage", "use", "using", "utc_date",
    "utc_time", "utc_timestamp", "values", "varbinary", "varchar", "varcharacter", "varying", "virtual", "when",
    "where", "while", "window", "with", "write", "xor", "year_month", "zerofill",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(capabilities: &Capabilities, name: &str) -> String {
        let mut out = String::new();
        write_identifier(capabilities, name, |part| out.push_str(part));
        out
    }

    #[test]
    fn the_lists_are_sorted() {
        for list in [SQLITE, POSTGRES, MYSQL] {
            assert!(
                list.is_sorted(),
                "the search by letter needs {:?} in order",
                list.windows(2).find(|w| w[0] > w[1])
            );
        }
    }

    #[test]
    fn every_reserved_word_is_found() {
        for (dialect, list) in
            [(DialectName::Sqlite, SQLITE), (DialectName::Postgres, POSTGRES), (DialectName::Mysql, MYSQL)]
        {
            for word in list {
                assert!(needs_quotes(dialect, word), "{word}");
            }
            assert!(!needs_quotes(dialect, "zebra") && !needs_quotes(dialect, "_a") && !needs_quotes(dialect, "quiz"));
        }
    }

    #[test]
    fn only_what_needs_quotes_gets_them() {
        let (sqlite, postgres, mysql) = (Capabilities::sqlite(), Capabilities::postgres(), Capabilities::mysql());
        assert_eq!(quoted(&sqlite, "user_account"), "user_account");
        assert_eq!(quoted(&sqlite, "user"), "user");
        assert_eq!(quoted(&postgres, "user"), "\"user\"");
        assert_eq!(quoted(&sqlite, "order"), "\"order\"");
        assert_eq!(quoted(&mysql, "rank"), "`rank`");
        assert_eq!(quoted(&postgres, "Name"), "\"Name\"");
        assert_eq!(quoted(&postgres, "2nd"), "\"2nd\"");
        assert_eq!(quoted(&postgres, "naïve"), "\"naïve\"");
        assert_eq!(quoted(&postgres, ""), "\"\"");
    }

    #[test]
    fn a_quote_within_is_doubled() {
        assert_eq!(quoted(&Capabilities::sqlite(), "a\"; DROP TABLE x; --"), "\"a\"\"; DROP TABLE x; --\"");
        assert_eq!(quoted(&Capabilities::mysql(), "a`b"), "`a``b`");
    }
}
