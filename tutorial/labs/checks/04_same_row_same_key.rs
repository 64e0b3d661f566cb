//! Checks of lab 4.

use labs::check;
use orm::prelude::*;

use super::{User, user};

labs::checks![a_user_that_is_held_costs_nothing, any_other_user_costs_one_select];

/// Two users, of whom the first is held.
fn users() -> orm::Result<(Session, Key<User>)> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![User])?;
    let mut session = Session::new(&engine);
    for name in ["Ed", "Wendy"] {
        session.add(User { name: name.into(), ..User::default() });
    }
    session.commit()?;
    session.expunge_all();
    let ed = session.query::<User>().filter(User::NAME.eq("Ed")).one()?;
    Ok((session, ed))
}

fn a_user_that_is_held_costs_nothing() -> orm::Result<()> {
    let (mut session, ed) = users()?;
    let recorder = session.engine().record();
    let found = user(&mut session, 1)?;
    check::nothing(&recorder);
    assert_eq!(found, Some(ed), "the key of the same row");
    Ok(())
}

fn any_other_user_costs_one_select() -> orm::Result<()> {
    let (mut session, _) = users()?;
    let recorder = session.engine().record();
    let wendy = user(&mut session, 2)?.expect("the second user was not found");
    check::statements(&recorder, &["SELECT user.id, user.name FROM user WHERE user.id = ?  [2]"]);
    assert_eq!(session[wendy].name, "Wendy");
    assert_eq!(user(&mut session, 3)?, None, "there is no third user");
    Ok(())
}
