//! Adapters over diesel's drivers, for blocking and async connections: running a statement and reading its rows.

use std::cell::OnceCell;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::row::Row;

use super::compiled::CompiledStatement;
use super::mode::{Fault, RowSink};
use super::phase::{is_traced, phase};
use crate::error::BoxedResult;

/// The names of a result's columns, made on first use.
pub(super) type Names = OnceCell<Box<[String]>>;

/// A diesel backend, with the parts that this crate adds.
pub(super) trait DieselBackend: Backend + 'static {
    /// A compiled statement as a diesel query, cached under its text.
    type Statement<'s>: Query + QueryFragment<Self> + QueryId;
    /// Metadata of a result's columns, filled on demand.
    type Columns: Default;

    fn statement<'s>(compiled: &'s CompiledStatement<'s>) -> Self::Statement<'s>;

    /// Passes one row to the sink.
    fn push_row<'r>(row: &impl Row<'r, Self>, columns: &Self::Columns, sink: &mut impl RowSink) -> BoxedResult<()>;
}

/// Runs the same code for the connection of each database; `$adapter` is an async connection used by blocking code.
macro_rules! each {
    ($backend:ident, $connection:ident => $call:expr $(, $adapter:ident => $adapted:expr)?) => {
        match $backend {
            #[cfg(feature = "sqlite")]
            Self::Sqlite($connection) => $call,
            #[cfg(feature = "postgres")]
            Self::Postgres($connection) => $call,
            #[cfg(feature = "mysql")]
            Self::Mysql($connection) => $call,
            $(
                #[cfg(feature = "async")]
                Self::Adapted($adapter) => $adapted,
            )?
        }
    };
}

pub(super) use each;

/// Runs a statement on a blocking driver; returns the number of changed rows.
pub(super) fn execute<C: Connection<Backend: DieselBackend>>(
    connection: &mut C,
    statement: &CompiledStatement<'_>,
) -> Result<usize, Fault> {
    let _execute = phase!("execute");
    Ok(connection.execute_returning_count(&C::Backend::statement(statement))?)
}

/// Passes on the rows of a blocking driver; returns their number.
pub(super) fn hand_over<'r, D: DieselBackend, R: Row<'r, D>>(
    rows: impl Iterator<Item = QueryResult<R>>,
    sink: &mut impl RowSink,
) -> Result<usize, Fault> {
    let _fetch = phase!("fetch");
    let columns = D::Columns::default();
    let mut count = 0;
    let traced = is_traced();
    for row in rows {
        let row = row?;
        let _hydrate = phase!("hydrate" if traced);
        D::push_row(&row, &columns, sink).map_err(Fault::Reader)?;
        count += 1;
    }
    Ok(count)
}

/// Passes on the only row of a result, if there is one.
#[cfg(feature = "sqlite")]
pub(super) fn hand_over_first<'r, D: DieselBackend, R: Row<'r, D>>(
    row: Option<QueryResult<R>>,
    sink: &mut impl RowSink,
) -> Result<usize, Fault> {
    match row {
        None => Ok(0),
        Some(Ok(ref row)) => {
            let _hydrate = phase!("hydrate");
            D::push_row(row, &D::Columns::default(), sink).map(|()| 1).map_err(Fault::Reader)
        }
        Some(Err(error)) => Err(error.into()),
    }
}
