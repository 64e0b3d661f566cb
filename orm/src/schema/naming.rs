//! Generated names of constraints and indexes, the same at every run: `ix_car_color`, `uq_car_plate`, `ck_car_color`,
//! `fk_car_owner_id_person`.
//!
//! A name that is too long for some database is cut, and a hash of the whole name is appended, so that two long names
//! stay different.
//!
//! Counterpart: `MetaData(naming_convention=...)`, with the convention of its documentation.

use crate::engine::{fit_identifier, fnv1a};

/// The name of an index.
pub(super) fn index(table: &str, columns: &[String]) -> String {
    fit_identifier(format!("ix_{table}_{}", columns.join("_")))
}

/// The name of a unique constraint.
pub(super) fn unique(table: &str, columns: &[String]) -> String {
    fit_identifier(format!("uq_{table}_{}", columns.join("_")))
}

/// The name of a foreign key.
pub(super) fn foreign_key(table: &str, columns: &[String], target: &str) -> String {
    fit_identifier(format!("fk_{table}_{}_{target}", columns.join("_")))
}

/// Name of the constraint that restricts an enum column to its texts.
pub(super) fn enum_check(table: &str, column: &str) -> String {
    fit_identifier(format!("ck_{table}_{column}"))
}

/// Name of a CHECK constraint. It depends on the condition, not on the position, so that adding another check does not
/// change it.
pub(super) fn check(table: &str, condition: &str) -> String {
    fit_identifier(format!("ck_{table}_{:08x}", fnv1a(condition)))
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
