//! Detection of N+1 loads, and budgets of statements.

use std::panic::{AssertUnwindSafe, catch_unwind};

use orm::prelude::*;
use orm::{Error, Result, budget};

use crate::Db;
use crate::models::{Address, User};
use crate::sent::{check_kinds, check_silence};

cases![
    the_second_load_of_a_relationship_is_refused,
    the_message_names_place_and_cure,
    more_loads_are_allowed_on_demand,
    loads_are_counted,
    each_transaction_counts_for_itself,
    what_is_in_memory_does_not_count,
    peers_do_not_count,
    each_relationship_counts_for_itself,
    nothing_is_detected_by_default,
    a_budget_is_checked_by_kind,
    a_budget_lists_what_was_sent,
];

/// A session with a policy, and three users: two addresses, one, none. Nothing is held.
fn users(db: &Db, policy: NPlusOne) -> Result<(Session, Vec<Key<User>>)> {
    let engine = db.engine(schema![User, Address])?;
    let mut session = Session::builder(&engine).n_plus_one(policy).build();
    session.add_all([User::with("ed", &["1", "2"]), User::with("wendy", &["3"]), User::named("mary")]);
    session.commit()?;
    session.expunge_all();
    let users = session.all(select(entity::<User>()).order_by(User::ID))?;
    Ok((session, users))
}

fn the_second_load_of_a_relationship_is_refused(db: &Db) -> Result<()> {
    let (mut session, users) = users(db, NPlusOne::refuse())?;
    let recorder = session.engine().record();
    assert_eq!(session.rel(users[0], User::ADDRESSES).load()?.len(), 2);
    check_kinds(&recorder, "select");
    for _ in 0..2 {
        let refused = session.rel(users[1], User::ADDRESSES).load().unwrap_err();
        assert!(matches!(refused, Error::RepeatedLoad { entity: "User", loads: 2, .. }), "{refused}");
    }
    check_silence(&recorder);
    // The session goes on, and an eager load is the cure.
    let users = session.all(select(entity::<User>()).order_by(User::ID).options(selectin(User::ADDRESSES)))?;
    assert_eq!(session.rel(users[1], User::ADDRESSES).load()?.len(), 1);
    Ok(())
}

fn the_message_names_place_and_cure(db: &Db) -> Result<()> {
    let (mut session, users) = users(db, NPlusOne::refuse())?;
    session.rel(users[0], User::ADDRESSES).load()?;
    let line = line!() + 1;
    let refused = session.rel(users[1], User::ADDRESSES).load().unwrap_err().to_string();
    for part in ["User.addresses", "selectin(User::ADDRESSES)", "peers(User::ADDRESSES)", "number 2"] {
        assert!(refused.contains(part), "{part} is not in: {refused}");
    }
    assert!(refused.contains(&format!("n_plus_one.rs:{line}:")), "{refused}");
    Ok(())
}

fn more_loads_are_allowed_on_demand(db: &Db) -> Result<()> {
    let (mut session, users) = users(db, NPlusOne::refuse().after(2))?;
    session.rel(users[0], User::ADDRESSES).load()?;
    session.rel(users[1], User::ADDRESSES).load()?;
    assert!(session.rel(users[2], User::ADDRESSES).load().is_err());
    Ok(())
}

fn loads_are_counted(db: &Db) -> Result<()> {
    let (first, users) = users(db, NPlusOne::count())?;
    let engine = first.engine().clone();
    drop(first);
    for policy in [NPlusOne::count(), NPlusOne::warn()] {
        let mut session = Session::builder(&engine).n_plus_one(policy).build();
        let line = line!() + 2;
        for user in session.query::<User>().all()? {
            session.rel(user, User::ADDRESSES).load()?;
        }
        let [load] = session.repeated_loads() else { panic!("{:?}", session.repeated_loads()) };
        assert_eq!((load.relationship.to_string(), load.loads), ("User.addresses".to_owned(), users.len()));
        assert_eq!((load.location.line(), load.location.file().ends_with("n_plus_one.rs")), (line, true));
    }
    Ok(())
}

fn each_transaction_counts_for_itself(db: &Db) -> Result<()> {
    let (mut session, users) = users(db, NPlusOne::refuse())?;
    for user in users {
        session.rel(user, User::ADDRESSES).load()?;
        session.rollback()?;
    }
    Ok(())
}

fn what_is_in_memory_does_not_count(db: &Db) -> Result<()> {
    let (mut session, users) = users(db, NPlusOne::refuse())?;
    let addresses = session.all(select(entity::<Address>()).order_by(Address::ID))?;
    let recorder = session.engine().record();
    for address in addresses {
        assert!(session.rel(address, Address::USER).load()?.is_some());
    }
    check_silence(&recorder);
    for _ in 0..2 {
        session.rel(users[0], User::ADDRESSES).load()?;
    }
    Ok(())
}

fn peers_do_not_count(db: &Db) -> Result<()> {
    let (mut session, _) = users(db, NPlusOne::refuse())?;
    let users = session.all(select(entity::<User>()).options(peers(User::ADDRESSES)))?;
    for user in users {
        session.rel(user, User::ADDRESSES).load()?;
    }
    Ok(())
}

fn each_relationship_counts_for_itself(db: &Db) -> Result<()> {
    let (mut session, users) = users(db, NPlusOne::refuse())?;
    let addresses = session.rel(users[0], User::ADDRESSES).load()?;
    session.expunge(users[0])?;
    assert!(!addresses.is_empty());
    let address = session.one(select(entity::<Address>()).filter(Address::EMAIL.eq("3")))?;
    assert_eq!(session.rel(address, Address::USER).load()?, Some(users[1]));
    Ok(())
}

fn nothing_is_detected_by_default(db: &Db) -> Result<()> {
    let engine = db.engine(schema![User, Address])?;
    let mut session = Session::new(&engine);
    session.add_all([User::named("ed"), User::named("wendy")]);
    session.commit()?;
    session.expunge_all();
    for user in session.query::<User>().all()? {
        session.rel(user, User::ADDRESSES).load()?;
    }
    assert!(session.repeated_loads().is_empty());
    Ok(())
}

fn a_budget_is_checked_by_kind(db: &Db) -> Result<()> {
    let (mut session, users) = users(db, NPlusOne::allow())?;
    let written = budget!(session, insert <= 1, update <= 0, delete <= 0);
    session.add(User::named("fred"));
    session.flush()?;
    drop(written);
    let budget = budget!(session, select <= 1, insert <= 0, statements <= 1);
    session.rel(users[0], User::ADDRESSES).load()?;
    budget.check();
    session.rel(users[1], User::ADDRESSES).load()?;
    let overspent = catch_unwind(AssertUnwindSafe(|| drop(budget)));
    assert!(overspent.is_err());
    Ok(())
}

fn a_budget_lists_what_was_sent(db: &Db) -> Result<()> {
    let (mut session, users) = users(db, NPlusOne::allow())?;
    let budget = budget!(session.engine(), select <= 0);
    session.rel(users[0], User::ADDRESSES).load()?;
    let overspent = catch_unwind(AssertUnwindSafe(|| drop(budget))).unwrap_err();
    let message = overspent.downcast_ref::<String>().expect("a text");
    assert!(message.starts_with("the budget is select <= 0, and 1 were sent:\n  SELECT address.id"), "{message}");
    assert!(message.contains("User.addresses"), "{message}");
    Ok(())
}
