//! Checks of lab 5.

use labs::check;
use orm::prelude::*;

use super::{User, rename};

labs::checks![the_update_names_one_column, the_email_stays, the_same_name_is_no_update];

fn ed() -> orm::Result<(Session, Key<User>)> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![User])?;
    let mut session = Session::new(&engine);
    let ed = session.add(User { name: "Ed".into(), email: Some("ed@x.org".into()), ..User::default() });
    session.commit()?;
    session.load(ed)?;
    Ok((session, ed))
}

fn the_update_names_one_column() -> orm::Result<()> {
    let (mut session, ed) = ed()?;
    let recorder = session.engine().record();
    rename(&mut session, ed, "Eddie")?;
    check::statements(&recorder, &["UPDATE user SET name = ? WHERE user.id = ?  ['Eddie', 1]", "COMMIT"]);
    Ok(())
}

fn the_email_stays() -> orm::Result<()> {
    let (mut session, ed) = ed()?;
    rename(&mut session, ed, "Eddie")?;
    let row = session.load(ed)?;
    assert_eq!((row.name.as_str(), row.email.as_deref()), ("Eddie", Some("ed@x.org")));
    Ok(())
}

fn the_same_name_is_no_update() -> orm::Result<()> {
    let (mut session, ed) = ed()?;
    let recorder = session.engine().record();
    rename(&mut session, ed, "Ed")?;
    check::statements(&recorder, &["COMMIT"]);
    Ok(())
}
