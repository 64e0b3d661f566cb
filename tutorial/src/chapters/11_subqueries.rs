//! Chapter 11: subqueries: as a value, in a list, as a table, and EXISTS.

use orm::prelude::*;

use crate::Stage;

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

// ANCHOR: table
fn counted(session: &mut Session) -> orm::Result<Vec<(String, Option<i64>)>> {
    let counts = select((Address::USER_ID, count_all().label("addresses")))
        .group_by(Address::USER_ID)
        .as_subquery("counts");
    let query = select((User::NAME, counts.column::<Option<i64>>("addresses")))
        .left_join_to(&counts, User::ID.eq(counts.column::<i64>("user_id")))
        .order_by(User::ID);
    session.all(query)
}
// ANCHOR_END: table

// ANCHOR: list
fn in_list(session: &mut Session) -> orm::Result<Vec<Key<User>>> {
    let owners = select(Address::USER_ID).filter(Address::EMAIL.ends_with("@y.org"));
    session.query::<User>().filter(User::ID.in_select(owners)).all()
}
// ANCHOR_END: list

// ANCHOR: scalar
fn newest(session: &mut Session) -> orm::Result<Key<Address>> {
    let last = scalar::<i64>(select(max(Address::ID)));
    session.query::<Address>().filter(Address::ID.eq(last)).one()
}
// ANCHOR_END: scalar

// ANCHOR: exists
fn without(session: &mut Session) -> orm::Result<Vec<String>> {
    let theirs = select(Address::ID).filter(Address::USER_ID.eq(User::ID)); // correlated
    session.all(select(User::NAME).filter(not_(theirs.exists())))
}
// ANCHOR_END: exists

// ANCHOR: entity
fn as_entity(session: &mut Session) -> orm::Result<Vec<(Key<User>, Key<Address>)>> {
    let at_x = Address::EMAIL.ends_with("@x.org");
    let some = select(entity::<Address>()).filter(at_x).as_subquery("some");
    let query = select((entity::<User>(), some.entity::<Address>()));
    session.all(query.join(User::ADDRESSES.onto(&some)).order_by(User::ID))
}
// ANCHOR_END: entity

// ANCHOR: unknown
fn unknown(session: &mut Session) -> orm::Result<Vec<i64>> {
    let counts = select(count_all().label("n")).as_subquery("counts");
    session.all(select(counts.column::<i64>("number"))) // it is called `n`
}
// ANCHOR_END: unknown

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    let mut session = start(stage.engine())?;
    let counts = stage.step("table", || counted(&mut session))?;
    assert_eq!(
        counts.iter().map(|it| it.1).collect::<Vec<_>>(),
        [Some(2), Some(1), None]
    );
    assert_eq!(stage.step("list", || in_list(&mut session))?.len(), 1);
    let last = stage.step("scalar", || newest(&mut session))?;
    assert_eq!(session[last].email, "wendy@x.org");
    assert_eq!(stage.step("exists", || without(&mut session))?, ["mary"]);
    assert_eq!(stage.step("entity", || as_entity(&mut session))?.len(), 2);
    stage.refused("unknown", || unknown(&mut session))?;
    Ok(())
}
