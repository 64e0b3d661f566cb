//! First light.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]
use orm::engine::Engine;
use orm::load::*;
use orm::mapping::*;
use orm::session::Session;
use orm::sql::*;

#[derive(orm::Entity, Debug, Default)]
#[entity(table = "user_account")]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50, unique, index)]
    name: String,
    fullname: Option<String>,
    #[entity(inverse = "user", cascade = "all, delete-orphan", order_by = "id")]
    addresses: HasMany<Address>,
}

#[derive(orm::Entity, Debug, Default)]
#[entity(table = "address")]
struct Address {
    #[entity(primary_key)]
    id: Auto<i64>,
    email: String,
    #[entity(column = "user_id", inverse = "addresses")]
    user: BelongsTo<User>,
}

#[test]
fn first_light() -> orm::Result<()> {
    let engine = Engine::builder("sqlite://").echo(true).build()?;
    engine.create_all(orm::schema![User, Address])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User { name: "ed".into(), ..User::default() });
    session.rel(ed, User::ADDRESSES).push(Address { email: "ed@x.org".into(), ..Address::default() })?;
    session[ed].fullname = Some("Ed Jones".into());
    println!("{}", session.flush_plan()?);
    session.commit()?;
    let same = session.query::<User>().filter(User::NAME.eq("ed")).one()?;
    assert_eq!(same, ed);
    let users = session.query::<User>().options(selectin(User::ADDRESSES)).order_by(User::NAME.asc()).all()?;
    for user in users {
        for address in session.rel(user, User::ADDRESSES).load()? {
            println!("{} {}", session[user].name, session[address].email);
        }
    }
    let rows =
        session.all(select((User::NAME, count(Address::ID).label("n"))).join(User::ADDRESSES).group_by(User::NAME))?;
    assert_eq!(rows, vec![("ed".to_string(), 1)]);
    session[ed].name = "eddie".into();
    session.delete(ed)?;
    println!("{}", session.flush_plan()?);
    session.commit()?;
    assert!(!session.contains(ed));
    Ok(())
}
