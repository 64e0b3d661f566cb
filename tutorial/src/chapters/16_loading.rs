//! Chapter 16: loading relationships: the N+1 chapter, counted.

use orm::StatementKind;
use orm::prelude::*;

use crate::Stage;

// ANCHOR: model
#[derive(Entity, Debug, Default)]
#[entity(table = "user_account")]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    #[entity(inverse = "user", order_by = "id")]
    addresses: HasMany<Address>,
}

#[derive(Entity, Debug, Default)]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 100)]
    email: String,
    #[entity(inverse = "addresses")]
    user: BelongsTo<User>,
}
// ANCHOR_END: model

/// A hundred users with two addresses each.
fn start(engine: &Engine) -> orm::Result<()> {
    engine.create_all(schema![User, Address])?;
    let mut session = Session::new(engine);
    for n in 1..=100 {
        let address = |m| Address { email: format!("{m}@{n}.org"), ..Address::default() };
        let addresses = HasMany::of((1..=2).map(address));
        session.add(User { name: format!("user {n}"), addresses, ..User::default() });
    }
    session.commit()
}

// ANCHOR: print
fn emails(session: &mut Session, users: Select<Key<User>>) -> orm::Result<usize> {
    let mut count = 0;
    for user in session.all(users.order_by(User::ID))? {
        for address in session.rel(user, User::ADDRESSES).load()? {
            count += session[address].email.lines().count();
        }
    }
    Ok(count)
}
// ANCHOR_END: print

// ANCHOR: ways
fn users() -> Select<Key<User>> {
    select(entity::<User>())
}

fn ways() -> Vec<(&'static str, Select<Key<User>>)> {
    vec![
        ("lazy", users().options(lazy(User::ADDRESSES))),
        ("peers", users().options(peers(User::ADDRESSES))),
        ("selectin", users().options(selectin(User::ADDRESSES))),
        ("joined", users().options(joined(User::ADDRESSES))),
    ]
}
// ANCHOR_END: ways

/// The SELECTs that each way takes.
fn count_ways(engine: &Engine) -> orm::Result<String> {
    let mut lines = Vec::new();
    for (name, query) in ways() {
        let recorder = engine.record();
        assert_eq!(emails(&mut Session::new(engine), query)?, 200);
        let selects = recorder.take().count(StatementKind::Select);
        lines.push(format!("{name:10} {selects:3} SELECT"));
    }
    Ok(lines.join("\n"))
}

fn three() -> Select<Key<User>> {
    users().filter(User::ID.le(3))
}

// ANCHOR: parent
fn parents(session: &mut Session) -> orm::Result<Vec<String>> {
    let query = session.query::<Address>().filter(Address::ID.le(4));
    let mut names = Vec::new();
    for address in query.options(joined(Address::USER)).order_by(Address::ID).all()? {
        let user = session.rel(address, Address::USER).one()?; // nothing is sent
        names.push(session[user].name.clone());
    }
    Ok(names)
}
// ANCHOR_END: parent

// ANCHOR: filtered
fn filtered(session: &mut Session) -> orm::Result<Vec<(Key<User>, Key<Address>)>> {
    let query = select((entity::<User>(), entity::<Address>())).filter(User::ID.le(3));
    session.all(query.join(User::ADDRESSES.and(Address::EMAIL.starts_with("1@"))))
}
// ANCHOR_END: filtered

// ANCHOR: contained
fn contained(session: &mut Session) -> orm::Result<usize> {
    let query = users()
        .filter(User::ID.le(3))
        .join(User::ADDRESSES)
        .filter(Address::EMAIL.starts_with("1@"));
    emails(session, query.options(contains_eager(User::ADDRESSES)))
}
// ANCHOR_END: contained

// ANCHOR: raise
fn strict(session: &mut Session) -> orm::Result<usize> {
    emails(session, three().options(raise(User::ADDRESSES)))
}
// ANCHOR_END: raise

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    start(engine)?;
    let fresh = || Session::new(engine);
    let counts = count_ways(engine)?;
    stage.show("counts", counts);
    let load = |options| emails(&mut fresh(), options);
    stage.step("lazy", || load(three().options(lazy(User::ADDRESSES))))?;
    stage.step("peers", || load(three().options(peers(User::ADDRESSES))))?;
    stage.step("selectin", || load(three().options(selectin(User::ADDRESSES))))?;
    stage.step("joined", || load(three().options(joined(User::ADDRESSES))))?;
    assert_eq!(stage.step("parent", || parents(&mut fresh()))?[2], "user 2");
    assert_eq!(stage.step("filtered", || filtered(&mut fresh()))?.len(), 3);
    assert_eq!(stage.step("contained", || contained(&mut fresh()))?, 3);
    stage.refused("raise", || strict(&mut fresh()))?;
    Ok(())
}
