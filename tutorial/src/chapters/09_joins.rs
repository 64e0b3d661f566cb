//! Chapter 9: joins: along a relationship, by a foreign key, on a condition, with aliases.

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

impl User {
    fn with(name: &str, emails: &[&str]) -> Self {
        let address =
            |email: &&str| Address { email: (*email).into(), ..Address::default() };
        let addresses = HasMany::of(emails.iter().map(address));
        Self { name: name.into(), addresses, ..Self::default() }
    }
}

fn start(engine: &Engine) -> orm::Result<Session> {
    engine.create_all(schema![User, Address])?;
    let mut session = Session::new(engine);
    session.add(User::with("jack", &["jack@x.org", "j25@y.org"]));
    session.add(User::with("wendy", &["wendy@x.org"]));
    session.add(User::with("mary", &[]));
    session.commit()?;
    Ok(Session::new(engine))
}

// ANCHOR: relationship
fn relationship(session: &mut Session) -> orm::Result<Vec<(String, String)>> {
    let query = select((User::NAME, Address::EMAIL)).join(User::ADDRESSES);
    session.all(query.order_by(Address::ID))
}
// ANCHOR_END: relationship

// ANCHOR: foreign-key
fn foreign_key(session: &mut Session) -> orm::Result<Key<User>> {
    let jack = Address::EMAIL.eq("jack@x.org");
    session.query::<User>().join_entity::<Address>().filter(jack).one()
}
// ANCHOR_END: foreign-key

// ANCHOR: condition
fn condition(session: &mut Session) -> orm::Result<Vec<String>> {
    let same_first_letter =
        Address::EMAIL.starts_with("w").and(User::NAME.starts_with("w"));
    session.all(select(User::NAME).join_on::<Address>(same_first_letter))
}
// ANCHOR_END: condition

// ANCHOR: outer
type Pair = (Key<User>, Option<Key<Address>>);

fn outer(session: &mut Session) -> orm::Result<Vec<Pair>> {
    let query = select((entity::<User>(), optional(entity::<Address>())));
    session.all(query.left_join(User::ADDRESSES).order_by((User::ID, Address::ID)))
}
// ANCHOR_END: outer

// ANCHOR: alias
fn twice(session: &mut Session) -> orm::Result<Vec<(String, String, String)>> {
    let (one, two) = (alias::<Address>("one"), alias::<Address>("two"));
    let emails = (User::NAME, one.column(Address::EMAIL), two.column(Address::EMAIL));
    session.all(
        select(emails)
            .join(User::ADDRESSES.onto(&one))
            .join(User::ADDRESSES.onto(&two))
            .filter(one.column(Address::ID).lt(two.column(Address::ID))),
    )
}
// ANCHOR_END: alias

// ANCHOR: exists
fn with_address(session: &mut Session) -> orm::Result<Vec<String>> {
    let at_x = User::ADDRESSES.any(Address::EMAIL.like("%@x.org"));
    session.all(select(User::NAME).filter(at_x).order_by(User::NAME))
}
// ANCHOR_END: exists

// ANCHOR: operators
fn operators(session: &mut Session) -> orm::Result<Vec<usize>> {
    let jack = User::NAME.eq("jack");
    let addresses =
        [Address::USER.has(jack), Address::USER.is(2), Address::USER.is_not(2)];
    let users = [User::ADDRESSES.is_empty(), User::ADDRESSES.contains(3)];
    let mut found = Vec::new();
    for condition in addresses {
        found.push(session.query::<Address>().filter(condition).all()?.len());
    }
    for condition in users {
        found.push(session.query::<User>().filter(condition).all()?.len());
    }
    Ok(found)
}
// ANCHOR_END: operators

// ANCHOR: product
fn product(session: &mut Session) -> orm::Result<Vec<(String, String)>> {
    session.all(select((User::NAME, Address::EMAIL))) // two tables, no join
}
// ANCHOR_END: product

// ANCHOR: missing
fn missing(session: &mut Session) -> orm::Result<Vec<(Key<User>, Key<Address>)>> {
    let query = select((entity::<User>(), entity::<Address>())); // not optional
    session.all(query.left_join(User::ADDRESSES))
}
// ANCHOR_END: missing

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let mut session = start(stage.engine())?;
    assert_eq!(stage.step("relationship", || relationship(&mut session))?.len(), 3);
    let jack = stage.step("foreign-key", || foreign_key(&mut session))?;
    assert_eq!(session[jack].name, "jack");
    assert_eq!(stage.step("condition", || condition(&mut session))?, ["wendy"]);
    assert_eq!(stage.step("outer", || outer(&mut session))?[3].1, None);
    assert_eq!(stage.step("alias", || twice(&mut session))?.len(), 1);
    assert_eq!(stage.step("exists", || with_address(&mut session))?, ["jack", "wendy"]);
    assert_eq!(stage.step("operators", || operators(&mut session))?, [2, 1, 2, 1, 1]);
    match stage.step("product", || product(&mut session)) {
        Ok(rows) => stage.show("product", format!("{} rows", rows.len())),
        Err(error) => stage.show("product", error),
    }
    stage.refused("missing", || missing(&mut session))?;
    Ok(())
}
