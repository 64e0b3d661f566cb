//! Checks of lab 18.

use labs::check;
use orm::prelude::*;

use super::{Employee, Engineer, Manager, Person, who_is_who};

labs::checks![one_select_for_three_classes, lines_come_in_the_order_of_the_ids];

fn employees() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Employee])?;
    let mut session = Session::new(&engine);
    let person = |name: &str| Person { name: name.into(), ..Person::default() };
    session.add(Manager { person: person("Mary"), team: "sales".into() });
    session.flush()?;
    session.add(person("Ed"));
    session.flush()?;
    session.add(Engineer { person: person("Wendy"), language: "Rust".into() });
    session.flush()?;
    session.expunge_all();
    Ok(session)
}

fn one_select_for_three_classes() -> orm::Result<()> {
    let mut session = employees()?;
    let recorder = session.engine().record();
    who_is_who(&mut session)?;
    check::count(&recorder, orm::StatementKind::Select, 1);
    Ok(())
}

fn lines_come_in_the_order_of_the_ids() -> orm::Result<()> {
    assert_eq!(who_is_who(&mut employees()?)?, ["Mary leads sales", "Ed", "Wendy writes Rust"]);
    Ok(())
}
