//! What a session does with entities that it holds already: nothing to compare with, so it is compared with itself.

use std::hint::black_box;
use std::time::{Duration, Instant};

use orm::Key;
use orm::session::Session;

use crate::Result;
use crate::fixture::Fill;
use crate::mapped::{Customer, Mapped};
use crate::workload::Side;

/// How long a `get` of one of so many identities takes that the session holds.
///
/// # Errors
/// What the database says; an identity that is not held.
pub fn get_held(side: &mut Mapped, tracked: usize, times: usize) -> Result<Duration> {
    let (mut session, _) = tracking(side, tracked)?;
    let recorder = side.record();
    let start = Instant::now();
    for time in 0..times {
        let id = (time % tracked + 1) as i64;
        black_box(session.get::<Customer>(black_box(id))?.ok_or("not held")?);
    }
    let elapsed = start.elapsed();
    match recorder.statements().len() {
        0 => Ok(elapsed),
        sent => Err(format!("{sent} statements for identities that are held").into()),
    }
}

/// How long it takes to change one of so many entities and to flush.
///
/// # Errors
/// What the database says.
pub fn flush_one(side: &mut Mapped, tracked: usize, times: usize) -> Result<Duration> {
    let (mut session, keys) = tracking(side, tracked)?;
    let key = keys[tracked / 2];
    // The first statement of a transaction, and of a kind, costs more than the others.
    change(&mut session, key, usize::MAX)?;
    let start = Instant::now();
    for time in 0..times {
        change(&mut session, key, time)?;
    }
    let elapsed = start.elapsed();
    session.rollback()?;
    Ok(elapsed)
}

fn change(session: &mut Session, key: Key<Customer>, time: usize) -> Result<()> {
    session[key].description = format!("change {time}");
    Ok(session.flush()?)
}

fn tracking(side: &mut Mapped, tracked: usize) -> Result<(Session, Vec<Key<Customer>>)> {
    side.reset(Fill::Customers(tracked))?;
    let mut session = Session::new(side.engine());
    let keys = session.query::<Customer>().all()?;
    Ok((session, keys))
}
