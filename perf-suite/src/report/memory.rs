//! Bytes that a program holds for each row that it has loaded.

use orm::prelude::*;
use perf_by_hand::counting::measure;

use crate::chart::Bars;
use crate::mapped::Customer;
use crate::originals::filled;
use crate::suite::Context;
use crate::{Result, fixture, raw};

/// Loads customers in several ways and counts what stays allocated.
pub(super) fn bars(rows: usize) -> Result<Bars> {
    let context = Context::temporary(rows, false)?;
    filled(&context, rows)?;
    let groups = vec![
        ("tracked entities and their keys".to_owned(), tracked(&context)?),
        ("untracked entities".to_owned(), untracked_entities(&context)?),
        ("tuples of columns".to_owned(), tuples(&context)?),
        ("plain structs, by the C library".to_owned(), plain(&context)?),
    ];
    let groups = groups.into_iter().map(|(name, bytes)| (name, vec![Some(bytes as f64 / rows as f64)])).collect();
    context.clean_up()?;
    Ok(Bars {
        title: format!("Memory of {rows} customers"),
        unit: "bytes a row, texts included; texts alone are 43 of them".to_owned(),
        series: vec!["held by the program".to_owned()],
        groups,
        colour: 1,
        line: None,
    })
}

/// Bytes that are held when `load` is done and its result is still there.
fn held<T>(load: impl FnOnce() -> Result<T>) -> Result<i64> {
    let (allocations, outcome) = measure(load);
    outcome.map(|_| allocations.held)
}

fn tracked(context: &Context) -> Result<i64> {
    // A connection is opened, and the statement prepared, by the first query.
    context.session().query::<Customer>().limit(context.num() as u64).all()?;
    held(|| {
        let mut session = context.session();
        let keys = session.query::<Customer>().limit(context.num() as u64).all()?;
        Ok((session, keys))
    })
}

fn untracked_entities(context: &Context) -> Result<i64> {
    held(|| Ok(context.session().all(select(untracked::<Customer>()).limit(context.num() as u64))?))
}

fn tuples(context: &Context) -> Result<i64> {
    let columns = (Customer::ID, Customer::NAME, Customer::DESCRIPTION);
    held(|| Ok(context.session().all(select(columns).limit(context.num() as u64))?))
}

fn plain(context: &Context) -> Result<i64> {
    let mut connection = raw::connect(context.url())?;
    held(|| {
        let mut customers = Vec::new();
        connection.each(context.num(), &mut |id, name, description| {
            customers.push(fixture::Customer { id, name: name.to_owned(), description: description.to_owned() });
        })?;
        Ok(customers)
    })
}
