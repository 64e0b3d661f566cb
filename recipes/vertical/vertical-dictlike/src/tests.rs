//! Tests of each step: its result and its number of statements.

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Animal, AnimalFact])?;
    engine.create_all(schema![Animal, AnimalFact])?;
    let recorder = engine.record();

    let mut session = Session::new(engine);
    let described = describe(&mut session, "stoat", &[("color", "reddish"), ("cuteness", "somewhat")])?;
    assert_eq!(session.rel(described, Animal::FACTS).load()?.len(), 2, "the relationship has what the proxy created");
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 2, 0, 0

    let stoat = animal(&mut session, "stoat")?;
    let facts = session.proxy(stoat, Animal::CHARACTERISTICS).load()?;
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(facts, [pair("color", "reddish"), pair("cuteness", "somewhat")]);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0

    session.proxy(stoat, Animal::CHARACTERISTICS).insert("cuteness", "very")?;
    more_animals(&mut session)?;
    assert_eq!(sent(&recorder), [0, 0, 0, 0]); // 0, 0, 0, 0

    assert_eq!(names(&mut session, Animal::is("color", "reddish"))?, "stoat");
    assert_eq!(sent(&recorder), [1, 2, 1, 0]); // 1, 4, 1, 0
    assert_eq!(names(&mut session, Animal::is("color", "brown"))?, "marten");
    assert_eq!(names(&mut session, not_(Animal::is("poisonous-part", "elbows")))?, "stoat, marten, shrew");
    assert_eq!(names(&mut session, Animal::CHARACTERISTICS.contains("somewhat"))?, "marten, shrew");
    assert_eq!(sent(&recorder), [3, 0, 0, 0]); // 3, 0, 0, 0

    assert_eq!(session.proxy(stoat, Animal::CHARACTERISTICS).remove("cuteness")?.as_deref(), Some("very"));
    assert_eq!(session.proxy(stoat, Animal::CHARACTERISTICS).get("cuteness")?, None);
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 0, 0, 1], "the fact is an orphan");
    Ok(())
}

#[test]
fn facts_are_a_map_and_are_asked_for() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
