//! Lab 14: Kill the N+1.
//!
//! `catalog` lists a hundred authors with their books. One SELECT finds the authors, and then one SELECT for each author finds the books: 1 + N. Nothing is
//! wrong with any of these statements, there are too many of them.
//!
//! Let the query load the books as well. The rest of the function stays as it is: what is loaded is not asked for again.

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
    let authors = session.query::<Author>().order_by(Author::ID).all()?;
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
