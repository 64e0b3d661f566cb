//! Lab 23: Await it.
//!
//! `AsyncSession` is the same session over drivers that are awaited. It has the same methods, sends the same statements, and holds the same memory.
//!
//! `transfer` blocks. Write `transfer_awaited` so that it does the same. Await what asks the database, and nothing else.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct Account {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub balance: i64,
}

/// Moves money from one account to another.
pub fn transfer(session: &mut Session, from: i64, to: i64, amount: i64) -> orm::Result<()> {
    let from = session.query::<Account>().filter(Account::ID.eq(from)).one()?;
    let to = session.query::<Account>().filter(Account::ID.eq(to)).one()?;
    session[from].balance -= amount;
    session[to].balance += amount;
    session.commit()
}

/// The same, awaited.
pub async fn transfer_awaited(session: &mut AsyncSession, from: i64, to: i64, amount: i64) -> orm::Result<()> {
    // hole
    todo!("lab 23: write transfer once more, with .await where the database is asked")
    // end of hole
}

// Do not change: what this lab must do.
#[path = "../checks/23_await_it.rs"]
pub mod checks;
