//! Chapter 6: changing and deleting entities.

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

// ANCHOR: change
fn change(session: &mut Session, ed: Key<User>) -> orm::Result<()> {
    session[ed].nickname = Some("eddie".into());
    assert!(session.is_modified(ed)?);

    let history = session.history(ed)?;
    assert_eq!(history.len(), 1); // one column differs
    assert_eq!(history[0].column, "nickname");
    assert_eq!(history[0].before, Some(Value::from("edsnickname")));
    assert_eq!(history[0].after, Value::from("eddie"));

    session.commit()
}
// ANCHOR_END: change

// ANCHOR: same
fn same(session: &mut Session, ed: Key<User>) -> orm::Result<()> {
    session.load(ed)?; // read again: the commit has expired ed
    session[ed].nickname = Some("ted".into());
    session[ed].nickname = Some("eddie".into()); // as it was
    assert!(!session.is_modified(ed)?);
    session.commit()
}
// ANCHOR_END: same

// ANCHOR: many
fn many(session: &mut Session) -> orm::Result<()> {
    for user in session.query::<User>().all()? {
        let name = session[user].name.to_uppercase();
        session[user].name = name;
    }
    session.commit()
}
// ANCHOR_END: many

// ANCHOR: delete
fn delete_one(session: &mut Session, ed: Key<User>) -> orm::Result<()> {
    session.delete(ed)?; // marks; nothing is sent
    assert_eq!(session.state(ed)?, State::Deleting);
    session.flush()?;
    assert_eq!(session.state(ed)?, State::Deleted);
    assert_eq!(session.query::<User>().filter(User::NAME.eq("ED")).count()?, 0);
    session.commit()
}
// ANCHOR_END: delete

// ANCHOR: blind
fn blind(engine: &Engine, session: &mut Session, wendy: Key<User>) -> orm::Result<()> {
    session.load(wendy)?;
    session.commit()?; // from here on, memory shows a transaction that is over

    let mut other = Session::new(engine);
    let same = other.query::<User>().filter(User::NAME.eq("WENDY")).one()?;
    other[same].nickname = Some("sandy".into());
    other.commit()?;

    session[wendy].nickname = Some("windy-2".into()); // memory still says "windy"
    session.commit()
}
// ANCHOR_END: blind

// ANCHOR: gone
fn gone(session: &mut Session, ed: Key<User>) -> orm::Result<()> {
    session.edit(ed)?.name = "edward".into(); // its row was deleted and committed
    Ok(())
}
// ANCHOR_END: gone

pub(crate) fn run(stage: &Stage) -> crate::Result<()> {
    stage.engine().create_all(schema![User])?;
    let mut session = Session::new(stage.engine());
    let ed = session.add(User::new("ed", "Ed Jones", "edsnickname"));
    let wendy = session.add(User::new("wendy", "Wendy Williams", "windy"));
    session.flush()?;
    stage.step("change", || change(&mut session, ed))?;
    stage.step("same", || same(&mut session, ed))?;
    stage.step("many", || many(&mut session))?;
    stage.step("delete", || delete_one(&mut session, ed))?;
    stage.refused("gone", || gone(&mut session, ed))?;
    stage.refused("blind", || blind(stage.engine(), &mut session, wendy))?;
    Ok(())
}
