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
    #[entity(inverse = "address", order_by = "id")]
    letters: HasMany<Letter>,
}
// ANCHOR_END: model

/// A hundred users with two addresses each.
fn start(engine: &Engine) -> orm::Result<()> {
    engine.create_all(schema![User, Address, Letter])?;
    let mut session = Session::new(engine);
    for n in 1..=100 {
        let address = |m| Address { email: format!("{m}@{n}.org"), ..Address::default() };
        let addresses = HasMany::of((1..=2).map(address));
        session.add(User { name: format!("user {n}"), addresses, ..User::default() });
    }
    session.commit()
}

// ANCHOR: print
type Query = Select<Key<User>>;

fn emails(session: &mut Session, users: Query) -> orm::Result<Vec<String>> {
    let mut emails = Vec::new();
    for user in session.all(users.order_by(User::ID))? {
        for address in session.rel(user, User::ADDRESSES).load()? {
            emails.push(session[address].email.clone());
        }
    }
    Ok(emails)
}
// ANCHOR_END: print

// ANCHOR: ways
fn users() -> Query {
    select(entity::<User>())
}

fn ways() -> [(&'static str, Query); 4] {
    [
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
        assert_eq!(emails(&mut Session::new(engine), query)?.len(), 200);
        let selects = recorder.take().count(StatementKind::Select);
        lines.push(format!("{name:10} {selects:3} SELECT"));
    }
    Ok(lines.join("\n"))
}

fn three() -> Query {
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
fn contained(session: &mut Session) -> orm::Result<Vec<String>> {
    let query = users()
        .filter(User::ID.le(3))
        .join(User::ADDRESSES)
        .filter(Address::EMAIL.starts_with("1@"));
    emails(session, query.options(contains_eager(User::ADDRESSES)))
}
// ANCHOR_END: contained

// ANCHOR: raise
fn strict(session: &mut Session) -> orm::Result<Vec<String>> {
    emails(session, three().options(raise(User::ADDRESSES)))
}
// ANCHOR_END: raise

// ANCHOR: letter
#[derive(Entity, Debug, Default)]
struct Letter {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    subject: String,
    #[entity(text)]
    body: Deferred<String>, // read when asked for, see below
    #[entity(inverse = "letters")]
    address: BelongsTo<Address>,
}
// ANCHOR_END: letter

/// Three letters to the first address.
fn post(engine: &Engine) -> orm::Result<()> {
    let mut session = Session::new(engine);
    let address = session.query::<Address>().filter(Address::ID.eq(1)).one()?;
    for subject in ["Invoice", "Offer", "Greetings"] {
        let body = Deferred::new(format!("{subject}: a long text"));
        let letter = Letter { subject: subject.into(), body, ..Letter::default() };
        session.rel(address, Address::LETTERS).push(letter)?;
    }
    session.commit()
}

// ANCHOR: levels
fn mailbox(session: &mut Session) -> orm::Result<Vec<String>> {
    let letters = selectin(User::ADDRESSES).then(selectin(Address::LETTERS));
    let mut subjects = Vec::new();
    for user in session.all(three().options(letters).order_by(User::ID))? {
        for address in session.rel(user, User::ADDRESSES).load()? {
            for letter in session.rel(address, Address::LETTERS).load()? {
                subjects.push(session[letter].subject.clone());
            }
        }
    }
    Ok(subjects)
}
// ANCHOR_END: levels

// ANCHOR: deferred
fn open_one(session: &mut Session) -> orm::Result<String> {
    let letters = session.query::<Letter>().order_by(Letter::ID).all()?;
    assert_eq!(session[letters[0]].body.loaded(), None);
    session.load_column(letters[0], Letter::BODY).cloned()
}
// ANCHOR_END: deferred

// ANCHOR: undefer
fn open_all(session: &mut Session) -> orm::Result<Vec<String>> {
    let query = session.query::<Letter>().order_by(Letter::ID);
    let letters = query.options(undefer(Letter::BODY)).all()?;
    Ok(letters.into_iter().map(|letter| session[letter].body.to_string()).collect())
}
// ANCHOR_END: undefer

// ANCHOR: preload
fn open_some(session: &mut Session) -> orm::Result<()> {
    let letters = session.query::<Letter>().order_by(Letter::ID).limit(2).all()?;
    session.preload_column(letters, Letter::BODY)
}
// ANCHOR_END: preload

// ANCHOR: sealed
fn sealed(session: &mut Session) -> orm::Result<String> {
    let query = session.query::<Letter>().filter(Letter::SUBJECT.eq("Offer"));
    let offer = query.options(raise_deferred(Letter::BODY)).one()?;
    session.load_column(offer, Letter::BODY).cloned()
}
// ANCHOR_END: sealed

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
    assert_eq!(stage.step("contained", || contained(&mut fresh()))?.len(), 3);
    stage.refused("raise", || strict(&mut fresh()))?;

    post(engine)?;
    assert_eq!(stage.step("levels", || mailbox(&mut fresh()))?.len(), 3);
    let text = stage.step("deferred", || open_one(&mut fresh()))?;
    assert_eq!(text, "Invoice: a long text");
    assert_eq!(stage.step("undefer", || open_all(&mut fresh()))?.len(), 3);
    stage.step("preload", || open_some(&mut fresh()))?;
    stage.refused("sealed", || sealed(&mut fresh()))?;
    Ok(())
}
