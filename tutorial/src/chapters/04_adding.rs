//! Chapter 4: adding entities and committing.

use orm::prelude::*;

use crate::Stage;

// ANCHOR: user
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
// ANCHOR_END: user

// ANCHOR: add
fn add(session: &mut Session) -> orm::Result<Key<User>> {
    let ed = session.add(User::new("ed", "Ed Jones", "edsnickname"));
    assert_eq!(session.state(ed)?, State::Pending);
    assert!(session[ed].id.get().is_none()); // no row, no key yet
    assert!(!session.in_transaction());
    Ok(ed)
}
// ANCHOR_END: add

// ANCHOR: autoflush
fn autoflush(session: &mut Session, ed: Key<User>) -> orm::Result<()> {
    let found = session.query::<User>().filter(User::NAME.eq("ed")).first()?;
    assert_eq!(found, Some(ed)); // the row is the entity that was added
    assert_eq!(session.state(ed)?, State::Persistent);
    assert_eq!(session[ed].id.get(), Some(1));
    Ok(())
}
// ANCHOR_END: autoflush

// ANCHOR: more
fn more(session: &mut Session, ed: Key<User>) -> orm::Result<()> {
    let three = session.add_all([
        User::new("wendy", "Wendy Williams", "windy"),
        User::new("mary", "Mary Contrary", "mary"),
        User::new("fred", "Fred Flintstone", "freddy"),
    ]);
    session[ed].nickname = Some("eddie".into());

    assert_eq!(session.pending::<User>(), three);
    assert_eq!(session.dirty::<User>(), [ed]);
    session.commit()
}
// ANCHOR_END: more

// ANCHOR: expired
fn expired(session: &mut Session, ed: Key<User>) -> orm::Result<()> {
    assert!(session.is_expired(ed)?); // another transaction may change the row now
    assert_eq!(session.load(ed)?.nickname.as_deref(), Some("eddie")); // reads again
    assert_eq!(session.load(ed)?.id.get(), Some(1)); // known, nothing is sent
    Ok(())
}
// ANCHOR_END: expired

// ANCHOR: forgotten
fn forgotten(engine: &Engine) -> orm::Result<i64> {
    let mut session = Session::new(engine);
    session.add(User::new("jack", "Jack Bean", "gjffdd"));
    session.flush()?; // the INSERT is sent ...
    drop(session); // ... and taken back, as nothing was committed

    Session::new(engine).query::<User>().filter(User::NAME.eq("jack")).count()
}
// ANCHOR_END: forgotten

// ANCHOR: twice
fn twice(session: &mut Session) -> orm::Result<()> {
    let with_key =
        |name: &str| User { id: 1.into(), name: name.into(), ..User::default() };
    session.add(with_key("edward")); // row 1 exists, and this session holds it
    session.commit()
}
// ANCHOR_END: twice

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    stage.engine().create_all(schema![User])?;
    let mut session = Session::new(stage.engine());
    let ed = stage.step("add", || add(&mut session))?;
    stage.step("autoflush", || autoflush(&mut session, ed))?;
    stage.step("more", || more(&mut session, ed))?;
    stage.step("expired", || expired(&mut session, ed))?;
    session.commit()?;
    assert_eq!(stage.step("forgotten", || forgotten(stage.engine()))?, 0);
    session.load(ed)?;
    stage.refused("twice", || twice(&mut session))?;
    Ok(())
}
