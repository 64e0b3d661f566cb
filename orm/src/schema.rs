//! Tables as data: create, drop, compare.
//!
//! A [`Schema`] is an ordered set of [`Table`]s. They are written by hand, as in SQLAlchemy's Core, or come from mapped
//! entities: `schema![User, Address]`. From them come [`Ddl`] statements, and plans that create or drop all of them.
//!
//! The room knows no entities: a table refers to another by name. SQL text in it (a server default, a CHECK) is the
//! program's own and goes into the statement as it is; everything else is quoted or bound.

mod column;
mod constraint;
mod create;
mod ddl;
mod dialect;
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
pub use index::Index;
pub use table::Table;

use crate::error::{Error, Result};
use crate::topology;

/// Tables that belong together, in the order in which they were put in.
///
/// It also keeps what is wrong with the mapping it came from; [`check`](Self::check) tells, and nothing is created before.
///
/// Counterpart: `sqlalchemy.MetaData`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    tables: Vec<Arc<Table>>,
    faults: Vec<String>,
}

impl Schema {
    /// Without tables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has this table next.
    #[must_use]
    pub fn table(mut self, table: impl Into<Arc<Table>>) -> Self {
        self.tables.push(table.into());
        self
    }

    /// Has all tables of the other schema, too.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.tables.extend(other.tables);
        self.faults.extend(other.faults);
        self
    }

    /// Nothing but faults: what a mapping gives that cannot be turned into tables.
    pub(crate) fn faulty(faults: Vec<String>) -> Self {
        Self { tables: Vec::new(), faults }
    }

    /// The tables in the order in which they were put in.
    pub fn tables(&self) -> &[Arc<Table>] {
        &self.tables
    }

    /// The first table with this name, whatever its schema.
    pub fn find_table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The tables so that each follows those it refers to; where that leaves the order open, as they were put in.
    /// Tables that refer to each other in a circle stand together.
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

    /// Fine when every table is whole and the mapping behind it, if any, does not contradict itself.
    ///
    /// # Errors
    /// [`Error::Mapping`] with every fault at once, each with where it is and how to mend it.
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

    /// Foreign keys to columns that a table of this schema does not have. A table that is not here may exist elsewhere.
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

    /// Which table must exist before which.
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
