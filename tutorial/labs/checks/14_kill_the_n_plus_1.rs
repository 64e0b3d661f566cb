//! Checks of lab 14.

use labs::check;
use orm::prelude::*;

use super::{Author, Book, catalog};

labs::checks![two_selects_for_a_hundred_authors, every_title_is_listed];

fn authors() -> orm::Result<Session> {
    let engine = Engine::new("sqlite://")?;
    engine.create_all(schema![Author, Book])?;
    let mut session = Session::new(&engine);
    session.add_all((1..=100).map(|number| {
        let books = (1..=number % 3).map(|book| Book { title: format!("{number}.{book}"), ..Book::default() });
        Author { name: format!("author {number}"), books: HasMany::of(books), ..Author::default() }
    }));
    session.flush()?;
    session.expunge_all();
    Ok(session)
}

fn two_selects_for_a_hundred_authors() -> orm::Result<()> {
    let mut session = authors()?;
    let recorder = session.engine().record();
    catalog(&mut session)?;
    check::count(&recorder, orm::StatementKind::Select, 2);
    Ok(())
}

fn every_title_is_listed() -> orm::Result<()> {
    let catalog = catalog(&mut authors()?)?;
    assert_eq!(catalog.len(), 100, "number of authors");
    assert_eq!(catalog[1], ("author 2".to_owned(), vec!["2.1".to_owned(), "2.2".to_owned()]));
    assert_eq!(catalog.iter().map(|(_, titles)| titles.len()).sum::<usize>(), 100, "number of titles");
    Ok(())
}
