//! Many new rows, from one object at a time to the bare driver.
//!
//! Counterpart: `examples/performance/bulk_inserts.py` of SQLAlchemy.

use std::hint::black_box;

use orm::StatementKind;
use orm::prelude::*;

use super::{chunks, customer, texts};
use crate::mapped::Customer;
use crate::suite::{Context, Suite};
use crate::{Result, fixture, raw};

const COLUMNS: (Column<Customer, String>, Column<Customer, String>) = (Customer::NAME, Customer::DESCRIPTION);

pub(super) fn suite() -> Suite {
    Suite::new("bulk_inserts", 100_000)
        .about("inserts of many rows")
        .setup(|context| context.recreate(schema![Customer]))
        .test("test_flush_no_pk", "flush of new entities, keys generated", flush_no_pk)
        .test("test_flush_pk_given", "flush of new entities, keys given", flush_pk_given)
        .test("test_orm_bulk_insert", "`insert()` through a session, nothing returned", orm_bulk_insert)
        .test("test_orm_insert_returning", "`insert()` that returns every row as an entity", orm_insert_returning)
        .test("test_core_insert", "`insert()` on a connection", core_insert)
        .test("test_dbapi_raw", "prepared statement of the C library", dbapi_raw)
        .yardstick("test_dbapi_raw")
}

fn flush_no_pk(context: &Context) -> Result<()> {
    let mut session = context.session();
    for chunk in chunks(context.num()) {
        session.add_all(chunk.map(|n| customer(n, Auto::Unset)));
        session.flush()?;
    }
    Ok(session.commit()?)
}

fn flush_pk_given(context: &Context) -> Result<()> {
    let mut session = context.session();
    for chunk in chunks(context.num()) {
        session.add_all(chunk.map(|n| customer(n, Auto::Set(n as i64 + 1))));
        session.flush()?;
    }
    Ok(session.commit()?)
}

fn orm_bulk_insert(context: &Context) -> Result<()> {
    let mut session = context.session();
    session.execute(&insert("customer").rows(COLUMNS, texts(context.num())))?;
    Ok(session.commit()?)
}

/// MariaDB and MySQL return no rows from an INSERT here, so that a SELECT reads the new rows, which are all that the table has.
fn orm_insert_returning(context: &Context) -> Result<()> {
    let mut session = context.session();
    let insert = insert("customer").rows(COLUMNS, texts(context.num()));
    let columns = (Customer::ID, Customer::NAME, Customer::DESCRIPTION);
    let rows = session.with_connection(|connection| {
        if connection.capabilities().insert_returning {
            return connection.query(&insert.returning(columns));
        }
        connection.execute(&insert)?;
        connection.query(&select(columns).tree()?)
    })?;
    let entity = |row: &orm::ValueRow| -> orm::Result<Customer> {
        let (id, name, description) = row.unpack()?;
        Ok(Customer { id: Auto::Set(id), name, description })
    };
    black_box(rows.iter().map(entity).collect::<orm::Result<Vec<_>>>()?);
    Ok(session.commit()?)
}

fn core_insert(context: &Context) -> Result<()> {
    let insert = insert("customer").rows(COLUMNS, texts(context.num()));
    context.engine().begin(|connection| connection.execute(&insert))?;
    Ok(())
}

fn dbapi_raw(context: &Context) -> Result<()> {
    let customers = fixture::Customer::many(context.num());
    raw::connect(context.url())?.insert_all(&customers)?;
    context.sent_by_hand(StatementKind::Insert, 1, customers.len());
    Ok(())
}
