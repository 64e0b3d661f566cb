//! Chapter 20: maps, sets, and collections too large to load.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: map
#[derive(Entity, Debug, Default)]
struct Animal {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 30)]
    name: String,
    #[entity(inverse = "animal", key = "name", cascade = "all, delete-orphan")]
    facts: HasMany<Fact>, // a map by `Fact::name`
}

#[derive(Entity, Debug, Default)]
#[entity(unique(animal, name))]
struct Fact {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "facts")]
    animal: BelongsTo<Animal>,
    #[entity(length = 30)]
    name: String,
    #[entity(length = 100)]
    value: String,
}
// ANCHOR_END: map

// ANCHOR: set
#[derive(Entity, Debug, Default)]
struct Post {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(secondary = "post_tag", set)] // no tag twice
    tags: ManyToMany<Tag>,
}

#[derive(Entity, Debug, Default)]
struct Tag {
    #[entity(primary_key, length = 20)]
    word: String,
}
// ANCHOR_END: set

// ANCHOR: log
#[derive(Entity, Debug, Default)]
struct Account {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "account", lazy = "raise")]
    // nobody loads a million rows by mistake
    bookings: HasMany<Booking>,
}

#[derive(Entity, Debug, Default)]
struct Booking {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(inverse = "bookings", index)]
    account: BelongsTo<Account>,
    cents: i64,
}
// ANCHOR_END: log

fn fact(name: &str, value: &str) -> Fact {
    Fact { name: name.into(), value: value.into(), ..Fact::default() }
}

// ANCHOR: insert
fn insert_facts(session: &mut Session) -> orm::Result<Key<Animal>> {
    let stoat = session.add(Animal { name: "stoat".into(), ..Animal::default() });
    session.rel(stoat, Animal::FACTS).insert(fact("colour", "reddish"))?;
    session.rel(stoat, Animal::FACTS).insert(fact("cuteness", "somewhat"))?;
    session.commit()?;
    Ok(stoat)
}
// ANCHOR_END: insert

// ANCHOR: lookup
fn lookup(session: &mut Session, animal: Key<Animal>) -> orm::Result<Option<String>> {
    let colour = session.rel(animal, Animal::FACTS).get("colour")?;
    let missing = session.rel(animal, Animal::FACTS).get("weight")?; // nothing is sent
    assert_eq!(missing, None);
    Ok(colour.map(|fact| session[fact].value.clone()))
}
// ANCHOR_END: lookup

// ANCHOR: replace
fn replace(session: &mut Session, animal: Key<Animal>) -> orm::Result<()> {
    if let Some(colour) = session.rel(animal, Animal::FACTS).get("colour")? {
        session[colour].value = "white".into(); // changes the row
    }
    session.rel(animal, Animal::FACTS).remove("cuteness")?; // deletes it: an orphan
    session.commit()
}
// ANCHOR_END: replace

// ANCHOR: tags
fn tag(session: &mut Session) -> orm::Result<usize> {
    let post = session.add(Post::default());
    let rust = session.add(Tag { word: "rust".into() });
    session.rel(post, Post::TAGS).extend([rust, rust, rust])?;
    session.commit()?;
    Ok(session.rel(post, Post::TAGS).load()?.len())
}
// ANCHOR_END: tags

// ANCHOR: book
fn book(session: &mut Session, account: Key<Account>) -> orm::Result<()> {
    let booking = |cents| Booking { cents, ..Booking::default() };
    session.rel(account, Account::BOOKINGS).extend([100, 250, -40].map(booking))?;
    session.commit() // a million bookings are not read for that
}
// ANCHOR_END: book

// ANCHOR: page
fn page(
    session: &mut Session,
    account: Key<Account>,
) -> orm::Result<(i64, Vec<Key<Booking>>)> {
    let theirs = session.rel(account, Account::BOOKINGS).select()?; // sends nothing
    let number = session.count(theirs.clone())?;
    let newest = theirs.order_by(Booking::ID.desc()).limit(2);
    Ok((number, session.all(newest)?))
}
// ANCHOR_END: page

// ANCHOR: sum
fn balance(session: &mut Session, account: i64) -> orm::Result<Option<i64>> {
    session.one(select(sum(Booking::CENTS)).filter(Booking::ACCOUNT.is(account)))
}
// ANCHOR_END: sum

// ANCHOR: stream
fn stream(session: &mut Session) -> orm::Result<i64> {
    let mut largest = 0;
    session.for_each(select(untracked::<Booking>()), |booking| {
        largest = largest.max(booking.cents); // one row at a time, kept nowhere
        Ok(())
    })?;
    Ok(largest)
}
// ANCHOR_END: stream

// ANCHOR: raise
fn all_of_them(session: &mut Session, account: Key<Account>) -> orm::Result<usize> {
    Ok(session.rel(account, Account::BOOKINGS).load()?.len())
}
// ANCHOR_END: raise

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let engine = stage.engine();
    engine.create_all(schema![Animal, Fact, Post, Tag, Account, Booking])?;
    let mut session = Session::new(engine);
    stage.step("insert", || insert_facts(&mut session))?;
    let mut session = Session::new(engine);
    let stoat = session.query::<Animal>().one()?;
    let colour = stage.step("lookup", || lookup(&mut session, stoat))?;
    assert_eq!(colour.as_deref(), Some("reddish"));
    stage.step("replace", || replace(&mut session, stoat))?;
    assert_eq!(stage.step("tags", || tag(&mut session))?, 1);
    let account = session.add(Account::default());
    session.commit()?;
    stage.step("book", || book(&mut session, account))?;
    let mut session = Session::new(engine);
    let account = session.query::<Account>().one()?;
    let (number, newest) = stage.step("page", || page(&mut session, account))?;
    let cents: Vec<i64> = newest.iter().map(|key| session[*key].cents).collect();
    assert_eq!((number, cents), (3, vec![-40, 250]));
    assert_eq!(stage.step("sum", || balance(&mut session, 1))?, Some(310));
    assert_eq!(stage.step("stream", || stream(&mut session))?, 250);
    stage.refused("raise", || all_of_them(&mut session, account))?;
    Ok(())
}
