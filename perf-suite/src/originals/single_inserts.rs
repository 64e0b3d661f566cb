//! One row a transaction, many times: begin, insert, commit, and give the connection back.
//!
//! Counterpart: `examples/performance/single_inserts.py` of SQLAlchemy.

use std::hint::black_box;

use orm::StatementKind;
use orm::prelude::*;

use super::customer;
use crate::mapped::Customer;
use crate::suite::{Context, Suite};
use crate::{Result, fixture, raw};

pub(super) fn suite() -> Suite {
    Suite::new("single_inserts", 10_000)
        .about("one row a transaction, many times")
        .setup(|context| context.recreate(schema![Customer]))
        .test("test_orm_commit", "new session, add, commit", orm_commit)
        .test("test_bulk_save", "session that expires nothing on commit, add, commit", bulk_save)
        .test("test_bulk_insert_dictionaries", "`insert()` through a session", bulk_insert_dictionaries)
        .test("test_core", "`insert()` in a transaction of the engine", core)
        .test("test_core_query_caching", "one text with bound parameters, kept prepared", core_query_caching)
        .test("test_dbapi_raw_w_connect", "the C library, a connection each", raw_w_connect)
        .test("test_dbapi_raw_w_pool", "the C library, one connection", raw_w_pool)
        .yardstick("test_dbapi_raw_w_pool")
}

fn orm_commit(context: &Context) -> Result<()> {
    for n in 0..context.num() {
        let mut session = context.session();
        session.add(customer(n, Auto::Unset));
        session.commit()?;
    }
    Ok(())
}

fn bulk_save(context: &Context) -> Result<()> {
    let factory = Session::builder(context.engine()).expire_on_commit(false);
    for n in 0..context.num() {
        let mut session = factory.build();
        session.add(customer(n, Auto::Unset));
        session.commit()?;
    }
    Ok(())
}

fn bulk_insert_dictionaries(context: &Context) -> Result<()> {
    for n in 0..context.num() {
        let mut session = context.session();
        let Customer { name, description, .. } = customer(n, Auto::Unset);
        session.execute(&insert("customer").set(Customer::NAME, name).set(Customer::DESCRIPTION, description))?;
        session.commit()?;
    }
    Ok(())
}

fn core(context: &Context) -> Result<()> {
    for n in 0..context.num() {
        let Customer { name, description, .. } = customer(n, Auto::Unset);
        let insert = insert("customer").set(Customer::NAME, name).set(Customer::DESCRIPTION, description);
        context.engine().begin(|connection| connection.execute(&insert))?;
    }
    Ok(())
}

fn core_query_caching(context: &Context) -> Result<()> {
    let insert = text("INSERT INTO customer (name, description) VALUES (:name, :description)");
    for n in 0..context.num() {
        let Customer { name, description, .. } = customer(n, Auto::Unset);
        let bound = insert.clone().bind("name", name).bind("description", description);
        context.engine().begin(|connection| connection.execute(&bound))?;
    }
    Ok(())
}

fn raw_w_connect(context: &Context) -> Result<()> {
    for n in 0..context.num() {
        let fixture::Customer { name, description, .. } = fixture::Customer::new(n);
        raw::connect(context.url())?.insert_one(&name, &description)?;
    }
    context.sent_by_hand(StatementKind::Insert, context.num(), context.num());
    Ok(())
}

fn raw_w_pool(context: &Context) -> Result<()> {
    let mut connection = raw::connect(context.url())?;
    for n in 0..context.num() {
        let fixture::Customer { name, description, .. } = fixture::Customer::new(n);
        black_box(connection.insert_one(&name, &description)?);
    }
    context.sent_by_hand(StatementKind::Insert, context.num(), context.num());
    Ok(())
}
