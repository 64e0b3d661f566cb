//! Checks of lab 17.

use labs::check;
use orm::prelude::*;

use super::{Note, Page, put};

labs::checks![a_name_is_there_once, the_old_note_is_deleted, other_names_stay];

fn page() -> orm::Result<(Session, Key<Page>)> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Page, Note])?;
    let mut session = Session::builder(&engine).expire_on_commit(false).build();
    let page = session.add(Page::default());
    put(&mut session, page, note("todo", "buy milk"))?;
    put(&mut session, page, note("ideas", "a boat"))?;
    session.commit()?;
    Ok((session, page))
}

fn note(name: &str, text: &str) -> Note {
    Note { name: name.into(), text: text.into(), ..Note::default() }
}

fn a_name_is_there_once() -> orm::Result<()> {
    let (mut session, page) = page()?;
    put(&mut session, page, note("todo", "drink milk"))?;
    session.commit()?;
    let texts = session.all(select(Note::TEXT).filter(Note::NAME.eq("todo")))?;
    assert_eq!(texts.len(), 1, "number of notes called todo");
    assert_eq!(texts, ["drink milk"]);
    Ok(())
}

fn the_old_note_is_deleted() -> orm::Result<()> {
    let (mut session, page) = page()?;
    let recorder = session.engine().record();
    put(&mut session, page, note("todo", "drink milk"))?;
    session.commit()?;
    check::statements(
        &recorder,
        &[
            "BEGIN",
            "INSERT INTO note (page_id, name, text) VALUES (?, ?, ?) RETURNING id  [1, 'todo', 'drink milk']",
            "DELETE FROM note WHERE note.id = ?  [1]",
            "COMMIT",
        ],
    );
    Ok(())
}

fn other_names_stay() -> orm::Result<()> {
    let (mut session, page) = page()?;
    put(&mut session, page, note("todo", "drink milk"))?;
    session.commit()?;
    assert_eq!(session.all(select(Note::NAME).order_by(Note::NAME))?, ["ideas", "todo"]);
    Ok(())
}
