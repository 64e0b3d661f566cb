//! Tables as data, and statements that create and drop them.
//!
//! A [`Schema`] is an ordered set of [`Table`]s, written by hand as in SQLAlchemy Core, or made from entities:
//! `schema![User, Address]`. [`Ddl`] statements and [`SchemaPlan`]s are made from tables.
//!
//! This module knows no entities: tables refer to each other by name. SQL text (a server default, a CHECK) is written
//! unchanged and must come from the program; everything else is quoted or bound.

mod column;
mod constraint;
mod create;
mod ddl;
mod dialect;
mod event;
mod existing;
mod index;
mod naming;
mod table;
#[cfg(test)]
mod tests;
mod violation;

use std::sync::Arc;

pub use column::Column;
pub use constraint::{Check, ForeignKey, ReferentialAction, Unique};
pub use create::SchemaPlan;
pub use ddl::Ddl;
pub use event::{TableListener, TableScope, after_create, after_drop, before_create, before_drop};
pub use index::Index;
pub use table::Table;

use crate::error::{Error, Result};
use crate::topology;

/// Tables that belong together, in the order of their addition.
///
/// The schema also stores faults of the mapping that it was made from. [`check`](Self::check) returns them, and no
/// table is created before they are fixed.
///
/// ```
/// use orm::{DataType, Engine};
/// use orm::schema::{Column, Schema, Table};
/// let users = Table::new("user").column(Column::new("id", DataType::BigInteger).primary_key());
/// let schema = Schema::new().table(users);
/// assert_eq!(schema.tables()[0].name, "user");
/// Engine::new("sqlite://")?.create_all(&schema)?;
/// # Ok::<(), orm::Error>(())
/// ```
///
/// Counterpart: `sqlalchemy.MetaData`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    tables: Vec<Arc<Table>>,
    faults: Vec<String>,
    listeners: Vec<TableListener>,
}

impl Schema {
    /// Makes a schema without tables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a table.
    #[must_use]
    pub fn table(mut self, table: impl Into<Arc<Table>>) -> Self {
        self.tables.push(table.into());
        self
    }

    /// Adds a listener, which is called for each table that is created or dropped: by
    /// [`create_all`](crate::Engine::create_all) and [`drop_all`](crate::Engine::drop_all), before the first statement
    /// changes anything. [`after_create`] has an example.
    ///
    /// Counterpart: `event.listen(metadata, ..)`.
    #[must_use]
    pub fn listen(mut self, listener: TableListener) -> Self {
        self.listeners.push(listener);
        self
    }

    /// Adds all tables and listeners of another schema.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.tables.extend(other.tables);
        self.faults.extend(other.faults);
        self.listeners.extend(other.listeners);
        self
    }

    /// Makes a schema with the faults of a mapping, without tables.
    pub(crate) fn faulty(faults: Vec<String>) -> Self {
        Self { faults, ..Self::default() }
    }

    /// The tables, in the order of their addition.
    pub fn tables(&self) -> &[Arc<Table>] {
        &self.tables
    }

    /// Returns the first table with a name, in any database schema.
    pub fn find_table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// Returns the tables sorted by foreign keys: each table follows those that it refers to. Otherwise the order of
    /// addition is kept. Tables that refer to each other in a circle are adjacent.
    ///
    /// Counterpart: `MetaData.sorted_tables`.
    pub fn sorted_tables(&self) -> Vec<&Arc<Table>> {
        let edges = self.edges();
        let mut circles = topology::components(self.tables.len(), &edges);
        circles.sort_unstable_by_key(|circle| circle[0]);
        let mut circle_of = vec![0; self.tables.len()];
        for (number, circle) in circles.iter().enumerate() {
            for &table in circle {
                circle_of[table] = number;
            }
        }
        let between: Vec<(usize, usize)> = edges
            .iter()
            .map(|&(before, after)| (circle_of[before], circle_of[after]))
            .filter(|(before, after)| before != after)
            .collect();
        let layers = topology::layers(circles.len(), &between).expect("components form no circle among themselves");
        layers.into_iter().flatten().flat_map(|circle| &circles[circle]).map(|&table| &self.tables[table]).collect()
    }

    /// Checks that every table is complete, and that the mapping has no fault.
    ///
    /// # Errors
    /// [`Error::Mapping`] with all faults, each with its location and a fix.
    pub fn check(&self) -> Result<()> {
        let mut faults = self.faults.clone();
        for (at, table) in self.tables.iter().enumerate() {
            if self.tables[..at].iter().any(|earlier| earlier.name == table.name && earlier.schema == table.schema) {
                faults.push(format!("two tables are named {}; rename one or leave it out", table.full_name()));
            }
            faults.extend(table.faults());
            faults.extend(self.dangling(table));
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Mapping { faults }) }
    }

    /// Returns the foreign keys to columns that do not exist. A target table outside of this schema is not checked.
    fn dangling<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = String> + 'a {
        table.foreign_keys.iter().flat_map(move |key| {
            let target = self.tables.iter().find(|target| key.refers_to(target));
            let missing = key.target_columns.iter().filter(move |column| {
                target.is_some_and(|target| target.find_column(column).is_none()) //
            });
            missing.map(move |column| {
                format!(
                    "table {}: the foreign key ({}) refers to {}.{column}, which does not exist; correct the name",
                    table.full_name(),
                    key.columns.join(", "),
                    key.target,
                )
            })
        })
    }

    /// Returns pairs of tables: the first must exist before the second.
    fn edges(&self) -> Vec<(usize, usize)> {
        let mut edges = Vec::new();
        for (after, table) in self.tables.iter().enumerate() {
            for key in &table.foreign_keys {
                let target = self.tables.iter().position(|target| key.refers_to(target));
                edges.extend(target.map(|before| (before, after)));
            }
        }
        edges
    }
}
