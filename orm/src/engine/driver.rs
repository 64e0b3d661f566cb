//! A database as diesel's drivers know it, whether they block or are awaited: how it takes a statement, and how its rows are read.

use std::cell::OnceCell;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::row::Row;

use super::flat::Flat;
use super::wire::{Fault, Taker};
use crate::error::Slim;

/// The names of a result's columns, made at the first question for one.
pub(super) type Names = OnceCell<Box<[String]>>;

/// What diesel calls a backend, and what this crate adds.
pub(super) trait Driven: Backend + 'static {
    /// A statement as diesel sees it, kept prepared under its text.
    type Statement<'s>: Query + QueryFragment<Self> + QueryId;
    /// What is known of the columns of a result, once it was asked for.
    type Columns: Default;

    fn statement<'s>(flat: &'s Flat<'s>) -> Self::Statement<'s>;

    /// Hands one row over.
    fn hand<'r>(row: &impl Row<'r, Self>, columns: &Self::Columns, taker: &mut impl Taker) -> Slim<()>;
}

/// The same for whichever connection it is; what blocks can also wait for one that is awaited.
macro_rules! each {
    ($backend:ident, $connection:ident => $call:expr $(, $bridge:ident => $bridged:expr)?) => {
        match $backend {
            #[cfg(feature = "sqlite")]
            Self::Sqlite($connection) => $call,
            #[cfg(feature = "postgres")]
            Self::Postgres($connection) => $call,
            #[cfg(feature = "mysql")]
            Self::Mysql($connection) => $call,
            $(
                #[cfg(feature = "async")]
                Self::Bridged($bridge) => $bridged,
            )?
        }
    };
}

pub(super) use each;

/// Runs a statement on a driver that blocks; gives how many rows it changed.
pub(super) fn execute<C: Connection<Backend: Driven>>(
    connection: &mut C,
    statement: &Flat<'_>,
) -> Result<usize, Fault> {
    Ok(connection.execute_returning_count(&C::Backend::statement(statement))?)
}

/// Hands over the rows of a driver that blocks; gives how many there were.
pub(super) fn hand_over<'r, D: Driven, R: Row<'r, D>>(
    rows: impl Iterator<Item = QueryResult<R>>,
    taker: &mut impl Taker,
) -> Result<usize, Fault> {
    let columns = D::Columns::default();
    let mut count = 0;
    for row in rows {
        D::hand(&row?, &columns, taker).map_err(Fault::Reader)?;
        count += 1;
    }
    Ok(count)
}

/// The same where there is one row at most.
#[cfg(feature = "sqlite")]
pub(super) fn hand_over_first<'r, D: Driven, R: Row<'r, D>>(
    row: Option<QueryResult<R>>,
    taker: &mut impl Taker,
) -> Result<usize, Fault> {
    match row {
        None => Ok(0),
        Some(Ok(ref row)) => D::hand(row, &D::Columns::default(), taker).map(|()| 1).map_err(Fault::Reader),
        Some(Err(error)) => Err(error.into()),
    }
}
