//! A ledger that shows every unit of work that was lost or done twice.
//!
//! Orders wait to be carried out. A unit of work takes one of them away, moves its amount between two accounts and writes an entry for each.
//! Whatever happened in between: the entries of a number are none while its order waits and two when it is gone, their sum is zero, and
//! the balance of an account is the sum of its entries.

use orm::prelude::*;
use orm::{Error, Result};

#[derive(Entity, Debug, Default)]
#[entity(table = "ledger_account")]
pub(crate) struct Account {
    #[entity(primary_key)]
    pub(crate) id: i64,
    pub(crate) balance: i64,
}

/// What waits to be carried out. Its number names the unit of work that does.
#[derive(Entity, Debug, Default)]
#[entity(table = "ledger_order")]
pub(crate) struct Order {
    #[entity(primary_key)]
    pub(crate) number: i64,
    pub(crate) payer: i64,
    pub(crate) payee: i64,
    pub(crate) amount: i64,
}

#[derive(Entity, Debug, Default)]
#[entity(table = "ledger_entry", unique(number, account))]
pub(crate) struct Entry {
    #[entity(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) number: i64,
    pub(crate) account: i64,
    pub(crate) amount: i64,
}

/// How often a unit of work is tried. Where writers lock the whole database, many lose the race for it many times.
const ATTEMPTS: usize = 500;

/// Makes the tables, accounts from 1 on, and orders from 1 on between neighbors.
pub(crate) fn open(engine: &Engine, accounts: i64, orders: i64) -> Result<()> {
    engine.create_all(schema![Account, Order, Entry])?;
    let mut session = Session::new(engine);
    session.add_all((1..=accounts).map(|id| Account { id, balance: 0 }));
    session.add_all((1..=orders).map(|number| {
        let payer = number % accounts + 1;
        Order { number, payer, payee: payer % accounts + 1, amount: number * 10 }
    }));
    session.commit()
}

/// The unit of work: carries an order out, unless that was done already. Sends each kind of statement once at least.
pub(crate) fn carry_out(session: &mut Session, number: i64) -> Result<()> {
    let Some(order) = session.get::<Order>(number)? else { return Ok(()) };
    let Order { payer, payee, amount, .. } = session[order];
    session.nested(|session| {
        session.add(Entry { number, account: payer, amount: -amount, ..Entry::default() });
        session.add(Entry { number, account: payee, amount, ..Entry::default() });
        session.flush()
    })?;
    for (account, amount) in [(payer, -amount), (payee, amount)] {
        let account = session.get::<Account>(account)?.ok_or_else(|| Error::invalid("an account is gone"))?;
        session[account].balance += amount;
    }
    session.flush()?;
    session.delete(order)
}

/// Carries an order out for good: again after what may pass, and again where nobody knows whether it happened, as the order tells.
pub(crate) fn settle(session: &mut Session, number: i64) -> Result<()> {
    for _ in 0..ATTEMPTS {
        match session.retry(ATTEMPTS, |session| carry_out(session, number)) {
            Err(Error::CommitInDoubt(_)) => {}
            // The order went while this one was under way: the one in doubt was done after all.
            Err(Error::StaleData { .. }) => {}
            outcome => return outcome,
        }
    }
    Err(Error::invalid(format!("order {number} stays in doubt")))
}

/// Checks that the books balance and that all orders but those that wait were carried out once; `waiting` are the numbers that should.
#[track_caller]
pub(crate) fn check(engine: &Engine, orders: i64, waiting: &[i64]) {
    if let Err(error) = compare(engine, orders, waiting) {
        panic!("the ledger cannot be read: {error}");
    }
}

#[track_caller]
fn compare(engine: &Engine, orders: i64, waiting: &[i64]) -> Result<()> {
    let mut session = Session::new(engine);
    assert_eq!(session.all(select(Order::NUMBER).order_by(Order::NUMBER))?, waiting, "orders that wait");
    let entries = session.all(select((Entry::NUMBER, Entry::ACCOUNT, Entry::AMOUNT)))?;
    assert_eq!(entries.iter().map(|(_, _, amount)| amount).sum::<i64>(), 0, "the sum of the ledger");
    for number in 1..=orders {
        let written = entries.iter().filter(|entry| entry.0 == number).count();
        assert_eq!(written, if waiting.contains(&number) { 0 } else { 2 }, "entries of order {number}");
    }
    for (account, balance) in session.all(select((Account::ID, Account::BALANCE)))? {
        let sum: i64 = entries.iter().filter(|entry| entry.1 == account).map(|entry| entry.2).sum();
        assert_eq!(balance, sum, "account {account}");
    }
    Ok(())
}
