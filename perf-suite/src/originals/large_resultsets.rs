//! One SELECT of many rows: as tracked entities, as values, as tuples, as rows, and by the bare driver.
//!
//! Counterpart: `examples/performance/large_resultsets.py` of SQLAlchemy.

use std::hint::black_box;

use orm::StatementKind;
use orm::prelude::*;

use super::filled;
use crate::mapped::Customer;
use crate::suite::{Context, Suite};
use crate::{Result, fixture, raw};

/// Rows that are held at a time by the tests that take a part of the result.
const PART: usize = 10_000;

/// The three columns under one name.
#[derive(FromRow, Debug)]
struct CustomerBundle {
    id: i64,
    name: String,
    description: String,
}

pub(super) fn suite() -> Suite {
    Suite::new("large_resultsets", 500_000)
        .about("reads of many rows")
        .setup_once(|context| filled(context, context.num()))
        .test("test_orm_full_objects_list", "tracked entities in one list", full_objects_list)
        .test("test_orm_full_objects_chunks", "untracked entities, 1000 held at a time", full_objects_chunks)
        .test("test_orm_bundles", "structs of three columns, 10,000 held at a time", bundles)
        .test("test_orm_columns", "tuples of three columns, 10,000 held at a time", columns)
        .test("test_core_fetchall", "rows of a connection, all held, read by position", core_fetchall)
        .test("test_core_fetchall_mapping", "rows of a connection, all held, read by name", core_fetchall_mapping)
        .test("test_core_fetchmany_w_streaming", "rows off the driver, none held", core_streaming)
        .test("test_core_fetchmany", "rows of a connection, all held, taken 10,000 at a time", core_fetchmany)
        .test("test_dbapi_fetchall_plus_append_objects", "the C library, a struct for each row", raw_objects)
        .test("test_dbapi_fetchall_no_object", "the C library, columns looked at", raw_no_object)
        .yardstick("test_dbapi_fetchall_plus_append_objects")
}

fn limit(context: &Context) -> u64 {
    context.num() as u64
}

fn full_objects_list(context: &Context) -> Result<()> {
    let mut session = context.session();
    black_box(session.query::<Customer>().limit(limit(context)).all()?);
    Ok(())
}

/// Hands the rows of a query on in parts, so that no more than a part is in memory.
fn in_parts<Out: 'static>(context: &Context, query: Select<Out>, part: usize) -> Result<()> {
    let mut session = context.session();
    let mut held = Vec::with_capacity(part);
    session.for_each(query.limit(limit(context)), |row| {
        held.push(row);
        if held.len() == part {
            black_box(&held);
            held.clear();
        }
        Ok(())
    })?;
    black_box(&held);
    Ok(())
}

fn full_objects_chunks(context: &Context) -> Result<()> {
    in_parts(context, select(untracked::<Customer>()), 1_000)
}

fn bundles(context: &Context) -> Result<()> {
    let columns = (Customer::ID, Customer::NAME, Customer::DESCRIPTION);
    let look = |bundle: &CustomerBundle| black_box((bundle.id, bundle.name.len(), bundle.description.len()));
    let mut session = context.session();
    let mut held = Vec::with_capacity(PART);
    session.for_each(select(columns).rows_as::<CustomerBundle>().limit(limit(context)), |bundle| {
        look(&bundle);
        held.push(bundle);
        if held.len() == PART {
            held.clear();
        }
        Ok(())
    })?;
    Ok(())
}

fn columns(context: &Context) -> Result<()> {
    in_parts(context, select((Customer::ID, Customer::NAME, Customer::DESCRIPTION)), PART)
}

/// All rows of the statement on a connection.
fn rows(context: &Context) -> Result<Vec<orm::ValueRow>> {
    let columns = (Customer::ID, Customer::NAME, Customer::DESCRIPTION);
    let statement = select(columns).limit(limit(context)).tree()?;
    Ok(context.engine().connect()?.query(&statement)?)
}

fn core_fetchall(context: &Context) -> Result<()> {
    for row in rows(context)? {
        black_box((row.get::<i64>(0)?, row.get::<String>(1)?, row.get::<String>(2)?));
    }
    Ok(())
}

fn core_fetchall_mapping(context: &Context) -> Result<()> {
    for row in rows(context)? {
        black_box((row.get::<i64>("id")?, row.get::<String>("name")?, row.get::<String>("description")?));
    }
    Ok(())
}

fn core_streaming(context: &Context) -> Result<()> {
    let columns = (Customer::ID, Customer::NAME, Customer::DESCRIPTION);
    let statement = select(columns).limit(limit(context)).tree()?;
    context.engine().connect()?.stream(&statement, |row| {
        black_box((row.i64(0), row.string(1), row.string(2)).0.is_ok());
        Ok(())
    })?;
    Ok(())
}

fn core_fetchmany(context: &Context) -> Result<()> {
    for part in rows(context)?.chunks(PART) {
        for row in part {
            black_box((row.get::<i64>(0)?, row.get::<String>(1)?, row.get::<String>(2)?));
        }
    }
    Ok(())
}

fn raw_objects(context: &Context) -> Result<()> {
    let mut customers = Vec::new();
    raw::connect(context.url())?.each(context.num(), &mut |id, name, description| {
        customers.push(fixture::Customer { id, name: name.to_owned(), description: description.to_owned() });
    })?;
    context.sent_by_hand(StatementKind::Select, 1, customers.len());
    Ok(())
}

fn raw_no_object(context: &Context) -> Result<()> {
    let mut rows = 0;
    raw::connect(context.url())?.each(context.num(), &mut |id, name, description| {
        black_box((id, name, description));
        rows += 1;
    })?;
    context.sent_by_hand(StatementKind::Select, 1, rows);
    Ok(())
}
