//! Tests of each step: its result and its number of statements.

use recipe_testing::{sent, servers};

use super::*;

/// SQLAlchemy's counts, in the comments, are ceilings.
fn walk(engine: &Engine) -> orm::Result<()> {
    engine.drop_all(schema![Company, Employee])?;
    engine.create_all(schema![Company, Employee])?;
    let recorder = engine.record();

    let mut session = Session::new(engine);
    let company = hire(&mut session)?;
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 4, 0, 0]); // 0, 6, 0, 0

    let expected = [
        "Company company1",
        "Ordinary person joesmith",
        "Manager jsmith, status ABA, manager name manager2",
        "Manager mr krabs, status AAB, manager name manager1",
        "Engineer patrick, status CGG, engineer name engineer2, language python",
        "Engineer spongebob, status BBA, engineer name engineer1, language java",
    ];
    assert_eq!(roster(&mut session, company)?, expected);
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0

    let (person, engineer) = spongebob(&mut session)?;
    assert_eq!(person.upcast(), engineer.upcast());
    assert_eq!(sent(&recorder), [2, 0, 0, 0]); // 2, 0, 0, 0

    session[engineer].engineer_name = "hes spongebob!".to_owned();
    session.commit()?;
    assert_eq!(sent(&recorder), [0, 0, 1, 0]); // 0, 0, 1, 0

    let found = engineer1_or_manager2(&mut session)?;
    let found: Vec<String> = found.into_iter().map(|employee| session[employee].to_string()).collect();
    assert_eq!(found, ["Manager jsmith, status ABA, manager name manager2"]);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0

    assert_eq!(companies(&mut session)?, [company]);
    assert_eq!(sent(&recorder), [1, 0, 0, 0]); // 1, 0, 0, 0

    session.delete(company)?;
    session.commit()?;
    assert_eq!(session.query::<Employee>().count()?, 0, "employees go with their company");
    Ok(())
}

#[test]
fn employees_of_three_classes_are_one_family() -> orm::Result<()> {
    walk(&Engine::new("sqlite://")?)
}

#[test]
fn the_same_on_servers() -> orm::Result<()> {
    servers(env!("CARGO_PKG_NAME")).into_iter().try_for_each(|engine| walk(&engine.build()?))
}
