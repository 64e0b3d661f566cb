//! Checks of lab 23.

use labs::check;
use orm::prelude::*;

use super::{Account, transfer, transfer_awaited};

labs::checks![the_transcripts_are_equal, the_money_has_moved];

/// Statements of the function that blocks.
fn blocking() -> orm::Result<Vec<String>> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Account])?;
    let mut session = Session::new(&engine);
    session.add_all([100, 0].map(|balance| Account { balance, ..Account::default() }));
    session.commit()?;
    session.expunge_all();
    let recorder = engine.record();
    transfer(&mut session, 1, 2, 30)?;
    Ok(check::lines(&recorder.take()))
}

/// Balances after the transfer that is awaited, and its statements.
fn awaited() -> orm::Result<(Vec<i64>, orm::Recorder)> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let engine = AsyncEngine::new("sqlite://")?;
        engine.create_all(schema![Account]).await?;
        let mut session = AsyncSession::new(&engine);
        session.add_all([100, 0].map(|balance| Account { balance, ..Account::default() }));
        session.commit().await?;
        session.expunge_all();
        let recorder = engine.record();
        transfer_awaited(&mut session, 1, 2, 30).await?;
        // The recorder keeps what was sent so far.
        let silent = engine.record();
        let balances = session.all(select(Account::BALANCE).order_by(Account::ID)).await?;
        drop(silent);
        Ok((balances, recorder))
    })
}

fn the_transcripts_are_equal() -> orm::Result<()> {
    let mut expected = blocking()?;
    let (_, recorder) = awaited()?;
    // Of the balances that are read afterwards.
    expected.push("BEGIN".to_owned());
    expected.push("SELECT account.balance FROM account ORDER BY account.id".to_owned());
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check::statements(&recorder, &expected);
    Ok(())
}

fn the_money_has_moved() -> orm::Result<()> {
    let (balances, _) = awaited()?;
    assert_eq!(balances, [70, 30]);
    Ok(())
}
