//! The entity of a flush whose row the database refused.

use rustc_hash::FxHashSet;

use super::UnitOfWork;
use super::batch::{Batch, Operation};
use crate::error::{DatabaseError, DatabaseErrorKind, Error, RefusedRow};
use crate::key::{Key, Slot};
use crate::mapping::{ColumnPosition, Entity, EntityMeta, KeyValues, tables_of};
use crate::value::Value;

impl DatabaseError {
    /// Returns the key of the entity whose row a flush could not write, if it is an `E` and known.
    ///
    /// One row of a statement of many is found by the values that PostgreSQL and MariaDB quote, or because two rows of the
    /// statement have the same unique value. SQLite quotes no values: there, a value that a row of the table has already is known
    /// to belong to an entity only when its statement wrote no other row.
    ///
    /// ```
    /// # use orm::prelude::*;
    /// # #[derive(Entity, Debug, Default)]
    /// # struct User { #[entity(primary_key)] id: Auto<i64>, #[entity(unique, length = 50)] email: String }
    /// # fn main() -> orm::Result<()> {
    /// # let engine = Engine::new("sqlite://")?;
    /// # engine.create_all(schema![User])?;
    /// let mut session = Session::new(&engine);
    /// let user = |email: &str| User { email: email.to_owned(), ..User::default() };
    /// let [_, _, twin] = ["ed@x.org", "wendy@x.org", "ed@x.org"].map(|email| session.add(user(email)));
    /// let Err(orm::Error::Database(refused)) = session.flush() else { panic!("the emails are unique") };
    /// assert_eq!(refused.key::<User>(), Some(twin));
    /// # Ok(())
    /// # }
    /// ```
    pub fn key<E: Entity>(&self) -> Option<Key<E>> {
        let name = E::entity_meta().name;
        let row = self.row.filter(|row| name == row.root || name == row.class)?;
        Some(Key::from_parts(row.session, row.slot))
    }
}

impl UnitOfWork {
    /// Adds the columns to a violation that names the constraint, and the constraint to one that names the columns, as far as
    /// the session knows the table.
    pub fn complete_violation(&self, mut error: Box<Error>) -> Box<Error> {
        if let Error::Database(refused) = &mut *error {
            self.complete(refused);
        }
        error
    }

    pub(super) fn complete(&self, refused: &mut DatabaseError) {
        // A row that is deleted may be held by the foreign key of any table.
        let tables = self.arenas.iter().flat_map(|arena| tables_of(arena.meta));
        tables.for_each(|table| table.complete(refused));
    }

    /// Adds the entity to the refusal of a batch, if it is known.
    pub(super) fn name_refused_row(&self, batch: &Batch, refused: &mut DatabaseError) {
        let values = refused.values.0.take();
        let slot = match (batch.operation, batch.rows.as_slice()) {
            // The row of a link is between two entities.
            (Operation::Link | Operation::Unlink | Operation::UnlinkIfThere | Operation::UnlinkAll, _) => None,
            (_, [only]) => Some(*only),
            _ => self.refused_row(batch, refused, values.as_deref()),
        };
        let meta = self.arenas[batch.kind].meta;
        refused.row = slot.map(|slot| RefusedRow {
            session: self.session,
            slot,
            root: meta.name,
            class: meta.class_name(self.class_of(batch.kind, slot)),
        });
    }

    /// The row of a batch of many that breaks a unique constraint.
    fn refused_row(&self, batch: &Batch, refused: &DatabaseError, quoted: Option<&str>) -> Option<Slot> {
        let writes_rows = matches!(batch.operation, Operation::Insert | Operation::Update);
        if !writes_rows || refused.kind != DatabaseErrorKind::UniqueViolation {
            return None;
        }
        let meta = self.arenas[batch.kind].meta;
        let columns = columns_of(meta, refused.column.as_deref()?)?;
        let values = |slot: Slot| -> Option<KeyValues> {
            let record = self.record(batch.kind, slot)?;
            let values: KeyValues = columns.iter().map(|column| record.value(*column).to_value()).collect();
            // NULL is equal to nothing.
            (!values.iter().any(Value::is_null)).then_some(values)
        };
        let mut seen = FxHashSet::default();
        let mut rows = batch.rows.iter().copied();
        if let Some(twin) = rows.find(|slot| values(*slot).is_some_and(|values| !seen.insert(values))) {
            return Some(twin);
        }
        let quoted = quoted?;
        let is_quoted = |slot: &Slot| values(*slot).is_some_and(|values| quotes(quoted, &values));
        let mut found = batch.rows.iter().copied().filter(is_quoted);
        // Two that look alike are not told apart.
        found.next().filter(|_| found.next().is_none())
    }
}

/// The columns of an entity by their names in the database, `a, b`.
fn columns_of(meta: &EntityMeta, names: &str) -> Option<Vec<ColumnPosition>> {
    let position = |name: &str| meta.columns.position(|column| column.name == name.trim_matches('"'));
    names.split(", ").map(position).collect()
}

/// Whether a database that quotes these values means a row that has them: PostgreSQL writes `a, b`, MariaDB `a-b`.
fn quotes(quoted: &str, values: &[Value]) -> bool {
    let texts: Option<Vec<String>> = values.iter().map(text).collect();
    texts.is_some_and(|texts| [", ", "-"].iter().any(|between| texts.join(between) == quoted))
}

/// The text of a value where every database writes it alike.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::I64(number) => Some(number.to_string()),
        Value::Text(text) => Some(text.clone()),
        Value::Uuid(uuid) => Some(uuid.to_string()),
        Value::Date(date) => Some(date.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_what_databases_quote() {
        let values = [Value::I64(7), Value::Text("a-b".to_owned())];
        assert!(quotes("7, a-b", &values), "PostgreSQL");
        assert!(quotes("7-a-b", &values), "MariaDB");
        assert!(!quotes("7", &values));
        assert!(!quotes("1.5", &[Value::F64(1.5)]), "numbers that databases write each in its own way");
    }
}
