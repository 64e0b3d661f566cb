//! Length limits of identifiers. Names that the crate makes are cut to fit all databases; longer names of a program are
//! refused.

use super::Capabilities;
use crate::engine::StatementKind;
use crate::error::Error;

/// Limit up to which a database distinguishes identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentifierLimit {
    /// Identifiers of any length.
    Unlimited,
    /// So many bytes of UTF-8. PostgreSQL cuts the rest off, so that two names may become one.
    Bytes(usize),
    /// So many characters.
    Characters(usize),
}

impl IdentifierLimit {
    /// Whether an identifier fits.
    pub fn holds(self, name: &str) -> bool {
        match self {
            Self::Unlimited => true,
            Self::Bytes(limit) => name.len() <= limit,
            Self::Characters(limit) => name.len() <= limit || name.chars().count() <= limit,
        }
    }
}

impl Capabilities {
    /// Returns the longest identifier of a statement of this kind: DDL creates names, other statements have aliases,
    /// which may be longer.
    pub(in crate::engine) const fn identifier_limit(&self, kind: StatementKind) -> IdentifierLimit {
        match kind {
            StatementKind::Ddl => self.max_identifier,
            _ => self.max_alias,
        }
    }
}

/// Error for an identifier that is too long.
pub(in crate::engine) fn too_long(name: &str, limit: IdentifierLimit, capabilities: &Capabilities) -> Error {
    let (has, most) = match limit {
        IdentifierLimit::Bytes(limit) => (format!("{} bytes", name.len()), limit),
        IdentifierLimit::Characters(limit) => (format!("{} characters", name.chars().count()), limit),
        IdentifierLimit::Unlimited => (format!("{} bytes", name.len()), usize::MAX),
    };
    Error::Unsupported {
        dialect: capabilities.name,
        feature: format!("room for the name `{name}` ({has}, at most {most})"),
        instead: "choose a shorter alias, label, savepoint or constraint name; `#[entity(table = \"..\")]` and \
                  `#[entity(column = \"..\")]` give a table or a column a name other than Rust's"
            .to_owned(),
    }
}

/// Number of bytes that every database keeps: PostgreSQL truncates after 63 bytes, MariaDB and MySQL refuse more than
/// 64 characters.
const SHORTEST: usize = 63;

/// Cuts a name that the crate makes to fit every database. A hash of the whole name replaces the rest, so that two long
/// names stay different. The result is the same for all databases.
pub(crate) fn fit_identifier(name: String) -> String {
    if name.len() <= SHORTEST {
        return name;
    }
    let hash = format!("_{:08x}", fnv1a(&name));
    format!("{}{hash}", beginning(&name, SHORTEST - hash.len()))
}

/// The name that PostgreSQL generates for a constraint, truncated like PostgreSQL does.
pub(crate) fn name_given_by_database(table: &str, suffix: &str) -> String {
    format!("{}{suffix}", beginning(table, SHORTEST.saturating_sub(suffix.len())))
}

/// The characters that fit entirely into the first `bytes` bytes.
fn beginning(name: &str, bytes: usize) -> &str {
    let mut kept = bytes.min(name.len());
    while !name.is_char_boundary(kept) {
        kept -= 1;
    }
    &name[..kept]
}

/// FNV-1a hash of 32 bits. Unlike the standard library's hash it never changes, which matters because constraint names
/// are stored in databases.
pub(crate) fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_cut_stay_apart() {
        let table = "ä".repeat(40);
        let (one, other) = (fit_identifier(format!("{table}_1")), fit_identifier(format!("{table}_2")));
        assert!(one.len() <= SHORTEST && one.starts_with("ää"), "{one}");
        assert!(other.len() <= SHORTEST);
        assert_ne!(one, other);
        assert_eq!(fit_identifier("a".repeat(SHORTEST)), "a".repeat(SHORTEST));
        assert_eq!(fit_identifier("a".repeat(64)), format!("{}_{:08x}", "a".repeat(54), fnv1a(&"a".repeat(64))));
    }

    #[test]
    fn each_database_counts_in_its_own_way() {
        let holds = |limit: IdentifierLimit| [63, 64, 65].map(|count| limit.holds(&"a".repeat(count)));
        assert_eq!(holds(Capabilities::sqlite().max_identifier), [true; 3]);
        assert_eq!(holds(Capabilities::postgres().max_identifier), [true, false, false]);
        assert_eq!(holds(Capabilities::mariadb().max_identifier), [true, true, false]);
        assert_eq!(holds(Capabilities::mysql().max_alias), [true; 3]);
        let wide = "ä".repeat(64);
        assert!(Capabilities::mysql().max_identifier.holds(&wide) && !Capabilities::postgres().max_alias.holds(&wide));
    }
}
