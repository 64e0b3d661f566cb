//! Checks of lab 21.

use labs::check;
use orm::StatementKind;
use orm::prelude::*;

use super::{Page, Version, sessions};

labs::checks![
    each_change_leaves_a_version,
    the_version_is_part_of_the_flush,
    a_title_is_no_text,
    what_is_rolled_back_leaves_no_version,
];

/// A wiki with one page, whose text is `draft`.
fn wiki() -> orm::Result<Engine> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Page, Version])?;
    let mut session = sessions(&engine, "Ann").build();
    session.add(Page { title: "Rust".into(), text: "draft".into(), ..Page::default() });
    session.commit()?;
    Ok(engine)
}

/// Writes a text as a person does, in a session of their own.
fn write(engine: &Engine, person: &str, text: &str) -> orm::Result<()> {
    let mut session = sessions(engine, person).build();
    let page = session.query::<Page>().one()?;
    session[page].text = text.into();
    session.commit()
}

/// The old texts and the people of all versions.
fn versions(engine: &Engine) -> orm::Result<Vec<(String, String)>> {
    let columns = (Version::OLD_TEXT, Version::REPLACED_BY);
    Session::new(engine).all(select(columns).join(Version::PAGE).order_by(Version::ID))
}

fn each_change_leaves_a_version() -> orm::Result<()> {
    let engine = wiki()?;
    for (person, text) in [("Ann", "first"), ("Bob", "second"), ("Ann", "third")] {
        write(&engine, person, text)?;
    }
    let expected = [("draft", "Ann"), ("first", "Bob"), ("second", "Ann")];
    let expected = expected.map(|(text, person)| (text.to_owned(), person.to_owned()));
    assert_eq!(versions(&engine)?, expected, "old texts, and who replaced them");
    Ok(())
}

fn the_version_is_part_of_the_flush() -> orm::Result<()> {
    let engine = wiki()?;
    let mut session = sessions(&engine, "Bob").build();
    let page = session.query::<Page>().one()?;
    session[page].text = "second".into();
    let recorder = engine.record();
    session.flush()?;
    check::count(&recorder, StatementKind::Insert, 1);
    Ok(())
}

fn a_title_is_no_text() -> orm::Result<()> {
    let engine = wiki()?;
    let mut session = sessions(&engine, "Bob").build();
    let page = session.query::<Page>().one()?;
    session[page].title = "The Rust language".into();
    session.commit()?;
    assert_eq!(versions(&engine)?, [], "versions after another title");
    Ok(())
}

fn what_is_rolled_back_leaves_no_version() -> orm::Result<()> {
    let engine = wiki()?;
    let mut session = sessions(&engine, "Bob").build();
    let page = session.query::<Page>().one()?;
    session[page].text = "second".into();
    session.flush()?;
    session.rollback()?;
    write(&engine, "Cem", "third")?;
    assert_eq!(versions(&engine)?, [("draft".to_owned(), "Cem".to_owned())], "versions after a rollback");
    Ok(())
}
