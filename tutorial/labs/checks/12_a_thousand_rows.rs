//! Checks of lab 12.

use labs::check;
use orm::prelude::*;

use super::{Reading, store};

labs::checks![a_few_statements_for_a_thousand_rows, every_reading_is_there];

fn table() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Reading])?;
    Ok(Session::new(&engine))
}

fn a_few_statements_for_a_thousand_rows() -> orm::Result<()> {
    let mut session = table()?;
    let recorder = session.engine().record();
    store(&mut session, 7, &Vec::from_iter(0..1000))?;
    check::at_most(&recorder, orm::StatementKind::Insert, 10);
    Ok(())
}

fn every_reading_is_there() -> orm::Result<()> {
    let mut session = table()?;
    store(&mut session, 7, &Vec::from_iter(0..1000))?;
    let (rows, total) = session.one(select((count(Reading::ID), sum(Reading::VALUE))).filter(Reading::SENSOR.eq(7)))?;
    assert_eq!((rows, total), (1000, Some(499_500)), "number and sum of the readings");
    Ok(())
}
