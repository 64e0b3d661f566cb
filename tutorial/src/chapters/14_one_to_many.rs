//! Chapter 14: one to many: both sides of a foreign key.

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
    user: BelongsTo<Option<User>>,
}
// ANCHOR_END: model

// ANCHOR: one-to-one
#[derive(Entity, Debug, Default)]
struct Badge {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "badge")]
    holder: HasOne<Holder>,
}

#[derive(Entity, Debug, Default)]
struct Holder {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "holder", unique)] // one holder for a badge
    badge: BelongsTo<Badge>,
}

fn one_to_one(session: &mut Session) -> orm::Result<Key<Holder>> {
    let badge = session.add(Badge::default());
    let holder = session.rel(badge, Badge::HOLDER).set(Holder::default())?;
    session.commit()?;
    Ok(holder)
}
// ANCHOR_END: one-to-one

fn at(email: &str) -> Address {
    Address { email: email.into(), ..Address::default() }
}

// ANCHOR: push
fn push(session: &mut Session) -> orm::Result<Key<User>> {
    let jack = session.add(User { name: "jack".into(), ..User::default() });
    let first = session.rel(jack, User::ADDRESSES).push(at("jack@x.org"))?;
    session.rel(jack, User::ADDRESSES).push(at("j25@y.org"))?;

    // the other side knows at once, and nothing was sent
    assert_eq!(session.rel(first, Address::USER).load()?, Some(jack));
    Ok(jack)
}
// ANCHOR_END: push

// ANCHOR: commit
fn commit(session: &mut Session) -> orm::Result<()> {
    session.commit()
}
// ANCHOR_END: commit

// ANCHOR: whole
fn whole(session: &mut Session) -> orm::Result<Key<User>> {
    let addresses = HasMany::of([at("wendy@x.org"), at("windy@y.org")]);
    let wendy = session.add(User { name: "wendy".into(), addresses, ..User::default() });
    session.commit()?;
    Ok(wendy)
}
// ANCHOR_END: whole

// ANCHOR: set
fn set(session: &mut Session, jack: Key<User>) -> orm::Result<Key<Address>> {
    let third = session.add(at("jack@z.org"));
    session.rel(third, Address::USER).set(jack)?; // the other side of `push`
    session.commit()?;
    Ok(third)
}
// ANCHOR_END: set

// ANCHOR: read
fn read(session: &mut Session, jack: Key<User>) -> orm::Result<Vec<String>> {
    let mut emails = Vec::new();
    for address in session.rel(jack, User::ADDRESSES).load()? {
        emails.push(session[address].email.clone());
    }
    Ok(emails)
}
// ANCHOR_END: read

// ANCHOR: card
/// What a template or a serializer gets: values, and no session.
struct Card {
    name: String,
    emails: Vec<String>,
}

fn cards(session: &mut Session) -> orm::Result<Vec<Card>> {
    let users = session.query::<User>().options(selectin(User::ADDRESSES));
    let mut cards = Vec::new();
    for user in users.order_by(User::NAME).all()? {
        let addresses = session.rel(user, User::ADDRESSES).load()?;
        let emails = addresses.iter().map(|key| session[*key].email.clone()).collect();
        cards.push(Card { name: session[user].name.clone(), emails });
    }
    Ok(cards)
}
// ANCHOR_END: card

// ANCHOR: loaded
fn loaded(session: &mut Session, jack: Key<User>) -> Option<usize> {
    // without a query: `None` is "not loaded", and never mistaken for "empty"
    session[jack].addresses.loaded().map(|addresses| addresses.len())
}
// ANCHOR_END: loaded

// ANCHOR: move
fn move_over(
    session: &mut Session,
    address: Key<Address>,
    to: Key<User>,
) -> orm::Result<()> {
    session.rel(to, User::ADDRESSES).push(address)?; // leaves the old owner
    session.commit()
}
// ANCHOR_END: move

// ANCHOR: clear
fn clear(session: &mut Session, address: Key<Address>) -> orm::Result<()> {
    session.rel(address, Address::USER).clear()?;
    session.commit()
}
// ANCHOR_END: clear

// ANCHOR: raw-key
fn raw_key(session: &mut Session) -> orm::Result<()> {
    let user = BelongsTo::by_id(99); // there is no user 99
    session.add(Address { user, ..at("nobody@x.org") });
    session.commit()
}
// ANCHOR_END: raw-key

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    stage.engine().create_all(schema![User, Address, Badge, Holder])?;
    let mut session = Session::new(stage.engine());
    let jack = stage.step("push", || push(&mut session))?;
    stage.step("commit", || commit(&mut session))?;
    let wendy = stage.step("whole", || whole(&mut session))?;
    let third = stage.step("set", || set(&mut session, jack))?;
    let emails = stage.step("read", || read(&mut session, jack))?;
    assert_eq!(emails, ["jack@x.org", "j25@y.org", "jack@z.org"]);
    assert_eq!(loaded(&mut session, jack), Some(3));
    stage.step("move", || move_over(&mut session, third, wendy))?;
    stage.step("clear", || clear(&mut session, third))?;
    stage.step("one-to-one", || one_to_one(&mut session))?;
    stage.refused("raw-key", || raw_key(&mut session))?;
    drop(session);
    let cards = cards(&mut Session::new(stage.engine()))?;
    let lines: Vec<String> = cards
        .iter()
        .map(|card| format!("{}: {}", card.name, card.emails.join(", ")))
        .collect();
    stage.show("card", lines.join("\n"));
    Ok(())
}
