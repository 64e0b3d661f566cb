//! One changed column in each of many entities.
//!
//! Counterpart: `examples/performance/bulk_updates.py` of SQLAlchemy.

use orm::prelude::*;

use super::{CHUNK, chunks, filled};
use crate::Result;
use crate::mapped::Customer;
use crate::suite::{Context, Suite};

pub(super) fn suite() -> Suite {
    Suite::new("bulk_updates", 100_000)
        .about("updates of many rows")
        .setup(|context| filled(context, context.num()))
        .test("test_orm_flush", "flush of changed entities, 1000 at a time", orm_flush)
}

/// A row on the border of two chunks is changed twice, as in the original.
fn orm_flush(context: &Context) -> Result<()> {
    let mut session = context.session();
    for chunk in chunks(context.num()) {
        let ids = chunk.start as i64..=(chunk.start + CHUNK) as i64;
        let customers = session.query::<Customer>().filter(Customer::ID.between(*ids.start(), *ids.end())).all()?;
        for customer in customers {
            session[customer].description.push_str("updated");
        }
        session.flush()?;
    }
    Ok(session.commit()?)
}
