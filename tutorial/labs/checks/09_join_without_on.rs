//! Checks of lab 9.

use labs::check;
use orm::prelude::*;

use super::{Author, Book, titles};

labs::checks![the_join_names_the_foreign_key, only_books_of_the_author_are_found];

fn books() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Author, Book])?;
    let mut session = Session::new(&engine);
    for (name, titles) in [("Jane", ["Persuasion", "Emma"]), ("Mary", ["Frankenstein", "Mathilda"])] {
        let author = session.add(Author { name: name.into(), ..Author::default() });
        for title in titles {
            session.add(Book { title: title.into(), author: BelongsTo::to(author), ..Book::default() });
        }
    }
    session.flush()?;
    Ok(session)
}

fn the_join_names_the_foreign_key() -> orm::Result<()> {
    let mut session = books()?;
    let recorder = session.engine().record();
    titles(&mut session, "Jane")?;
    check::statements(
        &recorder,
        &["SELECT book.title FROM book JOIN author ON book.author_id = author.id WHERE author.name = ? \
           ORDER BY book.title  ['Jane']"],
    );
    Ok(())
}

fn only_books_of_the_author_are_found() -> orm::Result<()> {
    let mut session = books()?;
    assert_eq!(titles(&mut session, "Jane")?, ["Emma", "Persuasion"]);
    assert_eq!(titles(&mut session, "nobody")?, Vec::<String>::new());
    Ok(())
}
