//! Checks of lab 7.

use labs::check;
use orm::prelude::*;

use super::{User, grown_ups};

labs::checks![two_are_found_by_one_select];

fn two_are_found_by_one_select() -> orm::Result<()> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![User])?;
    let mut session = Session::new(&engine);
    for (name, age) in [("Ed", 17), ("Wendy", 18), ("Mary", 44)] {
        session.add(User { name: name.into(), age, ..User::default() });
    }
    session.flush()?;
    let recorder = engine.record();
    let found = grown_ups(&mut session)?;
    check::statements(&recorder, &["SELECT user.name FROM user WHERE user.age >= ? ORDER BY user.name  [18]"]);
    assert_eq!(found, ["Mary", "Wendy"]);
    Ok(())
}
