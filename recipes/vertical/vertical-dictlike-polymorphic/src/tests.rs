//! Tests of each step: its result and its number of statements.

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Animal, AnimalFact])?;
    engine.create_all(schema![Animal, AnimalFact])?;
    let recorder = engine.record();

    let mut session = Session::new(engine);
    describe_stoat(&mut session)?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 2, 0, 0

    let stoat = animal(&mut session, "stoat")?;
    assert_eq!(
        facts(&mut session, stoat)?,
        [("color", "red".into()), ("cuteness", 7.into()), ("weasel-like", true.into())]
    );
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0

    put(&mut session, stoat, "cuteness", "very cute")?;
    session.commit()?;
    let [.., update, _] = &recorder.statements()[..] else { panic!("an UPDATE and a COMMIT") };
    assert!(["type", "char_value"].iter().all(|column| update.sql.contains(column)), "{}", update.sql);
    assert!(!update.sql.contains("int_value") && !update.sql.contains("boolean_value"), "{}", update.sql);
    assert_eq!(sent(&recorder), [0, 0, 1, 0]); // 0, 0, 1, 0

    more_animals(&mut session)?;
    assert_eq!(sent(&recorder), [0, 2, 0, 0]); // 0, 3, 0, 0

    assert_eq!(names(&mut session, Animal::is("weasel-like", true))?, "stoat, marten");
    let weasel_like = AnimalFact::KEY.eq("weasel-like") & AnimalFact::VALUE.eq(true);
    assert_eq!(names(&mut session, Animal::FACTS.any(weasel_like))?, "stoat, marten");
    assert_eq!(names(&mut session, Animal::is("poisonous", false))?, "marten");
    assert_eq!(names(&mut session, harmless())?, "stoat, marten");
    assert_eq!(names(&mut session, Animal::FACTS.any(AnimalFact::VALUE.eq(5)))?, "marten, shrew");
    assert_eq!(sent(&recorder), [5, 0, 0, 0]); // 5, 0, 0, 0

    // The integer that the stoat had is still in the row, and does not count.
    let cuteness = select((AnimalFact::INT_VALUE, AnimalFact::TEXT)).filter(AnimalFact::CHAR_VALUE.eq("very cute"));
    assert_eq!(session.one(cuteness)?, (Some(7), Some("very cute".to_owned())));
    assert_eq!(names(&mut session, Animal::FACTS.any(AnimalFact::VALUE.eq(7)))?, "");
    types_are_kept_apart(&mut session)
}

fn facts(session: &mut Session, animal: Key<Animal>) -> orm::Result<Vec<(&'static str, FactValue)>> {
    let known = ["color", "cuteness", "poisonous", "weasel-like"];
    let facts = session.rel(animal, Animal::FACTS).load()?;
    let name = |key: &String| known.into_iter().find(|name| name == key).expect("a key of this recipe");
    Ok(facts.iter().map(|(key, fact)| (name(key), session[*fact].value())).collect())
}

/// Values of different types are never equal, and memory agrees with the database about each comparison.
fn types_are_kept_apart(session: &mut Session) -> orm::Result<()> {
    let stoat = animal(session, "stoat")?;
    put(session, stoat, "smell", FactValue::None)?;
    session.flush()?;
    let all = session.query::<AnimalFact>().all()?;
    let values: [(FactValue, usize); 8] = [
        (5.into(), 2),
        ("5".into(), 0),
        (1.into(), 0),
        (true.into(), 3),
        ("true".into(), 0),
        ("red".into(), 1),
        ("RED".into(), 0),
        (FactValue::None, 1),
    ];
    for (value, count) in values {
        for (condition, count) in
            [(AnimalFact::VALUE.eq(value.clone()), count), (AnimalFact::VALUE.ne(value.clone()), all.len() - count)]
        {
            let found = session.query::<AnimalFact>().filter(condition.clone()).all()?;
            assert_eq!(found.len(), count, "{value:?}");
            for fact in &all {
                assert_eq!(
                    condition.clone().of(&session[*fact])?,
                    found.contains(fact),
                    "{value:?} {:?}",
                    session[*fact]
                );
            }
        }
    }
    for fact in all {
        assert_eq!(AnimalFact::TEXT.of(&session[fact])?, session[fact].value().text());
    }
    put(session, stoat, "smell", 3)?;
    put(session, stoat, "smell", false)?;
    put(session, stoat, "color", FactValue::None)?;
    session.commit()?;
    let stoat = facts_by_key(session, stoat)?;
    assert_eq!(stoat, ["color: nothing", "cuteness: very cute", "smell: false", "weasel-like: true"]);
    Ok(())
}

fn facts_by_key(session: &mut Session, animal: Key<Animal>) -> orm::Result<Vec<String>> {
    let facts = session.rel(animal, Animal::FACTS).load()?;
    Ok(facts.into_iter().map(|(key, fact)| format!("{key}: {}", session[fact].value())).collect())
}

#[test]
fn facts_have_types_and_are_asked_for() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
