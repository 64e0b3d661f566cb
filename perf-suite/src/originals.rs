//! The five suites of SQLAlchemy with their 34 tests under their names. Each suite is a file.

mod bulk_inserts;
mod bulk_updates;
mod large_resultsets;
mod short_selects;
mod single_inserts;

use orm::prelude::*;

use crate::fixture;
use crate::mapped::Customer;
use crate::suite::Suite;

/// Returns the five suites, by name.
pub fn originals() -> Vec<Suite> {
    vec![
        bulk_inserts::suite(),
        bulk_updates::suite(),
        large_resultsets::suite(),
        short_selects::suite(),
        single_inserts::suite(),
    ]
}

/// Rows that are added or changed between two flushes.
const CHUNK: usize = 1_000;

/// Chunks of so many items, each of them whole: 2500 items are three chunks.
fn chunks(num: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..num).step_by(CHUNK).map(|start| start..start + CHUNK)
}

/// Customer number `n` with a key of its own, or one that the database generates.
fn customer(n: usize, id: Auto<i64>) -> Customer {
    let fixture::Customer { name, description, .. } = fixture::Customer::new(n);
    Customer { id, name, description }
}

/// Name and description of customers, as rows of an `insert()`.
fn texts(num: usize) -> impl Iterator<Item = (String, String)> {
    (0..num).map(fixture::Customer::new).map(|customer| (customer.name, customer.description))
}

/// Creates the table anew and fills it in chunks of 10,000 rows, so with at least as many rows as asked for.
pub(crate) fn filled(context: &crate::suite::Context, num: usize) -> crate::Result<()> {
    const FILL: usize = 10_000;
    context.recreate(schema![Customer])?;
    let mut session = context.session();
    for chunk in (0..num).step_by(FILL) {
        let rows = texts(chunk + FILL).skip(chunk);
        session.execute(&insert("customer").rows((Customer::NAME, Customer::DESCRIPTION), rows))?;
    }
    Ok(session.commit()?)
}
