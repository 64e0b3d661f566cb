//! Names for constraints and indexes that were given none: made from table and columns, the same on every run.
//!
//! `ix_car_color`, `uq_car_plate`, `ck_car_color`, `fk_car_owner_id_person`. A name that some database would cut
//! off or refuse is cut here instead, with a hash of the whole, so that two long names stay two.
//!
//! Counterpart: `MetaData(naming_convention=...)`, with the convention that its documentation recommends.

use crate::engine::{fitted, fnv1a};

/// The name of an index.
pub(super) fn index(table: &str, columns: &[String]) -> String {
    fitted(format!("ix_{table}_{}", columns.join("_")))
}

/// The name of a unique constraint.
pub(super) fn unique(table: &str, columns: &[String]) -> String {
    fitted(format!("uq_{table}_{}", columns.join("_")))
}

/// The name of a foreign key.
pub(super) fn foreign_key(table: &str, columns: &[String], target: &str) -> String {
    fitted(format!("fk_{table}_{}_{target}", columns.join("_")))
}

/// The name of the constraint that holds an enum column to its texts.
pub(super) fn enum_check(table: &str, column: &str) -> String {
    fitted(format!("ck_{table}_{column}"))
}

/// The name of a CHECK constraint: it follows the condition, not its place, so another one before it changes nothing.
pub(super) fn check(table: &str, condition: &str) -> String {
    fitted(format!("ck_{table}_{:08x}", fnv1a(condition)))
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
}
