//! Lab 23: Await it. Solution.
//!
//! What does not wait is not `async`: the compiler refuses to await `session[account]`. A future that is dropped half-way rolls its transaction back.

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
    let from = session.query::<Account>().filter(Account::ID.eq(from)).one().await?;
    let to = session.query::<Account>().filter(Account::ID.eq(to)).one().await?;
    session[from].balance -= amount;
    session[to].balance += amount;
    session.commit().await
    // end of hole
}

// Do not change: what this lab must do.
#[path = "../checks/23_await_it.rs"]
pub mod checks;
