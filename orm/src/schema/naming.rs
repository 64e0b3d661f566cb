//! Names for constraints and indexes that were given none: made from table and columns, the same on every run.
//!
//! `ix_car_color`, `uq_car_plate`, `ck_car_color`, `fk_car_owner_id_person`. A name that PostgreSQL would cut off is
//! cut here instead, with a hash of the whole, so that two long names stay two.
//!
//! Counterpart: `MetaData(naming_convention=...)`, with the convention that its documentation recommends.

/// The longest name that every database takes: PostgreSQL cuts off after 63 bytes, MySQL refuses more than 64 characters.
const LONGEST: usize = 63;

/// The name of an index.
pub(super) fn index(table: &str, columns: &[String]) -> String {
    limited(format!("ix_{table}_{}", columns.join("_")))
}

/// The name of a unique constraint.
pub(super) fn unique(table: &str, columns: &[String]) -> String {
    limited(format!("uq_{table}_{}", columns.join("_")))
}

/// The name of a foreign key.
pub(super) fn foreign_key(table: &str, columns: &[String], target: &str) -> String {
    limited(format!("fk_{table}_{}_{target}", columns.join("_")))
}

/// The name of the constraint that holds an enum column to its texts.
pub(super) fn enum_check(table: &str, column: &str) -> String {
    limited(format!("ck_{table}_{column}"))
}

/// The name of a CHECK constraint: it follows the condition, not its place, so another one before it changes nothing.
pub(super) fn check(table: &str, condition: &str) -> String {
    limited(format!("ck_{table}_{:08x}", fnv1a(condition)))
}

fn limited(name: String) -> String {
    if name.len() <= LONGEST {
        return name;
    }
    let hash = format!("_{:08x}", fnv1a(&name));
    format!("{}{hash}", beginning(&name, LONGEST - hash.len()))
}

/// What PostgreSQL keeps of a name that was given.
pub(super) fn cut_off(name: &str) -> &str {
    beginning(name, LONGEST)
}

/// The whole characters within the first bytes.
fn beginning(name: &str, bytes: usize) -> &str {
    let mut kept = bytes.min(name.len());
    while !name.is_char_boundary(kept) {
        kept -= 1;
    }
    &name[..kept]
}

/// The hash FNV-1a of 32 bits: unlike the standard library's it never changes, and these names live in databases.
fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_convention() {
        let columns = ["owner_id".to_owned(), "kind".to_owned()];
        assert_eq!(index("car", &columns), "ix_car_owner_id_kind");
        assert_eq!(unique("car", &columns), "uq_car_owner_id_kind");
        assert_eq!(foreign_key("car", &columns, "person"), "fk_car_owner_id_kind_person");
        assert_eq!(enum_check("car", "color"), "ck_car_color");
        assert_eq!(check("car", "foobar"), "ck_car_bf9cf968", "the published test vector of the hash");
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let table = "ä".repeat(40);
        let (one, other) = (index(&table, &["one".to_owned()]), index(&table, &["other".to_owned()]));
        assert!(one.len() <= LONGEST && other.len() <= LONGEST);
        assert_ne!(one, other);
        assert!(one.starts_with("ix_ää"));
    }
}
