//! The driver without the engine: the yardstick of the suites, a loop over the database's C library.

#[cfg(feature = "mysql")]
mod mariadb;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;

use crate::Result;
use crate::fixture::{Customer, Database};

/// A connection of a C library.
pub(crate) trait RawDriver {
    /// Inserts customers with generated keys in one transaction.
    fn insert_all(&mut self, customers: &[Customer]) -> Result<()>;

    /// Inserts one customer in a transaction of its own and returns the key.
    fn insert_one(&mut self, name: &str, description: &str) -> Result<i64>;

    /// Hands over the columns of the first customers, row by row.
    fn each(&mut self, limit: usize, row: &mut dyn FnMut(i64, &str, &str)) -> Result<()>;
}

/// Connects to the database of a URL.
pub(crate) fn connect(url: &str) -> Result<Box<dyn RawDriver>> {
    match Database::of(url)? {
        Database::Sqlite => Ok(Box::new(sqlite::Raw::open(url)?)),
        #[cfg(feature = "postgres")]
        Database::Postgres => Ok(Box::new(postgres::Raw::open(url)?)),
        #[cfg(feature = "mysql")]
        Database::Mariadb => Ok(Box::new(mariadb::Raw::open(url)?)),
    }
}

/// The query with its limit written out.
fn select(limit: usize) -> String {
    format!("SELECT id, name, description FROM customer LIMIT {limit}")
}
