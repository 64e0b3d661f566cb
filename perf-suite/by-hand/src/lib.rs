//! The C libraries of SQLite, PostgreSQL and MariaDB with as little around them as soundness allows: the yardstick that `perf-suite` measures against;
//! and the allocator that it counts with.
//!
//! The only unsafe code of the workspace, and never part of a program that uses the ORM.

pub mod counting;
#[cfg(feature = "mysql")]
pub mod mariadb;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod sqlite;

/// What the library said.
#[derive(Debug)]
pub struct Error(pub String);

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// What every call of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
