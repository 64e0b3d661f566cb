//! Lab 14: Kill the N+1. Solution.
//!
//! `selectin` sends `WHERE book.author_id IN (..)` for all authors that the query found. `joined` would load them in the same SELECT, and `peers` at the first
//! access. To go further: take both in turn, guess the number of SELECTs, and see which of them the checks let through.

use orm::prelude::*;

#[derive(Entity, Debug, Default)]
pub struct Author {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
    #[entity(inverse = "author", order_by = "id")]
    pub books: HasMany<Book>,
}

#[derive(Entity, Debug, Default)]
pub struct Book {
    #[entity(primary_key)]
    pub id: Auto<i64>,
    #[entity(inverse = "books")]
    pub author: BelongsTo<Author>,
    pub title: String,
}

/// Authors and the titles of their books.
pub fn catalog(session: &mut Session) -> orm::Result<Vec<(String, Vec<String>)>> {
    // hole
    let authors = session.query::<Author>().options(selectin(Author::BOOKS)).order_by(Author::ID).all()?;
    // end of hole
    let mut catalog = Vec::new();
    for author in authors {
        let books = session.rel(author, Author::BOOKS).load()?;
        let titles = books.into_iter().map(|book| session[book].title.clone()).collect();
        catalog.push((session[author].name.clone(), titles));
    }
    Ok(catalog)
}

// Do not change: what this lab must do.
#[path = "../checks/14_kill_the_n_plus_1.rs"]
pub mod checks;
