//! Completes the error of a violated constraint: the database reports either the constraint's name or its columns.

use std::borrow::Cow;

use super::table::Table;
use crate::engine::name_given_by_database;
use crate::error::{DatabaseError, DatabaseErrorKind};

impl Table {
    /// Adds the columns to a violation that names a constraint of this table, or the constraint to one that names its
    /// columns.
    pub(crate) fn complete(&self, refused: &mut DatabaseError) {
        if refused.table.as_deref().is_some_and(|table| table != self.name) {
            return;
        }
        for (name, columns) in self.constraints(refused.kind) {
            let columns = columns.join(", ");
            match (&refused.constraint, &refused.column) {
                (Some(violated), None) if *violated == name => refused.column = Some(columns),
                (None, Some(violated)) if *violated == columns => refused.constraint = Some(name.into_owned()),
                _ => continue,
            }
            refused.table.get_or_insert_with(|| self.name.clone());
            return;
        }
        let is_key = |name: &str| name == "PRIMARY" || name == name_given_by_database(&self.name, "_pkey");
        if refused.column.is_none()
            && refused.table.is_some()
            && refused.kind == DatabaseErrorKind::UniqueViolation
            && refused.constraint.as_deref().is_some_and(is_key)
        {
            refused.column = Some(self.primary_key.join(", "));
        }
    }

    /// Constraints of a kind, with their names and columns.
    fn constraints(&self, kind: DatabaseErrorKind) -> Vec<(Cow<'_, str>, &[String])> {
        match kind {
            DatabaseErrorKind::UniqueViolation => {
                let uniques = self.uniques.iter().map(|unique| (unique.name_in(self), &*unique.columns));
                let indexes = self.indexes.iter().filter(|index| index.unique);
                uniques.chain(indexes.map(|index| (index.name_in(self), &*index.columns))).collect()
            }
            DatabaseErrorKind::ForeignKeyViolation => {
                self.foreign_keys.iter().map(|key| (key.name_in(self), &*key.columns)).collect()
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, ForeignKey, Unique};
    use crate::value::DataType;

    fn completed(kind: DatabaseErrorKind, constraint: Option<&str>, column: Option<&str>) -> DatabaseError {
        let column_of = |name: &str| Column::new(name, DataType::BigInteger);
        let table = Table::new("car")
            .column(column_of("id").primary_key())
            .column(column_of("plate"))
            .column(column_of("owner_id"))
            .unique(Unique::new(["plate", "owner_id"]))
            .foreign_key(ForeignKey::new(["owner_id"], "person", ["id"]));
        let mut refused = DatabaseError::new(kind, "");
        refused.table = Some("car".to_owned());
        refused.constraint = constraint.map(str::to_owned);
        refused.column = column.map(str::to_owned);
        table.complete(&mut refused);
        refused
    }

    #[test]
    fn what_is_not_said_follows_from_what_is() {
        use DatabaseErrorKind::{ForeignKeyViolation, UniqueViolation};
        let unique = completed(UniqueViolation, Some("uq_car_plate_owner_id"), None);
        assert_eq!(unique.column.as_deref(), Some("plate, owner_id"));
        let unique = completed(UniqueViolation, None, Some("plate, owner_id"));
        assert_eq!(unique.constraint.as_deref(), Some("uq_car_plate_owner_id"));
        for key in ["PRIMARY", "car_pkey"] {
            assert_eq!(completed(UniqueViolation, Some(key), None).column.as_deref(), Some("id"));
        }
        let foreign = completed(ForeignKeyViolation, Some("fk_car_owner_id_person"), None);
        assert_eq!(foreign.column.as_deref(), Some("owner_id"));
        assert_eq!(completed(UniqueViolation, Some("of_others"), None).column, None);
    }
}
