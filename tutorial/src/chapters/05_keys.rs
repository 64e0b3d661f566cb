//! Chapter 5: keys, the identity map, and the borrow checker.

use orm::prelude::*;

use crate::Stage;

#[derive(Entity, Debug, Default)]
#[entity(table = "user_account")]
struct User {
    #[entity(primary_key)]
    id: Auto<i64>,
    #[entity(length = 50)]
    name: String,
    #[entity(length = 100)]
    fullname: Option<String>,
    #[entity(length = 50)]
    nickname: Option<String>,
}

impl User {
    fn new(name: &str, fullname: &str, nickname: &str) -> Self {
        let [fullname, nickname] = [fullname, nickname].map(|text| Some(text.to_owned()));
        Self { name: name.into(), fullname, nickname, ..Self::default() }
    }
}

// ANCHOR: same
fn same(session: &mut Session) -> orm::Result<()> {
    let by_id: Key<User> = session.get(1)?.unwrap_or_else(|| unreachable!("ed is row 1"));
    let by_name = session.query::<User>().filter(User::NAME.eq("ed")).one()?;
    assert_eq!(by_id, by_name); // one row, one key

    session[by_id].nickname = Some("eddie".into());
    assert_eq!(session[by_name].nickname.as_deref(), Some("eddie"));
    Ok(())
}
// ANCHOR_END: same

// ANCHOR: warm
fn warm(session: &mut Session) -> orm::Result<()> {
    for _ in 0..1000 {
        session.get::<User>(1)?; // asked once above, never again
    }
    Ok(())
}
// ANCHOR_END: warm

// ANCHOR: copies
struct Order {
    buyer: Key<User>, // a key is a small value: copy it, store it, send it to a thread
    seller: Key<User>,
}

fn copies(session: &mut Session, order: &Order) -> orm::Result<String> {
    assert_eq!(size_of::<Key<User>>(), 12);
    session[order.buyer].nickname = None;
    session[order.seller].nickname = None;
    Ok(format!("{} buys from {}", session[order.buyer].name, session[order.seller].name))
}
// ANCHOR_END: copies

// ANCHOR: fields
fn fields(session: &mut Session, ed: Key<User>) {
    let user = &mut session[ed]; // borrow once, edit several fields
    user.name = "edward".into();
    user.fullname = Some("Edward Jones".into());
    // `user` is not used below, so that the session is free again
    session[ed].nickname = Some("ted".into());
}
// ANCHOR_END: fields

// ANCHOR: two
fn two(session: &mut Session, ed: Key<User>, wendy: Key<User>) {
    let name = session[wendy].name.clone(); // the borrow ends with this line
    session[ed].nickname = Some(name);
}
// ANCHOR_END: two

// ANCHOR: long
fn long(session: &mut Session) -> orm::Result<Vec<String>> {
    let users = session.query::<User>().order_by(User::ID).all()?; // keys: no borrow
    let mut names = Vec::new();
    for user in users {
        let user = session.load(user)?; // borrows for this round of the loop
        names.push(user.name.to_uppercase());
    }
    Ok(names)
}
// ANCHOR_END: long

// ANCHOR: take
fn take(session: &mut Session, ed: Key<User>) -> orm::Result<User> {
    session.flush()?; // an edit that is not flushed would leave with the value
    let user: User = session.expunge(ed)?; // a plain value, no session needed
    assert!(!session.contains(ed));
    Ok(user)
}
// ANCHOR_END: take

// ANCHOR: foreign
fn foreign(engine: &Engine, ed: Key<User>) -> orm::Result<usize> {
    let other = Session::new(engine);
    Ok(other.peek(ed)?.name.len()) // `other[ed]` would panic with the same message
}
// ANCHOR_END: foreign

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    stage.engine().create_all(schema![User])?;
    let mut start = Session::new(stage.engine());
    start.add(User::new("ed", "Ed Jones", "edsnickname"));
    start.add(User::new("wendy", "Wendy Williams", "windy"));
    start.commit()?;
    let mut session = Session::new(stage.engine());
    stage.step("same", || same(&mut session))?;
    stage.step("warm", || warm(&mut session))?;
    session.rollback()?;
    let users = session.query::<User>().order_by(User::ID).all()?;
    let order = Order { buyer: users[0], seller: users[1] };
    assert_eq!(copies(&mut session, &order)?, "ed buys from wendy");
    fields(&mut session, users[0]);
    two(&mut session, users[0], users[1]);
    session.commit()?;
    let names = stage.step("long", || long(&mut session))?;
    assert_eq!(names, ["EDWARD", "WENDY"]);
    stage.refused("foreign", || foreign(stage.engine(), users[0]))?;
    let user = stage.step("take", || take(&mut session, users[0]))?;
    assert_eq!(user.name, "edward");
    Ok(())
}
